"""Rankings that a program could draw with a pencil: everybody alike, and one column."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.baselines.columns import read_column
from models.spec import Array, TrainingSlice


@dataclass(frozen=True)
class PriorRate:
    """Everybody alike: the share of positives and the mean count of the training rows. Ranks by ties only."""

    name: str = "prior_rate"
    rate: float = 0.0
    mean_incidents: float = 0.0

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:  # noqa: ARG002 - every baseline is asked the same
        """None."""
        return ()

    def fit(self, train: TrainingSlice) -> "PriorRate":
        """Weighted means of the training rows."""
        rate = float(np.average(train.positive, weights=train.weight))
        return replace(self, rate=rate, mean_incidents=float(np.average(train.incidents, weights=train.weight)))

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """The same for all."""
        return np.full(len(matrix), self.rate)

    def probability(self, matrix: pd.DataFrame) -> Array:
        """The share of positives, for all."""
        return np.full(len(matrix), self.rate)

    def expected_incidents(self, matrix: pd.DataFrame) -> Array:
        """The mean count, for all."""
        return np.full(len(matrix), self.mean_incidents)


@dataclass(frozen=True)
class CountBaseline:
    """Ranks by one catalog column; nothing to fit. A missing value ranks last."""

    name: str
    column: str
    sign: float = 1.0

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """Its one column."""
        return (self.column,) if self.column in sent else ()

    def fit(self, train: TrainingSlice) -> "CountBaseline":
        """Itself."""
        read_column(train.matrix, self.column)
        return self

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """The column, turned round where less is riskier."""
        return np.nan_to_num(self.sign * read_column(matrix, self.column), nan=-np.inf)
