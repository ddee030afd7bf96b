"""The record as it was known at a moment, as tables that queries can use.

On a workbench, ``every_T`` holds the row versions of table T with ``known_at`` before the moment, and ``valid_T`` the
valid ones: one row a key, nothing retracted, with ``origin`` and ``first_known_at``, source and moment of the key's
first version. Links and decisions are later versions, so the origin is who told of the thing.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Collection

import duckdb
import pandas as pd

from records.tables import TABLES

SQL_TYPES = {"text": "VARCHAR", "date": "TIMESTAMP", "moment": "TIMESTAMP", "number": "DOUBLE", "flag": "BOOLEAN"}

DERIVED = "(source = 'linkage' OR source LIKE 'review:%')"
"""Rows that nobody sent: links, joined duplicates, and what a person decided about them."""

DAYS = {
    "incidents": ("occurred_on",),
    "actions": ("decided_on",),
    "statuses": ("effective_on",),
    "exposures": ("month",),
    "validations": ("performed_on", "due_on"),
    "merges": ("effective_on",),
}
"""The day of a table's row by which a trend is told; elsewhere the day on which it became known."""


def day_of(table: str) -> str:
    """The expression for the day of a row ``t`` of ``table``."""
    return f"coalesce({', '.join(f't.{name}' for name in (*DAYS.get(table, ()), 'first_known_at'))})"


def open_known(connection: duckdb.DuckDBPyConnection, sent: Collection[str], as_of: pd.Timestamp) -> None:
    """Make ``every_T`` and ``valid_T`` for each table that was sent, and the variable ``as_of``."""
    connection.execute(f"SET VARIABLE as_of = TIMESTAMP '{as_of.isoformat(sep=' ')}'")
    for name in TABLES:
        if name in sent:
            _open_table(connection, name)


def _open_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    table, present = TABLES[name], {row[0] for row in connection.sql(f"DESCRIBE {name}").fetchall()}
    typed = []
    for column in table.all_columns:
        # A record stored before a column existed has no value in it.
        given = f'"{column.name}"' if column.name in present else "NULL"
        value = f"CAST({given} AS {SQL_TYPES[column.kind]})"
        typed.append(
            f"coalesce({value}, false) AS {column.name}" if column.kind == "flag" else f"{value} AS {column.name}"
        )
    connection.execute(
        f"CREATE TEMP VIEW every_{name} AS SELECT {', '.join(typed)} FROM {name} WHERE known_at < getvariable('as_of')"
    )
    key = ", ".join(table.key)
    connection.execute(
        f"CREATE TEMP TABLE valid_{name} AS SELECT * EXCLUDE (age) FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY known_at DESC, record_id DESC) AS age, "
        f"first_value(source) OVER w AS origin, first_value(known_at) OVER w AS first_known_at FROM every_{name} "
        f"WINDOW w AS (PARTITION BY {key} ORDER BY known_at, record_id)) WHERE age = 1 AND NOT retracted"
    )
