"""What the firm is, as the record said at each moment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.compiled import Ints, Singles
from features.groups import Groups
from features.moments import UNDATED, days_between, microseconds
from features.participants import Participants
from features.spine import Spine

SOUTHERN_CORRIDOR = ("MX", "BZ", "GT", "SV", "HN", "NI", "CR", "PA")
"""Countries whose trade with the United States crosses its southern land border."""


@dataclass(frozen=True)
class Profile:
    """Features of the participants table."""

    participants: Participants
    groups: Groups

    @cached_property
    def _southern(self) -> Singles:
        country = self.participants.profile["country"]
        known: Singles = np.where(country.notna(), country.isin(SOUTHERN_CORRIDOR), np.nan).astype(np.float32)
        return known

    @cached_property
    def _enrolled(self) -> Ints:
        return microseconds(self.participants.profile["enrolled_on"])

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the firm's profile, and since when it is known."""
        row = self.participants.profile_row(spine)
        tenure = days_between(spine.as_of_row, np.append(self._enrolled, UNDATED)[row])
        first = np.append(self.participants.first_known, UNDATED)[spine.group_of_row]
        return {
            "business_type_code": _coded(self.groups.business_type, row),
            "country_code": _coded(self.groups.country, row),
            "size_band_code": _coded(self.groups.size_band, row),
            "on_southern_corridor": np.append(self._southern, np.float32(np.nan))[row],
            # An enrollment announced for a later day is not yet a tenure.
            "tenure_days": np.where(tenure >= 0, tenure, np.nan).astype(np.float32),
            "days_of_record": days_between(spine.as_of_row, first).astype(np.float32),
        }


def _coded(codes: Ints, row: Ints) -> Singles:
    """The code of each spine row as float32; NaN where it is unknown."""
    picked = np.append(codes, -1)[row]
    return np.where(picked < 0, np.nan, picked).astype(np.float32)
