"""Recorded facts about a participant that a person could find wrong, each with the row that would correct it.

Only facts of the record: that it was involved in an incident, how grave that was, that it did not tell of it first,
that two incidents are two, that a finding is open. Never what the participant is: its business, country or size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from records.known import Records, known_before

NEAR_DAYS = 30
"""Days within which two incidents of one kind may be one told twice."""
LEAST_SEVERITY = 1.0
INSTANT = pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class Correction:
    """A fact that may be wrong: where it stands, what to check, and the row version that would correct it."""

    kind: str
    table: str
    key: str
    question: str
    row: pd.DataFrame = field(repr=False, compare=False)


def corrections_of(records: Records, participant_id: str, as_of: pd.Timestamp) -> tuple[Correction, ...]:
    """Every correction that the record as known at ``as_of`` allows, incidents from the latest, then findings.

    Each row is in the stored columns, known just before ``as_of``, as :func:`records.sent_rows.with_rows` takes it.
    """
    only = {"incidents", "involvements", "findings", "validations", "duplicates"}
    known = known_before(Records({name: frame for name, frame in records.tables.items() if name in only}), as_of)
    at = as_of - INSTANT
    own = known["involvements"][known["involvements"]["participant_id"].eq(participant_id)]
    incidents = known["incidents"][known["incidents"]["incident_id"].isin(own["incident_id"])]
    incidents = incidents.sort_values(["occurred_on", "incident_id"], ascending=[False, True], ignore_index=True)
    found = [*_not_involved(own, incidents, at), *_not_so_grave(incidents, at), *_told_first(incidents, at)]
    found += _told_twice(records, incidents, at)
    return (*found, *_closed(known, participant_id, at))


def _not_involved(own: pd.DataFrame, incidents: pd.DataFrame, at: pd.Timestamp) -> Iterable[Correction]:
    for incident in incidents["incident_id"]:
        rows = own[own["incident_id"].eq(incident)]
        yield Correction(
            "not_involved",
            "involvements",
            "/".join([str(incident), *rows["party_no"].astype(str)]),
            f"Was the participant really involved in incident {incident}, and did the incident happen?",
            _version(rows, at, "not involved", retracted=True),
        )


def _not_so_grave(incidents: pd.DataFrame, at: pd.Timestamp) -> Iterable[Correction]:
    for place in range(len(incidents)):
        row = incidents.iloc[[place]]
        severity, incident = float(row["severity"].iloc[0]), row["incident_id"].iloc[0]
        if severity > LEAST_SEVERITY:
            yield Correction(
                "lower_severity",
                "incidents",
                str(incident),
                f"Is the severity of incident {incident}, {severity:g} of 10, graded right? Reckoned with: 1.",
                _version(row, at, "lower severity", severity=LEAST_SEVERITY),
            )


def _told_first(incidents: pd.DataFrame, at: pd.Timestamp) -> Iterable[Correction]:
    for place in range(len(incidents)):
        row = incidents.iloc[[place]]
        incident = row["incident_id"].iloc[0]
        if row["discovery"].iloc[0] != "self_report" and not bool(row["self_reported_before_discovery"].iloc[0]):
            told = row["discovered_on"].fillna(row["reported_on"]).fillna(row["occurred_on"])
            yield Correction(
                "self_report_missing",
                "incidents",
                str(incident),
                f"Did the participant tell of incident {incident} before anyone found it?",
                _version(row, at, "self report", self_reported_before_discovery=True, self_reported_on=told.to_numpy()),
            )


def _told_twice(records: Records, incidents: pd.DataFrame, at: pd.Timestamp) -> Iterable[Correction]:
    """Neighbors in time of one kind, in programs that send duplicates: the later may repeat the earlier."""
    if "duplicates" not in records:
        return
    for _, same in incidents.groupby("incident_type", sort=True):
        later, earlier = same.iloc[:-1], same.iloc[1:]
        near = (later["occurred_on"].to_numpy() - earlier["occurred_on"].to_numpy()) <= pd.Timedelta(days=NEAR_DAYS)
        for one, other in zip(later["incident_id"][near], earlier["incident_id"][near], strict=True):
            content = {
                "incident_id": [one],
                "duplicate_of": [other],
                "weight": [1.0],
                "retracted": [False],
                "known_at": [at],
                "source": ["supposed"],
                "record_id": [f"supposed duplicate {one}"],
            }
            yield Correction(
                "duplicate",
                "duplicates",
                str(one),
                f"Are incidents {one} and {other}, of one kind and at most {NEAR_DAYS} days apart, the same?",
                pd.DataFrame(content).astype(records["duplicates"].dtypes.to_dict()),
            )


def _closed(known: Records, participant_id: str, at: pd.Timestamp) -> Iterable[Correction]:
    if "findings" not in known or "validations" not in known:
        return
    visits = known["validations"]
    mine = visits[visits["participant_id"].eq(participant_id)]
    findings = known["findings"][known["findings"]["validation_id"].isin(mine["validation_id"])]
    for place in range(len(findings)):
        row = findings.iloc[[place]]
        if row["corrected_on"].isna().iloc[0]:
            finding = row["finding_id"].iloc[0]
            made = mine.loc[mine["validation_id"].eq(row["validation_id"].iloc[0]), "performed_on"]
            day = made.iloc[0] if len(made) and made.notna().iloc[0] else at.normalize()
            yield Correction(
                "finding_closed",
                "findings",
                str(finding),
                f"Is finding {finding} still open? Reckoned with: corrected on the day of the visit.",
                _version(row, at, "finding closed", corrected_on=day),
            )


def _version(rows: pd.DataFrame, at: pd.Timestamp, what: str, **changes: Any) -> pd.DataFrame:
    made = rows.assign(known_at=at, source="supposed", record_id=rows["record_id"] + f" supposed {what}", **changes)
    return made.astype(rows.dtypes.to_dict()).reset_index(drop=True)


def combined(corrections: Sequence[Correction]) -> dict[str, pd.DataFrame] | None:
    """The rows of several corrections by table; None where two of them correct the same row."""
    if len({(each.table, each.key) for each in corrections}) < len(corrections):
        return None
    tables = dict.fromkeys(each.table for each in corrections)
    return {
        name: pd.concat([each.row for each in corrections if each.table == name], ignore_index=True) for name in tables
    }
