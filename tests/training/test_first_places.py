"""Figures of the first places against every order of the ties, one by one; then stories of five rows."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.backtest_config import BacktestConfig
from training.bounds import bounds_at
from training.first_figures import Ranked, first_figures
from training.forecasts import ProbabilityRows
from training.metrics import events_at, gather
from training.places import Order, first_places
from training.waiting import DAYS_A_MONTH, Pace, Standing, waiting_figures

RANKS = st.lists(st.integers(0, 2), min_size=1, max_size=6)


def orders(rank):
    """Every order of the rows that the ranking allows."""
    return [order for order in permutations(range(len(rank))) if all(np.diff(np.array(rank)[list(order)]) <= 0)]


@settings(max_examples=80, deadline=None)
@given(RANKS, st.integers(1, 7))
def test_a_row_fills_the_share_of_a_place_that_it_fills_over_all_orders(rank, k):
    first = first_places(Order.of(rank), k, np.ones((len(rank), 1), dtype=np.int16))
    share = np.zeros(len(rank))
    share[first.rows] = first.share[:, 0]
    by_hand = np.mean([[row in order[:k] for row in range(len(rank))] for order in orders(rank)], axis=0)
    assert share == pytest.approx(by_hand, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 30))
def test_sums_over_the_first_places_are_those_of_the_gathered_ties_in_every_replicate(seed, k):
    rng = np.random.default_rng(seed)
    rank, value = rng.integers(0, 6, 25), rng.integers(0, 3, 25).astype(float)
    draws = rng.integers(0, 3, size=(25, 5)).astype(np.int16)
    sums = first_places(Order.of(rank), k, draws).sums(value[:, None])[0]
    assert sums == pytest.approx(events_at(gather(rank, value, multiplicity=draws), k), abs=1e-9)


ROWS = st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0, 1.5])), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 6), st.integers(0, 1000))
def test_every_figure_of_the_first_places_is_the_mean_over_all_orders(rows, k, seed):
    rank, positive, weight = (np.array(column) for column in zip(*rows, strict=True))
    k = min(k, len(rank))
    rng = np.random.default_rng(seed)
    incidents = np.where(positive, rng.integers(1, 4, len(rank)), 0).astype(float)
    severity, probability = incidents * 2.5, rng.uniform(0.1, 0.9, len(rank))
    ranked = Ranked(
        rank.astype(float), positive, weight, incidents, severity, ProbabilityRows(probability, positive, weight)
    )
    config = BacktestConfig(capacities=(k,), shares=())
    figures = first_figures(ranked, config, np.ones((len(rank), 1), dtype=np.int16), estimate=True)
    found = {"precision": weight * positive / k, "not_yet_known": weight <= 0}
    for name, values in (("recall", positive), ("incidents_caught", incidents), ("severity_caught", severity)):
        total = (weight * values).sum()
        found[name] = weight * values / total if total else np.full(len(rank), np.nan)
    for name, values in found.items():
        by_hand = np.mean([values[list(order[:k])].sum() for order in orders(rank)])
        assert figures[f"{name}_at_{k}"].item() == pytest.approx(by_hand, abs=1e-12, nan_ok=True), name
    sums = [
        np.mean([(weight * values)[list(order[:k])].sum() for order in orders(rank)])
        for values in (probability, positive)
    ]
    told = figures[f"expected_over_observed_at_{k}"].item()
    assert told == pytest.approx(sums[0] / sums[1] if sums[1] else np.nan, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("pnu")), min_size=1, max_size=6), st.integers(1, 6))
def test_no_labels_of_the_unknown_and_no_order_of_ties_leave_the_mean_bounds(rows, k):
    """The worst and the best labels are searched within each order, then averaged over orders."""
    rank = np.array([row[0] for row in rows])
    positive, unknown = (np.array([row[1] == kind for row in rows]) for kind in "pu")
    k = min(k, len(rank))
    least, most = [], []
    for order in orders(rank):
        inside = np.isin(np.arange(len(rank)), order[:k])
        figures = []
        for labels in product([False, True], repeat=int(unknown.sum())):
            true = positive.copy()
            true[unknown] = labels
            figures.append(((true & inside).sum() / k, (true & inside).sum() / true.sum() if true.any() else np.nan))
        figures = np.array(figures)
        # Without any positive there is no recall; the closed form says none in that case too.
        worst = positive.sum() + (unknown & ~inside).sum() > 0
        best = positive.sum() + (unknown & inside).sum() > 0
        least.append((figures[:, 0].min(), np.nanmin(figures[:, 1]) if worst else np.nan))
        most.append((figures[:, 0].max(), np.nanmax(figures[:, 1]) if best else np.nan))
    found = bounds_at(Order.of(rank), positive, unknown, k)
    by_hand = [*np.array([np.mean(least, axis=0), np.mean(most, axis=0)]).T.ravel()]
    assert list(found) == pytest.approx(by_hand, abs=1e-12, nan_ok=True)


def test_bounds_at_a_part_of_a_place_lie_between_its_neighbours():
    order, known = Order.of([5, 4, 3, 2]), np.array([True, False, False, True])
    unknown = np.array([False, True, False, False])
    found = [bounds_at(order, known, unknown, k).recall_upper for k in (1, 1.5, 2)]
    assert found == pytest.approx([1 / 2, (1 / 2 + 2 / 3) / 2, 2 / 3])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans()), min_size=2, max_size=4),
    st.sampled_from([0.7, 1.0, 2.0]),
    st.sampled_from([20.0, 70.0, 365.0]),
)
def test_days_earlier_and_share_moved_later_are_the_mean_over_all_orders_of_both_lists(rows, a_month, horizon):
    rank, usual, positive = (np.array(column) for column in zip(*rows, strict=True))
    if not positive.any():
        positive[0] = True
    weight = np.where(np.arange(len(rank)) % 2, 1.5, 1.0)
    draws = np.ones((len(rank), 1), dtype=np.int16)
    tied = gather(rank, positive, weight=weight, multiplicity=draws)
    pace = Pace(a_month, horizon)
    told = waiting_figures(pace, rank.astype(float), usual.astype(float), positive, weight, tied, draws)

    def days(order):
        reached = {row: (place + 1) * DAYS_A_MONTH / a_month for place, row in enumerate(order)}
        # Places beyond the last that is reached whole are all counted at the end.
        last = int(horizon / (DAYS_A_MONTH / a_month))
        return np.array([reached[row] if order.index(row) < last else horizon for row in range(len(rank))])

    pairs = [(days(ours), days(theirs)) for ours in orders(rank) for theirs in orders(usual)]
    own = weight * positive / (weight * positive).sum()
    assert told["days_earlier"].item() == pytest.approx(np.mean([(own * (b - a)).sum() for a, b in pairs]), abs=1e-9)
    assert told["share_moved_later"].item() == pytest.approx(np.mean([own[a > b].sum() for a, b in pairs]), abs=1e-9)


def test_the_usual_order_is_no_days_earlier_than_itself_and_its_reverse_is_later_for_half():
    rank, positive = np.arange(11.0), np.ones(11, dtype=bool)
    draws = np.ones((11, 1), dtype=np.int16)
    tied = gather(rank, positive, multiplicity=draws)
    same = waiting_figures(Pace(1, 400), rank, rank, positive, np.ones(11), tied, draws)
    assert [same["days_earlier"].item(), same["share_moved_later"].item()] == pytest.approx([0, 0])
    turned = waiting_figures(Pace(1, 400), rank, -rank, positive, np.ones(11), tied, draws)
    assert turned["days_earlier"].item() == pytest.approx(0)
    assert turned["share_moved_later"].item() == pytest.approx(5 / 11)


def test_the_worked_example_of_thirty_a_month():
    here, there = Standing(np.array([0.0]), np.array([1.0])), Standing(np.array([60.0]), np.array([1.0]))
    pace = Pace(30, 365)
    assert (pace.day(there) - pace.day(here)).item() == pytest.approx(60 * DAYS_A_MONTH / 30)
    assert pace.later(here, there).item() == 0
    assert pace.later(there, here).item() == 1
