"""Calibration recovers what was planted, and its error bars tell the truth about its error."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest

from models.calibration import Calibration, CountCurve, fit_calibration, fit_counts


def planted(rows: int, seed: int, slope: float = 1.4, intercept: float = -0.5):
    random = np.random.default_rng(seed)
    margin = random.normal(-1.5, 1.2, rows)
    positive = random.random(rows) < expit(slope * margin + intercept)
    return margin, positive


@pytest.mark.parametrize("kind", ["platt", "beta"])
def test_a_planted_line_is_found(kind: str):
    margin, positive = planted(20_000, 1)
    fitted = fit_calibration(margin, positive, np.ones(20_000), np.arange(20_000), kind)
    wanted = expit(1.4 * margin - 0.5)
    assert np.abs(fitted.probability(margin) - wanted).max() < 0.03


def test_platt_is_beta_with_one_slope():
    curve = Calibration(1.3, 1.3, 0.2)
    margin = np.linspace(-10, 10, 41)
    assert np.allclose(curve.log_odds(margin), 1.3 * margin + 0.2, atol=1e-12)


def test_a_slice_of_few_positives_moves_the_level_and_hardly_the_slope():
    margin = np.linspace(-3, 3, 40)
    positive = np.zeros(40, dtype=bool)
    positive[:2] = True  # two positives at the wrong end
    fitted = fit_calibration(margin, positive, np.ones(40), np.arange(40), "platt")
    assert 0.05 <= fitted.low_slope < 1
    assert fitted.probability(margin).mean() < 0.2


def test_weights_count_as_copies():
    margin, positive = planted(300, 3)
    weight = np.where(np.arange(300) % 3 == 0, 2.0, 1.0)
    copies = np.repeat(np.arange(300), weight.astype(int))
    weighted = fit_calibration(margin, positive, weight, np.arange(300), "platt")
    copied = fit_calibration(margin[copies], positive[copies], np.ones(len(copies)), copies, "platt")
    assert weighted.low_slope == pytest.approx(copied.low_slope, abs=1e-5)
    assert weighted.intercept == pytest.approx(copied.intercept, abs=1e-5)


def test_its_standard_error_is_the_spread_over_repetitions():
    # 200 slices of one kind: the error stated by each, against how far they really scatter.
    at = np.array([-1.0, 1.0])
    fits = [fit_calibration(*planted(600, seed), np.ones(600), np.arange(600), "platt") for seed in range(200)]
    stated = np.mean([fit.error(at) for fit in fits], axis=0)
    found = np.std([fit.log_odds(at) for fit in fits], axis=0)
    assert np.allclose(stated, found, rtol=0.2)
    z = np.array([(fit.log_odds(at)[0] - (1.4 * at[0] - 0.5)) / fit.error(at)[0] for fit in fits])
    assert kstest(z, "norm").pvalue > 0.001


def test_the_same_participant_at_four_dates_is_not_four_witnesses():
    margin, positive = planted(400, 5)
    four = np.tile(np.arange(400), 4)
    honest = fit_calibration(margin[four], positive[four], np.ones(1600), four, "platt")
    naive = fit_calibration(margin[four], positive[four], np.ones(1600), np.arange(1600), "platt")
    assert honest.error(np.array([0.0]))[0] > 1.8 * naive.error(np.array([0.0]))[0]


def test_counts_that_were_planted_are_found_and_not_extrapolated():
    random = np.random.default_rng(7)
    log_odds = random.normal(-1, 1, 20_000)
    incidents = random.poisson(np.exp(0.3 + 0.8 * log_odds)).astype(float)
    curve = fit_counts(log_odds, incidents, np.ones(20_000))
    assert curve.slope == pytest.approx(0.8, abs=0.05)
    assert curve.expected(log_odds).mean() == pytest.approx(incidents.mean(), rel=0.05)
    beyond = curve.expected(np.array([curve.highest, curve.highest + 5.0]))
    assert beyond[0] == pytest.approx(beyond[1])


def test_both_maps_survive_their_dictionaries():
    curve = Calibration(1.1, 0.9, -0.2, ((1.0, 0.1, 0.2), (0.1, 1.0, 0.3), (0.2, 0.3, 1.0)))
    assert Calibration.from_dict(curve.to_dict()) == curve
    counts = CountCurve(0.9, 0.1, 2.0)
    assert CountCurve.from_dict(counts.to_dict()) == counts
