"""Lists that stay, and why they change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.checks.stable import check_stable
from training.stability import Lists, churn, overlap, rank_biased_overlap

NAMES = [f"P{number}" for number in range(30)]


@given(st.permutations(NAMES), st.permutations(NAMES), st.integers(1, 40))
def test_overlap_and_agreement_are_symmetric_shares(first, second, k):
    assert overlap(first, second, k) == overlap(second, first, k)
    assert 0 <= overlap(first, second, k) <= 1
    assert rank_biased_overlap(first, second) == pytest.approx(rank_biased_overlap(second, first))
    assert rank_biased_overlap(first, first) == pytest.approx(1.0)
    assert overlap(first, first, k) == 1.0


def test_lists_without_a_common_name_do_not_agree():
    assert rank_biased_overlap(["a", "b"], ["c", "d"]) == 0.0
    # By hand: agreement 0 at depth 1 and 1 at depth 2, so (1 - p) * p + p^2 = p.
    assert rank_biased_overlap(["a", "b"], ["b", "a"], 0.9) == pytest.approx(0.9)


def test_change_is_told_by_its_causes():
    lists = Lists(now=["b", "c"], reseeded=["b", "c"], before=["a", "b"], before_with_news=["b", "c"],
                  same_a_month_before=["a", "b"])  # fmt: skip
    found = churn(lists, 2)
    assert (found.total, found.data, found.retrain, found.seed) == (0.5, 0.5, 0.0, 0.0)
    assert (found.entered, found.left) == (("c",), ("a",))


def test_a_list_that_follows_the_seed_fails():
    steady = Lists(NAMES, NAMES, NAMES, NAMES, NAMES)
    assert check_stable(steady).verdict == "passed"
    assert check_stable(Lists(NAMES, NAMES[::-1], NAMES, NAMES, NAMES)).verdict == "failed"
    assert check_stable(Lists(NAMES, NAMES, None, None, NAMES)).verdict == "not judged"
