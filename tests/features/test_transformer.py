"""HistoryFeatures in a pipeline: scikit-learn's own checks where they apply, then what they mean for a spine."""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from worlds import PEOPLE, day, incident, incidents_world, spine_of

from features.catalog import catalog_for
from features.errors import FrameRefused, UnknownFeature, UnknownParticipants
from features.matrix import build_matrix, prepare
from features.transformer import HistoryFeatures
from records.known import Records

NUMBERS = "feeds an array of numbers, and a spine holds ids and moments; "
SAID_HERE = NUMBERS + "the same is asserted of a spine below"
NO_MEANING = NUMBERS + "what it asks means nothing for a spine"
NOT_APPLICABLE = {
    "check_fit_score_takes_y": SAID_HERE,
    "check_estimators_overwrite_params": SAID_HERE,
    "check_dont_overwrite_parameters": SAID_HERE,
    "check_estimators_fit_returns_self": SAID_HERE,
    "check_pipeline_consistency": SAID_HERE,
    "check_estimators_pickle": SAID_HERE,
    "check_transformer_general": SAID_HERE,
    "check_methods_sample_order_invariance": SAID_HERE,
    "check_methods_subset_invariance": SAID_HERE,
    "check_fit2d_1sample": SAID_HERE,
    "check_dict_unchanged": SAID_HERE,
    "check_fit_idempotent": SAID_HERE,
    "check_fit_check_is_fitted": SAID_HERE,
    "check_readonly_memmap_input": NO_MEANING,
    "check_positive_only_tag_during_fit": NO_MEANING,
    "check_estimators_dtypes": NO_MEANING,
    "check_f_contiguous_array_estimator": NO_MEANING,
    "check_transformer_preserve_dtypes": NO_MEANING,
    "check_fit2d_1feature": NO_MEANING,
    "check_estimator_sparse_tag": "feeds a sparse matrix, which is refused as no table",
    "check_estimator_sparse_array": "feeds a sparse matrix, which is refused as no table",
    "check_estimator_sparse_matrix": "feeds a sparse matrix, which is refused as no table",
    "check_array_api_input": "feeds arrays of other libraries; skipped by scikit-learn unless asked for",
}


@parametrize_with_checks(
    [HistoryFeatures(incidents_world())], expected_failed_checks=lambda _: NOT_APPLICABLE, xfail_strict=True
)
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def _repeating() -> Records:
    """P1 has an incident every 60 days, P2 one in all; each is known the day after."""
    told = [incident(f"I{number}", 60.0 * number, 60.0 * number + 1) for number in range(1, 30)]
    return incidents_world(*told, incident("J1", 400, 401, ("P2",)))


RECORDS = _repeating()
SPINE = spine_of(*((who, 365.0 + 60 * step) for step in range(18) for who in PEOPLE))
POSITIVE = (SPINE["participant_id"] == "P1").to_numpy()


def test_fitting_gives_itself_and_changes_neither_parameters_nor_spine() -> None:
    step, spine = HistoryFeatures(RECORDS, features=["incidents_all"]), SPINE.copy()
    assert step.fit(spine, POSITIVE) is step
    assert step.records is RECORDS
    assert step.features == ["incidents_all"]
    pd.testing.assert_frame_equal(spine, SPINE)


def test_the_matrix_is_that_of_build_matrix_alone_in_parts_in_any_order_and_again() -> None:
    step = HistoryFeatures(RECORDS).fit(SPINE)
    whole = step.transform(SPINE)
    pd.testing.assert_frame_equal(whole, build_matrix(RECORDS, SPINE))
    pd.testing.assert_frame_equal(step.fit_transform(SPINE, POSITIVE), whole)
    pd.testing.assert_frame_equal(step.transform(SPINE[::-1]), whole[::-1])
    pd.testing.assert_frame_equal(step.transform(SPINE.iloc[[5]]), whole.iloc[[5]])
    pd.testing.assert_frame_equal(step.fit(SPINE.head(1)).transform(SPINE), whole)


def test_the_columns_are_those_of_the_program_or_those_asked_for_in_their_order() -> None:
    step = HistoryFeatures(RECORDS).fit(SPINE)
    assert list(step.get_feature_names_out()) == [feature.name for feature in catalog_for(RECORDS)]
    chosen = HistoryFeatures(RECORDS, features=["incidents_all", "incidents_prior_90d"]).fit(SPINE)
    assert list(chosen.get_feature_names_out(["participant_id", "as_of"])) == list(chosen.transform(SPINE).columns)
    assert list(chosen.feature_names_in_) == ["participant_id", "as_of"]
    with pytest.raises(UnknownFeature, match="Expected the columns of a spine"):
        chosen.get_feature_names_out(["x0"])


