"""Skill and calibration of forecasts against scikit-learn and against full fits in every replicate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from training.forecasts import ProbabilityRows, Reference, count_figures
from training.intervals import draw_participants
from training.metrics import calibration_line
from training.places import Order, first_places

ONCE = np.ones((300, 1), dtype=np.int16)


def forecast(seed, rows=300):
    rng = np.random.default_rng(seed)
    probability, weight = rng.beta(1, 4, rows), rng.choice([0.0, 1.0, 1.4], rows)
    positive = rng.random(rows) < probability
    positive[:2], weight[:2] = [True, False], 1.0
    return probability, positive, weight


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
def test_skill_is_the_share_of_the_loss_of_the_prior_rate_that_is_removed(seed, rate):
    probability, positive, weight = forecast(seed)
    told = ProbabilityRows(probability, positive, weight).figures(ONCE, Reference(rate, 1.0))
    flat = np.full(300, rate)
    for name, loss in (("log_loss", reference.log_loss), ("brier", reference.brier_score_loss)):
        own, prior = (loss(positive, each, sample_weight=weight) for each in (probability, flat))
        assert told[name].item() == pytest.approx(own)
        assert told[f"{name}_skill"].item() == pytest.approx(1 - own / prior)


def test_the_prior_itself_has_no_skill():
    _, positive, weight = forecast(1)
    told = ProbabilityRows(np.full(300, 0.2), positive, weight).figures(ONCE, Reference(0.2, 1.0))
    assert [told["log_loss_skill"].item(), told["brier_skill"].item()] == pytest.approx([0, 0], abs=1e-12)
    assert np.isnan(told["calibration_slope"]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_count_deviance_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    expected, weight = rng.gamma(2, 0.2, 300), rng.choice([0.0, 1.0, 1.4], 300)
    incidents = rng.poisson(expected).astype(float)
    told = count_figures(expected, incidents, weight, ONCE, Reference(0.2, 0.5))
    own, prior = (
        reference.mean_poisson_deviance(incidents, each, sample_weight=weight) for each in (expected, np.full(300, 0.5))
    )
    assert told["count_deviance"].item() == pytest.approx(own)
    assert told["count_deviance_skill"].item() == pytest.approx(1 - own / prior)
    ratio = (weight * expected).sum() / (weight * incidents).sum()
    assert told["expected_over_observed_incidents"].item() == pytest.approx(ratio)


def test_one_step_in_a_replicate_goes_where_a_full_fit_goes():
    probability, positive, weight = forecast(3, 4000)
    draws = draw_participants([str(row) for row in range(4000)], replicates=60, seed=4).of(
        [str(n) for n in range(4000)]
    )
    told = ProbabilityRows(probability, positive, weight).figures(draws, None)
    full = np.array([calibration_line(probability, positive, weight * draws[:, draw]) for draw in range(60)])
    spread = full.std(axis=0)
    assert np.abs(told["calibration_intercept"] - full[:, 0]).max() < 0.3 * spread[0]
    assert np.abs(told["calibration_slope"] - full[:, 1]).max() < 0.3 * spread[1]
    assert told["calibration_slope"].std() == pytest.approx(spread[1], rel=0.05)


def test_the_line_in_the_first_places_is_fitted_on_them_alone():
    probability, positive, weight = forecast(5)
    order = Order.of(probability)
    first = first_places(order, 120, ONCE)
    told = ProbabilityRows(probability, positive, weight).at(first, first)
    inside = np.isin(np.arange(300), np.argsort(-probability)[:120])
    assert (told["calibration_intercept"].item(), told["calibration_slope"].item()) == pytest.approx(
        calibration_line(probability[inside], positive[inside], weight[inside]), abs=1e-6
    )
    sums = ((weight * inside) @ probability) / ((weight * inside) @ positive)
    assert told["expected_over_observed"].item() == pytest.approx(sums)
