"""Entries that repeat another entry: incidents joined already, incidents that look like one, actions told twice."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

import pandas as pd

from records.columns import DTYPES
from records.duplicates import find_duplicate_actions, find_duplicates
from records.known import empty_table
from records.quality.check import Check, Findings, every_row, wrong_rows
from records.quality.metric import Metric, Status
from records.tables import TABLES

MOST_COMPARED = 1_000_000
"""Comparing is done in memory; of more row versions than this the report says that it did not look."""
NOT_SEARCHED = "not looked for here; `trustlane quality` does"
TOO_MANY = f"more than {MOST_COMPARED:,} row versions are not compared here; ingest compares every batch"

JOINED = Check(
    "duplicate.joined",
    "Incident joined to another entry that it repeats",
    "It counts once; the number says how often sources tell the same incident apart.",
    ("incidents", "duplicates"),
    wrong_rows(
        "incidents",
        "valid_incidents t JOIN valid_duplicates d USING (incident_id) "
        "JOIN valid_incidents o ON o.incident_id = d.duplicate_of",
        "concat('repeats ', d.duplicate_of, ', weight ', round(d.weight, 3))",
    ),
    every_row("incidents"),
    kind="duplicate",
)
OPEN = Check(
    "duplicate.open",
    "Incident that looks like another entry and is not joined to it",
    "It counts twice until it is joined or a person says that it is another.",
    ("incidents", "involvements"),
    wrong_rows(
        "incidents",
        "valid_incidents t JOIN repeated r USING (incident_id)",
        "concat('like ', r.duplicate_of, ', weight ', round(r.weight, 3))",
    ),
    every_row("incidents"),
    kind="duplicate",
)
ACTIONS = Check(
    "duplicate.actions",
    "Action that looks like one told before",
    "One decision counted as two makes a participant look punished twice. A person decides; nothing is joined.",
    ("actions",),
    wrong_rows(
        "actions",
        "valid_actions t JOIN repeated r USING (action_id)",
        "concat('like ', r.duplicate_of, ', weight ', round(r.weight, 2))",
    ),
    every_row("actions"),
    kind="duplicate",
)


def measure_repeats(findings: Findings, *, search: bool) -> tuple[Metric, ...]:
    """Repeated incidents and actions; ``search`` says whether to look for incidents that are not joined yet."""
    return (findings.ask(JOINED), _open(findings, search=search), _actions(findings))


def _open(findings: Findings, *, search: bool) -> Metric:
    if not search or versions(findings, "incidents") > MOST_COMPARED:
        return unanswered(findings, OPEN, TOO_MANY if search else NOT_SEARCHED)
    tables = [stored_rows(findings, name) for name in ("incidents", "involvements", "duplicates")]
    return _ask_about(findings, OPEN, find_duplicates(*tables))


def _actions(findings: Findings) -> Metric:
    if versions(findings, "actions") > MOST_COMPARED:
        return unanswered(findings, ACTIONS, TOO_MANY)
    return _ask_about(findings, ACTIONS, find_duplicate_actions(stored_rows(findings, "actions")))


def _ask_about(findings: Findings, check: Check, repeated: pd.DataFrame) -> Metric:
    findings.connection.register("repeated", repeated)
    metric = findings.ask(check)
    findings.connection.unregister("repeated")
    return metric


def unanswered(findings: Findings, check: Check, note: str, status: Status = "cannot tell") -> Metric:
    """The metric of a check that was not asked, with the reason."""
    target, owner = findings.expectations.target(check.id), findings.expectations.owner_of(check.id)
    return Metric(
        check.id, check.kind, check.title, check.why, None, owner=owner, target=target, status=status, note=note
    )


def versions(findings: Findings, table: str) -> int:
    """How many row versions of a table are known; none when it was never sent."""
    return findings.tally(f"(SELECT known_at AS day FROM every_{table})")[0] if table in findings.sent else 0


def stored_rows(findings: Findings, table: str) -> pd.DataFrame:
    """Every known row version of a table in the stored columns; no rows when it was never sent."""
    if table not in findings.sent:
        return empty_table(table)
    columns = TABLES[table].all_columns
    frame = findings.connection.sql(f"SELECT {', '.join(c.name for c in columns)} FROM every_{table}").df()
    return pd.DataFrame({column.name: frame[column.name].astype(DTYPES[column.kind]) for column in columns})
