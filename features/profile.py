"""What the firm is and how it stands in the program, as the record said at each moment."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, Singles
from features.moments import UNDATED, days_between, microseconds
from features.participants import Participants
from features.peers import PeerGroups, coded
from features.recency import days_since, version_in_force
from features.spine import Spine
from features.versions import Versions, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import SIZE_BANDS, TABLES, TIERS

SOUTHERN_CORRIDOR = ("MX", "BZ", "GT", "SV", "HN", "NI", "CR", "PA")
"""Countries whose trade with the United States crosses its southern land border."""


@dataclass(frozen=True)
class Profile:
    """Features of the participants table."""

    participants: Participants
    groups: PeerGroups

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the firm's profile, and since when it is known."""
        profile = self.participants.profile
        row = version_in_force(self.participants.profile_versions, spine)
        corridor = profile["country"].isin(SOUTHERN_CORRIDOR).astype(np.float64).where(profile["country"].notna())
        enrolled = np.append(microseconds(profile["enrolled_on"]), UNDATED)[row]
        tenure = days_between(spine.as_of_row, enrolled)
        first = np.append(self.participants.first_known, UNDATED)[spine.group_of_row]
        return {
            "business_type_code": _coded(self.groups.business_type, row),
            "country_code": _coded(self.groups.country, row),
            "size_band_code": _coded(_places(profile["size_band"], SIZE_BANDS), row),
            "on_southern_corridor": np.append(corridor.to_numpy(dtype=np.float32), np.float32(np.nan))[row],
            # An enrollment announced for a later day is not yet a tenure.
            "tenure_days": np.where(tenure >= 0, tenure, np.nan).astype(np.float32),
            "days_of_record": days_between(spine.as_of_row, first).astype(np.float32),
        }


@dataclass(frozen=True)
class Standing:
    """Features of the statuses table."""

    participants: Participants
    statuses: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "Standing":
        """Take the statuses of a record."""
        key = TABLES["statuses"].key
        statuses = versions_of(records["statuses"], key).sort_values([*key, "known_from"], ignore_index=True)
        return cls(participants, statuses)

    @cached_property
    def versions(self) -> Versions:
        """Every standing, dated by its first day."""
        return self.participants.arranged(
            self.statuses, self.statuses["effective_on"], rows=np.ones(len(self.statuses))
        )

    @cached_property
    def suspensions(self) -> Versions:
        """Suspensions that have begun, dated by their first day."""
        frame = self.statuses[self.statuses["status"].eq("suspended")]
        # As of its first day a suspension counts, and intervals are open at the start.
        begun = np.maximum(microseconds(frame["known_from"]), microseconds(frame["effective_on"]) - 1)
        frame = frame.assign(known_from=begun.view("datetime64[us]"))
        return self.participants.arranged(frame, frame["effective_on"], suspensions=np.ones(len(frame)))

    def in_force(self, spine: Spine) -> Ints:
        """The row of ``statuses`` in force at each spine row, -1 for none."""
        return version_in_force(self.versions, spine)

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the standing, and suspensions."""
        row = self.in_force(spine)
        effective = np.append(microseconds(self.statuses["effective_on"]), UNDATED)[row]
        return {
            "tier_code": _coded(_places(self.statuses["tier"], TIERS), row),
            "days_since_status_change": days_between(spine.as_of_row, effective).astype(np.float32),
            "suspensions_all": window_sums(self.suspensions, spine, [("suspensions", None)])[0],
            "days_since_last_suspension": days_since(self.suspensions, spine, [("suspensions", "last")])[0],
        }


def _places(text: pd.Series, names: tuple[str, ...]) -> Ints:
    return coded(text, {name: place for place, name in enumerate(names)})


def _coded(codes: Ints, row: Ints) -> Singles:
    """The code of each spine row as float32; NaN where it is unknown."""
    picked = np.append(codes, -1)[row]
    return np.where(picked < 0, np.nan, picked).astype(np.float32)
