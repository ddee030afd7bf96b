"""Learn from a matrix in parts: labels part by part, weights over all of them, trees on the workers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.catalog import feature_named
from features.distributed.build import MatrixParts
from features.distributed.cluster import on_workers
from features.distributed.part import Pieces, read_part
from models.risk_model import unordered
from models.spec import ModelSpec
from models.trees import Trees
from models.trees_on_cluster import RowsOnWorkers, grow_trees_on_cluster
from records.progress import Report, silent
from training.errors import ConfigRefused
from training.labels import POSITIVE, Observed, observe_labels
from training.watching import Watch

LABELLED_FROM = ("participants", "statuses", "incidents", "involvements", "merges", "duplicates")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """When labels are judged, and how.

    Attributes
    ----------
    dates : tuple of Timestamp
        The training dates; each must be a date of the matrix.
    horizon_days : int
    record_end : Timestamp
        Only what was known before it is read.
    margin : Timedelta
        Reporting delay to allow for. It is a fact of the whole record: :func:`training.delay.delay_margin`.
    """

    dates: tuple[pd.Timestamp, ...]
    horizon_days: int
    record_end: pd.Timestamp
    margin: pd.Timedelta


@dataclass(frozen=True)
class LabelledPart:
    """The observed windows of one part's rows at the training dates."""

    file: Path
    observed: Observed


def train_on_parts(
    parts: MatrixParts,
    judgement: Judgement,
    spec: ModelSpec,
    *,
    client: Any,
    seed: int,
    learn_from: Sequence[int] | None = None,
    report: Report = silent,
) -> Trees:
    """Grow the trees of a specification on the rows of a matrix in parts.

    Parameters
    ----------
    parts : MatrixParts
        Not yet cleared: labels are read from the rows by partition.
    judgement : Judgement
    spec : ModelSpec
        Its trees only: bags, the linear part, calibration and replicas belong to a fit on one machine.
    client : distributed.Client
    seed : int
    learn_from : sequence of int, optional
        Partitions to learn from, where the memory of the workers does not hold the rows of all. Participants do not
        know in which partition they are, so a share of the partitions is a share of the participants.
    report : Report

    Raises
    ------
    ConfigRefused
        When a training date is no date of the matrix.
    """
    moments = {pd.Timestamp(date) for date in parts.manifest.dates}
    strange = [date for date in judgement.dates if date not in moments]
    if strange:
        raise ConfigRefused(
            f"Expected training dates among the dates of the matrix; got {', '.join(map(str, strange))}. "
            "Build the parts with these dates."
        )
    chosen = range(parts.manifest.partitions) if learn_from is None else learn_from
    tasks = [(parts.pieces[number], parts.files[number], judgement) for number in chosen]
    labelled = on_workers(client, label_part, tasks, stage="label parts", report=report)
    watch = reduce(lambda one, other: one + other, (part.observed.watch for part in labelled))
    rows = [_rows(part, watch, judgement, parts.manifest.features) for part in labelled]
    named = [feature_named(name) for name in parts.manifest.features]
    report("grow trees", 0, 1)
    trees = grow_trees_on_cluster(
        client,
        rows,
        features=parts.manifest.features,
        monotone=[feature.monotone for feature in named],
        categorical=[feature.name for feature in named if unordered(feature)],
        spec=spec,
        seed=seed,
    )
    report("grow trees", 1, 1)
    return trees


def label_part(pieces: Pieces, file: Path, judgement: Judgement) -> LabelledPart:
    """Observe the windows of a part's rows at the training dates."""
    spine = pq.read_table(file, columns=["participant_id", "as_of"], filters=_at(judgement.dates)).to_pandas()
    records = read_part(pieces.only(*LABELLED_FROM))
    observed = observe_labels(
        records, spine, judgement.horizon_days, record_end=judgement.record_end, margin=judgement.margin
    )
    return LabelledPart(file, observed)


def _rows(part: LabelledPart, watch: Watch, judgement: Judgement, features: Sequence[str]) -> RowsOnWorkers:
    """The rows that carry weight; the matrix is read by the worker that will learn from it."""
    from dask import delayed

    labels = part.observed.frame(watch, pd.RangeIndex(len(part.observed.incidents)))
    usable = (labels["weight"] > 0).to_numpy()
    return RowsOnWorkers(
        delayed(_values)(part.file, judgement.dates, tuple(features), np.packbits(usable), usable.size),
        delayed((labels["label"] == POSITIVE).to_numpy(dtype=np.float64)[usable]),
        delayed(labels["weight"].to_numpy(dtype=np.float64)[usable]),
        int(usable.sum()),
    )


def _values(
    file: Path, dates: Sequence[pd.Timestamp], features: Sequence[str], usable: npt.NDArray[np.uint8], rows: int
) -> npt.NDArray[np.float32]:
    kept = pa.array(np.unpackbits(usable, count=rows).astype(bool))
    table = pq.read_table(file, columns=list(features), filters=_at(dates)).filter(kept)
    values = np.empty((table.num_rows, len(features)), dtype=np.float32)
    for place, name in enumerate(features):
        values[:, place] = table[name].to_numpy()
    return values


def _at(dates: Sequence[pd.Timestamp]) -> pc.Expression:
    return pc.field("as_of").isin(pa.array(list(dates), pa.timestamp("us")))
