"""Laws of the baselines, recovery of a known program, then five participants."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from history_rows import matrix_of, program, slice_of
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines import (
    CountBaseline,
    GammaPoisson,
    GivesReasons,
    PriorRate,
    SmallLogistic,
    all_baselines,
    positives_by_lot,
)
from models.errors import MatrixRefused

COUNTS = st.lists(st.integers(0, 20), min_size=2, max_size=12)


@settings(deadline=None)
@given(COUNTS, st.randoms(use_true_random=False))
def test_a_rank_value_depends_on_the_own_row_only(counts, random):
    matrix = matrix_of(incidents_decayed_730d=np.array(counts, dtype=float), incidents_all=np.array(counts))
    matrix["days_of_record"] = np.float32(1000)
    shuffled = list(range(len(counts)))
    random.shuffle(shuffled)
    for baseline in FITTED:
        whole = baseline.rank_value(matrix)
        assert (baseline.rank_value(matrix.iloc[shuffled]) == whole[shuffled]).all()
        assert baseline.rank_value(matrix.iloc[[0]])[0] == pytest.approx(whole[0], rel=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_more_incidents_and_fresher_ones_never_rank_lower(counts):
    counts = np.sort(np.array(counts, dtype=float))
    matrix = matrix_of(incidents_prior_365d=counts, incidents_decayed_730d=counts, incidents_all=counts)
    matrix["days_since_last_incident"] = (1000 - 40 * counts).astype("float32")
    matrix["days_of_record"] = np.float32(1000)
    for baseline in FITTED:
        if baseline.name in ("logistic", "bg_nbd"):
            # Neither promises it: correlated coefficients may turn, and a late incident may be the last.
            continue
        assert (np.diff(baseline.rank_value(matrix)) >= 0).all(), baseline.name


FITTED = [baseline.fit(program(1, size=400)[0]) for baseline in all_baselines()]


def test_every_baseline_of_the_contract_is_there():
    names = [baseline.name for baseline in all_baselines()]
    assert names == [
        "prior_rate",
        "prior_year_count",
        "all_time_count",
        "recency",
        "decayed_count",
        "weighted_index",
        "gamma_poisson",
        "bg_nbd",
        "logistic",
    ]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_contributions_and_base_are_the_margin_and_the_margin_keeps_the_order(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.0, 30).astype(float)
    matrix = matrix_of(
        incidents_prior_365d=counts,
        incidents_prior_1095d=counts + rng.poisson(1.0, 30),
        incidents_all=counts + 3,
        incidents_decayed_730d=counts * rng.random(30),
        days_since_last_incident=rng.exponential(300, 30),
        days_of_record=rng.exponential(800, 30),
        shipments_prior_365d=np.where(rng.random(30) < 0.2, np.nan, rng.exponential(80, 30)),
    )
    told = [baseline for baseline in FITTED if isinstance(baseline, GivesReasons)]
    assert {"weighted_index", "gamma_poisson", "logistic"} == {baseline.name for baseline in told}
    for baseline in told:
        base, parts = baseline.contributions(matrix)
        margin, value = baseline.margin(matrix), baseline.rank_value(matrix)
        assert np.allclose(base + parts.sum(axis=1), margin, atol=1e-9), baseline.name
        assert (np.diff(margin[np.argsort(value, kind="stable")]) >= 0).all(), baseline.name


def test_everybody_is_alike_to_the_prior_rate_and_its_level_is_right():
    train, _ = program(2, size=500)
    fitted = PriorRate().fit(train)
    assert np.ptp(fitted.rank_value(train.matrix)) == 0
    assert fitted.probability(train.matrix).mean() == pytest.approx(train.positive.mean())
    assert fitted.expected_incidents(train.matrix).sum() == pytest.approx(train.incidents.sum())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=2), st.integers(1, 7))
def test_lists_drawn_by_lot_hold_what_all_lists_hold(cohorts, places):
    cohorts = [(participants, min(positives, participants)) for participants, positives in cohorts]
    each = [
        [sum(one < positives for one in drawn) for drawn in combinations(range(people), min(places, people))]
        for people, positives in cohorts
    ]
    held = np.array([sum(together) for together in product(*each)])
    low, high = positives_by_lot(cohorts, places)
    assert ((low <= held) & (held <= high)).mean() >= 0.95
    assert (held < low).mean() <= 0.025 + 1e-12
    assert (held > high).mean() <= 0.025 + 1e-12
    # No narrower interval would do: one more of either end left out is too much.
    assert (held <= low).mean() >= 0.025 - 1e-12
    assert (held >= high).mean() >= 0.025 - 1e-12


@pytest.mark.parametrize("power", [0.0, 0.7])
def test_gamma_poisson_recovers_the_rates_of_a_gamma_poisson_program(power):
    train, frailty = program(7, power=power)
    fitted = GammaPoisson().fit(train)
    expected = fitted.rank_value(train.matrix)
    assert fitted.power == pytest.approx(power, abs=0.12)
    assert expected.mean() == pytest.approx(frailty.mean(), rel=0.05)
    # What is expected of those with a history comes true; decay blurs old single incidents below them.
    for band in np.array_split(np.argsort(expected), 10)[8:]:
        assert expected[band].mean() == pytest.approx(frailty[band].mean(), rel=0.1)


def test_gamma_poisson_draws_a_short_history_towards_the_mean():
    fitted = GammaPoisson(shape=0.3, rate=2.0)
    matrix = matrix_of(
        incidents_decayed_730d=np.array([0.0, 0.0, 1.0]), days_of_record=np.array([10.0, 3650.0, 3650.0])
    )
    new, clean, known = fitted.rank_value(matrix)
    assert clean < new < known
    assert new == pytest.approx(0.3 / 2.0, rel=0.02)


def test_gamma_poisson_takes_everybody_as_watched_when_entry_is_by_incident():
    train, _ = program(3)
    late = train.matrix.assign(days_of_record=np.where(train.matrix["incidents_all"] > 1, 3650, 1).astype("float32"))
    assert GammaPoisson().fit(slice_of(late, train.incidents)).watched_forever


def test_logistic_orders_by_log_odds_and_matches_the_share_of_positives():
    train, _ = program(5)
    log_odds = SmallLogistic().fit(train).rank_value(train.matrix)
    probability = 1 / (1 + np.exp(-log_odds))
    assert probability.mean() == pytest.approx(train.positive.mean(), abs=1e-3)
    top = np.argsort(log_odds)[-2000:]
    assert probability[top].mean() == pytest.approx(train.positive[top].mean(), abs=0.05)


def test_no_incident_ever_ranks_last_by_recency_and_ties_stay_ties():
    matrix = matrix_of(days_since_last_incident=np.array([400.0, np.nan, 3.0, np.nan]))
    value = CountBaseline("recency", "days_since_last_incident", sign=-1.0).rank_value(matrix)
    assert list(np.argsort(-value, kind="stable")) == [2, 0, 1, 3]
    assert value[1] == value[3]


def test_a_matrix_without_the_column_is_refused_by_name():
    with pytest.raises(MatrixRefused, match="incidents_prior_365d"):
        CountBaseline("prior_year_count", "incidents_prior_365d").rank_value(pd.DataFrame({"other": [1.0]}))
