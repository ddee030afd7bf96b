"""The spine: which participant, as of when, and the same arranged for the kernels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.compiled import Ints
from features.errors import SpineRefused
from features.moments import microseconds

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
    """

    groups: Ints
    pointer: Ints
    as_of: Ints
    row: Ints
    rows: int
    group_of_row: Ints
    as_of_row: Ints

    def work(self, pointer: Ints) -> Ints:
        """Cumulative cost of the segments over versions that begin at ``pointer``."""
        cost = pointer[self.groups + 1] - pointer[self.groups] + np.diff(self.pointer)
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(cost)])


def arrange_spine(group: Ints, as_of: Ints) -> Spine:
    """Sort the moments by group; rows with a negative group get no segment.

    Parameters
    ----------
    group, as_of : int64 arrays of shape (rows,)
    """
    order = np.lexsort((as_of, group))
    order = order[np.searchsorted(group[order], 0) :]
    sorted_groups = group[order]
    starts = np.flatnonzero(np.diff(sorted_groups, prepend=-1))
    pointer = np.append(starts, order.size)
    return Spine(sorted_groups[starts], pointer, as_of[order], order, group.size, group, as_of)


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
    empty = int((spine["participant_id"].isna() | as_of.isna()).sum())
    if empty:
        raise SpineRefused(
            f"Expected a participant and a moment in every spine row; {empty} rows are empty. Drop them."
        )
    repeated = spine.duplicated(["participant_id", "as_of"])
    if repeated.any():
        first = spine.loc[repeated].iloc[0]
        raise SpineRefused(
            f"Expected each (participant_id, as_of) once; {int(repeated.sum())} spine rows repeat an earlier one, "
            f"for example {first['participant_id']} as of {first['as_of']}. Drop the duplicates."
        )
    return spine["participant_id"], microseconds(as_of)
