"""Sums over windows of the past, exact under late knowledge, amendments and retractions.

A row version enters a window of W days when it becomes known and leaves it at
``min(known_until, max(known_from, occurred + W))``. So the windowed sum at ``as_of`` is the sum over
entries strictly before ``as_of`` minus the sum over departures strictly before ``as_of``: two sorted lists
and two pointers a participant, linear in versions plus spine rows. The window holds what occurred at
``as_of - W`` or later.

Worked example, W = 365 days: an incident of 2023-03-01 becomes known on 2023-06-01 and is retracted on
2023-12-01. It enters on 2023-06-01 and leaves on 2023-12-01, before its window would end on 2024-02-29. As
of 2023-06-02 it counts, as of 2023-12-01 it still does (the retraction is not yet known), a day later not.

Values are multiples of 1/65536 (:data:`features.versions.GRAIN`), which makes the running float64 sum exact:
its bits depend neither on the order of rows nor on what else is in the spine.
"""

from collections.abc import Sequence
from typing import Literal, overload

import numpy as np

from features.compiled import Floats, Ints, Singles, compiled, over_ranges
from features.moments import DAY
from features.spine import Spine
from features.versions import MANY, Versions

Wanted = Sequence[tuple[str, int | None]]


@overload
def window_sums(versions: Versions, spine: Spine, wanted: Wanted) -> Singles: ...


@overload
def window_sums(versions: Versions, spine: Spine, wanted: Wanted, *, exact: Literal[True]) -> Floats: ...


def window_sums(versions: Versions, spine: Spine, wanted: Wanted, *, exact: bool = False) -> Singles | Floats:
    """Sums of measures over windows, for every moment of the spine.

    Parameters
    ----------
    versions : Versions
        What is counted. Each version's values enter at ``known_from``.
    spine : Spine
        The moments, grouped as the versions are.
    wanted : sequence of (measure, window in days or None for all time)
    exact : bool
        Leave the sums as they are, to be added up further, and do not round them to float32.

    Returns
    -------
    float32 array of shape (len(wanted), spine.rows), float64 when exact
        NaN in rows without a group. Summed in float64, rounded once at the end.
    """
    windows = sorted({window for _, window in wanted}, key=lambda window: (window is None, window))
    picked = [[place for place, (_, window) in enumerate(wanted) if window == each] for each in windows]
    out = np.zeros((len(wanted), spine.rows), dtype=np.float64 if exact else np.float32)
    out[:, spine.group_of_row < 0] = np.nan
    over_ranges(
        _window_sums,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        np.array([-1 if window is None else window * DAY for window in windows], dtype=np.int64),
        np.cumsum([0] + [len(places) for places in picked]),
        np.array([versions.measure(wanted[place][0]) for places in picked for place in places], dtype=np.int64),
        np.array([place for places in picked for place in places], dtype=np.int64),
        out,
    )
    return out


@compiled
def _window_sums(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    widths: Ints,
    first: Ints,
    column: Ints,
    target: Ints,
    out: Singles | Floats,
) -> None:
    """Columns ``first[w]`` to ``first[w + 1]`` have the window ``widths[w]`` (negative: no end)."""
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    longest = 0
    for number in range(low, high):
        longest = max(longest, pointer[groups[number] + 1] - pointer[groups[number]])
    leave, order = np.empty(longest, np.int64), np.empty(longest, np.int64)
    total = np.empty(column.size, np.float64)
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if start == end:
            continue
        last = as_of[segment[number + 1] - 1]
        for window in range(widths.size):
            leaving = _departures(start, end, last, widths[window], entry, until, occurred, leave, order)
            left, right = first[window], first[window + 1]
            total[left:right] = 0.0
            entered, gone = start, 0
            for moment in range(segment[number], segment[number + 1]):
                while entered < end and entry[entered] < as_of[moment]:
                    for place in range(left, right):
                        total[place] += values[entered, column[place]]
                    entered += 1
                while gone < leaving and leave[gone] < as_of[moment]:
                    for place in range(left, right):
                        total[place] -= values[order[gone], column[place]]
                    gone += 1
                for place in range(left, right):
                    out[target[place], row[moment]] = total[place]


@compiled
def _departures(
    start: int,
    end: int,
    last: int,
    width: int,
    entry: Ints,
    until: Ints,
    occurred: Ints,
    leave: Ints,
    order: Ints,
) -> int:
    """Fill ``leave`` with the moments of departure before ``last``, ascending, and ``order`` with their rows."""
    found, sorted_so_far = 0, True
    for position in range(start, end):
        moment = until[position]
        if width >= 0:
            moment = min(moment, max(entry[position], occurred[position] + width))
        if moment < last:
            sorted_so_far = sorted_so_far and (found == 0 or leave[found - 1] <= moment)
            leave[found], order[found] = moment, position
            found += 1
    if sorted_so_far:
        return found
    if found > MANY:
        rank = np.argsort(leave[:found], kind="mergesort")
        leave[:found], order[:found] = leave[:found][rank], order[:found][rank]
        return found
    for position in range(1, found):
        moment, version = leave[position], order[position]
        hole = position
        while hole > 0 and leave[hole - 1] > moment:
            leave[hole], order[hole] = leave[hole - 1], order[hole - 1]
            hole -= 1
        leave[hole], order[hole] = moment, version
    return found
