"""Peer groups: firms of the same business type and country, and what was known of them at each moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Floats, Ints, Singles
from features.history import History
from features.joins import join_versions
from features.moments import microseconds
from features.participants import Participants
from features.recency import version_in_force
from features.spine import Spine, arrange_spine
from features.versions import Versions, arrange
from features.windows import window_sums
from records.tables import BUSINESS_TYPES

LETTERS = 26
COUNTRIES = LETTERS * LETTERS
GROUPS = (len(BUSINESS_TYPES) + 1) * COUNTRIES
PRIOR_PEERS = 20.0
"""A peer group's rate leans on its business type as if it held this many further firms of average record."""


@dataclass(frozen=True)
class PeerGroups:
    """Which group a participant was in at each moment, and sums over whole groups.

    A grouping is an int64 array with one group for each row of ``participants.profile``, negative for none.
    """

    participants: Participants

    @cached_property
    def business_type(self) -> Ints:
        """Position in :data:`records.tables.BUSINESS_TYPES`, -1 where it is unknown."""
        places = {name: place for place, name in enumerate(BUSINESS_TYPES)}
        return coded(self.participants.profile["business_type"], places)

    @cached_property
    def country(self) -> Ints:
        """26 times the first letter plus the second, A = 0, -1 where it is unknown."""
        text = self.participants.profile["country"]
        places = {
            name: LETTERS * (ord(name[0]) - ord("A")) + ord(name[1]) - ord("A") for name in text.dropna().unique()
        }
        return coded(text, places)

    @cached_property
    def type_or_unknown(self) -> Ints:
        """The business type, with firms of unknown type as one more group."""
        return np.where(self.business_type < 0, len(BUSINESS_TYPES), self.business_type)

    @cached_property
    def type_and_country(self) -> Ints:
        """Business type and country together; none where either is unknown."""
        known = (self.business_type >= 0) & (self.country >= 0)
        return np.where(known, self.business_type * COUNTRIES + self.country, -1)

    @cached_property
    def members(self) -> Versions:
        """The profile's versions, each counting as one member."""
        profile = self.participants.profile
        return self.participants.arranged(profile, profile["known_from"], members=np.ones(len(profile)))

    def regrouped(self, versions: Versions, measures: Sequence[str], grouping: Ints) -> Versions:
        """Versions by participant turned into versions by group.

        A version counts for a group while it is valid and the record has its participant in that group.
        """
        profile = self.participants.profile
        owner = np.repeat(np.arange(versions.pointer.size - 1), np.diff(versions.pointer))
        pairs = join_versions(
            (owner, versions.known_from, versions.known_until),
            (
                self.participants.codes(profile["participant_id"]),
                microseconds(profile["known_from"]),
                microseconds(profile["known_until"]),
            ),
            self.participants.count,
        )
        values = {name: versions.amounts[pairs.left, versions.measure(name)] for name in measures}
        return arrange(
            grouping[pairs.right], GROUPS, pairs.known_from, pairs.known_until, versions.occurred[pairs.left], values
        )

    def in_force(self, spine: Spine, grouping: Ints) -> Ints:
        """The group of each spine row at its ``as_of``, -1 for none."""
        return np.append(grouping, -1)[version_in_force(self.participants.profile_versions, spine)]

    def sums(
        self, versions: Versions, spine: Spine, grouping: Ints, wanted: Sequence[tuple[str, int | None]]
    ) -> Singles:
        """Windowed sums over the whole group of each spine row; NaN in rows without a group."""
        group = self.in_force(spine, grouping)
        order = np.lexsort((spine.as_of_row, group))
        fresh = np.ones(order.size, dtype=bool)
        fresh[1:] = (np.diff(group[order]) != 0) | (np.diff(spine.as_of_row[order]) != 0)
        each = np.empty(order.size, dtype=np.int64)
        each[order] = np.cumsum(fresh) - 1
        first = order[fresh]
        return window_sums(versions, arrange_spine(group[first], spine.as_of_row[first]), wanted)[:, each]


@dataclass(frozen=True)
class Peers:
    """Incidents of a participant's peers, its own left out."""

    groups: PeerGroups
    history: History

    @cached_property
    def _by_type(self) -> tuple[Versions, Versions]:
        return self._incidents_and_members(self.groups.business_type)

    @cached_property
    def _by_type_and_country(self) -> tuple[Versions, Versions]:
        return self._incidents_and_members(self.groups.type_and_country)

    def _incidents_and_members(self, grouping: Ints) -> tuple[Versions, Versions]:
        incidents = self.groups.regrouped(self.history.versions, ("incidents",), grouping)
        return incidents, self.groups.regrouped(self.groups.members, ("members",), grouping)

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the peer group."""
        windows: list[tuple[str, int | None]] = [("incidents", 365), ("incidents", 1095)]
        own = window_sums(self.history.versions, spine, windows)
        type_rates, _ = self._others(spine, own, self.groups.business_type, self._by_type, windows)
        rates, peers = self._others(spine, own, self.groups.type_and_country, self._by_type_and_country, windows)
        shrunk = (np.nan_to_num(rates) * peers + PRIOR_PEERS * type_rates) / (peers + PRIOR_PEERS)
        return {
            "peer_participants": peers.astype(np.float32),
            "business_type_incidents_per_100_prior_365d": (100 * type_rates[0]).astype(np.float32),
            "peer_incidents_per_100_prior_365d": (100 * shrunk[0]).astype(np.float32),
            "incidents_minus_peer_mean_prior_1095d": (own[1] - shrunk[1]).astype(np.float32),
        }

    def _others(
        self,
        spine: Spine,
        own: Singles,
        grouping: Ints,
        versions: tuple[Versions, Versions],
        windows: list[tuple[str, int | None]],
    ) -> tuple[Floats, Floats]:
        """Incidents for each other member of the group by window, and how many others there are."""
        incidents = self.groups.sums(versions[0], spine, grouping, windows).astype(np.float64) - own
        others = self.groups.sums(versions[1], spine, grouping, [("members", None)])[0].astype(np.float64) - 1
        return np.where(others > 0, incidents / np.where(others > 0, others, 1), np.nan), others


def coded(text: pd.Series, codes: Mapping[str, int]) -> Ints:
    """The code of each text, -1 where it is empty or has none."""
    return np.asarray(text.map(codes).fillna(-1), dtype=np.int64)
