"""docs/records.md: the record explained, its table of columns made from :data:`records.tables.TABLES`."""

from records.columns import BOOKKEEPING, Column, Table
from records.tables import TABLES

EXAMPLE = (
    ("2024-03-10", "nothing"),
    ("2024-03-11", "P2 has PX-1, severity 8"),
    ("2024-03-16", "P2 has PX-1, severity 5"),
    ("2024-03-21", "P2 has PX-1, severity 5, self-reported before discovery"),
    ("2024-07-05", "P2 has PX-1, severity 5, self-reported before discovery"),
    ("2024-07-06", "P9 has PX-1, severity 5, self-reported before discovery"),
    ("2024-10-02", "P2 has PX-1, severity 5, self-reported before discovery"),
)
"""What the record of the worked example says at each moment; a test ingests the story and compares."""

INTRODUCTION = (
    """# The record

Made from `records/tables.py` by `python -m records.tables_page`; a test keeps it true.

## Dates and versions

A table is a list of **row versions**. Three dates are kept apart: `occurred_on`, when it happened; `reported_on`,
when the program was told; `known_at`, when it entered the record. Only `known_at` cuts the past: at `as_of` exactly
the rows with `known_at < as_of` exist, and of each key the latest of them. An **amendment** is a new row with the
same key and a later `known_at`; a deletion is an amendment with `retracted` true, in every table. Nothing is ever
overwritten: the state at any `as_of` of any data version can be read again for ever.

Files are named `<table>.<source>.csv`, `.jsonl`, `.xlsx` or `.parquet`, columns as below, dates `YYYY-MM-DD`, moments
in UTC, an empty cell for what is not known. Other files and databases come in through a [mapping](mapping.md). A
batch with any invalid row is refused whole, with every problem; the same row sent twice is stored once.

## Links, duplicates, merges

- A party that a report names without an account is **linked** at ingest: by its number, if that names exactly one
  participant on the day of the incident, else by name, country, type and address ([linkage](linkage.md)). A doubtful
  one waits for a person (`trustlane link review`).
- An incident told by two sources is stored twice and read **once**: a row of `duplicates` joins the repetition to the
  entry known first, with a weight. The one incident keeps its `discovered_on` and its `self_reported_on`.
- An account that is continued by another is a row of `merges`. From the day on which that is both known and effective
  the survivor has the whole history, and the account that ended is out of the program. A split moves numbers: the
  parties that were linked by them are linked again.

Each is a row version: it has a moment at which it became known, so a link of today never changes the past, and a
later version with `retracted` true undoes it without a trace in any later figure. Rows are stored as they came; the
joining happens when the record is read.

## A worked example

A port finds drugs at a firm it calls "HARBOR LIGTH IMPORTS" on 2024-03-01 (PX-1, known on 2024-03-10, severity 8,
corrected to 5 on 2024-03-15). Harbor Light Imports LLC (P2) had told the program itself on the same day, a day before
the port reported it; that report (SR-7) enters the record on 2024-03-20. On 2024-07-05 it becomes known that P9
continues P2 since 2024-07-01; on 2024-10-01 that turns out to be wrong.

| at | the record says |
| --- | --- |
"""
    + "".join(f"| {as_of} | {says} |\n" for as_of, says in EXAMPLE)
    + """
The cut is strict: on the day itself a row is not yet known. SR-7 never counts as a second incident, and its linked
party and the port's are one involvement.

## Tables

Every table carries these columns beside its own:
"""
)


def render_page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, _columns(BOOKKEEPING, ()), *(_section(table) for table in TABLES.values())]
    return "\n".join(parts)


def _section(table: Table) -> str:
    presence = "optional" if table.optional else "required"
    return f"\n### {table.name}\n\n{table.meaning.capitalize()} ({presence}).\n\n{_columns(table.columns, table.key)}"


def _columns(columns: tuple[Column, ...], key: tuple[str, ...]) -> str:
    lines = ["| column | kind | meaning | allowed |", "| --- | --- | --- | --- |"]
    for column in columns:
        name = f"**{column.name}**" if column.name in key else column.name
        meaning = column.meaning + (f" ({column.unit})" if column.unit else "")
        lines.append(f"| {name} | {column.kind} | {meaning} | {column.expected} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/records.md").write_text(render_page(), encoding="utf-8")
