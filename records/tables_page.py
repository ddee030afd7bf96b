"""docs/records.md: the record explained, its table of columns made from :data:`records.tables.TABLES`."""

from records.columns import BOOKKEEPING, Column, Table
from records.tables import TABLES

INTRODUCTION = """# The record

Made from `records/tables.py` by `python -m records.tables_page`; a test keeps it true.

A table is a list of **row versions**. Three dates are kept apart: `occurred_on`, when it happened; `reported_on`, when
the program was told; `known_at`, when it entered the record. Only `known_at` cuts the past: at `as_of` exactly the
rows with `known_at < as_of` exist, and of each key the latest of them. A correction is a new row with the same key and
a later `known_at`; a deletion is a correction with `retracted` true. Nothing is ever overwritten.

Worked example: an incident of 2024-03-01 becomes known on 2024-03-10 with severity 8, is corrected to 5 on 2024-06-01
and retracted on 2024-09-01.

| at | the record says |
| --- | --- |
| 2024-03-10 | nothing: the cut is strict |
| 2024-03-11 | severity 8 |
| 2024-06-01 | severity 8 |
| 2024-06-02 | severity 5 |
| 2024-09-02 | nothing |

Files are named `<table>.<source>.csv` or `.parquet`, columns as below, dates `YYYY-MM-DD`, moments in UTC, an empty
cell for what is not known. Other files come in through a [mapping](mapping.md). A batch with any invalid row is refused
whole, with every problem; the same row sent twice is stored once.

A party that is named in a report and not linked by the program is **linked** at ingest: by its number, if that names
exactly one participant on the day of the incident, else by its name, if it is nearly equal to that of exactly one. A
link is a later version of the row with a `link_weight`; it becomes known when both the report and the number or name
were, so a registration of today never changes the past.

Every table also carries these columns:
"""


def render_page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, _columns(BOOKKEEPING, ()), *(_section(table) for table in TABLES.values())]
    return "\n".join(parts)


def _section(table: Table) -> str:
    presence = "optional" if table.optional else "required"
    return f"\n## {table.name}\n\n{table.meaning.capitalize()} ({presence}).\n\n{_columns(table.columns, table.key)}"


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
