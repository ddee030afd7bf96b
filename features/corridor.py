"""Where a participant's trade goes through: incidents of others from its country, at its port, under its office."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.compiled import Floats, Ints, Singles
from features.groups import Groups
from features.history import History
from features.participants import Participants
from features.recency import version_in_force
from features.spine import Spine, arrange_spine
from features.surroundings import PLACES, TOTALS, Surroundings
from features.versions import Versions, arrange
from features.windows import window_sums


@dataclass(frozen=True)
class OwnAt:
    """Own incidents by participant and place together.

    ``keys`` are the pairs that occur, ascending, each ``participant * places + place``, and -1 at the end.
    """

    places: int
    keys: Ints
    versions: Versions


@dataclass(frozen=True)
class Corridor:
    """Incidents of other participants that share a place with this one."""

    participants: Participants
    groups: Groups
    history: History
    surroundings: Surroundings

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the corridor."""
        own = window_sums(self.history.versions, spine, [("incidents", 365)], exact=True)[0]
        origin = self._others_at(spine, "origin", self.groups.in_force(spine, "country"))
        port = self._others_at(spine, "port", self._last_port(spine))
        return {
            "country_incidents_per_100_prior_365d": self._rate(spine, own, "country"),
            "office_incidents_per_100_prior_365d": self._rate(spine, own, "office"),
            "origin_country_incidents_prior_90d": origin[0],
            "origin_country_incidents_prior_365d": origin[1],
            "last_port_incidents_prior_90d": port[0],
            "last_port_incidents_prior_365d": port[1],
        }

    def _rate(self, spine: Spine, own: Floats, grouping: str) -> Singles:
        """Incidents of a year for each 100 other members; not applicable without others."""
        group = self.groups.in_force(spine, grouping)
        incidents = self.surroundings.totals(f"incidents by {grouping}", group, spine.as_of_row)[0] - own
        others = self.surroundings.totals(f"members by {grouping}", group, spine.as_of_row)[0] - 1
        rate: Singles = np.where(others > 0, 100 * incidents / np.where(others > 0, others, 1), np.nan).astype(
            np.float32
        )
        return rate

    @cached_property
    def _at_ports(self) -> tuple[Versions, Ints]:
        """Own incidents at a port, and the port of each."""
        pairs, (port, _) = self.history.involvements, self.history.places("port", self.surroundings.ports)
        # Of two incidents on one day the port that is last in the order of names decides.
        order = np.argsort(port, kind="stable")
        order = order[np.searchsorted(port[order], 0) :]
        versions = arrange(
            pairs.participant_codes(self.participants)[order],
            self.participants.count,
            pairs.known_from[order],
            pairs.known_until[order],
            pairs.occurred[order],
            {"incidents": np.ones(order.size)},
        )
        return versions, port[order]

    def _last_port(self, spine: Spine) -> Ints:
        """The port of the latest own incident that names one, -1 for none."""
        versions, port = self._at_ports
        return np.append(port, -1)[version_in_force(versions, spine)]

    @cached_property
    def _own_at(self) -> dict[str, OwnAt]:
        return {kind: self._by_participant_and_place(kind) for kind in PLACES}

    def _by_participant_and_place(self, kind: str) -> OwnAt:
        pairs, (place, places) = self.history.involvements, self.history.places(PLACES[kind], self.surroundings.ports)
        owner = pairs.participant_codes(self.participants)
        both = np.where((owner >= 0) & (place >= 0), owner * places + place, -1)
        keys = np.unique(both[both >= 0])
        group = np.where(both >= 0, np.searchsorted(keys, both), -1)
        ones = {"incidents": np.ones(group.size)}
        versions = arrange(group, keys.size, pairs.known_from, pairs.known_until, pairs.occurred, ones)
        return OwnAt(places, np.append(keys, -1), versions)

    def _others_at(self, spine: Spine, kind: str, place: Ints) -> Singles:
        """Incidents at a place in the windows of its total, one for each other participant involved."""
        name = f"incidents by {kind}"
        total = self.surroundings.totals(name, place, spine.as_of_row)
        mine = self._own_at[kind]
        both = spine.group_of_row * mine.places + place
        found = np.searchsorted(mine.keys[:-1], both)
        known = (place >= 0) & (mine.keys[found] == both)
        at = arrange_spine(np.where(known, found, -1), spine.as_of_row)
        own = window_sums(mine.versions, at, TOTALS[name].wanted, exact=True)
        others: Singles = (total - np.nan_to_num(own)).astype(np.float32)
        return others
