"""Logistic regression on five features of the own history."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from models.baselines.columns import ALL_TIME, DECAYED, LAST_YEAR, SINCE_LAST, THREE_YEARS, read_column
from models.spec import Array, TrainingSlice


@dataclass(frozen=True)
class SmallLogistic:
    """Logistic regression on five features of the own history, counts on a log scale, lightly penalized."""

    name: str = "logistic"
    coefficients: tuple[float, ...] = ()
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    intercept: float = 0.0
    penalty: float = 1e-4

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """Its five columns."""
        return tuple(name for name in FIVE if name in sent)

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
        log_odds = np.full(len(matrix), self.intercept)
        # Added column by column: a matrix product may round a row otherwise in another batch.
        for column, coefficient in enumerate(self.coefficients):
            log_odds = log_odds + coefficient * design[:, column]
        return log_odds

    def margin(self, matrix: pd.DataFrame) -> Array:
        """The rank value itself."""
        return self.rank_value(matrix)

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, pd.DataFrame]:
        """Each feature's departure from its training mean, times its coefficient."""
        design = (_five(matrix) - np.array(self.center)) / np.array(self.scale)
        parts = design * np.array(self.coefficients)
        return self.intercept, pd.DataFrame(parts, columns=list(FIVE), index=matrix.index)


FIVE = (LAST_YEAR, THREE_YEARS, ALL_TIME, DECAYED, SINCE_LAST)


def _five(matrix: pd.DataFrame) -> Array:
    """Counts of one and three years and all time, decayed count, closeness of the last incident."""
    counts = [np.log1p(np.nan_to_num(read_column(matrix, name))) for name in FIVE[:4]]
    closeness = np.exp(-np.nan_to_num(read_column(matrix, SINCE_LAST), nan=np.inf) / 365.25)
    return np.column_stack([*counts, closeness])
