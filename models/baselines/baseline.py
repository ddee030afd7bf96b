"""What a baseline is: a ranking from a few catalog columns, fitted on the rows that the model learns from."""

from collections.abc import Collection
from typing import Protocol, Self, runtime_checkable

import pandas as pd

from models.spec import Array, TrainingSlice


class Baseline(Protocol):
    """A ranking to be beaten. Most have nothing to fit. Ties are left as ties."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """Which of the columns that a program sends decide its rank value."""
        ...

    def fit(self, train: TrainingSlice) -> Self:
        """The baseline fitted on these rows; itself when there is nothing to fit."""
        ...

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """Higher is riskier, shape (n,). A row's value does not depend on the other rows."""
        ...


@runtime_checkable
class CountsIncidents(Protocol):
    """A baseline that says how many incidents it expects."""

    def expected_incidents(self, matrix: pd.DataFrame) -> Array:
        """Expected incidents in the horizon, shape (n,)."""
        ...


@runtime_checkable
class GivesReasons(Protocol):
    """A baseline whose margin is a sum of parts, one a column."""

    def margin(self, matrix: pd.DataFrame) -> Array:
        """An increasing function of the rank value, shape (n,)."""
        ...

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, pd.DataFrame]:
        """Base, and a column a reading of shape (n, columns): base + row sum = margin."""
        ...
