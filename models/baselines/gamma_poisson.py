"""Expected incidents under a Gamma-distributed rate: empirical Bayes with exposure and decay."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln

from models.baselines.columns import DECAYED, SHIPMENTS, WATCHED, read_column, read_where_sent, typical_size
from models.spec import Array, TrainingSlice

HALF_LIFE_DAYS = 730.0
LIFETIME_YEARS = HALF_LIFE_DAYS / 365.25 / float(np.log(2))
"""Decayed years of a participant that was watched forever."""


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

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """The decayed count, the time on record, and the exposure where it is sent."""
        return tuple(name for name in (DECAYED, WATCHED, SHIPMENTS) if name in sent)

    def fit(self, train: TrainingSlice) -> "GammaPoisson":
        """Maximum likelihood on the training rows, with their weights."""
        shipments = read_where_sent(train.matrix, SHIPMENTS)
        known = shipments[~np.isnan(shipments)]
        typical = typical_size(shipments)
        free = 3 if len(known) and np.ptp(known) > 0 else 2
        readings = (replace(self, typical_shipments=typical, watched_forever=each) for each in (False, True))
        fits = [reading._likeliest(train, free) for reading in readings]
        return min(fits, key=lambda fit: fit[0])[1]

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Expected incidents in the horizon."""
        exposure = self._exposure(matrix)
        watched = self._watched_years(matrix) * exposure
        expected = (self.shape + _decayed(matrix)) / (self.rate + watched) * exposure
        return np.asarray(expected, dtype=np.float64)

    def expected_incidents(self, matrix: pd.DataFrame) -> Array:
        """The rank value itself."""
        return self.rank_value(matrix)

    def margin(self, matrix: pd.DataFrame) -> Array:
        """Logarithm of the expected incidents."""
        return np.asarray(np.log(self.rank_value(matrix)), dtype=np.float64)

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, pd.DataFrame]:
        """What the decayed count, the time on record and the exposure add to the margin, exactly.

        Against a participant of typical exposure without an incident that was watched forever. The count stands
        apart from the other two in the logarithm; those two act together, and each gets the mean of its effects
        before and after the other (Shapley's value, which for two is this).
        """
        exposure, years = self._exposure(matrix), self._watched_years(matrix)
        typical, forever = np.ones(len(matrix)), np.full(len(matrix), LIFETIME_YEARS)
        both, neither = self._quiet(years, exposure), self._quiet(forever, typical)
        only_years, only_exposure = self._quiet(years, typical), self._quiet(forever, exposure)
        parts = {
            DECAYED: np.log1p(_decayed(matrix) / self.shape),
            WATCHED: ((both - only_exposure) + (only_years - neither)) / 2,
            SHIPMENTS: ((both - only_years) + (only_exposure - neither)) / 2,
        }
        base = float(np.log(self.shape / (self.rate + LIFETIME_YEARS)))
        return base, pd.DataFrame(parts, index=matrix.index)

    def _quiet(self, years: Array, exposure: Array) -> Array:
        """The part of the margin that does not hang on incidents."""
        return np.asarray(np.log(exposure / (self.rate + years * exposure)), dtype=np.float64)

    def _likeliest(self, train: TrainingSlice, free: int) -> tuple[float, "GammaPoisson"]:
        """Mean negative log-likelihood at its least, and the constants that reach it."""
        decayed, watched = _decayed(train.matrix), self._watched_years(train.matrix)
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
        relative = (1.0 + read_where_sent(matrix, SHIPMENTS)) / self.typical_shipments
        return np.asarray(np.where(np.isnan(relative), 1.0, relative) ** self.power, dtype=np.float64)

    def _watched_years(self, matrix: pd.DataFrame) -> Array:
        """Years on record, each counting half after every half-life; the longest possible where unknown."""
        if self.watched_forever or WATCHED not in matrix.columns:
            return np.full(len(matrix), LIFETIME_YEARS)
        days = read_column(matrix, WATCHED)
        halvings = np.where(np.isnan(days), np.inf, np.maximum(days, 0.0)) / HALF_LIFE_DAYS
        return np.asarray(LIFETIME_YEARS * (1.0 - 2.0**-halvings), dtype=np.float64)


def _decayed(matrix: pd.DataFrame) -> Array:
    """The decayed count; 0 where nothing is known of incidents."""
    return np.nan_to_num(read_column(matrix, DECAYED))
