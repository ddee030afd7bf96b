"""Steps against scikit-learn by brute force, their laws, and how the choice between calibrations is made."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from model_slices import QUICK, slices
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from models.bundle import read_bundle, write_bundle
from models.calibration import Calibration
from models.calibration_choice import CALIBRATIONS, Margins, calibrate, fit_kind, read_calibrator
from models.errors import SliceTooThin
from models.risk_model import fit_risk_model
from models.step_calibration import fit_steps

FLAT = Calibration(1.0, 1.0, 0.0)
LABELLED = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=3, max_size=25)


def rows_of(margin, positive, dates=None):
    size = len(margin)
    dates = np.full(size, "2020-01-01") if dates is None else dates
    return Margins(
        np.asarray(margin, dtype=float),
        np.asarray(positive, dtype=bool),
        np.ones(size),
        np.arange(size).astype(str),
        np.asarray(dates, dtype="datetime64[us]"),
    )


def planted(size, seed, curve=expit):
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.0, 1.5, size)
    return margin, rng.random(size) < curve(margin)


@settings(deadline=None)
@given(LABELLED, st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_the_venn_abers_pair_is_isotonic_regression_with_the_newcomer_in_it(labelled, asked):
    margin = np.array([one for one, _ in labelled], dtype=float)
    positive = np.array([one for _, one in labelled])
    asked = np.array(asked) / 2
    fitted = fit_steps("venn_abers", margin, positive, np.ones(len(margin)), FLAT)
    low, high = fitted.pair(asked)
    for place, one in enumerate(asked):
        for label, told in ((0, low), (1, high)):
            brute = IsotonicRegression(out_of_bounds="clip").fit(np.append(margin, one), np.append(positive, label))
            assert told[place] == pytest.approx(brute.predict([one])[0], abs=1e-6)


@settings(deadline=None)
@given(LABELLED)
def test_isotonic_steps_are_scikit_learns(labelled):
    margin = np.array([one for one, _ in labelled], dtype=float)
    positive = np.array([one for _, one in labelled])
    weight = 1.0 + np.arange(len(margin)) % 3
    fitted = fit_steps("isotonic", margin, positive, weight, FLAT)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(margin, positive, sample_weight=weight).predict(margin)
    told, inside = fitted.probability(margin), (theirs > 0) & (theirs < 1)
    assert np.allclose(told[inside], theirs[inside], atol=1e-6)
    # What is certain to scikit-learn is not to us: half a row's worth of doubt, and no further than the next step.
    nearest = theirs[inside].min(initial=0.5)
    assert np.allclose(told[theirs == 0], min(0.5 / (weight[theirs == 0].sum() + 1), nearest), atol=1e-6)
    assert (told[theirs == 1] >= theirs[inside].max(initial=0.5) - 1e-6).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from(CALIBRATIONS))
def test_a_calibration_never_turns_an_order_round(seed, kind):
    margin, positive = planted(80, seed)
    assume(0 < positive.sum() < 80)
    fitted = fit_kind(kind, rows_of(margin, positive))
    probability = fitted.probability(np.linspace(-9, 9, 300))
    assert (np.diff(probability) >= -1e-12).all()
    assert ((probability > 0) & (probability < 1)).all()
    again = read_calibrator(fitted.to_dict())
    assert (again.log_odds(margin) == fitted.log_odds(margin)).all()
    assert (fitted.error(margin) >= 0).all()


def test_many_margins_are_pooled_finer_near_the_top_and_the_curve_is_still_found():
    margin, positive = planted(30_000, 3, curve=lambda m: 0.3 * expit(2 * m))
    fitted = fit_steps("venn_abers", margin, positive, np.ones(30_000), FLAT)
    assert len(fitted.margins) <= 400
    assert np.abs(fitted.probability(margin) - 0.3 * expit(2 * margin)).mean() < 0.015
    limits = np.searchsorted(np.sort(margin), fitted.margins)
    assert np.diff(limits)[-1] == 1 < np.diff(limits)[0]


def test_of_a_straight_line_platt_is_chosen_and_of_a_plateau_steps():
    dates = np.repeat(["2020-01-01", "2020-04-01", "2020-07-01", "2020-10-01"], 5000)
    straight = calibrate(rows_of(*planted(20_000, 5), dates), "chosen")[1]
    flat = planted(20_000, 6, curve=lambda m: np.where(m > 0, 0.5, 0.05))
    steps = calibrate(rows_of(*flat, dates), "chosen")[1]
    assert straight.chosen in ("platt", "beta")
    assert steps.chosen in ("isotonic", "venn_abers")
    for choice in (straight, steps):
        assert set(choice.log_loss) == set(CALIBRATIONS)
        assert choice.log_loss[choice.chosen] == min(choice.log_loss.values())


def test_the_choice_is_made_on_the_later_dates_and_the_fit_on_all():
    margin, positive = planted(8000, 9)
    dates = np.repeat(["2020-01-01", "2021-01-01"], 4000)
    rows = rows_of(margin, positive, dates)
    early, late = rows[rows.as_of < np.datetime64("2021-01-01")], rows[rows.as_of > np.datetime64("2020-06-01")]
    calibrator, choice = calibrate(rows, "chosen")
    log_odds = fit_kind("platt", early).log_odds(late.margin)
    assert choice.log_loss["platt"] == pytest.approx((np.logaddexp(0, log_odds) - late.positive * log_odds).mean())
    assert (calibrator.log_odds(margin) == fit_kind(choice.chosen, rows).log_odds(margin)).all()


def test_one_date_is_halved_by_participants_and_a_half_without_positives_is_refused():
    margin, positive = planted(200, 4)
    assert calibrate(rows_of(margin, positive), "chosen")[1].chosen in CALIBRATIONS
    dates = np.where(positive, "2020-01-01", "2021-01-01")
    with pytest.raises(SliceTooThin, match="half of the calibration slice; got"):
        calibrate(rows_of(margin, positive, dates), "chosen")


@pytest.mark.parametrize("kind", ["isotonic", "venn_abers", "chosen"])
def test_a_model_calibrated_in_steps_ranks_as_before_and_survives_its_bundle(kind, tmp_path):
    train, later = slices()
    plain = fit_risk_model(train, later, QUICK, seed=1)
    model = fit_risk_model(train, later, replace(QUICK, calibration=kind), seed=1)
    assert (model.margin(later.matrix) == plain.margin(later.matrix)).all()
    assert ("calibration_choice" in model.facts) == (kind == "chosen")
    lower, upper = model.interval(later.matrix)
    probability = model.probability(model.margin(later.matrix))
    assert ((lower <= probability) & (probability <= upper)).all()
    assert probability.mean() == pytest.approx(later.positive.mean(), abs=0.02)
    write_bundle(model, tmp_path / "bundle")
    assert read_bundle(tmp_path / "bundle").digest == model.digest
