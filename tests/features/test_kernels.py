"""The kernels on groups far larger than the small worlds, against sums written out."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.compiled import over_ranges
from features.decay import decayed_sums
from features.errors import AmountsTooLarge
from features.joins import join_versions, union_intervals
from features.moments import DAY, FOREVER
from features.recency import days_since, version_in_force
from features.spine import Spine, arrange_spine
from features.versions import Versions, arrange
from features.windows import window_sums

Ints = npt.NDArray[np.int64]
GROUPS = 5
ORIGIN = np.arange(GROUPS) * 17 * DAY


class Drawn:
    """Random versions in a few large groups, with many ties, and the sums over them by plain filters."""

    def __init__(self, seed: int, rows: int = 900, moments: int = 40) -> None:
        draw = np.random.default_rng(seed)
        self.group = draw.choice(GROUPS, rows, p=[0.6, 0.3, 0.05, 0.05, 0.0])
        self.occurred = draw.integers(0, 400, rows) * DAY
        self.known_from = self.occurred + draw.choice([0, 0, 1, 30, 300], rows) * DAY
        ends = self.known_from + draw.integers(0, 300, rows) * DAY
        self.known_until = np.where(draw.random(rows) < 0.3, ends, FOREVER)
        self.severity = draw.integers(0, 40, rows) / 4
        self.spine_group, self.as_of = draw.integers(-1, GROUPS, moments), draw.integers(0, 900, moments) * DAY

    def arranged(self, order: Ints | None = None) -> tuple[Versions, Spine]:
        pick = np.arange(self.group.size) if order is None else order
        versions = arrange(
            self.group[pick],
            GROUPS,
            self.known_from[pick],
            self.known_until[pick],
            self.occurred[pick],
            {"severity": self.severity[pick]},
        )
        return versions, arrange_spine(self.spine_group, self.as_of)

    def valid(self, group: int, as_of: int) -> npt.NDArray[np.bool_]:
        return (self.group == group) & (self.known_from < as_of) & (as_of <= self.known_until)

    def expected(self, kind: str, parameter: int | None) -> npt.NDArray[np.float64]:
        found = []
        for group, as_of in zip(self.spine_group, self.as_of, strict=True):
            valid = self.valid(group, as_of)
            age = (as_of - self.occurred[valid]) / DAY
            severity = self.severity[valid]
            if group < 0:
                found.append(np.nan)
            elif kind == "window":
                found.append(severity[age <= (np.inf if parameter is None else parameter)].sum())
            elif kind == "decay":
                found.append((severity * 0.5 ** (age / parameter)).sum())
            else:
                found.append(age[severity > 0].min(initial=np.inf))
        return np.array(found)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 90, 365, None]))
def test_windowed_sums_of_large_groups_are_exact(seed: int, window: int | None) -> None:
    drawn = Drawn(seed)
    got = window_sums(*drawn.arranged(), [("severity", window)])[0]
    np.testing.assert_array_equal(got, drawn.expected("window", window).astype(np.float32))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 180, 730]))
def test_decayed_sums_of_large_groups_agree_with_their_definition(seed: int, half_life: int) -> None:
    drawn = Drawn(seed)
    got = decayed_sums(*drawn.arranged(), [("severity", half_life)], ORIGIN)[0]
    np.testing.assert_allclose(got, drawn.expected("decay", half_life), rtol=1e-5, atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 180, 730]))
def test_what_came_and_went_leaves_no_bit_in_a_decayed_sum(seed: int, half_life: int) -> None:
    """Ten million that were taken back again, beside a quarter that stays: a running float keeps the difference."""
    draw = np.random.default_rng(seed)
    moments = draw.integers(0, 400, 40) * DAY
    stays, went = np.full(40, 0.25), np.full(40, 1e6)
    spine = arrange_spine(np.zeros(60, np.int64), draw.integers(500, 900, 60) * DAY)

    def sums(times: int) -> npt.NDArray[np.float32]:
        rows = 40 * (1 + times)
        until = np.where(np.arange(rows) < 40, FOREVER, 450 * DAY)
        known = np.tile(moments, 1 + times)
        amount = {"amount": np.concatenate([stays, *[went] * times])}
        versions = arrange(np.zeros(rows, np.int64), 1, known, until, known, amount)
        return decayed_sums(versions, spine, [("amount", half_life)], ORIGIN)[0]

    np.testing.assert_array_equal(sums(0).view(np.uint32), sums(1).view(np.uint32))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 180, 730]))
def test_a_decayed_sum_is_as_exact_as_its_last_digit(seed: int, half_life: int) -> None:
    drawn = Drawn(seed)
    got = decayed_sums(*drawn.arranged(), [("severity", half_life)], ORIGIN)[0]
    np.testing.assert_allclose(got, drawn.expected("decay", half_life), rtol=2.0**-23, atol=1e-37)


def test_values_that_an_exact_decayed_sum_cannot_hold_are_refused() -> None:
    moment = np.array([5 * DAY, 6 * DAY])
    versions = arrange(np.zeros(2, np.int64), 1, moment, np.full(2, FOREVER), moment, {"kg": np.full(2, 1e9)})
    spine = arrange_spine(np.zeros(1, np.int64), np.array([7 * DAY]))
    with pytest.raises(AmountsTooLarge, match="add up to less than 67,108,864 in one group within 4 half-lives"):
        decayed_sums(versions, spine, [("kg", 2)], np.zeros(1, np.int64))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_days_since_the_last_agree_with_their_definition(seed: int) -> None:
    drawn = Drawn(seed)
    got = days_since(*drawn.arranged(), [("severity", "last")])[0]
    expected = drawn.expected("last", None)
    np.testing.assert_array_equal(got, np.where(np.isinf(expected), np.nan, expected).astype(np.float32))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_kernel_sees_the_order_of_rows_in_large_groups_with_ties(seed: int) -> None:
    drawn = Drawn(seed)
    mixed = np.random.default_rng(seed).permutation(drawn.group.size)
    one, other = drawn.arranged(), drawn.arranged(mixed)
    for sums in (
        lambda versions, spine: window_sums(versions, spine, [("severity", 90)]),
        lambda versions, spine: decayed_sums(versions, spine, [("severity", 180)], ORIGIN),
    ):
        first, second = sums(*one), sums(*other)
        np.testing.assert_array_equal(first.view(np.uint32), second.view(np.uint32))


def test_amounts_that_float32_sums_would_lose_are_kept() -> None:
    """Sixteen million ones and more: a float32 running sum stays at 16,777,216."""
    count = 300
    amounts = np.full(count, 100_000.5)
    versions = arrange(
        np.zeros(count, np.int64),
        1,
        np.arange(count) * DAY,
        np.full(count, FOREVER),
        np.arange(count) * DAY,
        {"amount": amounts},
    )
    spine = arrange_spine(np.zeros(1, np.int64), np.array([1000 * DAY]))
    within = window_sums(versions, spine, [("amount", None), ("amount", 702)])
    assert within[0, 0] == np.float32(100_000.5 * count)
    assert within[1, 0] == np.float32(100_000.5 * 2)


def test_the_version_in_force_is_the_latest_effective_one_known_then() -> None:
    moments = np.array([10, 20, 30]) * DAY
    effective = np.array([10, 50, 5]) * DAY
    until = np.full(3, FOREVER)
    versions = arrange(np.zeros(3, np.int64), 1, moments, until, effective, {"rows": np.ones(3)})
    as_of = np.array([10, 11, 31, 50]) * DAY
    spine = arrange_spine(np.zeros(4, np.int64), as_of)
    assert version_in_force(versions, spine).tolist() == [-1, 0, 0, 1]


def test_a_union_of_periods_has_no_overlap_and_no_gap_that_was_not_there() -> None:
    key = np.array([1, 0, 0, 0, -1])
    row, start, end = union_intervals(key, np.array([0, 30, 0, 10, 0]), np.array([9, 40, 12, 20, 99]))
    assert list(zip(key[row].tolist(), start.tolist(), end.tolist(), strict=True)) == [
        (0, 0, 20),
        (0, 30, 40),
        (1, 0, 9),
    ]


def test_a_join_is_valid_while_both_sides_are() -> None:
    left = (np.array([0, 0, -1]), np.array([0, 10, 0]), np.array([10, 20, 99]))
    right = (np.array([0, 1]), np.array([5, 0]), np.array([15, 99]))
    pairs = join_versions(left, right, 2)
    assert pairs.left.tolist() == [0, 1]
    assert pairs.known_from.tolist() == [5, 10]
    assert pairs.known_until.tolist() == [10, 15]


@pytest.mark.parametrize("segments", [0, 1, 7, 1000])
def test_ranges_cover_every_segment_once(segments: int) -> None:
    seen = np.zeros(segments, dtype=np.int64)

    def visit(low: int, high: int) -> None:
        seen[low:high] += 1

    over_ranges(visit, np.arange(segments + 1) * 200_000)
    assert seen.tolist() == [1] * segments
