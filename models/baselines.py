"""What a model must beat: rankings that a program could draw with a pencil, and two small models.

Each reads a few catalog columns. A baseline has a ``name``, is fitted on the same rows as the model
(most have nothing to fit) and gives a rank value, higher for riskier. Ties are left as ties.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln

from models.errors import MatrixRefused
from models.spec import Array, TrainingSlice

LAST_YEAR = "incidents_prior_365d"
THREE_YEARS = "incidents_prior_1095d"
ALL_TIME = "incidents_all"
DECAYED = "incidents_decayed_730d"
SINCE_LAST = "days_since_last_incident"
WATCHED = "days_of_record"
SHIPMENTS = "shipments_prior_365d"

HALF_LIFE_DAYS = 730.0


class Baseline(Protocol):
    """A ranking to be beaten."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def fit(self, train: TrainingSlice) -> Self:
        """The baseline fitted on these rows; itself when there is nothing to fit."""
        ...

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Higher is riskier, shape (n,)."""
        ...


@dataclass(frozen=True)
class CountBaseline:
    """Ranks by one catalog column; nothing to fit. A missing value ranks last."""

    name: str
    column: str
    sign: float = 1.0

    def fit(self, train: TrainingSlice) -> "CountBaseline":
        """Itself."""
        _column(train.matrix, self.column)
        return self

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """The column, turned round where less is riskier."""
        return np.nan_to_num(self.sign * _column(matrix, self.column), nan=-np.inf)


@dataclass(frozen=True)
class GammaPoisson:
    """Expected incidents under a Gamma-distributed rate, updated by each participant's decayed count.

    Each participant has a rate of incidents per unit of exposure, drawn from Gamma(shape, rate); its
    incidents are Poisson. An incident of age t counts 2^(-t / half-life), and the time on record is
    decayed alike, so that the posterior mean is ``(shape + decayed count) / (rate + decayed exposure)``: a
    participant with a short or empty history is drawn towards the program's mean. Exposure is
    shipments to a fitted power where the program has them, else 1 for everybody.

    The constants and the power maximize the negative binomial likelihood of the incidents in the
    horizon (Robbins 1956; the updating is Buehlmann credibility with decay). Where participants enter
    the record *through* an incident, time on record understates how long they were watched; so everybody
    is taken as watched forever when that is the likelier reading of the training rows.
    """

    name: str = "gamma_poisson"
    shape: float = 0.05
    rate: float = 1.0
    power: float = 0.0
    typical_shipments: float = 1.0
    watched_forever: bool = False

    def fit(self, train: TrainingSlice) -> "GammaPoisson":
        """Maximum likelihood on the training rows, with their weights."""
        shipments = _shipments(train.matrix)
        known = shipments[~np.isnan(shipments)]
        typical = float(np.exp(np.log1p(known).mean())) if len(known) else 1.0
        free = 3 if len(known) and np.ptp(known) > 0 else 2
        readings = (replace(self, typical_shipments=typical, watched_forever=each) for each in (False, True))
        fits = [reading._likeliest(train, free) for reading in readings]
        return min(fits, key=lambda fit: fit[0])[1]

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Expected incidents in the coming year."""
        exposure = self._exposure(matrix)
        watched = self._watched_years(matrix) * exposure
        return np.asarray((self.shape + _column(matrix, DECAYED)) / (self.rate + watched) * exposure, dtype=np.float64)

    def _likeliest(self, train: TrainingSlice, free: int) -> tuple[float, "GammaPoisson"]:
        """Mean negative log-likelihood at its least, and the constants that reach it."""
        decayed, watched = _column(train.matrix, DECAYED), self._watched_years(train.matrix)
        incidents = train.incidents

        def loss(parameters: Array) -> float:
            trial = self._with(parameters)
            exposure = trial._exposure(train.matrix)
            shape, rate = trial.shape + decayed, trial.rate / exposure + watched
            likelihood = gammaln(incidents + shape) - gammaln(shape) + shape * np.log(rate)
            return -float(np.average(likelihood - (shape + incidents) * np.log1p(rate), weights=train.weight))

        start = np.array([np.log(0.05), 0.0, 0.5])[:free]
        found = minimize(loss, start, method="L-BFGS-B", bounds=[(-12.0, 6.0), (-8.0, 8.0), (0.0, 1.5)][:free])
        return float(found.fun), self._with(found.x)

    def _with(self, parameters: Array) -> "GammaPoisson":
        power = float(parameters[2]) if len(parameters) > 2 else 0.0
        return replace(self, shape=float(np.exp(parameters[0])), rate=float(np.exp(parameters[1])), power=power)

    def _exposure(self, matrix: pd.DataFrame) -> Array:
        relative = (1.0 + _shipments(matrix)) / self.typical_shipments
        return np.asarray(np.where(np.isnan(relative), 1.0, relative) ** self.power, dtype=np.float64)

    def _watched_years(self, matrix: pd.DataFrame) -> Array:
        """Years on record, each counting half after every half-life; the longest possible where unknown."""
        lifetime = HALF_LIFE_DAYS / 365.25 / np.log(2)
        if self.watched_forever or WATCHED not in matrix.columns:
            return np.full(len(matrix), lifetime)
        days = _column(matrix, WATCHED)
        halvings = np.where(np.isnan(days), np.inf, np.maximum(days, 0.0)) / HALF_LIFE_DAYS
        return np.asarray(lifetime * (1.0 - 2.0**-halvings), dtype=np.float64)


