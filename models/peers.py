"""What is usual among peers: the median of each feature among participants of the same business type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.spec import Array

EVERYONE = "all"


@dataclass(frozen=True)
class PeerMedians:
    """Medians by peer group, in the model's feature order.

    Parameters
    ----------
    column : int or None
        Position of the coded business type among the features; None when the model has none, and
        then everyone is everyone's peer.
    medians : mapping from the code (as text) and :data:`EVERYONE` to one median a feature
        None where no peer has a value.
    """

    column: int | None
    medians: Mapping[str, tuple[float | None, ...]]

    def of(self, values: NDArray[np.float32]) -> Array:
        """Each row's peer medians, shape (n, features); everyone's where the type is unknown or new."""
        arrays = {key: np.array(row, dtype=np.float64) for key, row in self.medians.items()}
        everyone = arrays[EVERYONE]
        if self.column is None or len(values) == 0:
            return np.tile(everyone, (len(values), 1))
        return np.vstack([arrays.get(_key(code), everyone) for code in values[:, self.column]])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {"column": self.column, "medians": {key: list(row) for key, row in sorted(self.medians.items())}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PeerMedians":
        """The medians that :meth:`to_dict` wrote."""
        return cls(values["column"], {key: tuple(row) for key, row in values["medians"].items()})


def peer_medians(values: NDArray[np.float32], column: int | None) -> PeerMedians:
    """Medians of the rows of one cohort at one date; missing values are left out, never counted as 0."""
    frame = pd.DataFrame(values.astype(np.float64))
    medians = {EVERYONE: _known(frame.median())}
    if column is not None:
        # groupby takes its key out of the columns: put it back, a group's median type is its type.
        by_type = frame.groupby(column, sort=True, dropna=True).median().reindex(columns=frame.columns)
        by_type[column] = by_type.index
        medians |= {_key(code): _known(by_type.loc[code]) for code in by_type.index}
    return PeerMedians(column, medians)


def peer_column(categories: Sequence[tuple[str, ...] | None], types: tuple[str, ...]) -> int | None:
    """Position of the feature whose codes are ``types``; None without one."""
    positions = [place for place, codes in enumerate(categories) if codes == types]
    return positions[0] if positions else None


def _key(code: Any) -> str:
    return EVERYONE if np.isnan(code) else str(int(code))


def _known(medians: pd.Series) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in medians)
