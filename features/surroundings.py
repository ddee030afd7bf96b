"""What a row needs to know of others than its participant: the only part of the matrix that looks across participants.

On one machine it is worked out from all rows, by :class:`Everyone`. Over a partition of participants the same numbers
are given beforehand, added up over the partitions. They are whole numbers, or multiples of a grain, in float64, so both
ways give the same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from features.compiled import Floats, Ints, Singles
from features.groups import Groups, Regrouped
from features.history import History
from features.joins import Joined
from features.participants import Participants
from features.partners import Partners
from features.ranks import Changes, Spread, changes_of, standing
from features.running import WindowTotals
from features.spine import Spine, arrange_spine
from features.versions import Versions, arrange
from features.windows import Wanted
from records.errors import MissingTable

RANK_WINDOW = 1095
"""Days over which incidents of peers are compared."""


@dataclass(frozen=True)
class Total:
    """A sum that is asked of whole groups: of what, by which grouping, over which windows."""

    source: str
    grouping: str
    wanted: Wanted


TOTALS: Mapping[str, Total] = {
    f"{source} by {grouping}": Total(source, grouping, wanted)
    for source, grouping, wanted in (
        ("incidents", "type", (("incidents", 365), ("incidents", 1095))),
        ("incidents", "type_country", (("incidents", 365), ("incidents", 1095))),
        ("incidents", "type_country_size", (("incidents", 365),)),
        ("incidents", "country", (("incidents", 365),)),
        ("incidents", "office", (("incidents", 365),)),
        ("incidents", "type_or_unknown", (("incidents", 1095),)),
        ("members", "type", (("members", None),)),
        ("members", "type_or_unknown", (("members", None),)),
        ("members", "type_country", (("members", None),)),
        ("members", "type_country_size", (("members", None),)),
        ("members", "country", (("members", None),)),
        ("members", "office", (("members", None),)),
        ("shipments", "type_or_unknown", (("shipments", 1095),)),
        ("incidents", "port", (("incidents", 90), ("incidents", 365))),
        ("incidents", "origin", (("incidents", 90), ("incidents", 365))),
    )
}
"""Every sum over groups that a feature reads, by name."""

PLACES: Mapping[str, str] = {"port": "port", "origin": "country_of_origin"}
"""Groupings of incidents by where they happened or came from, and the column that says it."""

RANKED = ("type_or_unknown", "type_country_size")
"""Groupings in which a participant's place among the others is asked for."""


class Surroundings(Protocol):
    """What a row needs to know of others."""

    @property
    def offices(self) -> pd.Index:
        """The names of the field offices, in the order of their numbers."""

    @property
    def ports(self) -> pd.Index:
        """The names of the ports, in the order of their numbers."""

    def totals(self, name: str, group: Ints, as_of: Ints) -> Floats:
        """Sums of :data:`TOTALS` over groups at moments, of shape (wanted, rows); NaN for a negative group."""

    def ranks(self, grouping: str, group: Ints, as_of: Ints, member: Ints) -> Floats:
        """See :func:`features.ranks.standing`, over :data:`RANK_WINDOW`; ``member`` are numbers of participants."""

    def spread(self, grouping: str, group: Ints, as_of: Ints) -> Floats:
        """Members, the sum of their incidents and of the squares of these, see :class:`features.ranks.Spread`."""

    def partners(self, spine: Spine) -> dict[str, Singles]:
        """The features of business partners."""


@dataclass(frozen=True)
class Everyone:
    """Surroundings worked out from all rows of a record."""

    participants: Participants = field(repr=False)
    history: History = field(repr=False)
    groups: Groups = field(repr=False)
    shipments: Versions | None = field(repr=False)
    network: Partners | None = field(repr=False)
    ports: pd.Index = field(repr=False)

    @property
    def offices(self) -> pd.Index:
        """The names of the field offices, in the order of their numbers."""
        return self.groups.offices

    def totals(self, name: str, group: Ints, as_of: Ints) -> Floats:
        """Sums of :data:`TOTALS` over groups at moments, of shape (wanted, rows); NaN for a negative group."""
        if name not in self._running:
            total = TOTALS[name]
            places = total.grouping in PLACES
            versions = self._of_places(PLACES[total.grouping]) if places else self._of_groups(total).versions
            self._running[name] = WindowTotals.of(versions, total.wanted)
        return self._running[name].at(group, as_of)

    @cached_property
    def _joined(self) -> dict[str, Joined]:
        return {}

    @cached_property
    def _running(self) -> dict[str, WindowTotals]:
        return {}

    def lend(self, other: "Everyone", sources: tuple[str, ...]) -> None:
        """Give the sums of these sources to the surroundings of a record in which they are the same."""
        other._running.update({name: held for name, held in self._running.items() if name.startswith(sources)})
        other._joined.update({name: held for name, held in self._joined.items() if name.startswith(sources)})

    def _of_groups(self, total: Total) -> Regrouped:
        """Versions of a source by group of participants; who was when in which group is joined once for each source."""
        versions = {"incidents": self.history.versions, "members": self.groups.members, "shipments": self.shipments}
        source = total.source
        found = versions[source]
        if found is None:
            raise MissingTable(f"Expected exposures in the record to sum {source}; got none. Ingest exposures.")
        if source not in self._joined:
            self._joined[source] = self.groups.memberships(found)
        return self.groups.regrouped(found, self._joined[source], (source,), total.grouping)

    def _of_places(self, column: str) -> Versions:
        """Incidents by where they happened, one for each participant involved."""
        number, count = self.history.places(column, self.ports)
        pairs = self.history.involvements
        ones = {"incidents": np.ones(number.size)}
        return arrange(number, count, pairs.known_from, pairs.known_until, pairs.occurred, ones)

    @cached_property
    def _changes(self) -> dict[str, Changes]:
        return {}

    @cached_property
    def _spreads(self) -> dict[str, Spread]:
        return {}

    def _changes_in(self, grouping: str) -> Changes:
        if grouping not in self._changes:
            incidents = self._of_groups(TOTALS[f"incidents by {grouping}"])
            members = self._of_groups(TOTALS[f"members by {grouping}"])
            self._changes[grouping] = changes_of(incidents, members, self.participants.count, RANK_WINDOW)
        return self._changes[grouping]

    def ranks(self, grouping: str, group: Ints, as_of: Ints, member: Ints) -> Floats:
        """See :func:`features.ranks.standing`, over :data:`RANK_WINDOW`; ``member`` are numbers of participants."""
        return standing(self._changes_in(grouping), arrange_spine(group, as_of), member)

    def spread(self, grouping: str, group: Ints, as_of: Ints) -> Floats:
        """Members, the sum of their incidents and of the squares of these, see :class:`features.ranks.Spread`."""
        if grouping not in self._spreads:
            self._spreads[grouping] = Spread.of(self._changes_in(grouping))
        return self._spreads[grouping].at(group, as_of)

    def partners(self, spine: Spine) -> dict[str, Singles]:
        """The features of business partners."""
        if self.network is None:
            raise MissingTable("Expected partnerships in the record; got none. Ingest partnerships.")
        return self.network.columns(spine)