@dataclass(frozen=True)
class SmallLogistic:
    """Logistic regression on five features of the own history, counts on a log scale, lightly penalized."""

    name: str = "logistic"
    coefficients: tuple[float, ...] = ()
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    intercept: float = 0.0
    penalty: float = 1e-4

    def fit(self, train: TrainingSlice) -> "SmallLogistic":
        """Penalized maximum likelihood on the training rows, with their weights."""
        raw = _five(train.matrix)
        center, scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)
        design = (raw - center) / scale
        target, weight = train.positive.astype(np.float64), train.weight / train.weight.sum()

        def loss(parameters: Array) -> tuple[float, Array]:
            log_odds = design @ parameters[:-1] + parameters[-1]
            value = weight @ (np.logaddexp(0.0, log_odds) - target * log_odds)
            residual = weight * (expit(log_odds) - target)
            slopes = design.T @ residual + self.penalty * parameters[:-1]
            return float(value + self.penalty / 2 * (parameters[:-1] ** 2).sum()), np.append(slopes, residual.sum())

        found = minimize(loss, np.zeros(design.shape[1] + 1), jac=True, method="L-BFGS-B")
        return replace(
            self,
            coefficients=tuple(map(float, found.x[:-1])),
            intercept=float(found.x[-1]),
            center=tuple(map(float, center)),
            scale=tuple(map(float, scale)),
        )

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Log-odds of at least one incident."""
        design = (_five(matrix) - np.array(self.center)) / np.array(self.scale)
        return np.asarray(design @ np.array(self.coefficients) + self.intercept, dtype=np.float64)


BASELINES: tuple[Callable[[], Baseline], ...] = (
    lambda: CountBaseline("prior_year_count", LAST_YEAR),
    lambda: CountBaseline("recency", SINCE_LAST, sign=-1.0),
    lambda: CountBaseline("decayed_count", DECAYED),
    GammaPoisson,
    SmallLogistic,
)
"""Makers of the baselines that every backtest prints, in the order of their effort."""


def all_baselines() -> tuple[Baseline, ...]:
    """Every baseline, not yet fitted."""
    return tuple(make() for make in BASELINES)


def _column(matrix: pd.DataFrame, name: str) -> Array:
    if name not in matrix.columns:
        raise MatrixRefused([name], matrix.shape[1])
    return matrix[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _shipments(matrix: pd.DataFrame) -> Array:
    """Shipments of the last year; NaN for everybody in a program that does not send them."""
    return _column(matrix, SHIPMENTS) if SHIPMENTS in matrix.columns else np.full(len(matrix), np.nan)


def _five(matrix: pd.DataFrame) -> NDArray[np.float64]:
    """Counts of one and three years and all time, decayed count, closeness of the last incident."""
    counts = [np.log1p(np.nan_to_num(_column(matrix, name))) for name in (LAST_YEAR, THREE_YEARS, ALL_TIME, DECAYED)]
    closeness = np.exp(-np.nan_to_num(_column(matrix, SINCE_LAST), nan=np.inf) / 365.25)
    return np.column_stack([*counts, closeness])
