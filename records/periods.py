"""Periods of many groups at once: cut at every moment at which something in the group begins or ends.

A period is open at its start and closed at its end, like the validity of a row version: what became known at a
moment exists after it. All moments are int64 microseconds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from records.known import NEVER

Ints = npt.NDArray[np.int64]

FOREVER = int(NEVER.astype(np.int64))
ALWAYS = np.iinfo(np.int64).min
"""Before every moment: the start of what has no start."""


@dataclass(frozen=True)
class Slots:
    """The shortest periods of each group between two neighboring cuts, sorted by group and start."""

    group: Ints
    start: Ints
    end: Ints

    def covered(self, group: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Which slots lie inside which period: positions of periods and of slots, pair by pair.

        The periods must begin and end at cuts of their group, as those that :func:`cut` was given do.
        """
        grid = np.unique(np.concatenate([self.start, start, end]))
        width = len(grid)
        keys = self.group * width + np.searchsorted(grid, self.start)
        first = np.searchsorted(keys, group * width + np.searchsorted(grid, start))
        after = np.searchsorted(keys, group * width + np.searchsorted(grid, end))
        return spread(first, after)


def cut(group: Ints, start: Ints, end: Ints) -> Slots:
    """The slots of periods; the last one of each group never ends."""
    groups, moments = np.tile(group, 2), np.concatenate([start, end])
    kept = moments < FOREVER
    groups, moments = groups[kept], moments[kept]
    order = np.lexsort((moments, groups))
    groups, moments = groups[order], moments[order]
    fresh = np.ones(groups.size, dtype=bool)
    fresh[1:] = (groups[1:] != groups[:-1]) | (moments[1:] != moments[:-1])
    groups, moments = groups[fresh], moments[fresh]
    ends = np.full(groups.size, FOREVER, dtype=np.int64)
    goes_on = groups[1:] == groups[:-1]
    ends[:-1][goes_on] = moments[1:][goes_on]
    return Slots(groups, moments, ends)


def spread(first: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Every number from ``first`` up to ``after`` of each pair, and beside it the position of the pair."""
    count = after - first
    owner = np.repeat(np.arange(count.size), count)
    offset = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    return owner, first[owner] + offset
