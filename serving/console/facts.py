"""What is on record of one participant, as it was known at a date. Facts come before any score."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from records.known import Records, known_before
from records.tables import TABLES

LOOK_BACK_YEARS = 5


@dataclass(frozen=True)
class IncidentFact:
    """One incident that the participant is named in: when it happened and when that became known."""

    incident_id: str
    occurred_on: pd.Timestamp
    known_on: pd.Timestamp
    incident_type: str
    severity: float | None
    discovery: str
    self_reported_before_discovery: bool
    port: str
    quantity_kg: float | None
    retracted_on: pd.Timestamp | None
    amended: bool

    @property
    def delay_days(self) -> int:
        """Days from occurrence to knowledge."""
        return int((self.known_on.normalize() - self.occurred_on).days)


@dataclass(frozen=True)
class Facts:
    """Everything on record of one participant at a date."""

    participant_id: str
    as_of: pd.Timestamp
    profile: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...]
    statuses: pd.DataFrame
    incidents: tuple[IncidentFact, ...]
    validations: pd.DataFrame
    actions: pd.DataFrame
    exposures: pd.DataFrame
    tables: frozenset[str]

    @property
    def standing(self) -> tuple[str, str]:
        """Status and tier in force; empty where they are not recorded."""
        in_force = self.statuses[self.statuses["effective_on"] <= self.as_of]
        if in_force.empty:
            return "", ""
        last = in_force.iloc[-1]
        return _text(last["status"]), _text(last["tier"])

    @property
    def valid_incidents(self) -> tuple[IncidentFact, ...]:
        """Incidents that were not retracted."""
        return tuple(item for item in self.incidents if item.retracted_on is None)

    def within(self, days: int) -> int:
        """Incidents that happened within so many days before the date."""
        since = self.as_of - pd.Timedelta(days=days)
        return sum(item.occurred_on >= since for item in self.valid_incidents)


def participant_facts(records: Records, participant_id: str, as_of: pd.Timestamp) -> Facts:
    """The facts of one participant from rows known before ``as_of``; retracted incidents are kept and marked."""
    known = _known_of_participant(records, participant_id, as_of)
    visits = _table(known, "validations").sort_values("performed_on", ascending=False, ignore_index=True)
    findings = _findings(records, visits["validation_id"].tolist(), as_of)
    visits = visits.merge(findings, on="validation_id", how="left")
    numbers = _table(known, "identifiers")
    numbers = numbers[numbers["valid_to"].isna() | (numbers["valid_to"] > as_of)]
    return Facts(
        participant_id,
        as_of,
        _profile(known),
        tuple(zip(numbers["scheme"].tolist(), numbers["value"].tolist(), strict=True)),
        _table(known, "statuses").sort_values("effective_on", ignore_index=True),
        _incidents(records, participant_id, as_of),
        visits,
        _table(known, "actions").sort_values("decided_on", ignore_index=True),
        _table(known, "exposures").sort_values("month", ignore_index=True),
        frozenset(records.tables),
    )


def _known_of_participant(records: Records, participant_id: str, as_of: pd.Timestamp) -> Records:
    names = ("participants", "identifiers", "statuses", "exposures", "validations", "actions")
    found = {}
    for name in names:
        if name in records:
            frame, key = records[name], TABLES[name].key[0]
            # A later version may name another participant: every version of a key is read before one is kept.
            keys = frame.loc[frame["participant_id"] == participant_id, key].unique()
            own = Records({name: frame[frame[key].isin(keys)]})
            known = known_before(own, as_of)[name]
            found[name] = known[known["participant_id"] == participant_id]
    return Records(found)


def _table(known: Records, name: str) -> pd.DataFrame:
    if name in known:
        return known[name]
    return pd.DataFrame({column.name: pd.Series(dtype=object) for column in TABLES[name].all_columns})


def _profile(known: Records) -> dict[str, Any]:
    if known["participants"].empty:
        return {}
    row = known["participants"].iloc[0]
    return {name: None if pd.isna(row[name]) else row[name] for name in row.index}


def _findings(records: Records, validation_ids: list[str], as_of: pd.Timestamp) -> pd.DataFrame:
    empty = pd.DataFrame({"validation_id": pd.Series(dtype=object), "findings": [], "must": [], "open": []})
    if "findings" not in records or not validation_ids:
        return empty
    rows = records["findings"]
    known = known_before(Records({"findings": rows[rows["validation_id"].isin(validation_ids)]}), as_of)["findings"]
    still_open = known["corrected_on"].isna() | (known["corrected_on"] >= as_of)
    grouped = known.assign(open=still_open).groupby("validation_id")
    return grouped.agg(findings=("finding_id", "size"), must=("must", "sum"), open=("open", "sum")).reset_index()


def _incidents(records: Records, participant_id: str, as_of: pd.Timestamp) -> tuple[IncidentFact, ...]:
    links = records["involvements"]
    candidates = links.loc[links["participant_id"] == participant_id, "incident_id"].unique()
    links = links[links["incident_id"].isin(candidates) & (links["known_at"] < as_of)]
    parties = known_before(Records({"involvements": links}), as_of)["involvements"]
    parties = parties[parties["participant_id"] == participant_id][["incident_id", "party_no"]]
    # Since when the party is linked, to whichever account: a merge links it anew and is no news of the incident.
    linked = links[links["participant_id"].notna() & ~links["retracted"]].merge(parties, on=["incident_id", "party_no"])
    linked_on = linked.groupby("incident_id")["known_at"].min()
    rows = records["incidents"]
    rows = rows[rows["incident_id"].isin(linked_on.index) & (rows["known_at"] < as_of)]
    versions = rows.sort_values(["incident_id", "known_at", "record_id"])
    # A repetition of the incident gives it another version, which is no amendment: those are counted as stored.
    stored = records.as_stored["incidents"]
    sent = stored.loc[stored["incident_id"].isin(linked_on.index) & (stored["known_at"] < as_of), "incident_id"]
    amended = set(sent[sent.duplicated()])
    found = [
        _incident(group, linked_on, amended=name in amended)
        for name, group in versions.groupby("incident_id", sort=False)
    ]
    return tuple(sorted(found, key=lambda item: (item.occurred_on, item.incident_id), reverse=True))


def _incident(versions: pd.DataFrame, linked_on: "pd.Series[pd.Timestamp]", *, amended: bool) -> IncidentFact:
    last = versions.iloc[-1]
    incident_id = str(last["incident_id"])
    return IncidentFact(
        incident_id,
        last["occurred_on"],
        max(versions.iloc[0]["known_at"], linked_on[incident_id]),
        _text(last["incident_type"]),
        _number(last["severity"]),
        _text(last["discovery"]),
        bool(last["self_reported_before_discovery"]),
        _text(last["port"]),
        _number(last["quantity_kg"]),
        last["known_at"] if bool(last["retracted"]) else None,
        amended,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
