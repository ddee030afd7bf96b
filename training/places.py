"""Who is among the first places of a ranking, when ties leave it open: each row's expected share of a place.

A group of m tied rows that meets the last t places puts each of its rows there in t of m orders. So a sum over the
first k places, averaged over all orders of the ties, is the sum over all rows of value times that share: exact, for
every figure that is such a sum. Only the rows that can be among them are touched.

Worked example: one row leads, three are tied behind it, k is 2. The first counts whole, each of the three a third.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.compiled import compiled
from training.metrics import Floats


@dataclass(frozen=True)
class Order:
    """The rows of a ranking from the riskiest on, and where each group of ties begins and ends.

    Attributes
    ----------
    row : int64 array of shape (rows,)
        NaN ranks below everything.
    bounds : int64 array of shape (groups + 1,)
        Group g holds the rows ``row[bounds[g]:bounds[g + 1]]``.
    """

    row: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rank_value: npt.ArrayLike) -> "Order":
        """Sort by falling rank value."""
        rank = np.asarray(rank_value, dtype=np.float64)
        rank = np.where(np.isnan(rank), -np.inf, rank)
        row = np.argsort(-rank, kind="stable").astype(np.int64)
        ranked = rank[row]
        changes = np.flatnonzero(ranked[1:] != ranked[:-1]) + 1
        return cls(row, np.concatenate([[0], changes, [len(rank)]]).astype(np.int64))


@dataclass(frozen=True)
class FirstPlaces:
    """Rows that may be among the first places, and how many places each is expected to fill.

    Attributes
    ----------
    rows : int64 array of shape (touched,)
    share : float64 array of shape (touched, replicates)
        Between 0 and the number of times that the row is drawn.
    """

    rows: npt.NDArray[np.int64]
    share: Floats

    def sums(self, columns: Floats) -> Floats:
        """Expected sum of each column, of shape (rows, columns), over the first places: (columns, replicates)."""
        return np.asarray(columns[self.rows].T @ self.share, dtype=np.float64)


def first_places(order: Order, places: npt.ArrayLike, draws: npt.NDArray[np.integer]) -> FirstPlaces:
    """The expected share of each row in the first ``places``.

    Parameters
    ----------
    order : Order
        The ranking.
    places : float, or array of shape (replicates,)
        How many places; a fraction of a place counts by its part. All rows when there are fewer.
    draws : integer array of shape (rows, replicates)
        How often each row is drawn; ones in a single column for the estimate.
    """
    wanted = np.broadcast_to(np.asarray(places, dtype=np.float64), draws.shape[1:]).copy()
    touched = _touched(order.row, order.bounds, draws, wanted)
    share = np.zeros((touched, draws.shape[1]))
    _fill(order.row, order.bounds, draws, wanted, share)
    return FirstPlaces(order.row[:touched], share)


@compiled
def _touched(
    row: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64], draws: npt.NDArray[np.integer], wanted: Floats
) -> int:
    """How many rows, whole groups, it takes until every replicate has filled its places."""
    filled = np.zeros(draws.shape[1])
    for group in range(len(bounds) - 1):
        if np.all(filled >= wanted):
            return int(bounds[group])
        for place in range(bounds[group], bounds[group + 1]):
            for draw in range(draws.shape[1]):
                filled[draw] += draws[row[place], draw]
    return int(bounds[-1])


@compiled
def _fill(
    row: npt.NDArray[np.int64],
    bounds: npt.NDArray[np.int64],
    draws: npt.NDArray[np.integer],
    wanted: Floats,
    share: Floats,
) -> None:
    left = wanted.copy()
    size = np.zeros(draws.shape[1])
    taken = np.zeros(draws.shape[1])
    group = 0
    while bounds[group] < len(share):
        size[:] = 0.0
        for place in range(bounds[group], bounds[group + 1]):
            for draw in range(draws.shape[1]):
                size[draw] += draws[row[place], draw]
        for draw in range(draws.shape[1]):
            taken[draw] = min(1.0, max(left[draw], 0.0) / size[draw]) if size[draw] > 0 else 0.0
            left[draw] -= size[draw]
        for place in range(bounds[group], bounds[group + 1]):
            for draw in range(draws.shape[1]):
                share[place, draw] = draws[row[place], draw] * taken[draw]
        group += 1
