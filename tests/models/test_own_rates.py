"""Own rates: their interval holds what is shown, collapses where all are alike, and the spread is found again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_slices import QUICK, slices
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import gamma, nbinom, poisson

from models.own_rates import (
    ALL_ALIKE,
    OwnRates,
    fit_own_rates,
    log_chance_of_count,
    own_interval,
)
from models.own_rates_check import check_own_rates
from models.risk_model import fit_risk_model

SPREADS = st.builds(OwnRates, st.floats(-20, 10), st.floats(-2, 1))
LOG_ODDS = st.floats(-14, 6)
AWAY = st.floats(0, 4)


@given(SPREADS, LOG_ODDS, AWAY, st.floats(0.5, 0.999))
def test_the_interval_always_holds_the_probability(own, log_odds, away, confidence):
    lower, upper = own_interval(own, np.array([log_odds]), np.array([away]), confidence)
    assert 0.0 <= lower[0] <= expit(log_odds) <= upper[0] <= 1.0


@given(SPREADS, LOG_ODDS, AWAY)
def test_more_confidence_never_narrows_the_interval(own, log_odds, away):
    center, error = np.array([log_odds]), np.array([away])
    narrow, wide = own_interval(own, center, error, 0.8), own_interval(own, center, error, 0.95)
    assert wide[0][0] <= narrow[0][0]
    assert narrow[1][0] <= wide[1][0]


@given(SPREADS, LOG_ODDS, AWAY)
def test_more_error_of_the_estimate_never_narrows_the_interval(own, log_odds, away):
    center = np.array([log_odds])
    less, more = (own_interval(own, center, np.array([error]), 0.95) for error in (away, away + 0.5))
    assert more[0][0] <= less[0][0]
    assert less[1][0] <= more[1][0]


@given(st.floats(-14, 4), st.floats(0.1, 3))
def test_where_all_are_alike_only_the_error_of_the_estimate_is_left(log_odds, away):
    lower, upper = own_interval(ALL_ALIKE, np.array([log_odds]), np.array([away]), 0.95)
    assert lower[0] == pytest.approx(expit(log_odds - away), rel=1e-4)
    assert upper[0] == pytest.approx(expit(log_odds + away), rel=1e-4)


@given(SPREADS, st.lists(LOG_ODDS, min_size=2, max_size=9))
def test_a_row_has_the_same_bits_alone_and_in_a_batch(own, log_odds):
    together = own_interval(own, np.array(log_odds), np.full(len(log_odds), 0.3), 0.95)
    alone = own_interval(own, np.array(log_odds[-1:]), np.array([0.3]), 0.95)
    assert [end[-1] for end in together] == [end[0] for end in alone]


@pytest.mark.parametrize(("probability", "variance"), [(0.02, 3.0), (0.3, 0.7), (0.3, 4.0), (0.8, 1.5)])
def test_the_mean_of_own_probabilities_is_the_probability_shown(probability, variance):
    own = OwnRates(np.log(variance), 0.0)
    shares = (np.arange(200_000) + 0.5) / 200_000
    assert own.quantile(np.full(shares.size, probability), 0.5).shape == shares.shape
    # Independent: the gamma's own distribution function, and the mean as an integral of what lies above.
    scale = ((1 - probability) ** -variance - 1) / variance * variance
    above = quad(lambda x: gamma.sf(-np.log1p(-x), 1 / variance, scale=scale), 0, 1, limit=300, points=[1e-4, 0.01])
    assert above[0] == pytest.approx(probability, rel=1e-5)
    for share in (0.025, 0.5, 0.975):
        expected = -np.expm1(-gamma.ppf(share, 1 / variance, scale=scale))
        assert own.quantile(np.array([probability]), share)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("probability", "variance"), [(0.01, 50.0), (0.2, 1.0), (0.6, 0.2), (0.9, 3.0)])
def test_counts_have_scipys_negative_binomial_cut_off_at_zero(probability, variance):
    count = np.arange(1.0, 40.0)
    none = (1 - probability) ** variance
    expected = nbinom.logpmf(count, 1 / variance, none) - np.log(probability)
    assert nbinom.pmf(0, 1 / variance, none) == pytest.approx(1 - probability)
    got = log_chance_of_count(count, np.full(39, probability), np.full(39, variance))
    assert got == pytest.approx(expected, rel=1e-8)


def drawn_counts(rows, seed, level, slope):
    """Counts of participants whose rates differ as told, around probabilities of a program."""
    random = np.random.default_rng(seed)
    probability = expit(random.normal(-3.0, 1.6, rows))
    variance = OwnRates(level, slope).variance(probability)
    scale = np.expm1(-variance * np.log1p(-probability))
    rate = random.gamma(1 / variance) * scale
    return probability, random.poisson(rate).astype(float), -np.expm1(-rate)


@pytest.mark.parametrize(("level", "slope"), [(-0.5, -1.0), (0.7, -0.6), (-1.0, -0.8)])
def test_the_spread_of_a_made_up_program_is_found_again(level, slope):
    probability, incidents, _ = drawn_counts(40_000, 3, level, slope)
    found = fit_own_rates(probability, incidents, np.ones(len(incidents)))
    # Below a tenth, counts above one hardly occur where the spread is small.
    for chance in (0.1, 0.2, 0.5):
        true, got = (each.variance(np.array([chance]))[0] for each in (OwnRates(level, slope), found))
        assert np.log(got / true) == pytest.approx(0.0, abs=0.25)


def test_intervals_by_a_fitted_spread_hold_the_own_probability_as_often_as_they_say():
    probability, incidents, _ = drawn_counts(20_000, 5, -0.7, -0.7)
    own = fit_own_rates(probability, incidents, np.ones(len(incidents)))
    chance, _, truth = drawn_counts(20_000, 6, -0.7, -0.7)
    lower, upper = own_interval(own, np.log(chance / (1 - chance)), np.zeros(len(chance)), 0.95)
    high = chance > 0.1
    assert high.sum() > 2000
    assert ((lower <= truth) & (truth <= upper))[high].mean() == pytest.approx(0.95, abs=0.012)


def test_poisson_counts_leave_hardly_any_spread():
    random = np.random.default_rng(2)
    probability = expit(random.normal(-1.0, 1.0, 30_000))
    incidents = random.poisson(-np.log1p(-probability)).astype(float)
    assert fit_own_rates(probability, incidents, np.ones(30_000)).variance(np.array([0.3]))[0] < 0.05


def test_a_few_single_incidents_leave_the_prior_in_charge():
    probability = np.full(40, 0.05)
    incidents = np.zeros(40)
    incidents[:2] = 1.0
    variance = fit_own_rates(probability, incidents, np.ones(40)).variance(np.array([0.05]))[0]
    assert 0.2 < variance * 0.05 < 2.0


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_rows_without_weight_and_negative_rows_do_not_move_the_spread(seed, copies):
    probability, incidents, _ = drawn_counts(300, seed, -0.5, -1.0)
    fitted = fit_own_rates(probability, incidents, np.ones(300))
    extra = np.zeros(300 * copies)
    longer = np.concatenate([probability, np.full(extra.size, 0.3)])
    with_negatives = fit_own_rates(longer, np.concatenate([incidents, extra]), np.ones(longer.size))
    weightless = np.concatenate([np.ones(300), extra])
    without_weight = fit_own_rates(longer, np.concatenate([incidents, extra + 3.0]), weightless)
    assert fitted == with_negatives == without_weight
    assert OwnRates.from_dict(fitted.to_dict()) == fitted


def test_the_check_expects_the_counts_of_a_program_whose_rates_differ_and_a_plain_poisson_does_not():
    probability, incidents, _ = drawn_counts(20_000, 9, -0.5, -0.8)
    names = np.array([f"P{row // 2}" for row in range(20_000)], dtype=object)
    told = check_own_rates(probability, incidents, np.ones(20_000), names)
    assert told["at_least"] == [1, 2, 3, 5]
    for place in range(1, 4):
        observed, error = told["observed"][place], told["standard_error"][place]
        assert abs(observed - told["expected"][place]) < 3 * error + 0.03 * observed
    assert told["expected_if_alike"][2] < 0.6 * told["observed"][2]
    assert told["expected_if_alike"][1] == pytest.approx(poisson.sf(1, -np.log1p(-probability)).sum(), abs=1e-3)
    assert told["positives"] == (incidents > 0).sum()


@pytest.mark.parametrize("calibration", ["platt", "beta", "isotonic", "venn_abers"])
@pytest.mark.parametrize("replicas", [0, 4])
def test_a_model_with_any_calibration_and_any_number_of_replicas_has_intervals_that_hold(calibration, replicas):
    train, later = slices()
    model = fit_risk_model(train, later, replace(QUICK, calibration=calibration, replicas=replicas), seed=1)
    values = model.values(later.matrix)
    margin = model.margin_of(values)
    probability = model.probability(margin)
    lower, upper = model.interval_of(values, margin)
    narrow, wide = model.mean_interval_of(values, margin)
    assert ((lower <= probability) & (probability <= upper)).all()
    # Own probabilities differ on top of what the estimate does not know.
    assert ((lower <= narrow + 1e-12) & (wide <= upper + 1e-12)).all()
    alone = model.interval_of(values[7:8], margin[7:8])
    assert (alone[0][0], alone[1][0]) == (lower[7], upper[7])
