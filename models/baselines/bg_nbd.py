"""The beta-geometric model of buying until one stops (Fader, Hardie and Lee 2005), read as incidents."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaincinv, gammaln, hyp2f1

from models.baselines.columns import ALL_TIME, SINCE_FIRST, SINCE_LAST, WATCHED, read_column, read_where_sent
from models.spec import Array, TrainingSlice

DAYS_A_YEAR = 365.25
QUANTILES, TINY = 64, 1e-12
"""How many quantiles stand for a distribution, and the least chance of stopping told from none."""


@dataclass(frozen=True)
class BgNbd:
    """Incidents come at a Gamma-distributed rate, and after each one the participant may have stopped for good.

    Rates are Gamma(r, alpha), and the chance of stopping after an incident is Beta(a, b). From the number of
    incidents, the moment of the last and the time watched follow the chance of being still active and the
    incidents expected (Fader, Hardie and Lee 2005, Counting Your Customers the Easy Way, equations 6, 10). Fitted
    by maximum likelihood on each participant's latest row; time is in years, from the first row on record or the first
    incident, whichever is earlier.
    """

    name: str = "bg_nbd"
    horizon_days: float = 365.0
    r: float = 0.1
    alpha: float = 1.0
    a: float = 1.0
    b: float = 2.0

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """Incidents, the first and the last, and the time on record."""
        return tuple(name for name in (ALL_TIME, SINCE_LAST, SINCE_FIRST, WATCHED) if name in sent)

    def fit(self, train: TrainingSlice) -> "BgNbd":
        """Maximum likelihood on histories; labels are not read."""
        newest = np.argsort(train.as_of, kind="stable")[::-1]
        _, first = np.unique(np.asarray(train.groups, dtype=str)[newest], return_index=True)
        rows = newest[first]
        history = _history(train.matrix.iloc[rows])
        r, alpha, a, b = fit_bg_nbd(*history, weight=train.weight[rows])
        return replace(self, r=r, alpha=alpha, a=a, b=b)

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Expected incidents in the horizon."""
        count, last, watched = _history(matrix)
        active = still_active(self.parameters, count, last, watched)
        return active * expected_while_active(self.parameters, count, watched, self.horizon_days / DAYS_A_YEAR)

    def expected_incidents(self, matrix: pd.DataFrame) -> Array:
        """The rank value itself."""
        return self.rank_value(matrix)

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        """r, alpha, a, b."""
        return self.r, self.alpha, self.a, self.b


def log_likelihood(parameters: tuple[float, float, float, float], count: Array, last: Array, watched: Array) -> Array:
    """Log-likelihood of each history, shape (n,).

    Parameters
    ----------
    parameters : r, alpha, a, b
    count : array of shape (n,)
        Events after the start of the clock.
    last, watched : array of shape (n,)
        Moment of the last event (0 without one) and of the end of watching, in the unit of 1 / alpha.
    """
    r, alpha, a, b = parameters
    rate = gammaln(r + count) - gammaln(r) + r * np.log(alpha)
    stop = gammaln(a + b) + gammaln(b + count) - gammaln(b) - gammaln(a + b + count)
    going_on = -(r + count) * np.log(alpha + watched)
    some = count > 0
    stopped = np.where(
        some,
        np.log(a) - np.log(b + np.maximum(count, 1.0) - 1.0) - (r + count) * np.log(alpha + last),
        -np.inf,
    )
    return np.asarray(rate + stop + np.logaddexp(going_on, stopped), dtype=np.float64)


def fit_bg_nbd(
    count: Array, last: Array, watched: Array, *, weight: Array | None = None
) -> tuple[float, float, float, float]:
    """The likeliest r, alpha, a, b; arguments as in :func:`log_likelihood`."""

    def loss(logarithms: Array) -> float:
        r, alpha, a, b = (float(value) for value in np.exp(logarithms))
        return -float(np.average(log_likelihood((r, alpha, a, b), count, last, watched), weights=weight))

    bounds = [(-10.0, 8.0)] * 4
    found = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-8})
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return r, alpha, a, b


def still_active(parameters: tuple[float, float, float, float], count: Array, last: Array, watched: Array) -> Array:
    """Chance that a participant has not stopped, shape (n,); 1 without any event."""
    r, alpha, a, b = parameters
    exponent = (r + count) * (np.log(alpha + watched) - np.log(alpha + last))
    against = np.log(a) - np.log(b + np.maximum(count, 1.0) - 1.0) + exponent
    return np.where(count > 0, np.exp(-np.logaddexp(0.0, against)), 1.0)


def expected_while_active(
    parameters: tuple[float, float, float, float], count: Array, watched: Array, ahead: float
) -> Array:
    """Events expected in the time ``ahead`` of one that is active at its start, shape (n,).

    Equation 10 without its denominator. Euler's transformation turns its hypergeometric function, whose arguments
    grow with the count and overflow, into one whose first two arguments do not; they grow with ``a`` instead. A fit to
    a program without structure drives ``a`` to its bound: where the one overflows the equation stands as written, and
    where both do the chance of stopping is averaged over its quantiles.
    """
    r, alpha, a, b = parameters
    # At a = 1 the formula is the limit 0 / 0: a step this small beside it costs nine digits less than it saves.
    away = a - 1.0 if abs(a - 1.0) > 1e-6 else 1e-6
    third = away + b + count
    share = ahead / (alpha + watched + ahead)
    with np.errstate(over="ignore", invalid="ignore"):
        rest = (1.0 - share) ** away * hyp2f1(away + b - r, away, third, share)
        written = (1.0 - share) ** (r + count) * hyp2f1(r + count, b + count, third, share)
    rest = np.where(np.isfinite(rest), rest, written)
    closed = third / away * (1.0 - rest)
    lost = ~np.isfinite(closed)
    if lost.any():
        closed[lost] = _over_quantiles(parameters, count[lost], watched[lost], ahead)
    return np.asarray(closed, dtype=np.float64)


def _over_quantiles(parameters: tuple[float, float, float, float], count: Array, watched: Array, ahead: float) -> Array:
    """The same by the mean over quantiles of the chance of stopping; good where that chance is nearly the same for all.

    For one chance p the expectation is (1 - (1 + p ahead / (alpha + watched)) ** -(r + count)) / p.
    """
    r, alpha, a, b = parameters
    middle = (np.arange(QUANTILES) + 0.5) / QUANTILES
    stop = np.maximum(betaincinv(a, b + count[:, None], middle), TINY)
    power = -(r + count[:, None]) * np.log1p(stop * ahead / (alpha + watched[:, None]))
    return np.asarray(np.mean(-np.expm1(power) / stop, axis=1), dtype=np.float64)


def _history(matrix: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Incidents, moment of the last, time watched; years since the clock started."""
    count = np.nan_to_num(read_column(matrix, ALL_TIME))
    since_last = np.nan_to_num(read_column(matrix, SINCE_LAST))
    since_first = np.nan_to_num(read_where_sent(matrix, SINCE_FIRST))
    watched = np.maximum.reduce([np.nan_to_num(read_column(matrix, WATCHED)), since_first, since_last])
    last = np.where(count > 0, watched - since_last, 0.0)
    return count, last / DAYS_A_YEAR, watched / DAYS_A_YEAR
