"""Where a participant stands among the members of its group, at any moment, in one pass over what happened.

Each group is swept once in the order of time: members join and leave, their incidents enter the window and leave it.
How many members have how many incidents is kept as a table of counts, and each question reads it off.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.compiled import Floats, Ints, compiled, over_ranges
from features.groups import Regrouped
from features.moments import DAY
from features.searching import last_of_moments, places_before
from features.spine import Spine

JOIN, LEAVE, ENTER, EXIT = 0, 1, 2, 3


@dataclass(frozen=True)
class Changes:
    """What changes the counts of a group, in the order of time.

    Attributes
    ----------
    pointer : int64 array of shape (groups + 1,)
    moment : int64 array of shape (changes,), microseconds; a change is seen at every later ``as_of``
    kind : int8 array of shape (changes,)
        A member joins or leaves, an incident enters the window or leaves it.
    member : int64 array of shape (changes,)
    members : int
        How many participants there are in all.
    most : int
        No count is ever greater.
    """

    pointer: Ints
    moment: Ints
    kind: npt.NDArray[np.int8]
    member: Ints
    members: int
    most: int


def changes_of(incidents: Regrouped, members: Regrouped, participants: int, window_days: int) -> Changes:
    """The changes of every group from its incidents, within a window, and its members."""
    entry, width = incidents.versions.known_from, window_days * DAY
    gone = np.minimum(incidents.versions.known_until, np.maximum(entry, incidents.versions.occurred + width))
    groups = members.versions.pointer.size - 1
    group_of = [np.repeat(np.arange(groups), np.diff(each.versions.pointer)) for each in (members, incidents)]
    sizes = (members.member.size, members.member.size, incidents.member.size, incidents.member.size)
    group = np.concatenate([group_of[0], group_of[0], group_of[1], group_of[1]])
    moment = np.concatenate([members.versions.known_from, members.versions.known_until, entry, gone])
    order = np.lexsort((moment, group))
    return Changes(
        np.searchsorted(group[order], np.arange(groups + 1)),
        moment[order],
        np.repeat(np.array([JOIN, LEAVE, ENTER, EXIT], dtype=np.int8), sizes)[order],
        np.concatenate([members.member, members.member, incidents.member, incidents.member])[order],
        participants,
        int(np.bincount(incidents.member, minlength=1).max(initial=0)),
    )


@dataclass(frozen=True)
class Spread:
    """How many members a group has, the sum of their counts and of the squares of these, after every moment of change.

    ``figures`` is an int64 array of shape (moments, 3); ``pointer`` and ``moment`` as in :class:`Changes`, each moment
    once in a group.
    """

    pointer: Ints
    moment: Ints
    figures: Ints

    @classmethod
    def of(cls, changes: Changes) -> "Spread":
        """Go through the changes of every group once."""
        kept, begins = last_of_moments(changes.pointer, changes.moment)
        figures = np.empty((kept.size, 3), dtype=np.int64)
        _follow(changes.pointer, changes.kind, changes.member, changes.members, kept, figures)
        return cls(begins, changes.moment[kept], figures)

    def at(self, group: Ints, as_of: Ints) -> Floats:
        """The three figures of each group at each moment, float64 of shape (3, rows); NaN for a negative group."""
        place = places_before(group, as_of, self.pointer, self.moment)
        some = place > self.pointer[group]
        out = np.where(some, self.figures[np.where(some, place - 1, 0)].T if len(self.figures) else 0.0, 0.0)
        out[:, group < 0] = np.nan
        return out


def standing(changes: Changes, spine: Spine, member: Ints) -> Floats:
    """Where each spine row's member stands in the group of the row.

    Parameters
    ----------
    changes : Changes
    spine : Spine
        Moments grouped by group.
    member : int64 array of shape (spine.rows,)
        Who asks; it is a member at that moment.

    Returns
    -------
    float64 array of shape (5, spine.rows)
        Members with fewer incidents, with as many (the asking one included), members in all, and the sum of their
        counts and of the squares of their counts. NaN in rows without a group.
    """
    out = np.full((5, spine.rows), np.nan)
    over_ranges(
        _standing,
        spine.work(changes.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (changes.pointer, changes.moment, changes.kind, changes.member),
        changes.members,
        changes.most,
        member,
        out,
    )
    return out


@compiled
def _follow(pointer: Ints, kind: npt.NDArray[np.int8], member: Ints, members: int, kept: Ints, figures: Ints) -> None:
    """Note the figures after each row of ``kept``, which ascend."""
    count, inside = np.zeros(members, np.int64), np.zeros(members, np.int64)
    noted = 0
    for group in range(pointer.size - 1):
        present, total, squares = 0, 0, 0
        for change in range(pointer[group], pointer[group + 1]):
            who, what = member[change], kind[change]
            held = count[who]
            if inside[who] > 0:
                total, squares, present = total - held, squares - held * held, present - 1
            if what == 0:
                inside[who] += 1
            elif what == 1:
                inside[who] -= 1
            else:
                held += 1 if what == 2 else -1
                count[who] = held
            if inside[who] > 0:
                total, squares, present = total + held, squares + held * held, present + 1
            if noted < kept.size and kept[noted] == change:
                figures[noted, 0], figures[noted, 1], figures[noted, 2] = present, total, squares
                noted += 1
        for change in range(pointer[group], pointer[group + 1]):
            count[member[change]], inside[member[change]] = 0, 0


@compiled
def _standing(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    changes: tuple[Ints, Ints, npt.NDArray[np.int8], Ints],
    members: int,
    most: int,
    asking: Ints,
    out: Floats,
) -> None:
    groups, segment, as_of, row = spine
    pointer, moment, kind, member = changes
    # Two versions of a profile that follow each other leave and join at one moment, in either order.
    count, inside = np.zeros(members, np.int64), np.zeros(members, np.int64)
    holders = np.zeros(most + 2, np.int64)
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        present, total, squares, seen = 0, 0, 0, start
        for question in range(segment[number], segment[number + 1]):
            while seen < end and moment[seen] < as_of[question]:
                who, what = member[seen], kind[seen]
                held = count[who]
                if inside[who] > 0:
                    holders[held] -= 1
                    total, squares, present = total - held, squares - held * held, present - 1
                if what == 0:
                    inside[who] += 1
                elif what == 1:
                    inside[who] -= 1
                else:
                    held += 1 if what == 2 else -1
                    count[who] = held
                if inside[who] > 0:
                    holders[held] += 1
                    total, squares, present = total + held, squares + held * held, present + 1
                seen += 1
            place, own = row[question], count[asking[row[question]]]
            fewer = 0
            for each in range(own):
                fewer += holders[each]
            out[0, place], out[1, place], out[2, place] = fewer, holders[own], present
            out[3, place], out[4, place] = total, squares
        for change in range(start, seen):
            count[member[change]], inside[member[change]] = 0, 0
        holders[:] = 0
