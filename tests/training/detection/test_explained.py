"""What effort explains of a ranking, and what changes in its first places."""

import numpy as np
import pandas as pd
import pytest
from model_slices import QUICK, slices

from models.candidates.classifier import Classifier
from training.detection.closeness import closeness_table
from training.detection.explained import (
    OVERSIGHT,
    explained_table,
    family_shares,
    first_places_changed,
    groups_changed,
)

RNG = np.random.default_rng(4)
VOLUME = RNG.lognormal(4, 1, 4000)
EFFORT = np.log(VOLUME) + RNG.normal(size=4000)
LUCK = RNG.normal(size=4000)


def told(ranking: np.ndarray) -> pd.Series:
    return explained_table({"r": ranking}, {"effort": EFFORT}, VOLUME).iloc[0]


def test_a_ranking_by_effort_is_explained_by_it_in_full():
    row = told(EFFORT)
    assert row["rank_correlation"] == pytest.approx(1)
    assert row["share_explained"] > 0.99
    assert row["share_beyond_volume"] == pytest.approx(0.5, abs=0.06)


def test_a_ranking_by_lot_is_not_explained():
    row = told(LUCK)
    assert abs(row["rank_correlation"]) < 0.05
    assert row["share_explained"] < 0.01
    assert row["share_beyond_volume"] < 0.01


def test_a_ranking_by_volume_owes_nothing_to_effort_beyond_volume():
    row = told(VOLUME)
    assert row["share_explained"] > 0.4
    assert row["share_beyond_volume"] < 0.01


def test_effort_that_is_not_known_is_a_level_of_its_own():
    unknown = np.where(np.arange(4000) < 1000, np.nan, EFFORT)
    ranking = np.where(np.isnan(unknown), 10.0, LUCK)
    assert explained_table({"r": ranking}, {"effort": unknown}, VOLUME)["share_explained"].iloc[0] > 0.5


def test_shares_of_families_add_up_and_a_candidate_without_columns_tells_none():
    train, calibration = slices()
    ranker = Classifier(QUICK).fit(train, calibration, seed=1, horizon_days=365)
    table = family_shares(ranker, calibration.matrix)
    assert table is not None
    assert table["share"].sum() == pytest.approx(1)
    assert table["share"].is_monotonic_decreasing
    assert set(table.loc[table["oversight"], "family"]) <= set(OVERSIGHT)
    assert family_shares(object(), calibration.matrix) is None


def test_places_that_change_hands_are_counted_whole_and_by_group():
    naive, corrected = np.array([5.0, 4, 3, 2, 1]), np.array([5.0, 1, 3, 2, 4])
    changed = first_places_changed(naive, corrected, [2, 9])
    assert changed["kept"].tolist() == [1, 5]
    assert changed["entered"].tolist() == [1, 0]
    groups = pd.DataFrame({"field_office": ["a", "a", "b", "b", "b"]})
    table = groups_changed(naive, corrected, groups, np.arange(5.0), np.ones(5), 2).set_index("group")
    assert table["places_naive"].to_dict() == {"a": 2, "b": 0}
    assert table["places_corrected"].to_dict() == {"a": 1, "b": 1}
    assert table["examination_rate"].to_dict() == {"a": 0.5, "b": 3.0}


def test_nothing_is_nearer_to_the_truth_than_the_truth():
    intensity = RNG.lognormal(-6, 3, 2000)
    table = closeness_table({"truth": intensity, "lot": RNG.normal(size=2000)}, intensity)
    figures = table.set_index(["ranking", "metric"])["value"]
    best = np.sort(intensity)[-100:].sum() / intensity.sum()
    assert figures["truth", "incidents_in_first_5pct"] == pytest.approx(best)
    assert figures["truth", "average_precision_of_top_2pct"] == figures["truth", "spearman"] == pytest.approx(1)
    assert (figures["lot"] < figures["truth"]).all()
