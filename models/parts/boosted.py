"""A margin of boosted trees, with an additive logistic part where a specification asks for one."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.linear import LinearPart
from models.parts.part import mean_of, row_sums
from models.spec import Array
from models.trees import Matrix, Trees

BOOSTED = "boosted"
EXPONENTIAL_TOLERANCE = 1e-12
"""What went through exp or log may differ in the last digit between processors."""


@dataclass(frozen=True)
class BoostedPart:
    """``(1 - linear_weight) * (mean of trees + log(negative_share)) + linear_weight * linear``.

    Parameters
    ----------
    trees : tuple of Trees
        Averaged.
    linear : LinearPart or None
        Blended in with ``linear_weight``; without one the trees stand alone.
    negative_share : float
        The share of the negative rows that taught the trees, by which their log-odds come down.
    """

    trees: tuple[Trees, ...] = field(repr=False)
    linear: LinearPart | None = field(default=None, repr=False)
    linear_weight: float = 0.0
    negative_share: float = 1.0

    @property
    def tolerance(self) -> float:
        """0 for trees, which are sums; the linear part takes logarithms."""
        return 0.0 if self.linear is None else EXPONENTIAL_TOLERANCE

    @property
    def boosters(self) -> tuple[Trees, ...]:
        """The trees."""
        return self.trees

    @property
    def fitted_numbers(self) -> int:
        """Leaves, coefficients and the intercept."""
        leaves = sum(int(found) for trees in self.trees for found in re.findall(r"num_leaves=(\d+)", trees.text))
        return leaves + (0 if self.linear is None else len(self.linear.terms) + 1)

    def margin(self, values: Matrix) -> Array:
        """Log-odds, or the logarithm of the expected count where the trees grew on counts, shape (n,)."""
        margin = self._tree_share * mean_of([trees.margin(values) for trees in self.trees]) + self._prior_shift
        if self.linear is None:
            return margin
        linear = self.linear.intercept + row_sums(self.linear.contributions(values))
        return np.asarray(margin + self.linear_weight * linear, dtype=np.float64)

    def contributions(self, values: Matrix) -> tuple[float, Array]:
        """Exact TreeSHAP, and the exact terms of the linear part."""
        if len(values) == 0:
            return 0.0, np.zeros(values.shape)
        with_base = self._tree_share * mean_of([trees.contributions(values) for trees in self.trees])
        base, contributions = float(with_base[0, -1]) + self._prior_shift, with_base[:, :-1]
        if self.linear is not None:
            base += self.linear_weight * self.linear.intercept
            contributions = contributions + self.linear_weight * self.linear.contributions(values)
        return base, contributions

    def words(self) -> str:
        """Boosters and the share of the linear part."""
        linear = "" if self.linear is None else f", with a linear part of weight {self.linear_weight:g}"
        return f"{len(self.trees)} booster(s) of trees{linear}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values without the boosters' texts."""
        return {
            "kind": BOOSTED,
            "boosters": len(self.trees),
            "linear": None if self.linear is None else self.linear.to_dict(),
            "linear_weight": self.linear_weight,
            "negative_share": self.negative_share,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any], boosters: Iterator[Trees]) -> "BoostedPart":
        """The part that :meth:`to_dict` wrote, with its boosters taken from ``boosters``."""
        trees = tuple([next(boosters) for _ in range(told["boosters"])])
        linear = None if told["linear"] is None else LinearPart.from_dict(told["linear"])
        return cls(trees, linear, told["linear_weight"], told["negative_share"])

    @property
    def _tree_share(self) -> float:
        return 1.0 if self.linear is None else 1.0 - self.linear_weight

    @property
    def _prior_shift(self) -> float:
        """What the trees' log-odds must come down by, because only a share of the negatives taught them."""
        return self._tree_share * math.log(self.negative_share)