def test_the_output_is_of_the_kind_that_was_set_also_after_cloning() -> None:
    step = HistoryFeatures(RECORDS).set_output(transform="polars")
    assert isinstance(clone(step).fit(SPINE).transform(SPINE), pl.DataFrame)
    assert isinstance(HistoryFeatures(RECORDS).fit(SPINE).transform(pl.from_pandas(SPINE)), pd.DataFrame)


def test_clones_share_the_record_and_a_pickle_brings_it_along() -> None:
    prepared = prepare(RECORDS)
    for given in (RECORDS, prepared):
        step = HistoryFeatures(given).fit(SPINE)
        cloned = clone(step)
        assert cloned.records is given
        assert not hasattr(cloned, "prepared_")
        again = pickle.loads(pickle.dumps(step))
        pd.testing.assert_frame_equal(again.transform(SPINE), step.transform(SPINE))
    bare = pickle.dumps(HistoryFeatures(prepare(RECORDS)))
    assert len(pickle.dumps(HistoryFeatures(prepared))) == len(bare), "nothing that was arranged is written"


def test_refusals_come_at_the_door_and_before_fitting_there_is_nothing_to_ask() -> None:
    with pytest.raises(NotFittedError):
        HistoryFeatures(RECORDS).transform(SPINE)
    with pytest.raises(NotFittedError):
        HistoryFeatures(RECORDS).get_feature_names_out()
    with pytest.raises(FrameRefused, match="got ndarray"):
        HistoryFeatures(RECORDS).fit(np.zeros((3, 2)))
    with pytest.raises(UnknownFeature, match="luck"):
        HistoryFeatures(RECORDS, features=["luck"]).fit(SPINE)
    with pytest.raises(UnknownParticipants, match="P9"):
        HistoryFeatures(RECORDS).fit(spine_of(("P9", 400.0)))
    with pytest.raises(UnknownParticipants, match="P9"):
        HistoryFeatures(RECORDS).fit(SPINE).transform(spine_of(("P9", 400.0)))


def _trees(step: HistoryFeatures) -> Pipeline:
    """A tiny record leaves columns empty throughout, which these trees cannot cut: they are filled first."""
    filled = SimpleImputer(keep_empty_features=True)
    return make_pipeline(step, filled, HistGradientBoostingClassifier(min_samples_leaf=2, max_iter=20))


def test_a_pipeline_learns_who_has_incidents_and_says_so_for_a_later_day() -> None:
    later = spine_of(*((who, 1565.0) for who in PEOPLE))
    own = ["incidents_prior_365d", "days_since_last_incident"]
    trees = _trees(HistoryFeatures(RECORDS, features=own))
    assert trees.fit(SPINE, POSITIVE).predict(later).tolist() == [True, False, False, False]
    line = make_pipeline(
        HistoryFeatures(RECORDS, features=own),
        SimpleImputer(add_indicator=True),
        LogisticRegression(max_iter=1000),
    )
    probability = line.fit(SPINE, POSITIVE).predict_proba(later)[:, 1]
    assert probability[0] > 0.9 > 0.1 > probability[1:].max()
    assert list(line[:-1].get_feature_names_out()) == [*own, "missingindicator_days_since_last_incident"]


def test_cross_validation_by_time_works() -> None:
    judged = _trees(HistoryFeatures(RECORDS))
    in_time = cross_val_score(
        judged, SPINE, POSITIVE, cv=TimeSeriesSplit(3, test_size=len(PEOPLE)), error_score="raise"
    )
    assert in_time.tolist() == [1.0, 1.0, 1.0]
    years = PredefinedSplit((SPINE["as_of"] >= day(1000)).to_numpy(dtype=int) - 1)
    assert cross_val_score(judged, SPINE, POSITIVE, cv=years, error_score="raise").tolist() == [1.0]


def test_the_example_of_the_page_runs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    told: dict[str, Any] = {"records": RECORDS, "spine": SPINE, "positive": POSITIVE}
    exec(compile(block, "docs/features.md", "exec"), told)
    assert told["model"].predict(SPINE).shape == POSITIVE.shape
