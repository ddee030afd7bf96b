"""Learning from parts: the labels and weights of one machine, trees close to its trees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from simulated_record import simulated_record

from features.catalog import catalog_for
from features.cohort import at_risk
from features.distributed.build import build_distributed
from features.distributed.cluster import local_cluster
from features.matrix import build_matrix
from models.risk_model import unordered
from models.spec import ModelSpec
from models.trees import TreeShape, bin_rows, grow_trees
from records.known import Records
from records.lake import Lake
from training.distributed_train import Judgement, label_part, train_on_parts
from training.errors import ConfigRefused
from training.labels import POSITIVE, build_labels, watching_weights
from training.watching import Watch

DATES = tuple(pd.Timestamp(day) for day in ("2020-01-01", "2020-10-01", "2021-07-01", "2022-04-01"))
JUDGEMENT = Judgement(DATES, 365, pd.Timestamp("2024-01-01"), pd.Timedelta(days=90))
SPEC = ModelSpec(rounds=40, min_child_rows=20)


def test_two_workers_learn_nearly_what_one_machine_learns(tmp_path: Path) -> None:
    """Other bins, other bagging and the basic monotone method move scores about as much as another seed does."""
    lake = Lake(tmp_path / "lake")
    with lake.writing():
        lake.append(dict(simulated_record(700, 8, 5).tables))
    with local_cluster(2, folder=str(tmp_path)) as client:
        parts = build_distributed(lake, DATES, tmp_path / "out", client=client, partitions=4)
        trees = train_on_parts(parts, JUDGEMENT, SPEC, client=client, seed=3)
        with pytest.raises(ConfigRefused, match="Expected training dates among the dates of the matrix"):
            train_on_parts(
                parts,
                Judgement((DATES[0], pd.Timestamp("2020-01-02")), 365, JUDGEMENT.record_end, JUDGEMENT.margin),
                SPEC,
                client=client,
                seed=3,
            )
    matrix, labels = _one_machine(lake.read())
    usable = (labels["weight"] > 0).to_numpy()
    values = matrix.to_numpy()[usable]
    features = catalog_for(lake.read())

    def alone(seed: int) -> np.ndarray:
        data = bin_rows(
            values,
            (labels["label"] == POSITIVE).to_numpy(dtype=bool)[usable],
            labels["weight"].to_numpy(dtype=np.float64)[usable],
            features=[feature.name for feature in features],
            monotone=[feature.monotone for feature in features],
            categorical=[feature.name for feature in features if unordered(feature)],
            spec=SPEC,
            seed=seed,
        )
        return grow_trees(data, TreeShape(SPEC.rounds, SPEC.leaves, SPEC.learning_rate), seed=seed).margin(values)

    one, other, many = alone(3), alone(4), trees.margin(values)
    assert trees.booster.feature_name() == [feature.name for feature in features]
    assert trees.booster.num_trees() == SPEC.rounds
    assert pd.Series(one).corr(pd.Series(many), method="spearman") > 0.9
    apart_by_seed = np.mean(np.abs(_chance(one) - _chance(other)))
    assert np.mean(np.abs(_chance(one) - _chance(many))) < 2 * apart_by_seed


def test_labels_and_weights_of_parts_are_those_of_one_machine(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.writing():
        lake.append(dict(simulated_record(700, 8, 5).tables))
    parts = build_distributed(lake, DATES, tmp_path / "out", client=None, partitions=3)
    _, expected = _one_machine(lake.read())
    labelled = [label_part(pieces, file, JUDGEMENT) for pieces, file in zip(parts.pieces, parts.files, strict=True)]
    watch = Watch()
    for part in labelled:
        watch += part.observed.watch
    frames = []
    for part in labelled:
        spine = pq.read_table(part.file, columns=["participant_id", "as_of"]).to_pandas()
        frames.append(part.observed.frame(watch, spine.index).assign(**spine))
    found = pd.concat(frames).set_index(["participant_id", "as_of"]).sort_index()
    expected = expected.set_index(["participant_id", "as_of"]).sort_index()
    assert expected["weight"].nunique() > 5
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_index_type=False)


def test_a_watch_of_parts_is_that_of_all_rows_to_the_bit() -> None:
    draw = np.random.default_rng(4)
    event = np.where(draw.random(500) < 0.4, draw.integers(0, 365, 500), np.nan)
    leaving = np.where(draw.random(500) < 0.3, draw.integers(0, 365, 500), np.nan)
    counted = draw.random(500) < 0.8
    parts = [slice(0, 120), slice(120, 121), slice(121, 500)]
    watch = Watch()
    for part in parts:
        watch += Watch.of(event[part], leaving[part], 365.0, counted[part])
    whole = watching_weights(event, leaving, 365.0, counted=counted)
    assert np.array_equal(watch.weights(event, leaving, 365.0, counted), whole)
    assert len(np.unique(whole)) > 50


def _one_machine(records: Records) -> tuple[pd.DataFrame, pd.DataFrame]:
    cohorts = [at_risk(records, date).assign(as_of=date) for date in DATES]
    spine = pd.concat(cohorts, ignore_index=True).astype({"as_of": "datetime64[us]"})
    labels = build_labels(records, spine, 365, record_end=JUDGEMENT.record_end, margin=JUDGEMENT.margin)
    return build_matrix(records, spine), labels.assign(**spine)


def _chance(margin: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-margin))
