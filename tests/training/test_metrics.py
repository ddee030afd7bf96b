"""Laws of the figures that judge a ranking, then stories of five rows, then independent origins."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from training.metrics import (
    auc,
    average_precision,
    brier,
    calibration_line,
    events_at,
    gather,
    lift_at,
    log_loss,
    precision_at,
    recall_at,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from([0.0, 1.0, 1.0, 1.5])), min_size=2, max_size=7
).filter(lambda rows: any(positive and weight > 0 for _, positive, weight in rows))


def unpack(rows):
    rank, positive, weight = (np.array(column) for column in zip(*rows, strict=True))
    return rank.astype(float), positive, weight


def orders(rank):
    """Every order of the rows that the ranking allows."""
    return [order for order in permutations(range(len(rank))) if all(np.diff(rank[list(order)]) <= 0)]


def by_hand(order, positive, weight, k):
    """Average precision and events at k of one order, by the definition."""
    found = [weight[i] * positive[i] for i in order]
    total = sum(found)
    precision = sum(f * (1 + sum(found[:place])) / (place + 1) for place, f in enumerate(found))
    return precision / total, sum(found[:k])


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 7))
def test_every_figure_is_the_mean_over_all_orders_of_the_ties(rows, k):
    rank, positive, weight = unpack(rows)
    k = min(k, len(rank))
    tied = gather(rank, positive, weight=weight)
    hand = np.mean([by_hand(order, positive, weight, k) for order in orders(rank)], axis=0)
    assert average_precision(tied) == pytest.approx(hand[0], abs=1e-12)
    assert events_at(tied, k) == pytest.approx(hand[1], abs=1e-12)
    assert precision_at(tied, k) == pytest.approx(hand[1] / k, abs=1e-12)
    assert recall_at(tied, k) == pytest.approx(hand[1] / (weight * positive).sum(), abs=1e-12)


def area_by_hand(order, positive, weight):
    """Weight of pairs in the right order, over all pairs of a positive and a negative."""
    found = [(weight[i] * positive[i], weight[i] * (not positive[i])) for i in order]
    pairs = [(one[0], other[1], place < after) for place, one in enumerate(found) for after, other in enumerate(found)]
    whole = sum(hit * miss for hit, miss, _ in pairs)
    return sum(hit * miss for hit, miss, right in pairs if right) / whole if whole else np.nan


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 7))
def test_the_area_and_the_lift_are_the_mean_over_all_orders_of_the_ties(rows, k):
    rank, positive, weight = unpack(rows)
    k = min(k, len(rank))
    tied = gather(rank, positive, weight=weight)
    hand = np.mean([area_by_hand(order, positive, weight) for order in orders(rank)])
    assert auc(tied) == pytest.approx(hand, abs=1e-12, nan_ok=True)
    found = np.mean([by_hand(order, positive, weight, k)[1] for order in orders(rank)])
    assert lift_at(tied, k) == pytest.approx(found / k / ((weight * positive).sum() / len(rank)), abs=1e-12)


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_a_monotone_change_of_scale_do_not_matter(rows, random):
    rank, positive, weight = unpack(rows)
    shuffled = list(range(len(rank)))
    random.shuffle(shuffled)
    one = gather(rank, positive, weight=weight)
    other = gather(np.exp(rank)[shuffled], positive[shuffled], weight=weight[shuffled])
    for figure in (average_precision, auc):
        assert figure(one) == pytest.approx(float(figure(other)), nan_ok=True)


@settings(deadline=None)
@given(ROWS, st.integers(0, 10_000))
def test_a_row_drawn_twice_is_the_same_as_two_tied_rows(rows, seed):
    rank, positive, weight = unpack(rows)
    times = np.random.default_rng(seed).integers(0, 4, size=(len(rank), 3))
    drawn = gather(rank, positive, weight=weight, multiplicity=times)
    for draw in range(3):
        copies = np.repeat(np.arange(len(rank)), times[:, draw])
        one = gather(rank[copies], positive[copies], weight=weight[copies])
        for figure in (average_precision, auc, lambda t: recall_at(t, 2), lambda t: lift_at(t, 2)):
            assert figure(drawn)[draw] == pytest.approx(float(figure(one)), nan_ok=True, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_without_ties_the_figures_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    rank, positive = rng.permutation(60) / 7.0, rng.random(60) < 0.3
    positive[:2] = [True, False]
    tied = gather(rank, positive)
    assert average_precision(tied) == pytest.approx(reference.average_precision_score(positive, rank))
    assert auc(tied) == pytest.approx(reference.roc_auc_score(positive, rank))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_the_area_with_ties_and_weights_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    rank, positive = rng.integers(0, 5, 60), rng.random(60) < 0.3
    positive[:2] = [True, False]
    weight = rng.uniform(0.5, 2, 60)
    expected = reference.roc_auc_score(positive, rank, sample_weight=weight)
    assert auc(gather(rank, positive, weight=weight)) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_probability_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    probability, weight = rng.uniform(0.01, 0.99, 40), rng.uniform(0.5, 2, 40)
    positive = rng.random(40) < probability
    positive[:2] = [True, False]
    assert log_loss(probability, positive, weight) == pytest.approx(
        reference.log_loss(positive, probability, sample_weight=weight)
    )
    assert brier(probability, positive, weight) == pytest.approx(
        reference.brier_score_loss(positive, probability, sample_weight=weight)
    )


def test_two_tied_rows_on_top_with_one_positive_give_three_quarters():
    assert average_precision(gather([9, 9, 1], [True, False, False])) == pytest.approx(0.75)


def test_a_constant_ranking_finds_the_base_rate_everywhere():
    tied = gather(np.zeros(10), np.arange(10) < 3)
    assert precision_at(tied, 4) == pytest.approx(0.3)
    assert lift_at(tied, 4) == pytest.approx(1.0)
    assert auc(tied) == pytest.approx(0.5)


def test_rows_whose_label_is_not_known_keep_their_place_and_count_for_nothing():
    known = gather([5, 4, 3, 2], [False, True, False, False], weight=[0, 1, 1, 1])
    assert precision_at(known, 2) == pytest.approx(0.5)
    assert recall_at(known, 1) == 0.0
    poisoned = gather([5, 4, 3, 2], [np.nan, 1, 0, 0], weight=[0, 1, 1, 1])
    assert average_precision(poisoned) == average_precision(known)


def test_a_missing_rank_value_ranks_last():
    assert recall_at(gather([np.nan, 1.0, 0.0], [True, False, False]), 2) == 0.0


def test_counts_instead_of_labels_give_the_share_of_incidents_caught():
    assert recall_at(gather([3, 2, 1], [5, 0, 15]), 1) == pytest.approx(0.25)


def test_no_event_at_all_gives_no_figure_rather_than_zero():
    tied = gather([1, 2], [False, False])
    assert np.isnan(average_precision(tied))
    assert np.isnan(recall_at(tied, 1))
    assert np.isnan(auc(tied))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_calibration_line_is_a_plain_logistic_regression_on_the_log_odds(seed):
    rng = np.random.default_rng(seed)
    log_odds, weight = rng.normal(-1, 1.2, 400), rng.uniform(0.5, 2, 400)
    positive = rng.random(400) < 1 / (1 + np.exp(-log_odds))
    line = calibration_line(1 / (1 + np.exp(-log_odds)), positive, weight)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds[:, None], positive, sample_weight=weight)
    assert line == pytest.approx((plain.intercept_[0], plain.coef_[0, 0]), abs=1e-4)


def test_forecasts_made_twice_too_extreme_have_half_the_slope():
    rng = np.random.default_rng(5)
    log_odds = rng.normal(-2, 1.2, 60_000)
    positive = rng.random(60_000) < 1 / (1 + np.exp(-log_odds))
    intercept, slope = calibration_line(1 / (1 + np.exp(-log_odds)), positive, np.ones(60_000))
    assert slope == pytest.approx(1, abs=0.06)
    extreme = calibration_line(1 / (1 + np.exp(-2 * log_odds - 1)), positive, np.ones(60_000))
    assert extreme == pytest.approx((intercept - slope / 2, slope / 2), abs=1e-6)


def test_a_single_class_has_no_calibration_line():
    assert np.isnan(calibration_line([0.1, 0.2], [False, False], [1, 1])).all()
