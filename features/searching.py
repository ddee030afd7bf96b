"""Searching the moments of groups: rows of a group are contiguous, its moments ascend."""

import numpy as np

from features.compiled import Ints, compiled


@compiled
def places_before(group: Ints, as_of: Ints, pointer: Ints, moment: Ints) -> Ints:
    """Where each moment would enter its group: the rows from the group's begin up to there lie strictly before it.

    Parameters
    ----------
    group, as_of : int64 arrays of shape (asked,)
        A negative group gets 0.
    pointer : int64 array of shape (groups + 1,)
    moment : int64 array of shape (rows,)
    """
    out = np.zeros(group.size, np.int64)
    for row in range(group.size):
        if group[row] < 0:
            continue
        low, high = pointer[group[row]], pointer[group[row] + 1]
        while low < high:
            middle = (low + high) // 2
            if moment[middle] < as_of[row]:
                low = middle + 1
            else:
                high = middle
        out[row] = low
    return out


@compiled
def last_of_moments(pointer: Ints, moment: Ints) -> tuple[Ints, Ints]:
    """The last row of each moment of each group, and where the groups begin among these.

    Whatever is read off after a moment is read there; most facts become known by the day, so few rows are left.
    """
    kept, begins = np.empty(moment.size, np.int64), np.zeros(pointer.size, np.int64)
    found = 0
    for group in range(pointer.size - 1):
        for row in range(pointer[group], pointer[group + 1]):
            if row + 1 == pointer[group + 1] or moment[row + 1] != moment[row]:
                kept[found] = row
                found += 1
        begins[group + 1] = found
    return kept[:found].copy(), begins
