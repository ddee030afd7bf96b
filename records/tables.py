"""Every table of the record: column, kind, unit, allowed values, meaning.

This module is the single list. The pandera schemas that guard the door, the documentation and
the simulator's files are all derived from :data:`TABLES`.

Kinds and their pandas dtypes: ``text`` (str), ``date`` and ``moment`` (datetime64[us], UTC without a
zone; a date is a moment at midnight), ``number`` (float64), ``flag`` (bool).
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandera.pandas as pa

Kind = Literal["text", "date", "moment", "number", "flag"]

DTYPES: dict[Kind, str] = {
    "text": "str",
    "date": "datetime64[us]",
    "moment": "datetime64[us]",
    "number": "float64",
    "flag": "bool",
}

BUSINESS_TYPES = (
    "importer",
    "highway_carrier",
    "foreign_manufacturer",
    "consolidator",
    "broker",
    "mexican_long_haul_carrier",
    "exporter",
    "third_party_logistics",
    "sea_carrier",
    "port_terminal_operator",
    "air_carrier",
    "rail_carrier",
)

TAXONOMY_VERSION = "2026.1"
INCIDENT_TYPES = (
    "drug",
    "human_smuggling",
    "weapons",
    "currency",
    "counterfeit",
    "forced_labor",
    "agricultural_contaminant",
    "seal_tamper",
    "discrepancy_theft",
    "unauthorized_access",
    "identity_misuse",
    "cyber_breach",
    "internal_conspiracy",
)

DISCOVERIES = ("port_exam", "field_office", "self_report", "other_agency")
STATUSES = ("applicant", "certified", "validated", "suspended", "removed", "withdrawn")
AT_RISK_STATUSES = ("certified", "validated")
TIERS = ("1", "2", "3")
SIZE_BANDS = ("micro", "small", "medium", "large")
IDENTIFIER_SCHEMES = ("ior", "ein", "mid", "scac", "svi", "duns", "dot", "fmc")
MODES = ("truck", "rail", "sea", "air", "other")
VALIDATION_KINDS = ("initial", "revalidation", "unannounced")
VALIDATION_OUTCOMES = ("pass", "pass_with_findings", "fail")
CRITERIA_CATEGORIES = (
    "security_vision",
    "risk_assessment",
    "business_partners",
    "cybersecurity",
    "conveyances",
    "seals",
    "procedures",
    "agriculture",
    "physical_access",
    "physical_security",
    "personnel",
    "training",
)
ACTION_KINDS = (
    "no_action",
    "outreach",
    "request_for_information",
    "post_incident_analysis",
    "corrective_action_plan",
    "targeted_revalidation",
    "partial_benefit_loss",
    "suspension",
    "removal",
    "law_enforcement_referral",
)


@dataclass(frozen=True)
class Column:
    """One column: its kind, meaning, unit and what a value may be.

    ``required`` columns must be present and never null. All others may be absent or null, except a
    ``flag``, whose absence means False.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    pattern: str = ""

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        parts = {
            "text": "text",
            "date": "a date YYYY-MM-DD",
            "moment": "a date YYYY-MM-DD or a UTC moment YYYY-MM-DDTHH:MM:SS",
            "number": "a number",
            "flag": "true or false",
        }
        words = f"one of {', '.join(self.allowed)}" if self.allowed else parts[self.kind]
        if self.pattern:
            words += f" matching {self.pattern}"
        if self.low is not None and self.high is not None:
            words += f" from {self.low:g} to {self.high:g}"
        elif self.low is not None:
            words += f" of at least {self.low:g}"
        return words + (", never empty" if self.required else "")


