"""Groups of participants that are alike in something, and which of them a participant was in at each moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints
from features.joins import Joined, join_versions
from features.moments import microseconds
from features.participants import Participants
from features.spine import Spine
from features.versions import Versions, arrange
from records.tables import BUSINESS_TYPES, SIZE_BANDS

LETTERS = 26
COUNTRIES = LETTERS * LETTERS
TYPES = len(BUSINESS_TYPES)
GROUPINGS = ("type", "type_or_unknown", "type_country", "type_country_size", "country", "office")
"""What participants are grouped by; a participant without one of the facts is in no group."""


@dataclass(frozen=True)
class Regrouped:
    """Versions by participant turned into versions by group, and whose each of them is."""

    versions: Versions
    member: Ints


@dataclass(frozen=True)
class Groups:
    """Which group of each grouping a participant was in at each moment.

    Attributes
    ----------
    participants : Participants
    offices : Index of str
        The field offices, in the order of their numbers.
    """

    participants: Participants
    offices: pd.Index

    @cached_property
    def business_type(self) -> Ints:
        """Position in :data:`records.tables.BUSINESS_TYPES` by row of the profile, -1 where it is unknown."""
        places = {name: place for place, name in enumerate(BUSINESS_TYPES)}
        return coded(self.participants.profile["business_type"], places)

    @cached_property
    def country(self) -> Ints:
        """26 times the first letter plus the second, A = 0, by row of the profile, -1 where it is unknown."""
        return country_codes(self.participants.profile["country"])

    @cached_property
    def size_band(self) -> Ints:
        """Position in :data:`records.tables.SIZE_BANDS` by row of the profile, -1 where it is unknown."""
        return coded(self.participants.profile["size_band"], {name: place for place, name in enumerate(SIZE_BANDS)})

    def numbers(self, grouping: str) -> Ints:
        """The group of each row of the profile, -1 for none; and -1 once more at the end, for no row."""
        return self._numbers[grouping]

    @cached_property
    def _numbers(self) -> Mapping[str, Ints]:
        kind, country, size = self.business_type, self.country, self.size_band
        both = np.where((kind >= 0) & (country >= 0), kind * COUNTRIES + country, -1)
        numbers = {
            "type": kind,
            "type_or_unknown": np.where(kind < 0, TYPES, kind),
            "type_country": both,
            "type_country_size": np.where((both >= 0) & (size >= 0), both * len(SIZE_BANDS) + size, -1),
            "country": country,
            "office": self.offices.get_indexer(pd.Index(self.participants.profile["field_office"])).astype(np.int64),
        }
        return {name: np.append(each, -1) for name, each in numbers.items()}

    def count(self, grouping: str) -> int:
        """How many groups a grouping has, empty ones included."""
        return {
            "type": TYPES,
            "type_or_unknown": TYPES + 1,
            "type_country": TYPES * COUNTRIES,
            "type_country_size": TYPES * COUNTRIES * len(SIZE_BANDS),
            "country": COUNTRIES,
            "office": len(self.offices),
        }[grouping]

    def in_force(self, spine: Spine, grouping: str) -> Ints:
        """The group of each spine row at its ``as_of``, -1 for none."""
        return self.numbers(grouping)[self.participants.profile_row(spine)]

    @cached_property
    def members(self) -> Versions:
        """The profile's versions, each counting as one member."""
        profile = self.participants.profile
        return self.participants.arranged(profile, profile["known_from"], members=np.ones(len(profile)))

    def memberships(self, versions: Versions) -> Joined:
        """Pairs of a version by participant and a version of its participant's profile that are valid together."""
        profile = self.participants.profile
        return join_versions(
            (owners(versions), versions.known_from, versions.known_until),
            (
                self.participants.codes(profile["participant_id"]),
                microseconds(profile["known_from"]),
                microseconds(profile["known_until"]),
            ),
            self.participants.count,
        )

    def regrouped(self, versions: Versions, pairs: Joined, measures: Sequence[str], grouping: str) -> Regrouped:
        """Versions by participant turned into versions by group.

        A version counts for a group while it is valid and the record has its participant in that group.
        ``pairs`` are its :meth:`memberships`.
        """
        values = {name: versions.amounts[pairs.left, versions.measure(name)] for name in measures}
        found = arrange(
            self.numbers(grouping)[pairs.right],
            self.count(grouping),
            pairs.known_from,
            pairs.known_until,
            versions.occurred[pairs.left],
            values,
        )
        return Regrouped(found, owners(versions)[pairs.left][found.row])


def owners(versions: Versions) -> Ints:
    """The group of each row of versions."""
    return np.repeat(np.arange(versions.pointer.size - 1), np.diff(versions.pointer))


def coded(text: pd.Series, codes: Mapping[str, int]) -> Ints:
    """The code of each text, -1 where it is empty or has none."""
    return np.asarray(text.map(codes).fillna(-1), dtype=np.int64)


def country_codes(text: pd.Series) -> Ints:
    """26 times the first letter of each country plus the second, A = 0; -1 where it is empty."""
    places = {name: LETTERS * (ord(name[0]) - ord("A")) + ord(name[1]) - ord("A") for name in text.dropna().unique()}
    return coded(text, places)
