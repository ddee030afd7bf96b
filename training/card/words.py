"""Figures as a card writes them: a value with its interval, a share, a count; a dash where nothing is known."""

import math
import re
from typing import TypeGuard

from models.written import written

NOTHING = "–"
METRICS = {
    "average_precision": "Average precision",
    "auc": "Area under the curve",
    "log_loss": "Logarithmic loss",
    "log_loss_skill": "Log loss saved against the prior rate",
    "brier": "Brier score",
    "brier_skill": "Brier score saved against the prior rate",
    "expected_over_observed": "Expected over observed",
    "expected_over_observed_incidents": "Expected over observed incidents",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "count_deviance_skill": "Count deviance saved against the prior rate",
    "precision": "Precision",
    "recall": "Recall",
    "lift": "Lift",
    "severity_caught": "Severity caught",
    "incidents_caught": "Incidents caught",
    "not_yet_known": "Labels not yet known",
    "days_earlier": "Days earlier",
    "share_moved_later": "Moved later",
    "selection_rate": "Selected",
    "false_positive_rate": "False-positive rate",
    "false_discovery_rate": "False-discovery rate",
}
RULES = {"bg_nbd": "BG/NBD", "gamma_poisson": "Gamma-Poisson rate", "logistic": "small logistic"}
SLICES = {"with_history": "with any incident on record", "without_history": "without any incident on record"}
DAYS = 1
"""Digits of a figure in days or in places; others have three."""


def figure(value: float | None, lower: float | None = None, upper: float | None = None, *, digits: int = 3) -> str:
    """A value and its 95 % interval: 0.412 (0.350 to 0.470)."""
    if not known(value):
        return NOTHING
    if not (known(lower) and known(upper)):
        return written(value, digits)
    return f"{written(value, digits)} ({written(lower, digits)} to {written(upper, digits)})"


def difference(value: float | None, lower: float | None, upper: float | None, *, digits: int = 3) -> str:
    """A difference and its 95 % interval, each with its sign."""
    if not known(value):
        return NOTHING
    if not (known(lower) and known(upper)):
        return written(value, digits, signed=True)
    told = [written(each, digits, signed=True) for each in (value, lower, upper)]
    return f"{told[0]} ({told[1]} to {told[2]})"


def known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number at all."""
    return value is not None and math.isfinite(value)


def share(value: float | None) -> str:
    """A share in percent: 4.1 %."""
    return f"{100 * value:.1f} %" if value is not None and known(value) else NOTHING


def metric_name(metric: str) -> str:
    """The name of a figure in words, without its capacity."""
    return METRICS.get(metric, spaced(metric))


def capacity_name(capacity: str) -> str:
    """A capacity in words: ``100`` is "100 places", ``5pct`` is "5 % of the cohort"."""
    found = re.fullmatch(r"(.+)pct", capacity)
    return f"{found[1]} % of the cohort" if found else f"{capacity} places"


def spaced(name: str) -> str:
    """A name of the code in words: ``prior_year_count`` is "prior year count"."""
    return name.replace("_", " ")


def rule_name(name: str) -> str:
    """The name of a simple rule in words."""
    return RULES.get(name, spaced(name))


def slice_name(name: str) -> str:
    """The name of a slice in words: ``active_1825d`` is "with an incident in the last 1,825 days"."""
    found = re.fullmatch(r"active_(\d+)d", name)
    return f"with an incident in the last {int(found[1]):,} days" if found else SLICES.get(name, spaced(name))


def counted(number: int, one: str) -> str:
    """A number with its noun: 1 origin, 4 origins."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def digits_of(metric: str) -> int:
    """With how many digits a figure is written."""
    return DAYS if metric in ("days_earlier", "not_yet_known", "lift") else 3
