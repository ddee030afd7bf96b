"""Who was involved in which incident, and in which period the record said so.

Incidents and parties are amended independently: each version of an incident meets each version of a party, and
the pair is valid while both are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Ints
from features.joins import Joined, codes_of, join_versions, union_intervals
from features.moments import microseconds
from features.participants import Participants
from features.versions import validity
from records.known import Records

CARRIED = (
    "incident_id",
    "occurred_on",
    "reported_on",
    "incident_type",
    "severity",
    "discovery",
    "self_reported_before_discovery",
    "port",
    "mode",
    "country_of_origin",
    "quantity_kg",
)


def involvement_versions(records: Records) -> pd.DataFrame:
    """One row for each (participant, incident) and period in which all of its columns stayed the same.

    Parameters
    ----------
    records : Records
        Needs the tables incidents and involvements.

    Returns
    -------
    DataFrame
        participant_id, role, link_weight, the incident's own columns, and ``known_from`` < ``known_until``
        (valid at ``as_of`` exactly when ``known_from < as_of <= known_until``). Retracted incidents and parties
        not linked to a participant are left out; a participant named twice in one incident counts once,
        with the role of the party linked first. Rows come in no promised order.
    """
    return Involvements.of(records).frame()


@dataclass(frozen=True)
class Involvements:
    """Pairs of an incident's row and a party's row, each with its period of validity.

    Attributes
    ----------
    incidents, parties : DataFrame
        Every row of the two tables.
    incident, party : int64 arrays of shape (pairs,)
        Positions in the two tables.
    known_from, known_until : int64 arrays of shape (pairs,), microseconds
    named : Joined
        The same before a participant that is named twice was counted once.
    """

    incidents: pd.DataFrame = field(repr=False)
    parties: pd.DataFrame = field(repr=False)
    incident: Ints
    party: Ints
    known_from: Ints
    known_until: Ints
    named: Joined = field(repr=False)

    @classmethod
    def of(cls, records: Records) -> "Involvements":
        """Join all versions of incidents and parties."""
        incidents, parties = records["incidents"], records["involvements"]
        (left, right), keys = codes_of(incidents["incident_id"], parties["incident_id"])
        party_number, numbers = _code(parties["party_no"])
        first = validity(incidents, ("incident_id",), _repeated(left, keys))
        second = validity(
            parties, ("incident_id", "party_no"), _repeated(right * numbers + party_number, keys * numbers)
        )
        # What is retracted or not linked takes part in the order of versions, and in nothing after that.
        left = np.where(incidents["retracted"].to_numpy(), -1, left)
        right = np.where((parties["participant_id"].isna() | parties["retracted"]).to_numpy(), -1, right)
        return cls._counted_once(incidents, parties, join_versions((left, *first), (right, *second), keys))

    @classmethod
    def _counted_once(cls, incidents: pd.DataFrame, parties: pd.DataFrame, named: Joined) -> "Involvements":
        """A participant that is named twice in one incident is involved while it is named at all."""
        incident, party, known_from, known_until = named.left, named.right, named.known_from, named.known_until
        if np.any(np.diff(incident) == 0):
            participant, count = _code(parties["participant_id"])
            row, known_from, known_until = union_intervals(
                incident * count + participant[party], known_from, known_until
            )
            incident, party = incident[row], party[row]
        return cls(incidents, parties, incident, party, known_from, known_until, named)

    def with_role(self, roles: Sequence[str] | None) -> "Involvements":
        """Only the involvements in one of the roles, or with any role on record."""
        role = self.parties["role"]
        meant = role.notna() if roles is None else role.isin(roles)
        kept = meant.to_numpy(dtype=bool)[self.named.right]
        named = self.named
        return self._counted_once(
            self.incidents,
            self.parties,
            Joined(named.left[kept], named.right[kept], named.known_from[kept], named.known_until[kept]),
        )

    @cached_property
    def occurred(self) -> Ints:
        """When each pair's incident occurred, in microseconds."""
        return microseconds(self.incidents["occurred_on"])[self.incident]

    @cached_property
    def incident_ids(self) -> npt.NDArray[np.object_]:
        """The id of each row of ``incidents``."""
        return self.incidents["incident_id"].to_numpy(dtype=object)

    def participant_codes(self, participants: Participants) -> Ints:
        """The number of each pair's participant."""
        return participants.codes(self.parties["participant_id"])[self.party]

    def frame(self) -> pd.DataFrame:
        """The pairs with their columns, see :func:`involvement_versions`."""
        incident, party = self.incidents[list(CARRIED)].iloc[self.incident], self.parties.iloc[self.party]
        columns = {name: incident[name].array for name in CARRIED}
        columns |= {name: party[name].array for name in ("participant_id", "role", "link_weight")}
        columns["known_from"] = self.known_from.view("datetime64[us]")
        columns["known_until"] = self.known_until.view("datetime64[us]")
        return pd.DataFrame(columns, copy=False)


def interval(frame: pd.DataFrame) -> tuple[Ints, Ints]:
    """``known_from`` and ``known_until`` of a frame of versions, as microseconds."""
    return microseconds(frame["known_from"]), microseconds(frame["known_until"])


def _code(text: pd.Series) -> tuple[Ints, int]:
    (codes,), count = codes_of(text)
    return codes, count


def _repeated(code: Ints, codes: int) -> npt.NDArray[np.bool_] | None:
    """Which rows share their code with another; None (to be found otherwise) where counting would waste memory."""
    if codes > 20 * code.size + 1000:
        return None
    repeated: npt.NDArray[np.bool_] = np.bincount(code, minlength=codes)[code] > 1
    return repeated
