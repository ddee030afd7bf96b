"""Surroundings that were worked out before: what a partition's rows need to know of all the others."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.compiled import Floats, Ints, Singles
from features.distributed.errors import DatesRefused
from features.distributed.sums import Survey
from features.spine import Spine


@dataclass(frozen=True)
class Broadcast:
    """What a partition is told of the whole record, at the dates of the matrix and no others.

    Attributes
    ----------
    offices, ports : Index of str
        Of the whole record, ascending.
    survey : Survey
        Of all partitions together.
    dates : int64 array of shape (dates,), microseconds, ascending
    place : int64 array of shape (participants,)
        Where each number of a participant stands in the two arrays that follow.
    incidents : int64 array of shape (dates, ids)
        Incidents in the window of the ranks.
    partner_columns : mapping of feature to float32 array of shape (dates, ids)
        The features of business partners; empty in a program without partnerships.
    """

    offices: pd.Index
    ports: pd.Index
    survey: Survey = field(repr=False)
    dates: Ints
    place: Ints = field(repr=False)
    incidents: Ints = field(repr=False)
    partner_columns: dict[str, Singles] = field(repr=False)

    def totals(self, name: str, group: Ints, as_of: Ints) -> Floats:
        """Sums over groups at moments, as :meth:`features.surroundings.Everyone.totals` gives them."""
        sums = self.survey.totals[name].at(np.where(group < 0, 0, group) * self.dates.size + self._date(as_of))
        return np.where(group < 0, np.nan, sums)

    def ranks(self, grouping: str, group: Ints, as_of: Ints, member: Ints) -> Floats:
        """Places among members, as :meth:`features.surroundings.Everyone.ranks` gives them."""
        date, found = self._date(as_of), np.full((5, group.size), np.nan)
        rows = np.flatnonzero(group >= 0)
        own = self.incidents[date[rows], self.place[member[rows]]]
        found[:, rows] = self.survey.ranks[grouping].standing(group[rows] * self.dates.size + date[rows], own)
        return found

    def spread(self, grouping: str, group: Ints, as_of: Ints) -> Floats:
        """How the members of groups differ, as :meth:`features.surroundings.Everyone.spread` gives it."""
        key = np.where(group < 0, 0, group) * self.dates.size + self._date(as_of)
        return np.where(group < 0, np.nan, self.survey.ranks[grouping].spread(key))

    def partners(self, spine: Spine) -> dict[str, Singles]:
        """The features of business partners."""
        date, place = self._date(spine.as_of_row), self.place[spine.group_of_row]
        return {name: values[date, place] for name, values in self.partner_columns.items()}

    def _date(self, as_of: Ints) -> Ints:
        place = np.minimum(np.searchsorted(self.dates, as_of), self.dates.size - 1)
        if np.any(self.dates[place] != as_of):
            moment = pd.Timestamp(int(as_of[self.dates[place] != as_of][0]), unit="us")
            raise DatesRefused(
                f"Expected a spine at the dates that were surveyed; got {moment}. Build the parts again with that date."
            )
        return place
