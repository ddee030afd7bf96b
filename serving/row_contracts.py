"""Rows of the record as programs send them, field by field as the record's tables have them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, create_model

from records.columns import Column
from records.tables import TABLES
from serving.contracts import AS_OF_MEANING, Asked, AsOf, Given, ParticipantId
from serving.explain_contracts import FactorChangeGiven, ScoreSide

MAX_ROWS = 1_000
"""Rows of one table in one request; more are a batch for `trustlane ingest`."""

EXAMPLES: Mapping[str, Any] = {
    "incident_id": "I-24-08131",
    "occurred_on": "2024-08-12",
    "reported_on": "2024-08-13",
    "incident_type": "drug",
    "taxonomy_version": "2026.1",
    "severity": 8,
    "discovery": "port_exam",
    "self_reported_before_discovery": False,
    "discovered_on": "2024-08-12",
    "self_reported_on": "2024-08-11",
    "port": "2304",
    "mode": "truck",
    "conveyance_number": "TRLR 4482",
    "country_of_origin": "MX",
    "quantity_kg": 41.5,
    "party_no": "1",
    "participant_id": "P-004217",
    "role": "carrier",
    "party_name": "Example Freight Inc.",
    "party_scheme": "scac",
    "party_value": "EXFR",
    "party_country": "US",
    "party_address": "1 Main Street, Laredo TX",
    "link_weight": 0.97,
    "link_reason": "same SCAC",
    "finding_id": "F-1182",
    "validation_id": "V-0931",
    "criteria_version": "2020",
    "criterion_id": "4.1",
    "category": "cybersecurity",
    "must": True,
    "due_on": "2024-06-30",
    "corrected_on": "2024-06-12",
    "duplicate_of": "I-24-08007",
    "weight": 0.9,
    "retracted": False,
    "source": "field_office_system",
    "record_id": "fo-2024-08131-1",
}

OVERRIDDEN = {"known_at"}
"""When a row became known is not for its sender to say: it is the moment at which it arrives."""

RECORD_ID = (
    "the sender's own id of this row, unique in the table: the same id with the same content changes nothing, with "
    "other content it is refused. Left out: made from the content, so that telling the same twice is no news"
)


def _field(column: Column) -> Any:
    kinds: Mapping[str, Any] = {
        "text": Annotated[str, Field(strict=True, max_length=500)],
        "date": Annotated[str, Field(strict=True, max_length=10)],
        "moment": Annotated[str, Field(strict=True, max_length=40)],
        "number": Annotated[float, Field(strict=True, allow_inf_nan=False)],
        "flag": Annotated[bool, Field(strict=True)],
    }
    kind = kinds[column.kind]
    meaning = RECORD_ID if column.name == "record_id" else column.meaning
    unit = f", in {column.unit}" if column.unit else ""
    words = f"{meaning}{unit}; expected {column.expected.removesuffix(', never empty')}"
    described: dict[str, Any] = {"description": words, "examples": [EXAMPLES[column.name]]}
    if column.required and column.name not in ("source", "record_id"):
        return (kind, Field(**described))
    return (kind | None, Field(default=None, **described))


def _row(name: str, table: str, says: str) -> Any:
    fields = {column.name: _field(column) for column in TABLES[table].all_columns if column.name not in OVERRIDDEN}
    return create_model(name, __base__=Asked, __doc__=says, **fields)


IncidentRow: Any = _row("IncidentRow", "incidents", "One incident, whole: an amendment replaces the version before.")
InvolvementRow: Any = _row("InvolvementRow", "involvements", "One party of an incident.")
FindingRow: Any = _row("FindingRow", "findings", "One finding of a visit, whole.")
DuplicateRow: Any = _row("DuplicateRow", "duplicates", "One incident that repeats another.")

WORDS = f"none to {MAX_ROWS:,}; "


class IncidentsRequest(Asked):
    """Incidents that are new or amended, with the parties involved. At least one row."""

    incidents: Annotated[list[IncidentRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "whole rows; with `retracted` one is withdrawn"
    )
    involvements: Annotated[list[InvolvementRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "of incidents in this request or on record"
    )


class WhatIfRequest(Asked):
    """A participant, a date, and rows to suppose. At least one row."""

    participant_id: ParticipantId = Field(examples=["P-004217"])
    as_of: AsOf | None = None
    incidents: Annotated[list[IncidentRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "incidents to suppose, or, with `retracted`, to suppose away"
    )
    involvements: Annotated[list[InvolvementRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "parties to suppose, or, with `retracted`, to suppose away"
    )
    findings: Annotated[list[FindingRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "findings to suppose; with `corrected_on` one is closed"
    )
    duplicates: Annotated[list[DuplicateRow], Field(max_length=MAX_ROWS)] = Field(
        default_factory=list, description=WORDS + "incidents to suppose repetitions of others"
    )


class StoredRows(Given):
    """What was stored of one table."""

    table: str = Field(description="table of the record", examples=["incidents"])
    new: int = Field(description="rows whose key was not on record, a count", examples=[1])
    amended: int = Field(description="rows that replace a version of their key, a count", examples=[0])
    unchanged: int = Field(description="rows that were stored before and say the same, a count", examples=[0])
    retracted: int = Field(description="rows that withdraw their key, a count", examples=[0])
    record_ids: list[str] = Field(description="ids of the rows, in the order sent", examples=[["fo-2024-08131-1"]])


class IncidentsAnswer(Given):
    """What was stored, and from when on it is seen."""

    data_version: str = Field(description="version of the record with these rows", examples=["5f0c9e"])
    model_version: str | None = Field(description="version of the model in service; null: none", examples=["9"])
    model_digest: str | None = Field(
        description="SHA-256 digest of the model's bundle; null: none", examples=["9f86d081"]
    )
    known_at: datetime = Field(description="when the rows became known, UTC", examples=["2024-10-01T09:30:00"])
    as_of: date = Field(description="first date whose scores see the rows", examples=["2024-10-02"])
    stored: list[StoredRows] = Field(description="what was stored, table by table")
    links: int = Field(description="parties that were linked to participants with this, a count", examples=[1])
    duplicates: int = Field(description="incidents found to repeat another with this, a count", examples=[0])


class WhatIfAnswer(Given):
    """The present score beside the one on the record supposed. Nothing is stored."""

    model_version: str = Field(description="version of the model in the registry", examples=["9"])
    model_digest: str = Field(description="SHA-256 digest of the model's bundle", examples=["9f86d081"])
    data_version: str = Field(description="version of the record, which is as before", examples=["5f0c9e"])
    as_of: date = Field(description=AS_OF_MEANING, examples=["2024-10-01"])
    horizon_days: int = Field(description="days that the score looks ahead from as_of", examples=[365])
    participant_id: ParticipantId = Field(examples=["P-004217"])
    before: ScoreSide = Field(description="the score on the record as it is")
    after: ScoreSide = Field(
        description="the score on the record supposed; its rank is among the others' present scores"
    )
    changes: list[FactorChangeGiven] = Field(description="factor groups that differ, the one that moved most first")


def frames_of(request: Asked, tables: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The rows of a request by table, as they are sent; tables without rows are left out."""
    sent = {name: [row.model_dump(exclude_none=True) for row in getattr(request, name)] for name in tables}
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in sent.items() if rows}
