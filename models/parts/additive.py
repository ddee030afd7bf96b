"""A margin that is a logistic part alone: one coefficient for each transformed column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.linear import LinearPart
from models.parts.boosted import EXPONENTIAL_TOLERANCE
from models.parts.part import row_sums
from models.spec import Array
from models.trees import Matrix, Trees

ADDITIVE = "additive"


@dataclass(frozen=True)
class AdditivePart:
    """The log-odds of a :class:`models.linear.LinearPart`."""

    linear: LinearPart = field(repr=False)

    @property
    def tolerance(self) -> float:
        """Columns go through a logarithm."""
        return EXPONENTIAL_TOLERANCE

    @property
    def boosters(self) -> tuple[Trees, ...]:
        """None."""
        return ()

    @property
    def fitted_numbers(self) -> int:
        """Coefficients and the intercept."""
        return len(self.linear.terms) + 1

    def margin(self, values: Matrix) -> Array:
        """Log-odds, shape (n,)."""
        return np.asarray(self.linear.intercept + row_sums(self.linear.contributions(values)), dtype=np.float64)

    def contributions(self, values: Matrix) -> tuple[float, Array]:
        """The intercept, and what each column's terms add."""
        return self.linear.intercept, self.linear.contributions(values)

    def words(self) -> str:
        """How many terms."""
        return f"a logistic regression of {len(self.linear.terms)} terms"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"kind": ADDITIVE, "linear": self.linear.to_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "AdditivePart":
        """The part that :meth:`to_dict` wrote."""
        return cls(LinearPart.from_dict(told["linear"]))
