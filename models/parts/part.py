"""What gives a model its margin: a function of the values whose reasons add up to it, and that text can hold."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from models.spec import Array
from models.trees import Matrix, Trees


class MarginPart(Protocol):
    """The fitted part of a model that ranks. Immutable, and defined by its plain values and boosters' texts alone."""

    @property
    def tolerance(self) -> float:
        """How far a margin may be off, absolutely and relatively, on another processor: 0 where it is a mere sum."""
        ...

    @property
    def boosters(self) -> tuple[Trees, ...]:
        """The boosters in it, in the order in which :func:`models.parts.stored.read_part` takes them."""
        ...

    @property
    def fitted_numbers(self) -> int:
        """How many numbers were learned: leaves, coefficients, constants."""
        ...

    def margin(self, values: Matrix) -> Array:
        """What ranks, higher for riskier and finite, shape (n,). A row's bits do not depend on the other rows."""
        ...

    def contributions(self, values: Matrix) -> tuple[float, Array]:
        """Base and contributions of shape (n, features): base + row sum = margin."""
        ...

    def words(self) -> str:
        """What it is made of, in a few words."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain values without the boosters' texts, as :func:`models.parts.stored.read_part` reads them."""
        ...


def mean_of(arrays: Sequence[Array]) -> Array:
    """Mean of equal shapes, added in a fixed order so that a row's bits do not depend on its batch."""
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total / len(arrays)


def row_sums(contributions: Array) -> Array:
    """Sum of each row, added column by column, shape (n,)."""
    total = np.zeros(len(contributions))
    for column in range(contributions.shape[1]):
        total = total + contributions[:, column]
    return total
