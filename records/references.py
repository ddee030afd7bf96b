"""What a batch may not name: incidents and participants that nobody knows, and accounts merged in a circle."""

from records.deriving import all_rows, load
from records.errors import Problem
from records.resolved import merge_cycles
from records.staging import Staging
from records.workbench import Workbench, ask

REFERENCES = (
    ("involvements", "incident_id", "incidents", "incident_id"),
    ("involvements", "participant_id", "participants", "participant_id"),
    ("merges", "participant_id", "participants", "participant_id"),
    ("merges", "into_participant_id", "participants", "participant_id"),
    ("duplicates", "incident_id", "incidents", "incident_id"),
    ("duplicates", "duplicate_of", "incidents", "incident_id"),
)
"""Columns whose values must be known. Every other table may name a stranger: that is a figure of quality."""

ITSELF = (("merges", "participant_id", "into_participant_id"), ("duplicates", "incident_id", "duplicate_of"))


def reference_problems(connection: Workbench, staging: Staging) -> list[Problem]:
    """Everything that the arrived rows on a workbench name and may not."""
    problems = []
    for table, column, parent, key in REFERENCES:
        if table in staging.tables:
            unknown = (
                f"{column} is not null and not exists"  # noqa: S608 - names are ours
                f" (select 1 from {all_rows(connection, parent)} parent where parent.{key} = arrived.{column})"
            )
            expected = f"an id that {parent} holds, in this batch or before"
            problems += _arrived(connection, staging, table, column, unknown, expected)
    for table, one, other in ITSELF:
        if table in staging.tables:
            problems += _arrived(connection, staging, table, other, f"{one} = {other}", f"another one than {one}")
    if "merges" in staging.tables:
        problems += _circles(connection)
    return problems


def _arrived(
    connection: Workbench, staging: Staging, table: str, column: str, wrong: str, expected: str
) -> list[Problem]:
    """One problem of the arrived rows that a condition finds, at the first of them."""
    count, first = ask(
        connection,
        f"select count(*), min((file_no, row_no, {column})) from arrived_{table} arrived where {wrong}",  # noqa: S608
    )
    if not count:
        return []
    file, row, value = first.values() if isinstance(first, dict) else first
    return [Problem(table, column, expected, count, repr(value), row, staging.files[file])]


def _circles(connection: Workbench) -> list[Problem]:
    circles = [circle for circle in merge_cycles(load(connection, "merges")) if len(circle) > 1]
    if not circles:
        return []
    got = " into ".join([*circles[0], circles[0][0]])
    return [Problem("merges", "into_participant_id", "no circle of merges", len(circles), got, 0)]
