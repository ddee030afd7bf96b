"""The audit of groups: equal groups are equal, order means nothing, and few rows say little."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_program import small_program

from training.disparity import COLUMNS, audit_backtest, disparity
from training.equal_recall import equal_recall, quotas
from training.groups import groups_at
from training.learning_rows import spine_at
from training.selection import chance_of_place
from training.shrinkage import expected_over_observed, proportions, shrink


def predictions(seed: int, rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "origin": pd.Timestamp("2020-01-01"),
            "participant_id": [f"P{number:03d}" for number in range(rows)],
            "label": np.where(random.random(rows) < 0.3, "positive", "negative"),
            "weight": random.choice([0.0, 1.0, 1.2], rows),
            "rank_value_model": random.integers(0, 8, rows).astype(float),
            "probability_model": random.random(rows),
        }
    )


def row(table: pd.DataFrame, group: str, rate: str) -> pd.Series:
    return table[(table["group"] == group) & (table["rate"] == rate)].iloc[0]


@given(st.integers(0, 10**6), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_two_groups_of_the_same_rows_have_ratio_one(seed: int, capacity: int):
    one = predictions(seed)
    both = pd.concat([one, one.assign(participant_id="Q" + one["participant_id"])], ignore_index=True)
    groups = pd.DataFrame({"side": ["a"] * len(one) + ["b"] * len(one)})
    table = disparity(both, groups, capacity, 20, 1, ranking="model")
    ratios = table["ratio"].to_numpy()
    assert np.allclose(ratios[np.isfinite(ratios)], 1.0)
    assert tuple(table.columns) == COLUMNS


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int, shuffler):
    rows = predictions(seed)
    groups = pd.DataFrame({"side": np.where(np.arange(len(rows)) % 3 == 0, "a", "b")})
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    first = disparity(rows, groups, 17, 20, 1, ranking="model")
    second = disparity(rows.iloc[order], groups.iloc[order], 17, 20, 1, ranking="model")
    pd.testing.assert_frame_equal(first, second)


@given(st.integers(0, 10**6), st.floats(0.5, 100))
@settings(max_examples=50, deadline=None)
def test_group_wise_lists_never_take_more_than_the_capacity_and_reach_one_recall(seed: int, capacity: float):
    random = np.random.default_rng(seed)
    rank, found = random.integers(0, 9, 80).astype(float), (random.random(80) < 0.2).astype(float)
    group = random.integers(0, 4, 80)
    taken = quotas(rank, found, group, capacity)
    assert taken.places.sum() <= capacity + 1e-9
    assert 0 <= taken.recall <= 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 40))
def test_chances_of_a_place_add_up_to_the_capacity(rank: list[int], capacity: int):
    chances = chance_of_place(rank, capacity)
    assert chances.sum() == pytest.approx(min(capacity, len(rank)))
    assert ((chances >= 0) & (chances <= 1)).all()


def test_five_rows_by_hand():
    rows = pd.DataFrame(
        {
            "origin": pd.Timestamp("2020-01-01"),
            "participant_id": list("ABCDE"),
            "label": ["positive", "negative", "positive", "negative", "negative"],
            "weight": 1.0,
            "rank_value_model": [5.0, 4.0, 3.0, 2.0, 1.0],
            "probability_model": [0.5, 0.5, 0.5, 0.25, 0.25],
        }
    )
    groups = pd.DataFrame({"office": ["X", "X", "Y", "Y", "Y"]})
    table = disparity(rows, groups, 2, 50, 1, ranking="model")
    # The list takes A and B: X has both places, finds its one incident, and burdens its one innocent.
    assert row(table, "X", "recall")["value"] == 1.0
    assert row(table, "Y", "recall")["value"] == 0.0
    assert row(table, "X", "recall")["whole"] == 0.5
    assert row(table, "X", "false_positive_rate")["ratio"] == pytest.approx(3.0)
    assert row(table, "X", "false_discovery_rate")["value"] == 0.5
    assert row(table, "Y", "expected_over_observed")["value"] == pytest.approx(1.0)
    assert not table["enough"].any()
    # One place each reaches both incidents: equal recall costs nothing here and gains one incident.
    cost = equal_recall(rows, groups, 2, ranking="model").iloc[0]
    assert (cost["recall"], cost["recall_equal"], cost["places"], cost["widest_gap"]) == pytest.approx((0.5, 1, 2, 1))


def test_a_group_with_nothing_found_has_an_interval_that_is_not_a_point():
    none = np.zeros((1, 50))
    rates = proportions([0.0], [3.0], none, none + 3.0)
    assert rates.lower[0] == 0.0
    assert rates.upper[0] == pytest.approx(0.5615, abs=1e-3)  # Wilson for 0 of 3
    ratio = expected_over_observed([3.0], [0.0], none + 3.0, none)
    assert np.isinf(ratio.value[0])
    assert ratio.lower[0] == pytest.approx(3.0 / 3.689, abs=1e-3)  # Garwood: up to 3.689 events when none is seen


def test_groups_that_differ_no_more_than_chance_are_drawn_to_the_whole():
    assert np.allclose(shrink(np.array([0.5, 0.51, 0.49]), 0.5, np.full(3, 0.01)), 0.5)
    apart = shrink(np.array([0.1, 0.9]), 0.5, np.full(2, 1e-6))
    assert np.allclose(apart, [0.1, 0.9], atol=1e-4)


def test_groups_of_a_program_are_read_as_known_then():
    records = small_program()
    spine = spine_at(records, [pd.Timestamp("2022-01-01"), pd.Timestamp("2023-01-01")])
    groups = groups_at(records, spine)
    assert list(groups.columns) == ["business_type", "size_band", "country_group", "border_region", "field_office"]
    assert groups.notna().all().all()
    assert set(groups["border_region"]) <= {
        "United States",
        "southern land border",
        "northern land border",
        "overseas",
        "unknown",
    }
    given_ = spine.rename(columns={"as_of": "origin"}).assign(label="negative", weight=1.0, rank_value_m=0.0)
    assert audit_backtest(records, given_, 10, 5, 1, ranking="m")["rate"].nunique() == 4
