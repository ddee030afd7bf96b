"""Sums over groups at dates that partitions give and that together are those of the whole record.

All are whole numbers, or multiples of :data:`features.versions.GRAIN`, in float64 or int64: they add up to the same
bits in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from features.compiled import Floats, Ints
from features.distributed.writing import write_arrays


@dataclass(frozen=True)
class Sums:
    """A total of groups at dates, those left out that are 0.

    Attributes
    ----------
    key : int64 array of shape (found,), ascending
        The group times the number of dates, plus the date's place.
    values : float64 array of shape (wanted, found)
    """

    key: Ints
    values: Floats

    def at(self, key: Ints) -> Floats:
        """The sums at keys, 0 where there is none."""
        if not self.key.size:
            return np.zeros((self.values.shape[0], key.size))
        place = np.minimum(np.searchsorted(self.key, key), self.key.size - 1)
        return np.where(self.key[place] == key, self.values[:, place], 0.0)

    def __add__(self, other: "Sums") -> "Sums":
        key, place = np.unique(np.concatenate([self.key, other.key]), return_inverse=True)
        values = np.zeros((self.values.shape[0], key.size))
        values[:, place[: self.key.size]] += self.values
        values[:, place[self.key.size :]] += other.values
        return Sums(key, values)


@dataclass(frozen=True)
class Counts:
    """How many members of a group have how many incidents at a date.

    Attributes
    ----------
    key : int64 array of shape (found,), ascending, as in :class:`Sums`
    incidents, members : int64 arrays of shape (found,)
        ``incidents`` ascend within a key.
    """

    key: Ints
    incidents: Ints
    members: Ints

    @classmethod
    def of(cls, key: Ints, incidents: Ints, members: Ints) -> "Counts":
        """Sort, and add up what has the same key and the same number of incidents."""
        order = np.lexsort((incidents, key))
        key, incidents, members = key[order], incidents[order], members[order]
        fresh = np.ones(key.size, dtype=bool)
        fresh[1:] = (key[1:] != key[:-1]) | (incidents[1:] != incidents[:-1])
        first = np.flatnonzero(fresh)
        added = np.add.reduceat(members, first) if first.size else members
        return cls(key[first], incidents[first], added)

    def __add__(self, other: "Counts") -> "Counts":
        pairs = zip((self.key, self.incidents, self.members), (other.key, other.incidents, other.members), strict=True)
        return Counts.of(*(np.concatenate(pair) for pair in pairs))

    def standing(self, key: Ints, incidents: Ints) -> Floats:
        """Where a member with so many incidents stands: the rows of :func:`features.ranks.standing`.

        Parameters
        ----------
        key, incidents : int64 arrays of shape (rows,)
            Every key must have members.
        """
        start, end = np.searchsorted(self.key, key), np.searchsorted(self.key, key, side="right")
        most = int(self.incidents.max(initial=0)) + 2
        below = np.searchsorted(self.key * most + self.incidents, key * most + np.minimum(incidents, most - 1))
        same = (below < end) & (np.append(self.incidents, -1)[below] == incidents)
        equal = np.where(same, np.append(self.members, 0)[below], 0)
        members = self._running[0]
        return np.vstack([members[below] - members[start], equal, self.spread(key)]).astype(np.float64)

    def spread(self, key: Ints) -> Floats:
        """Members, the sum of their incidents and of the squares of these, of shape (3, rows); 0 without members."""
        start, end = np.searchsorted(self.key, key), np.searchsorted(self.key, key, side="right")
        return np.stack([each[end] - each[start] for each in self._running]).astype(np.float64)

    @cached_property
    def _running(self) -> tuple[Ints, Ints, Ints]:
        """Running sums before each row and after the last; whole numbers, exact in float64 too while below 2**53."""
        nothing = np.zeros(1, np.int64)
        members, incidents = self.members, self.incidents
        one, two, three = (np.cumsum(each) for each in (members, members * incidents, members * incidents**2))
        return np.append(nothing, one), np.append(nothing, two), np.append(nothing, three)


@dataclass(frozen=True)
class Survey:
    """Sums of a partition, or of all together: by the names of the totals and of the groupings that are ranked."""

    totals: Mapping[str, Sums]
    ranks: Mapping[str, Counts]

    def __add__(self, other: "Survey") -> "Survey":
        return Survey(
            {name: each + other.totals[name] for name, each in self.totals.items()},
            {name: each + other.ranks[name] for name, each in self.ranks.items()},
        )


def add_up(paths: Iterable[Path]) -> Survey:
    """The surveys of all partitions together, two of which are in memory at a time."""
    first, *others = paths
    together = read_survey(first)
    for path in others:
        together += read_survey(path)
    return together


def write_survey(survey: Survey, path: Path) -> None:
    """Write a survey as plain arrays."""
    arrays: dict[str, np.ndarray] = {}
    for name, total in survey.totals.items():
        arrays |= {f"total/{name}/key": total.key, f"total/{name}/values": total.values}
    for name, counts in survey.ranks.items():
        arrays |= {
            f"rank/{name}/key": counts.key,
            f"rank/{name}/incidents": counts.incidents,
            f"rank/{name}/members": counts.members,
        }
    write_arrays(path, **arrays)


def read_survey(path: Path) -> Survey:
    """The survey that was written."""
    with np.load(path) as stored:
        names = [name.split("/") for name in stored.files]
        totals = {
            name: Sums(stored[f"total/{name}/key"], stored[f"total/{name}/values"])
            for kind, name, part in names
            if kind == "total" and part == "key"
        }
        ranks = {
            name: Counts(*(stored[f"rank/{name}/{each}"] for each in ("key", "incidents", "members")))
            for kind, name, part in names
            if kind == "rank" and part == "key"
        }
    return Survey(totals, ranks)
