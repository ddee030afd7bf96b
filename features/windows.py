"""Sums over windows of the past, exact under late knowledge, amendments and retractions.

A row version enters a window of W days when it becomes known and leaves it at
``min(known_until, max(known_from, occurred + W))``. So the windowed sum at ``as_of`` is the sum over
entries strictly before ``as_of`` minus the sum over departures strictly before ``as_of``. Both are noted at the
first moment of the spine that comes after them and summed from moment to moment: linear in versions plus spine
rows, and nothing is sorted. The window holds what occurred at ``as_of - W`` or later.

Worked example, W = 365 days: an incident of 2023-03-01 becomes known on 2023-06-01 and is retracted on
2023-12-01. It enters on 2023-06-01 and leaves on 2023-12-01, before its window would end on 2024-02-29. As
of 2023-06-02 it counts, as of 2023-12-01 it still does (the retraction is not yet known), a day later not.

Values are multiples of 1/65536 (:data:`features.versions.GRAIN`), which makes the running float64 sum exact:
its bits depend neither on the order of rows nor on what else is in the spine.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, overload

import numpy as np

from features.compiled import Floats, Ints, Singles, compiled, over_ranges
from features.moments import DAY
from features.spine import Spine
from features.versions import Versions

BLOCK = 1024
"""Output rows held back and then written a column at a time; writing each at once would touch a page a column."""


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
    widths, used, picked = _plan(versions.measures, tuple(wanted))
    out = np.zeros((len(wanted), spine.rows), dtype=np.float64 if exact else np.float32)
    if spine.row.size < spine.rows:
        out[:, spine.group_of_row < 0] = np.nan
    over_ranges(
        _window_sums,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        widths,
        used,
        picked,
        out,
    )
    return out


@lru_cache(maxsize=256)
def _plan(measures: tuple[str, ...], wanted: tuple[tuple[str, int | None], ...]) -> tuple[Ints, Ints, Ints]:
    """The width of each window in microseconds, the columns summed over each, and which of these sums are wanted."""
    windows = sorted({window for _, window in wanted}, key=lambda window: (window is None, window))
    used = sorted({measures.index(measure) for measure, _ in wanted})
    return (
        np.array([-1 if window is None else window * DAY for window in windows], dtype=np.int64),
        np.array(used, dtype=np.int64),
        np.array(
            [windows.index(window) * len(used) + used.index(measures.index(measure)) for measure, window in wanted],
            dtype=np.int64,
        ),
    )


@compiled
def _window_sums(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    widths: Ints,
    used: Ints,
    picked: Ints,
    out: Singles | Floats,
) -> None:
    """Sum the ``used`` columns of ``amounts`` over every window in ``widths`` (negative: no end).

    ``picked`` says for each row of ``out`` which of these sums it is, all measures of one window side by side.
    """
    groups, segment, as_of, row = spine
    pointer = versions[0]
    measures, windows = used.size, widths.size
    longest = 0
    for number in range(low, high):
        longest = max(longest, segment[number + 1] - segment[number])
    enters, leaves = np.zeros((longest, measures)), np.zeros((longest, windows * measures))
    total = np.empty(windows * measures)
    # A row of whole pages would put every column of a moment into the same set of the cache.
    held, held_row, waiting = np.empty((picked.size, BLOCK + 16), out.dtype), np.empty(BLOCK, np.int64), 0
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if start == end:
            continue
        begin, stop = segment[number], segment[number + 1]
        _note(start, end, as_of[begin:stop], versions, widths, used, enters, leaves)
        total[:] = 0.0
        for at in range(stop - begin):
            for window in range(windows):
                first = window * measures
                for place in range(measures):
                    total[first + place] += enters[at, place] - leaves[at, first + place]
            enters[at] = 0.0
            leaves[at] = 0.0
            for place in range(picked.size):
                held[place, waiting] = total[picked[place]]
            held_row[waiting] = row[begin + at]
            waiting += 1
            if waiting == BLOCK:
                _write(held, held_row, waiting, out)
                waiting = 0
    _write(held, held_row, waiting, out)


@compiled
def _note(
    start: int,
    end: int,
    as_of: Ints,
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    widths: Ints,
    used: Ints,
    enters: Floats,
    leaves: Floats,
) -> None:
    """Add each version's values to the first moment at which it is in, and to the first at which it is out again."""
    _, entry, until, occurred, values = versions
    moments, measures, enter = as_of.size, used.size, 0
    near = np.zeros(widths.size, np.int64)
    value = np.empty(measures)
    for version in range(start, end):
        while enter < moments and as_of[enter] <= entry[version]:
            enter += 1
        if enter == moments:
            return
        for place in range(measures):
            value[place] = values[version, used[place]]
            enters[enter, place] += value[place]
        for window in range(widths.size):
            leave = until[version]
            if widths[window] >= 0:
                leave = min(leave, max(entry[version], occurred[version] + widths[window]))
            # Versions come in the order of becoming known, so that the place of the one before is near.
            there = near[window]
            while there < moments and as_of[there] <= leave:
                there += 1
            while there > 0 and as_of[there - 1] > leave:
                there -= 1
            near[window] = there
            if there < moments:
                first = window * measures
                for place in range(measures):
                    leaves[there, first + place] += value[place]


@compiled
def _write(held: Singles | Floats, held_row: Ints, count: int, out: Singles | Floats) -> None:
    """Write the rows held back, one column after the other."""
    for place in range(out.shape[0]):
        for each in range(count):
            out[place, held_row[each]] = held[place, each]
