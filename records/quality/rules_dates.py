"""Consistency of dates: what is said to have happened in an order in which it cannot have happened."""

from records.quality.check import Check, every_row, wrong_rows

EARLIEST = "TIMESTAMP '1970-01-01'"
"""Dates before it are typing errors: no trusted-trader program is so old."""


def _dates(**columns: str) -> str:
    """The expression for dates in words: occurred 2021-03-05, reported 2021-03-01."""
    parts = [f"'{word} ', coalesce(strftime({column}, '%Y-%m-%d'), 'unknown')" for word, column in columns.items()]
    joined = ", ', ', ".join(parts)
    return f"concat({joined})"


def _incident(id: str, title: str, why: str, wrong: str, detail: str) -> Check:
    rows = wrong_rows("incidents", f"valid_incidents t WHERE {wrong}", detail)
    return Check(id, title, why, ("incidents",), rows, every_row("incidents"))


def _impossible(id: str, table: str, column: str) -> Check:
    wrong = f"valid_{table} t WHERE {column} < {EARLIEST} OR {column} > known_at"
    return Check(
        id,
        f"Row of {table} dated before 1970, or later than it became known",
        "A slip of the keyboard (2202 for 2022) moves the row out of every window.",
        (table,),
        wrong_rows(table, wrong, _dates(dated=column, known="known_at")),
        every_row(table),
    )


def _period(id: str, table: str, title: str) -> Check:
    return Check(
        id,
        title,
        "A period that ends before it begins holds on no day: whatever rests on it is lost.",
        (table,),
        wrong_rows(table, f"valid_{table} t WHERE valid_to < valid_from", _dates(since="valid_from", until="valid_to")),
        every_row(table),
    )


DATE_RULES = (
    _incident(
        "QR001",
        "Incident occurred after it was reported",
        "One of the two dates is wrong; windows and labels rest on the first.",
        "occurred_on > reported_on",
        _dates(occurred="occurred_on", reported="reported_on"),
    ),
    _incident(
        "QR002",
        "Incident reported after it stood in the record",
        "Nothing can be recorded before it is told; the delay of the source comes out too short.",
        "reported_on > first_known_at",
        _dates(reported="reported_on", known="first_known_at"),
    ),
    _impossible("QR003", "incidents", "occurred_on"),
    _impossible("QR004", "actions", "decided_on"),
    _incident(
        "QR005",
        "Incident discovered or self-reported before it occurred",
        "Who was first decides whether a self-report counts as one.",
        "discovered_on < occurred_on OR self_reported_on < occurred_on",
        _dates(occurred="occurred_on", discovered="discovered_on", told="self_reported_on"),
    ),
    _incident(
        "QR006",
        "Self-report flag contradicts the dates or who found it",
        "A self-report before discovery is treated more mildly: the flag must be provable.",
        "(self_reported_before_discovery AND self_reported_on > discovered_on) OR "
        "(NOT self_reported_before_discovery AND self_reported_on < discovered_on) OR "
        "(self_reported_before_discovery AND self_reported_on IS NULL AND discovery <> 'self_report')",
        "concat(CASE WHEN self_reported_before_discovery THEN 'flag set, ' ELSE 'flag not set, ' END, "
        f"{_dates(told='self_reported_on', discovered='discovered_on')}, "
        "', found by ', coalesce(discovery, 'unknown'))",
    ),
    Check(
        "QR007",
        "Action decided before its incident occurred",
        "The action is filed under the wrong incident, or one date is wrong.",
        ("actions", "incidents"),
        wrong_rows(
            "actions",
            "valid_actions t JOIN valid_incidents i USING (incident_id) WHERE decided_on < occurred_on",
            _dates(decided="decided_on", occurred="occurred_on"),
        ),
        every_row("actions", "JOIN valid_incidents i USING (incident_id)"),
    ),
    Check(
        "QR008",
        "Standing before enrolment",
        "Only an application can come before the first certification.",
        ("statuses", "participants"),
        wrong_rows(
            "statuses",
            "valid_statuses t JOIN valid_participants p USING (participant_id) "
            "WHERE effective_on < enrolled_on AND status <> 'applicant'",
            f"concat(status, ', ', {_dates(effective='effective_on', enrolled='enrolled_on')})",
        ),
        every_row("statuses"),
    ),
    _impossible("QR009", "statuses", "effective_on"),
    Check(
        "QR010",
        "Finding due or corrected before the visit that made it",
        "Overdue duties are counted from these dates.",
        ("findings", "validations"),
        wrong_rows(
            "findings",
            "valid_findings t JOIN valid_validations v USING (validation_id) "
            "WHERE t.due_on < v.performed_on OR t.corrected_on < v.performed_on",
            _dates(visit="v.performed_on", due="t.due_on", corrected="t.corrected_on"),
        ),
        every_row("findings", "JOIN valid_validations v USING (validation_id)"),
    ),
    _period("QR011", "identifiers", "Number valid to a day before it is valid from"),
    _period("QR012", "partnerships", "Partnership that ends before it begins"),
)
