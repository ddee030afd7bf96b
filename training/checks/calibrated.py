"""3. Calibrated: of those told 10 percent, about one in ten has an incident."""

import numpy as np
from scipy.special import expit, logit, ndtri

from training.checks.judged import Judged
from training.checks.verdict import CheckResult, Figure
from training.disparity import Audited
from training.metrics import Floats, calibration_line
from training.shrinkage import LEVEL

NUMBER, NAME = 3, "Calibrated"
BAND = (0.75, 1.33)
"""Where the slope and expected over observed incidents should lie."""


def check_calibrated(judged: Judged | None) -> CheckResult:
    """Slope and expected over observed in :data:`BAND`, pooled over the origins of the backtest.

    Failed where an interval lies outside the band altogether; not judged where the figure does and its interval
    does not. Intervals are robust to a participant's rows going together (Liang and Zeger 1986).
    """
    name = "" if judged is None else f"probability_{judged.candidate}"
    if judged is None or name not in judged.predictions:
        why = "no backtest with probabilities of this version is at hand."
        return CheckResult(NUMBER, NAME, "not judged", why, {}, "Run a backtest.")
    rows = Audited.of(judged.predictions, judged.candidate, 1)
    told = {"slope": slope_interval(rows), "expected_over_observed": ratio_interval(rows)}
    figures: dict[str, Figure] = {"band_from": BAND[0], "band_to": BAND[1]}
    for name, (value, lower, upper) in told.items():
        figures |= {name: value, f"{name}.lower": lower, f"{name}.upper": upper}
    words = "; ".join(
        f"{name.replace('_', ' ')} {value:.2f} (95 % {lower:.2f} to {upper:.2f})"
        for name, (value, lower, upper) in told.items()
    )
    outside = [not BAND[0] <= value <= BAND[1] for value, _, _ in told.values()]
    if any(upper < BAND[0] or lower > BAND[1] for _, lower, upper in told.values()):
        advice = (
            "Calibrate on later dates (plan.calibration_dates), and look for a change in how incidents are recorded."
        )
        return CheckResult(NUMBER, NAME, "failed", f"probabilities are off: {words}.", figures, advice)
    if any(outside) or any(np.isnan(value) for value, _, _ in told.values()):
        sentence = f"the record is too small to tell: {words}."
        return CheckResult(NUMBER, NAME, "not judged", sentence, figures, "Judge on more origins.")
    return CheckResult(NUMBER, NAME, "passed", f"probabilities hold: {words}.", figures)


def slope_interval(rows: Audited) -> tuple[float, float, float]:
    """Slope of the outcome's log-odds on the forecast's, with its 95 % bounds by the participants' scores."""
    probability = _told(rows)
    intercept, slope = calibration_line(probability, rows.positive, rows.weight)
    if np.isnan(slope):
        return float("nan"), float("nan"), float("nan")
    x = logit(np.clip(probability, 1e-12, 1 - 1e-12))
    design = np.column_stack([np.ones(len(x)), x])
    fitted = expit(design @ np.array([intercept, slope]))
    bread = np.linalg.pinv((design * (rows.weight * fitted * (1 - fitted))[:, None]).T @ design)
    scores = design * (rows.weight * (rows.positive - fitted))[:, None]
    error = float(np.sqrt((bread @ _clustered(scores, rows) @ bread)[1, 1]))
    reach = float(ndtri((1 + LEVEL) / 2)) * error
    return slope, slope - reach, slope + reach


def ratio_interval(rows: Audited) -> tuple[float, float, float]:
    """Expected over observed incidents, with its 95 % bounds on the log scale."""
    expected, observed = rows.weight * _told(rows), rows.weight * rows.positive
    if observed.sum() <= 0 or expected.sum() <= 0:
        return float("nan"), float("nan"), float("nan")
    ratio = float(expected.sum() / observed.sum())
    score = expected / expected.sum() - observed / observed.sum()
    reach = float(ndtri((1 + LEVEL) / 2) * np.sqrt(_clustered(score[:, None], rows)[0, 0]))
    return ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach))


def _told(rows: Audited) -> Floats:
    return np.zeros(len(rows.weight)) if rows.probability is None else rows.probability


def _clustered(scores: Floats, rows: Audited) -> Floats:
    """Sum over participants of the outer product of their summed scores."""
    _, person = np.unique(rows.participant_ids.astype(str), return_inverse=True)
    sums = np.column_stack([np.bincount(person, column) for column in scores.T])
    return np.asarray(sums.T @ sums, dtype=np.float64)
