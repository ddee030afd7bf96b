"""Sums over windows of whole groups at any moment, by two searches: what is asked again and again is added up once.

The windowed sum at ``as_of`` is what entered before ``as_of`` less what left before it (:mod:`features.windows`). Here
both are kept as running totals in the order of time, so a question costs two binary searches, however many rows a group
has. Values are multiples of a grain, so the totals are exact and their differences too.
"""

from dataclasses import dataclass

import numpy as np

from features.compiled import Floats, Ints
from features.moments import DAY
from features.searching import last_of_moments, places_before
from features.versions import Versions
from features.windows import Wanted


@dataclass(frozen=True)
class Running:
    """Running totals of one measure: each group's moments ascending, and the total up to and with each.

    Attributes
    ----------
    pointer : int64 array of shape (groups + 1,)
    moment : int64 array of shape (moments,), microseconds, each once in a group
    total : float64 array of shape (moments + 1,)
        Over all groups; what counts is the difference from where a group begins.
    """

    pointer: Ints
    moment: Ints
    total: Floats

    @classmethod
    def of(cls, pointer: Ints, moment: Ints, amounts: Floats) -> "Running":
        """Running totals of amounts at moments, group by group."""
        order = np.lexsort((moment, np.repeat(np.arange(pointer.size - 1), np.diff(pointer))))
        moment, running = moment[order], np.cumsum(amounts[order], dtype=np.float64)
        kept, begins = last_of_moments(pointer, moment)
        return cls(begins, moment[kept], np.concatenate([np.zeros(1), running[kept]]))

    def before(self, group: Ints, as_of: Ints) -> Floats:
        """The total of each group strictly before each moment; 0 for a negative group."""
        found = self.total[places_before(group, as_of, self.pointer, self.moment)] - self.total[self.pointer[group]]
        return np.where(group < 0, 0.0, found)


@dataclass(frozen=True)
class WindowTotals:
    """Windowed sums of groups: for each sum what enters it and what leaves it."""

    sums: tuple[tuple[Running, Running], ...]

    @classmethod
    def of(cls, versions: Versions, wanted: Wanted) -> "WindowTotals":
        """Running totals for sums of (measure, days or None), as :func:`features.windows.window_sums` takes them."""
        found = []
        for measure, days in wanted:
            amounts = versions.amounts[:, versions.measure(measure)].astype(np.float64)
            leaves = versions.known_until
            if days is not None:
                leaves = np.minimum(leaves, np.maximum(versions.known_from, versions.occurred + days * DAY))
            found.append(
                (
                    Running.of(versions.pointer, versions.known_from, amounts),
                    Running.of(versions.pointer, leaves, amounts),
                )
            )
        return cls(tuple(found))

    def at(self, group: Ints, as_of: Ints) -> Floats:
        """The sums of each group at each moment, float64 of shape (sums, rows); NaN for a negative group."""
        out = np.empty((len(self.sums), group.size))
        for place, (entered, left) in enumerate(self.sums):
            out[place] = entered.before(group, as_of) - left.before(group, as_of)
        out[:, group < 0] = np.nan
        return out
