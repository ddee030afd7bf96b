"""From the margin to what is shown: the probability, its error, and the expected count.

Both maps are fitted on a slice later than the training rows, and both are increasing, so nothing
here can reorder a list. Steps, which make ties, are in :mod:`models.step_calibration`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from models.spec import Array

LEAST_SLOPE = 0.05
SLOPE_PRIOR = 0.5
"""Standard deviation of a slope around 1: some hundred positives outweigh it, a dozen do not."""


@dataclass(frozen=True)
class Calibration:
    """Calibrated log-odds as a strictly increasing function of the margin.

    ``log_odds = low_slope * log s(m) - high_slope * log s(-m) + intercept`` with s the logistic function:
    beta calibration (Kull, Silva Filho and Flach 2017) written on the margin. With equal slopes it
    is Platt's ``slope * m + intercept``, because ``log s(m) - log s(-m) = m``.

    ``covariance`` is that of (low_slope, high_slope, intercept), clustered by participant: the same
    participant at four dates is not four witnesses.
    """

    low_slope: float
    high_slope: float
    intercept: float
    covariance: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))

    def log_odds(self, margin: Array) -> Array:
        """Calibrated log-odds of each margin, same shape."""
        low, high = _terms(margin)
        return self.low_slope * low + self.high_slope * high + self.intercept

    def probability(self, margin: Array) -> Array:
        """Calibrated probability of each margin, same shape."""
        return np.asarray(expit(self.log_odds(margin)), dtype=np.float64)

    def slope(self, margin: Array) -> Array:
        """Derivative of the calibrated log-odds at each margin; above 0 everywhere."""
        return np.asarray(self.low_slope * expit(-margin) + self.high_slope * expit(margin), dtype=np.float64)

    def error(self, margin: Array) -> Array:
        """Standard error of the calibrated log-odds at each margin."""
        low, high = _terms(margin)
        gradient = (low, high, np.ones_like(low))
        variance = np.zeros_like(low)
        for i in range(3):
            for j in range(3):
                variance = variance + gradient[i] * gradient[j] * self.covariance[i][j]
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)

    def words(self) -> str:
        """What was fitted, in a sentence."""
        return (
            f"Calibration slopes {self.low_slope:.3f} and {self.high_slope:.3f}, intercept {self.intercept:.3f} "
            "on the margin."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {
            "low_slope": self.low_slope,
            "high_slope": self.high_slope,
            "intercept": self.intercept,
            "covariance": [list(row) for row in self.covariance],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """The calibration that :meth:`to_dict` wrote."""
        rows = tuple((float(a), float(b), float(c)) for a, b, c in values["covariance"])
        return cls(float(values["low_slope"]), float(values["high_slope"]), float(values["intercept"]), rows)


@dataclass(frozen=True)
class CountCurve:
    """Expected incidents as an increasing function of the calibrated log-odds.

    ``exp(intercept + slope * log_odds)``, a Poisson regression, held flat above ``highest`` (the highest
    log-odds it was fitted on: an exponential must not be trusted beyond its data), and never below
    the probability itself, because a count that is at least one with probability p has a mean of at least p.
    """

    slope: float
    intercept: float
    highest: float

    def expected(self, log_odds: Array) -> Array:
        """Expected incidents in the horizon, same shape."""
        rate = np.exp(self.intercept + self.slope * np.minimum(log_odds, self.highest))
        return np.asarray(np.maximum(rate, expit(log_odds)), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {"slope": self.slope, "intercept": self.intercept, "highest": self.highest}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CountCurve":
        """The curve that :meth:`to_dict` wrote."""
        return cls(float(values["slope"]), float(values["intercept"]), float(values["highest"]))


def fit_calibration(
    margin: Array, positive: NDArray[np.bool_], weight: Array, groups: NDArray[Any], kind: Literal["platt", "beta"]
) -> Calibration:
    """Calibration of margins on labels of a later slice, both labels present.

    Penalized maximum likelihood: slopes have a normal prior around 1, so a slice with few positives
    moves the level and hardly the shape.
    """
    design = np.column_stack([*_terms(margin), np.ones_like(margin)])
    # Platt is the beta form with one slope: fold the two slope columns into one.
    fold = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) if kind == "platt" else np.eye(3)
    folded = design @ fold
    slopes = folded.shape[1] - 1
    precision = np.append(np.full(slopes, 1.0 / SLOPE_PRIOR**2), 0.0)
    center = np.append(np.ones(slopes), 0.0)
    target = positive.astype(np.float64)

    def loss(parameters: Array) -> tuple[float, Array]:
        log_odds = folded @ parameters
        away = parameters - center
        value = np.sum(weight * (np.logaddexp(0.0, log_odds) - target * log_odds)) + 0.5 * np.sum(precision * away**2)
        return float(value), folded.T @ (weight * (expit(log_odds) - target)) + precision * away

    bounds = [(LEAST_SLOPE, None)] * slopes + [(None, None)]
    fitted = minimize(loss, center, jac=True, method="L-BFGS-B", bounds=bounds, options={"gtol": 1e-9, "ftol": 1e-15})
    covariance = fold @ _clustered_covariance(folded, fitted.x, target, weight, groups, precision) @ fold.T
    low, high, intercept = (float(value) for value in fold @ fitted.x)
    return Calibration(low, high, intercept, tuple((float(a), float(b), float(c)) for a, b, c in covariance))


def fit_counts(log_odds: Array, incidents: Array, weight: Array) -> CountCurve:
    """Poisson regression of counts on calibrated log-odds, its slope at least 0 and held near 1."""

    def loss(parameters: Array) -> tuple[float, Array]:
        slope, intercept = parameters
        rate = np.exp(np.minimum(intercept + slope * log_odds, 50.0))
        residual = weight * (rate - incidents)
        value = np.sum(weight * (rate - incidents * (intercept + slope * log_odds)))
        value += 0.5 * (slope - 1.0) ** 2 / SLOPE_PRIOR**2
        gradient = np.array([np.sum(residual * log_odds) + (slope - 1.0) / SLOPE_PRIOR**2, np.sum(residual)])
        return float(value), gradient

    fitted = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)])
    return CountCurve(float(fitted.x[0]), float(fitted.x[1]), float(log_odds.max()))


def _terms(margin: Array) -> tuple[Array, Array]:
    return -np.logaddexp(0.0, -margin), np.logaddexp(0.0, margin)


def _clustered_covariance(
    design: Array, parameters: Array, target: Array, weight: Array, groups: NDArray[Any], precision: Array
) -> Array:
    probability = expit(design @ parameters)
    information = (design * (weight * probability * (1.0 - probability))[:, None]).T @ design + np.diag(precision)
    scores = design * (weight * (target - probability))[:, None]
    _, member = np.unique(groups, return_inverse=True)
    by_group = np.column_stack([np.bincount(member, weights=column) for column in scores.T])
    inverse = np.linalg.pinv(information)
    return np.asarray(inverse @ (by_group.T @ by_group) @ inverse, dtype=np.float64)
