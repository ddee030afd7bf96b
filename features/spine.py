"""The spine: which participant, as of when, and the same arranged for the kernels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.compiled import Ints, compiled, over_ranges
from features.errors import SpineRefused
from features.moments import UNDATED, microseconds

FEW = 10_000
"""Below this many rows a comparison sort is quick, and counting the groups of a whole program would not pay."""

ONE_SEGMENT = np.arange(2, dtype=np.int64)

SPINE_COLUMNS = ("participant_id", "as_of")


@dataclass(frozen=True)
class Spine:
    """Moments to look from, sorted by group.

    Attributes
    ----------
    groups : int64 array of shape (segments,)
        The groups that occur, ascending.
    pointer : int64 array of shape (segments + 1,)
        Where the moments of each segment begin.
    as_of : int64 array of shape (moments,), microseconds, ascending within a segment
    row : int64 array of shape (moments,)
        The output row of each moment.
    rows : int
        Rows of the output; those without a group stay not applicable.
    group_of_row, as_of_row : int64 arrays of shape (rows,)
        The group (negative: none) and the moment of each output row.
    profile_row : int64 array of shape (rows,), optional
        Where the groups are participants: the row of their profiles in force at each output row, -1 for none.
    """

    groups: Ints
    pointer: Ints
    as_of: Ints
    row: Ints
    rows: int
    group_of_row: Ints
    as_of_row: Ints
    profile_row: Ints | None = None

    def work(self, pointer: Ints) -> Ints:
        """Cumulative cost of the segments over versions that begin at ``pointer``."""
        if self.groups.size == 1:
            # One range, whatever it costs: a single participant should not pay for planning.
            return ONE_SEGMENT
        cumulative = np.zeros(self.groups.size + 1, dtype=np.int64)
        np.cumsum(pointer[self.groups + 1] - pointer[self.groups] + np.diff(self.pointer), out=cumulative[1:])
        return cumulative


def arrange_spine(group: Ints, as_of: Ints) -> Spine:
    """Sort the moments by group; rows with a negative group get no segment.

    Parameters
    ----------
    group, as_of : int64 arrays of shape (rows,)
    """
    if group.size == 1 and group[0] >= 0:
        return Spine(group, ONE_SEGMENT, as_of, np.zeros(1, dtype=np.int64), 1, group, as_of)
    if group.size < FEW or group.max() > group.size:
        order = np.lexsort((as_of, group))
        order = order[np.searchsorted(group[order], 0) :]
        sorted_groups = group[order]
        starts = np.flatnonzero(np.diff(sorted_groups, prepend=-1))
        pointer = np.append(starts, order.size)
        return Spine(sorted_groups[starts], pointer, as_of[order], order, group.size, group, as_of)
    begins, order = _by_group(group, int(group.max()) + 1)
    sorted_as_of = np.empty(order.size, dtype=np.int64)
    over_ranges(_by_moment, begins, begins, as_of, order, sorted_as_of)
    groups = np.flatnonzero(np.diff(begins))
    return Spine(groups, np.append(begins[groups], order.size), sorted_as_of, order, group.size, group, as_of)


@compiled
def _by_group(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """A counting sort that leaves out negative groups: where each begins, and its rows in their given order."""
    begins = np.zeros(groups + 1, np.int64)
    for row in range(group.size):
        if group[row] >= 0:
            begins[group[row] + 1] += 1
    for number in range(groups):
        begins[number + 1] += begins[number]
    place = begins[:-1].copy()
    order = np.empty(begins[groups], np.int64)
    for row in range(group.size):
        if group[row] >= 0:
            order[place[group[row]]] = row
            place[group[row]] += 1
    return begins, order


@compiled
def _by_moment(low: int, high: int, begins: Ints, as_of: Ints, order: Ints, sorted_as_of: Ints) -> None:
    """Sort each group's rows by moment, ties in their given order."""
    for number in range(low, high):
        start, end = begins[number], begins[number + 1]
        ascending = True
        for place in range(start, end):
            sorted_as_of[place] = as_of[order[place]]
            ascending = ascending and (place == start or sorted_as_of[place - 1] <= sorted_as_of[place])
        if not ascending:
            rank = np.argsort(sorted_as_of[start:end], kind="mergesort")
            order[start:end] = order[start:end][rank]
            sorted_as_of[start:end] = sorted_as_of[start:end][rank]


def check_spine(spine: pd.DataFrame) -> tuple[pd.Series, Ints]:
    """The participants and moments of a well-formed spine.

    Raises
    ------
    SpineRefused
        When a column is missing, ``as_of`` is not a date or has a time zone, a value is empty, or a row
        occurs twice.
    """
    missing = [name for name in SPINE_COLUMNS if name not in spine.columns]
    if missing:
        raise SpineRefused(
            f"Expected a spine with the columns participant_id and as_of; got {', '.join(map(str, spine.columns))}. "
            f"Add {' and '.join(missing)}."
        )
    as_of = spine["as_of"]
    if isinstance(as_of.dtype, pd.DatetimeTZDtype):
        raise SpineRefused(
            f"Expected as_of without a time zone (all dates are UTC); got {as_of.dtype}. "
            "Convert with .dt.tz_convert('UTC').dt.tz_localize(None)."
        )
    if not pd.api.types.is_datetime64_dtype(as_of.dtype):
        raise SpineRefused(f"Expected as_of as datetime64[us]; got {as_of.dtype}. Convert with pandas.to_datetime.")
    moments, ids = microseconds(as_of), spine["participant_id"]
    empty = int(np.count_nonzero(np.asarray(ids.array.isna()) | (moments == UNDATED)))
    if empty:
        raise SpineRefused(
            f"Expected a participant and a moment in every spine row; {empty} rows are empty. Drop them."
        )
    repeated = spine.duplicated(["participant_id", "as_of"]) if len(spine) > 1 else np.zeros(1, dtype=np.bool_)
    if repeated.any():
        first = spine.loc[repeated].iloc[0]
        raise SpineRefused(
            f"Expected each (participant_id, as_of) once; {int(repeated.sum())} spine rows repeat an earlier one, "
            f"for example {first['participant_id']} as of {first['as_of']}. Drop the duplicates."
        )
    return ids, moments
