"""A person's decisions about parties: rows of their own, never anonymous, each of which can be taken back.

A decision is a later version of the party from the source ``review:<person>``; linkage never touches such a party
again. Taking it back gives the version before it once more, its source included, so that linkage may examine the party
again if it did before; who took it back is in ``link_reason``.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from records.door import record_ids
from records.errors import ReviewRefused
from records.known import empty_table
from records.lake import Lake
from records.linkage.parties import REVIEW, Linkage, link_parties

UNDONE = "undone by "
_LATER = "Ingest a batch first, or name another lake with --lake."


@dataclass(frozen=True)
class Decision:
    """What a person decided about one party; ``participant_id`` None: it is no participant."""

    incident_id: str
    party_no: str
    participant_id: str | None
    by: str
    reason: str

    def __post_init__(self) -> None:
        _require_signed(self.by, self.reason)


def decide(versions: pd.DataFrame, decision: Decision, known_at: pd.Timestamp) -> pd.DataFrame:
    """The decision as one row of ``involvements``.

    Parameters
    ----------
    versions : DataFrame
        Every version of this party, in the stored columns.
    known_at : Timestamp
        The moment of the decision.
    """
    latest = _in_time(versions, decision.incident_id, decision.party_no).tail(1)
    return _row(
        latest,
        known_at,
        participant_id=decision.participant_id,
        link_weight=None if decision.participant_id is None else 1.0,
        link_reason=decision.reason,
        source=REVIEW + decision.by,
    )


def undo(versions: pd.DataFrame, *, by: str, reason: str, known_at: pd.Timestamp) -> pd.DataFrame:
    """One row that gives back the version before the latest decision.

    Raises
    ------
    ReviewRefused
        When no decision stands.
    """
    _require_signed(by, reason)
    ordered = _in_time(versions)
    standing: list[int] = []
    for place, told in enumerate(ordered["link_reason"].fillna("")):
        # A version that took a decision back leaves what stood before it.
        if told.startswith(UNDONE) and len(standing) > 1:
            standing.pop()
        else:
            standing.append(place)
    if len(standing) < 2 or not ordered["source"].iloc[standing[-1]].startswith(REVIEW):
        raise ReviewRefused(
            "Expected a party whose latest version is a person's decision; got one that linkage or its source wrote. "
            "There is nothing to take back."
        )
    earlier = ordered.iloc[[standing[-2]]]
    # The row is the latest by its moment, whatever the clock of an earlier decision said.
    return _row(earlier, max(known_at, _after(ordered)), link_reason=f"{UNDONE}{by}: {reason}")


def find_proposals(lake: Lake) -> Linkage:
    """What linkage asks a person about the record as it stands; nothing is written."""
    tables = lake.read_stored().tables
    if "involvements" not in tables:
        raise ReviewRefused(f"Expected a lake with involvements; got {lake.path}, which holds none. {_LATER}")
    latest = _latest(tables["involvements"])
    open_now = latest[latest["participant_id"].isna() & ~latest["retracted"]]
    others = [tables.get(name, empty_table(name)) for name in ("incidents", "identifiers", "participants", "merges")]
    return link_parties(open_now.reset_index(drop=True), *others)


def record_decision(lake: Lake, decision: Decision, now: pd.Timestamp) -> pd.DataFrame:
    """Append a decision to the lake and return its row.

    Raises
    ------
    ReviewRefused
        When the party or the participant is not in the record.
    """
    with lake.writing():
        versions = _versions(lake, decision.incident_id, decision.party_no)
        if decision.participant_id is not None:
            _require_participant(lake, decision.participant_id)
        row = decide(versions, decision, max(now, _after(versions)))
        lake.append({"involvements": row})
    return row


def undo_decision(
    lake: Lake, incident_id: str, party_no: str, *, by: str, reason: str, now: pd.Timestamp
) -> pd.DataFrame:
    """Append the version before the latest decision about a party to the lake and return its row."""
    with lake.writing():
        row = undo(_versions(lake, incident_id, party_no), by=by, reason=reason, known_at=now)
        lake.append({"involvements": row})
    return row


def _versions(lake: Lake, incident_id: str, party_no: str) -> pd.DataFrame:
    stored = lake.read_stored().tables.get("involvements", empty_table("involvements"))
    return _in_time(stored, incident_id, party_no)


def _in_time(versions: pd.DataFrame, incident_id: str | None = None, party_no: str | None = None) -> pd.DataFrame:
    """The versions of one party from the first to the last."""
    if incident_id is not None:
        versions = versions[(versions["incident_id"] == incident_id) & (versions["party_no"] == party_no)]
        if versions.empty:
            raise ReviewRefused(
                f"Expected a party of the record; got party {party_no!r} of incident {incident_id!r}, which it does "
                "not hold. List the open ones with: trustlane link review"
            )
    return versions.sort_values(["known_at", "record_id"], kind="stable", ignore_index=True)


def _require_participant(lake: Lake, participant_id: str) -> None:
    known = lake.read_columns("participants", ["participant_id"])["participant_id"]
    if not (known == participant_id).any():
        raise ReviewRefused(
            f"Expected a participant of the record or none; got {participant_id!r}. Give an id from the proposals."
        )


def _require_signed(by: str, reason: str) -> None:
    for what, given in (("the name of who decides", by), ("the reason", reason)):
        if not given.strip():
            raise ReviewRefused(f"Expected {what}; got nothing. A decision is signed and has a reason.")


def _latest(versions: pd.DataFrame) -> pd.DataFrame:
    ordered = versions.sort_values(["incident_id", "party_no", "known_at", "record_id"], kind="stable")
    return ordered.drop_duplicates(["incident_id", "party_no"], keep="last", ignore_index=True)


def _after(versions: pd.DataFrame) -> pd.Timestamp:
    latest: pd.Timestamp = versions["known_at"].max()
    return latest + pd.Timedelta(1, "us")


def _row(version: pd.DataFrame, known_at: pd.Timestamp, **changed: Any) -> pd.DataFrame:
    row = version.assign(known_at=known_at, **changed).astype(version.dtypes.to_dict())
    return row.assign(record_id=record_ids(row, "involvements")).reset_index(drop=True)
