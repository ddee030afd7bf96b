"""Row versions arranged for the kernels: sorted by group and by the moment they became known.

A *group* is whatever a sum is taken over: a participant, or a peer group. Rows of one group are
contiguous; ``pointer[g]`` to ``pointer[g + 1]`` are those of group ``g``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Floats, Ints, compiled
from records.known import NEVER, version_intervals

GRAIN = 2.0**16
"""Values are rounded to this many parts of one, so that float64 sums of them are exact.

Exact sums do not depend on the order of their terms, and a sum from which every term was taken away again
is zero and not a rounding residue. Sums stay exact up to 2**53 / 2**16, about 137 thousand million.
"""

MANY = 64
"""Above this many rows in one group a sort is faster than insertion."""


@dataclass(frozen=True)
class Versions:
    """Row versions of all groups, sorted by group, moment known, date, values.

    Attributes
    ----------
    pointer : int64 array of shape (groups + 1,)
    known_from, known_until, occurred : int64 arrays of shape (rows,), microseconds
        A version is valid at ``as_of`` exactly when ``known_from < as_of <= known_until``.
    amounts : float64 array of shape (rows, measures)
    measures : tuple of str
        The name of each column of ``amounts``.
    row : int64 array of shape (rows,)
        Where each version stood in the frame it came from.
    """

    pointer: Ints
    known_from: Ints
    known_until: Ints
    occurred: Ints
    amounts: Floats
    measures: tuple[str, ...]
    row: Ints

    def measure(self, name: str) -> int:
        """The column of ``amounts`` that holds ``name``; ValueError when there is none."""
        return self.measures.index(name)

    def shifted_to(self, occurred: Ints) -> "Versions":
        """The same versions measured on another date, given in the order of the frame they came from."""
        return replace(self, occurred=np.ascontiguousarray(occurred[self.row]))


def arrange(
    group: Ints, groups: int, known_from: Ints, known_until: Ints, occurred: Ints, values: Mapping[str, npt.ArrayLike]
) -> Versions:
    """Sort row versions by group; rows with a negative group or an empty interval are left out.

    Parameters
    ----------
    group : int64 array of shape (rows,)
        The group of each row, from 0 to ``groups - 1``; negative for none.
    known_from, known_until, occurred : int64 arrays of shape (rows,), microseconds
    values : mapping of str to numbers of shape (rows,)
        What each row counts for, by measure; NaN counts as 0.

    Notes
    -----
    Rows that are equal in moment known, date and values are interchangeable to every kernel, so the order
    of the input rows cannot show in any result. ``known_until`` takes no part in the order: it may be
    changed by what becomes known later.
    """
    kept = np.flatnonzero((group >= 0) & (known_from < known_until))
    table = np.empty((kept.size, len(values)), dtype=np.float64)
    for position, column in enumerate(values.values()):
        table[:, position] = exact(np.asarray(column, dtype=np.float64)[kept])
    known_from, occurred = known_from[kept], occurred[kept]
    pointer, order = _grouped(np.ascontiguousarray(group[kept]), groups)
    _order_within(pointer, order, known_from, occurred, table)
    return Versions(
        pointer,
        known_from[order],
        known_until[kept][order],
        occurred[order],
        table[order],
        tuple(values),
        kept[order],
    )


def exact(values: Floats) -> Floats:
    """The values rounded to 1/65536, NaN as 0: float64 sums of them are exact in any order."""
    rounded: Floats = np.rint(np.nan_to_num(values, nan=0.0) * GRAIN) / GRAIN
    return rounded


def versions_of(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """The same rows as :func:`records.known.version_intervals`, without the sort where nothing was amended.

    Rows come in no promised order; versions with an empty interval are left out.
    """
    repeated = frame.duplicated(list(key), keep=False).to_numpy()
    if not repeated.any():
        until = np.full(len(frame), NEVER)
        return frame.assign(known_from=frame["known_at"], known_until=until)
    amended = version_intervals(frame[repeated], key)
    amended = amended[amended["known_from"] < amended["known_until"]]
    once = frame[~repeated]
    once = once.assign(known_from=once["known_at"], known_until=np.full(len(once), NEVER))
    return pd.concat([once, amended], ignore_index=True)


@compiled
def _grouped(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """A counting sort: where each group begins, and the rows of each in their given order."""
    pointer = np.zeros(groups + 1, np.int64)
    for row in range(group.size):
        pointer[group[row] + 1] += 1
    for number in range(groups):
        pointer[number + 1] += pointer[number]
    place = pointer[:-1].copy()
    order = np.empty(group.size, np.int64)
    for row in range(group.size):
        order[place[group[row]]] = row
        place[group[row]] += 1
    return pointer, order


@compiled
def _comes_after(one: int, other: int, known_from: Ints, occurred: Ints, values: Floats) -> bool:
    if known_from[one] != known_from[other]:
        return bool(known_from[one] > known_from[other])
    if occurred[one] != occurred[other]:
        return bool(occurred[one] > occurred[other])
    for column in range(values.shape[1]):
        if values[one, column] != values[other, column]:
            return bool(values[one, column] > values[other, column])
    return False


@compiled
def _order_within(pointer: Ints, order: Ints, known_from: Ints, occurred: Ints, values: Floats) -> None:
    """Sort the rows of each group in place by moment known, date, values; equal rows keep their order."""
    for number in range(pointer.size - 1):
        start, end = pointer[number], pointer[number + 1]
        if end - start > MANY:
            rows = order[start:end].copy()
            for column in range(values.shape[1] - 1, -1, -1):
                rows = rows[np.argsort(values[rows, column], kind="mergesort")]
            rows = rows[np.argsort(occurred[rows], kind="mergesort")]
            order[start:end] = rows[np.argsort(known_from[rows], kind="mergesort")]
            continue
        for position in range(start + 1, end):
            row = order[position]
            hole = position
            while hole > start and _comes_after(order[hole - 1], row, known_from, occurred, values):
                order[hole] = order[hole - 1]
                hole -= 1
            order[hole] = row
