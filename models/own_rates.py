"""How far a participant's own probability may lie from the mean of all that score like it.

A score is a mean over participants that look alike. Their own rates differ by what no record tells, and that they do
shows in their counts: were all rates alike, counts would be Poisson; they are more spread out. The excess
variance is the variance of the own rates (Greenwood and Yule 1920). A rate is taken as gamma about its mean, a count
thus as negative binomial, and the mean is set so that the chance of at least one incident is the calibrated
probability itself: what is shown stays the mean of what the interval is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaincinv, gammaln, logit

from models.spec import Array

CENTER = 0.1
"""Probability at which the prior on the spread stands; a high one, since counts above one come from there."""
PRIOR_LEVEL, PRIOR_SLOPE = 1.5, 0.5
"""Standard deviations of log(variance x probability) at the center around 0, and of the slope around -1."""
LEAST_VARIANCE, MOST_VARIANCE = 1e-8, 1e8
MOST_EXPONENT = 700.0


@dataclass(frozen=True)
class OwnRates:
    """Variance of the own rate around its mean, relative to the mean squared: ``exp(level) * probability ** slope``.

    A slope of -1 is a program in which few are active and all that are, alike: of those with a low probability still
    fewer are, and their rates differ the more.
    """

    level: float
    slope: float

    def variance(self, probability: Array) -> Array:
        """Relative variance of the own rates of participants with this probability, same shape."""
        log_variance = self.level + self.slope * np.log(np.maximum(probability, 1e-300))
        lowest, highest = np.log(LEAST_VARIANCE), np.log(MOST_VARIANCE)
        return np.asarray(np.exp(np.clip(log_variance, lowest, highest)), dtype=np.float64)

    def quantile(self, probability: Array, share: float) -> Array:
        """The own probability below which this ``share`` of participants with the given probability lie, same shape."""
        variance = self.variance(probability)
        # Rate = gamma quantile x scale, and the scale is what makes the mean own probability the given one.
        scale = np.expm1(np.minimum(-variance * np.log1p(-probability), MOST_EXPONENT))
        return np.asarray(-np.expm1(-gammaincinv(1.0 / variance, share) * scale), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {"level": self.level, "slope": self.slope}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "OwnRates":
        """The spread that :meth:`to_dict` wrote."""
        return cls(float(values["level"]), float(values["slope"]))


ALL_ALIKE = OwnRates(float(np.log(LEAST_VARIANCE)), 0.0)
"""No spread at all: the interval is that of the estimate."""


def fit_own_rates(probability: Array, incidents: Array, weight: Array) -> OwnRates:
    """Spread of own rates from counts in windows that the model did not learn from.

    Maximum penalized likelihood of the positive rows' counts under a negative binomial that is known to be positive:
    the probability is calibrated elsewhere and stays as it is. With few positive rows the prior speaks.

    Parameters
    ----------
    probability : array of float, shape (n,)
        Calibrated probability of at least one incident.
    incidents, weight : arrays of float, shape (n,)
        Incidents in the window, and the row's weight.
    """
    counted = (incidents > 0) & (weight > 0)
    chance, count, weight = probability[counted], incidents[counted], weight[counted]

    def loss(parameters: Array) -> float:
        own = _own_rates(parameters)
        away = parameters / np.array([PRIOR_LEVEL, PRIOR_SLOPE])
        return float(0.5 * np.sum(away**2) - np.sum(weight * log_chance_of_count(count, chance, own.variance(chance))))

    # Differences over a step this wide are not drowned by the rounding of log-gamma.
    bounds = [(-9.0, 9.0), (-2.0, 2.0)]
    fitted = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds, options={"eps": 1e-5})
    return _own_rates(np.asarray(fitted.x, dtype=np.float64))


def _own_rates(parameters: Array) -> OwnRates:
    """From how (level, slope) differ from a variance of one over the probability, seen at the center."""
    higher, steeper = (float(value) for value in parameters)
    return OwnRates(higher - steeper * float(np.log(CENTER)), steeper - 1.0)


def log_chance_of_count(count: Array, probability: Array, variance: Array) -> Array:
    """Log-probability of ``count``, at least 1, given at least 1, shape (n,): a negative binomial cut off at zero.

    Its relative variance is ``variance`` and its chance of at least one is ``probability``.
    """
    shape = 1.0 / variance
    none_of_shape = -variance * np.log1p(-probability)
    return np.asarray(
        gammaln(count + shape)
        - gammaln(shape)
        - gammaln(count + 1.0)
        + np.log1p(-probability)
        + count * np.log(-np.expm1(-none_of_shape))
        - np.log(probability),
        dtype=np.float64,
    )


def own_interval(own: OwnRates, log_odds: Array, away: Array, confidence: float) -> tuple[Array, Array]:
    """Lower and upper bound of the own probability, each of the shape of ``log_odds``; they hold the probability.

    Equal tails of the own probability, each end moved out by the error of the estimate: on the log-odds the two
    distances from the center add up as independent ones do, by their squares.

    Parameters
    ----------
    log_odds : array of float
        Calibrated log-odds: the center.
    away : array of float, same shape
        Half the width of the estimate's own interval, in log-odds.
    """
    probability = expit(log_odds)
    ends = []
    for sign, share in ((-1.0, (1.0 - confidence) / 2), (1.0, (1.0 + confidence) / 2)):
        # So skewed is a spread of many idle ones that both tails may lie below the mean: an end stops there.
        distance = np.maximum(sign * (logit(own.quantile(probability, share)) - log_odds), 0.0)
        ends.append(expit(log_odds + sign * np.hypot(distance, away)))
    return np.minimum(ends[0], probability), np.maximum(ends[1], probability)