@dataclass(frozen=True)
class Table:
    """One table: its key, its columns, and whether a program can do without it."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        """Every column, the bookkeeping columns last, in the order of the stored table."""
        return tuple(column.name for column in self.all_columns)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns and the three that every table carries."""
        return self.columns + BOOKKEEPING

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError when the table has none."""
        return {column.name: column for column in self.all_columns}[name]


BOOKKEEPING = (
    Column("known_at", "moment", "when the row entered the record; the only date that cuts the past", required=True),
    Column("source", "text", "who sent the row", required=True),
    Column("record_id", "text", "unique per row; the same row sent twice is stored once", required=True),
)


def _key(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, required=True)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "participants",
            "members of the program, past and present",
            ("participant_id",),
            (
                _key("participant_id", "the program's own account number"),
                Column("legal_name", "text", "registered name of the firm"),
                Column("business_type", "text", "what the firm does", allowed=BUSINESS_TYPES),
                Column("country", "text", "country of the firm, ISO 3166 alpha-2", pattern="^[A-Z]{2}$"),
                Column("field_office", "text", "office that supervises the participant"),
                Column("size_band", "text", "size of the firm by shipments", allowed=SIZE_BANDS),
                Column("enrolled_on", "date", "first certification"),
            ),
            optional=False,
        ),
        Table(
            "identifiers",
            "registration numbers that name a participant in other systems, with their period of validity",
            ("participant_id", "scheme", "value"),
            (
                _key("participant_id", "the participant that the number names"),
                Column("scheme", "text", "kind of number", required=True, allowed=IDENTIFIER_SCHEMES),
                _key("value", "the number itself"),
                Column("valid_from", "date", "first day on which the number names the participant"),
                Column("valid_to", "date", "first day on which it no longer does; empty while it does"),
            ),
        ),
        Table(
            "statuses",
            "standing in the program over time",
            ("participant_id", "effective_on"),
            (
                _key("participant_id", "whose standing"),
                Column("effective_on", "date", "first day of the standing", required=True),
                Column("status", "text", "the standing", required=True, allowed=STATUSES),
                Column("tier", "text", "benefit tier", allowed=TIERS),
                Column("reason", "text", "why the standing changed, as recorded"),
            ),
        ),
        Table(
            "incidents",
            "security incidents as recorded",
            ("incident_id",),
            (
                _key("incident_id", "the record's number of the incident"),
                Column("occurred_on", "date", "when it happened; windows and labels are measured on it", required=True),
                Column("reported_on", "date", "when the program was told"),
                Column("incident_type", "text", "kind of incident in the program's taxonomy"),
                Column("taxonomy_version", "text", "version of the taxonomy that incident_type belongs to"),
                Column("severity", "number", "gravity as the program grades it", unit="1-10", low=1, high=10),
                Column("discovery", "text", "who found it", allowed=DISCOVERIES),
                Column("self_reported_before_discovery", "flag", "the participant told before anyone found it"),
                Column("port", "text", "port of entry, Schedule D code"),
                Column("mode", "text", "mode of transport", allowed=MODES),
                Column("country_of_origin", "text", "origin of the goods, ISO alpha-2", pattern="^[A-Z]{2}$"),
                Column("quantity_kg", "number", "seized or affected quantity", unit="kg", low=0),
                Column("retracted", "flag", "the record was withdrawn; a deletion is an amendment"),
            ),
            optional=False,
        ),
        Table(
            "involvements",
            "parties named in an incident and the participants they are linked to",
            ("incident_id", "party_no"),
            (
                _key("incident_id", "the incident"),
                _key("party_no", "number of the party within the incident"),
                Column("participant_id", "text", "the participant; empty until the party is linked"),
                Column("role", "text", "part played: importer, carrier, shipper, consignee, broker or other"),
                Column("party_name", "text", "name as written in the report"),
                Column("party_scheme", "text", "kind of the number in the report", allowed=IDENTIFIER_SCHEMES),
                Column("party_value", "text", "number as written in the report"),
                Column("link_weight", "number", "certainty of the link", unit="0-1", low=0, high=1),
            ),
            optional=False,
        ),
        Table(
            "exposures",
            "monthly activity and examinations",
            ("participant_id", "month"),
            (
                _key("participant_id", "whose activity"),
                Column("month", "date", "first day of the month", required=True),
                Column("shipments", "number", "shipments", unit="count", low=0),
                Column("crossings", "number", "border crossings", unit="count", low=0),
                Column("exams_targeted", "number", "examinations chosen by targeting", unit="count", low=0),
                Column("exams_random", "number", "examinations drawn at random", unit="count", low=0),
                Column("discrepancies", "number", "examinations that found a discrepancy", unit="count", low=0),
            ),
        ),
        Table(
            "validations",
            "site visits",
            ("validation_id",),
            (
                _key("validation_id", "the visit"),
                _key("participant_id", "who was visited"),
                Column("kind", "text", "why", allowed=VALIDATION_KINDS),
                Column("due_on", "date", "when the law wants it"),
                Column("performed_on", "date", "when it was done; empty while it is open"),
                Column("outcome", "text", "result", allowed=VALIDATION_OUTCOMES),
                Column("staff_hours", "number", "work spent", unit="hours", low=0),
            ),
        ),
        Table(
            "findings",
            "criteria that a visit found unmet",
            ("finding_id",),
            (
                _key("finding_id", "the finding"),
                _key("validation_id", "the visit that made it"),
                Column("criteria_version", "text", "version of the minimum security criteria"),
                Column("criterion_id", "text", "the criterion"),
                Column("category", "text", "group of criteria", allowed=CRITERIA_CATEGORIES),
                Column("must", "flag", "a must, not a should"),
                Column("due_on", "date", "when it must be corrected"),
                Column("corrected_on", "date", "when it was; empty while it is open"),
            ),
        ),
        Table(
            "partnerships",
            "who trades with whom",
            ("participant_id", "partner_id", "valid_from"),
            (
                _key("participant_id", "one side"),
                _key("partner_id", "the other side"),
                Column("valid_from", "date", "first day", required=True),
                Column("role", "text", "what the partner is to the participant"),
                Column("valid_to", "date", "first day on which it no longer holds; empty while it does"),
            ),
        ),
        Table(
            "actions",
            "what the program decided",
            ("action_id",),
            (
                _key("action_id", "the decision"),
                _key("participant_id", "about whom"),
                Column("incident_id", "text", "about which incident, when about one"),
                Column("kind", "text", "step of the enforcement ladder", required=True, allowed=ACTION_KINDS),
                Column("decided_on", "date", "when", required=True),
                Column("criterion", "text", "written rule cited; empty in legacy records"),
                Column("reason", "text", "why, as recorded; empty in legacy records"),
                Column("decided_by", "text", "who signed"),
            ),
        ),
    )
}


@cache
def schema(table: str) -> pa.DataFrameSchema:
    """The pandera schema of a stored table: dtypes, nulls, allowed values, ranges, patterns.

    Raises KeyError for a table that is not in :data:`TABLES`.
    """
    return pa.DataFrameSchema(
        {column.name: _pandera_column(column) for column in TABLES[table].all_columns},
        strict=True,
        ordered=True,
        name=table,
    )


def _pandera_column(column: Column) -> pa.Column:
    checks = []
    if column.kind == "text" and column.required:
        checks.append(pa.Check.str_length(min_value=1))
    if column.allowed:
        checks.append(pa.Check.isin(column.allowed))
    if column.pattern:
        checks.append(pa.Check.str_matches(column.pattern))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    nullable = not column.required and column.kind != "flag"
    return pa.Column(
        DTYPES[column.kind], checks, nullable=nullable, title=column.unit or None, description=column.meaning
    )
