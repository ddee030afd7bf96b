"""What a batch may not name: incidents and participants that nobody knows, and accounts merged in a circle."""

from records.deriving import all_rows, load, missing_parents
from records.errors import Problem
from records.resolved import merge_cycles
from records.settling import has_table
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


def reference_problems(connection: Workbench) -> list[Problem]:
    """Everything that the fresh rows on a workbench name and may not."""
    problems = []
    for table, column, parent, key in REFERENCES:
        if has_table(connection, f"fresh_{table}"):
            count, example = missing_parents(connection, table, column, parent, key)
            if count:
                expected = f"an id that {parent} holds, in this batch or before"
                problems.append(Problem(table, column, expected, count, repr(example), 0))
    for table, one, other in ITSELF:
        if has_table(connection, f"fresh_{table}"):
            problems += _itself(connection, table, one, other)
    if has_table(connection, "fresh_merges"):
        problems += _circles(connection)
    return problems


def _itself(connection: Workbench, table: str, one: str, other: str) -> list[Problem]:
    count, example = ask(connection, f"select count(*), min({one}) from fresh_{table} where {one} = {other}")  # noqa: S608 - names are ours
    if not count:
        return []
    return [Problem(table, other, f"another one than {one}", count, f"{example!r} in both", 0)]


def _circles(connection: Workbench) -> list[Problem]:
    all_rows(connection, "merges")
    circles = merge_cycles(load(connection, "merges"))
    if not circles:
        return []
    got = " into ".join([*circles[0], circles[0][0]])
    return [Problem("merges", "into_participant_id", "no circle of merges", len(circles), got, 0)]
