"""Row versions arranged for the kernels: sorted by group and by the moment they became known.

A *group* is whatever a sum is taken over: a participant, or a peer group. Rows of one group are
contiguous; ``pointer[g]`` to ``pointer[g + 1]`` are those of group ``g``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Ints, Singles, compiled, over_ranges
from features.moments import FOREVER, UNDATED, microseconds
from features.sorting import sorted_by_group
from records.known import version_intervals

GRAIN = 2.0**16
"""Values are rounded to this many parts of one, so that float64 sums of them are exact.

Exact sums do not depend on the order of their terms, and a sum from which every term was taken away again
is zero and not a rounding residue. Sums stay exact up to 2**53 / 2**16, about 137 thousand million. Single amounts
are held as float32, which loses nothing of this: a float32 above 256 is a multiple of more than 1/65536.
"""

PIECE = 8192
"""Rows whose values are put side by side at once, few enough to stay in a processor's cache."""


@dataclass(frozen=True)
class Versions:
    """Row versions of all groups, sorted by group, moment known, date, values.

    Attributes
    ----------
    pointer : int64 array of shape (groups + 1,)
    known_from, known_until, occurred : int64 arrays of shape (rows,), microseconds
        A version is valid at ``as_of`` exactly when ``known_from < as_of <= known_until``.
    amounts : float32 array of shape (rows, measures), multiples of 1 / :data:`GRAIN`
    measures : tuple of str
        The name of each column of ``amounts``.
    row : int64 array of shape (rows,)
        Where each version stood in the frame it came from.
    """

    pointer: Ints
    known_from: Ints
    known_until: Ints
    occurred: Ints
    amounts: Singles
    measures: tuple[str, ...]
    row: Ints

    def measure(self, name: str) -> int:
        """The column of ``amounts`` that holds ``name``; ValueError when there is none."""
        return self.measures.index(name)

    def distinct(self, value: Ints, occurred: Ints) -> "Versions":
        """One row for each period in which a group has a ``value``, counted in the measure "distinct".

        Parameters
        ----------
        value : int64 array of shape (rows,)
            The value of each row; :data:`features.moments.UNDATED` for none.
        occurred : int64 array of shape (rows,), microseconds
            The date of each row, the same in all rows of one group and value.
        """
        begins, ends = np.zeros(value.size, dtype=bool), np.empty(value.size, dtype=np.int64)
        over_ranges(_periods, self.pointer, self.pointer, self.known_from, self.known_until, value, begins, ends)
        pointer = np.concatenate([np.zeros(1, np.int64), np.cumsum(begins)])[self.pointer]
        return Versions(
            pointer,
            self.known_from[begins],
            ends[begins],
            occurred[begins],
            np.ones((int(pointer[-1]), 1), dtype=np.float32),
            ("distinct",),
            self.row[begins],
        )


def arrange(
    group: Ints,
    groups: int,
    known_from: Ints,
    known_until: Ints,
    occurred: Ints,
    values: Mapping[str, npt.ArrayLike],
    value_row: Ints | None = None,
) -> Versions:
    """Sort row versions by group; rows with a negative group or an empty interval are left out.

    Parameters
    ----------
    group : int64 array of shape (rows,)
        The group of each row, from 0 to ``groups - 1``; negative for none.
    known_from, known_until, occurred : int64 arrays of shape (rows,), microseconds
    values : mapping of str to numbers of shape (rows,)
        What each row counts for, by measure; NaN counts as 0.
    value_row : int64 array of shape (rows,), optional
        Where in ``values`` each row's are; by default at the same place.

    Notes
    -----
    Rows that are equal in moment known, date and values are interchangeable to every kernel, so the order
    of the input rows cannot show in any result. ``known_until`` takes no part in the order: it may be
    changed by what becomes known later.
    """
    table = _table(values)
    pointer, moments, row, amounts = sorted_by_group(group, groups, known_from, known_until, occurred, table, value_row)
    return Versions(pointer, moments[0], moments[1], moments[2], amounts, tuple(values), row)


def _table(values: Mapping[str, npt.ArrayLike]) -> Singles:
    """The values side by side, so that those of one row share a line of memory; empty ones are 0."""
    columns = [np.asarray(column) for column in values.values()]
    rows = len(columns[0]) if columns else 0
    table = np.empty((rows, len(columns)), dtype=np.float32)

    def fill(low: int, high: int) -> None:
        for begin in range(low * PIECE, min(high * PIECE, rows), PIECE):
            piece = table[begin : begin + PIECE]
            for place, column in enumerate(columns):
                piece[:, place] = column[begin : begin + PIECE]
            _round(piece)

    over_ranges(fill, np.minimum(np.arange(-(-rows // PIECE) + 1) * PIECE, rows))
    return table


@compiled
def _round(table: Singles) -> None:
    """Round each value to the grain, and NaN to 0."""
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            value = np.float64(table[row, column])
            table[row, column] = 0.0 if np.isnan(value) else np.rint(value * GRAIN) / GRAIN


def validity(
    frame: pd.DataFrame, key: tuple[str, ...], repeated: npt.NDArray[np.bool_] | None = None
) -> tuple[Ints, Ints]:
    """``known_from`` and ``known_until`` of each row, as :func:`records.known.version_intervals` gives them.

    Parameters
    ----------
    frame : DataFrame of shape (rows,)
    key : tuple of str
    repeated : bool array of shape (rows,), optional
        Which rows share their key with another, when the caller knows; only those are sorted.
    """
    known_from = microseconds(frame["known_at"])
    known_until = np.full(len(frame), FOREVER, dtype=np.int64)
    if repeated is None:
        repeated = frame.duplicated(list(key), keep=False).to_numpy()
    place = np.flatnonzero(repeated)
    if place.size:
        amended = version_intervals(frame[[*key, "known_at", "record_id"]].iloc[place].assign(place=place), key)
        known_until[amended["place"].to_numpy()] = microseconds(amended["known_until"])
    return known_from, known_until


def versions_of(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """The row versions with ``known_from`` and ``known_until``, in their given order.

    Empty intervals and retractions are left out: what is retracted ends the version before it, and is nothing itself.
    """
    known_from, known_until = validity(frame, key)
    timed = frame.assign(known_from=known_from.view("datetime64[us]"), known_until=known_until.view("datetime64[us]"))
    stands: npt.NDArray[np.bool_] = (known_from < known_until) & ~frame["retracted"].to_numpy(dtype=bool)
    return timed.loc[stands].reset_index(drop=True)


@compiled
def grouped(group: Ints, groups: int) -> tuple[Ints, Ints]:
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
def _periods(
    low: int,
    high: int,
    pointer: Ints,
    known_from: Ints,
    known_until: Ints,
    value: Ints,
    begins: npt.NDArray[np.bool_],
    ends: Ints,
) -> None:
    """Mark the row that begins each period in which a group has a value, and note the period's end there."""
    for number in range(low, high):
        start, end = pointer[number], pointer[number + 1]
        order = start + np.argsort(value[start:end], kind="mergesort")
        current = -1
        for place in order:
            if value[place] == UNDATED:
                continue
            if current >= 0 and value[current] == value[place] and known_from[place] <= ends[current]:
                ends[current] = max(ends[current], known_until[place])
            else:
                current = place
                begins[place], ends[place] = True, known_until[place]
