"""A part with the names of the columns that it reads: it ranks in a backtest exactly as it will when registered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalog import CATALOG
from models.errors import MatrixRefused
from models.parts.part import MarginPart
from models.spec import Array
from models.trees import Matrix

PLACES = {feature.name: place for place, feature in enumerate(CATALOG)}


@dataclass(frozen=True)
class PartScorer:
    """A fitted part and its columns, in catalog order."""

    features: tuple[str, ...]
    part: MarginPart

    def margin(self, matrix: pd.DataFrame) -> Array:
        """The part's margin, shape (n,); MatrixRefused when a column is missing."""
        return self.part.margin(read_values(matrix, self.features))

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, pd.DataFrame]:
        """Base and each column's part of the margin: base + row sum = margin."""
        base, parts = self.part.contributions(read_values(matrix, self.features))
        return base, pd.DataFrame(parts, columns=list(self.features), index=matrix.index)


def in_catalog_order(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once, as the catalog orders them."""
    return tuple(sorted(set(names), key=PLACES.__getitem__))


def read_values(matrix: pd.DataFrame, features: tuple[str, ...]) -> Matrix:
    """The named columns in this order, shape (n, features); MatrixRefused names those that are missing."""
    missing = [name for name in features if name not in matrix.columns]
    if missing:
        raise MatrixRefused(missing, matrix.shape[1])
    return np.ascontiguousarray(matrix[list(features)].to_numpy(dtype=np.float32, na_value=np.nan))
