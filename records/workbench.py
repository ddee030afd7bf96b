"""Queries over row versions with bounded memory: the only door to DuckDB.

A record may be larger than memory. Here its tables are views, named as the tables and holding every row
version in the stored columns; what does not fit into the given memory spills into a folder.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from records.columns import Kind, Table
from records.errors import LakeError
from records.tables import TABLES

Workbench = duckdb.DuckDBPyConnection
"""A connection on which every table is a view."""

MEMORY_MB = 400
"""What a query may hold in memory; the process itself takes some 250 MB beside."""

SQL_TYPES: dict[Kind, str] = {
    "text": "varchar",
    "date": "timestamp",
    "moment": "timestamp",
    "number": "double",
    "flag": "boolean",
}

Stored = pd.DataFrame | Sequence[str | Path]
"""A table's row versions: in memory, or as Parquet files."""


@contextmanager
def open_workbench(
    tables: Mapping[str, Stored], *, memory_mb: int = MEMORY_MB, spill: Path | None = None
) -> Iterator[Workbench]:
    """A connection on which every table is a view of its name.

    Parameters
    ----------
    tables : mapping of table name to DataFrame or Parquet files
        Rows in the stored columns. A table without files is a view without rows.
    memory_mb : int
        Upper bound for the queries, in MB.
    spill : Path, optional
        Where to put what does not fit, emptied at the end; by default the system's temporary folder.

    Raises
    ------
    LakeError
        When a query needs more memory and cannot spill.
    """
    with (
        tempfile.TemporaryDirectory(prefix="trustlane-", dir=spill) as folder,
        duckdb.connect(
            ":memory:",
            config={"memory_limit": f"{memory_mb}MB", "temp_directory": folder, "preserve_insertion_order": False},
        ) as connection,
    ):
        for name, stored in tables.items():
            add_view(connection, name, stored)
        try:
            yield connection
        except duckdb.OutOfMemoryException as error:
            raise LakeError(
                f"Expected the record to be answered within {memory_mb:,} MB, it needs more, and not all of it can be "
                "put on disk. Ask on a machine with more memory, or of a smaller record."
            ) from error


def ask(connection: Workbench, query: str, *parameters: object) -> tuple[Any, ...]:
    """The one row that a query gives; the connection is free again after it."""
    row: tuple[Any, ...] = connection.execute(query, list(parameters)).fetchall()[0]
    return row


def add_view(connection: Workbench, name: str, stored: Stored, table: str | None = None) -> None:
    """One more view: rows of ``table``, which is ``name`` by default.

    Files written before a column existed have it empty, and a flag that was never written is False.
    """
    if isinstance(stored, pd.DataFrame):
        connection.register(name, stored)
        return
    spec = TABLES.get(table or name)
    files = [str(file) for file in stored]
    if spec is None:
        if files:
            connection.read_parquet(files, union_by_name=True).create_view(name)
        return
    if not files:
        connection.sql(f"select {_columns(spec, ())} where false").create_view(name)
        return
    rows = connection.read_parquet(files, union_by_name=True)
    rows.project(_columns(spec, rows.columns)).create_view(name)


def _columns(spec: Table, present: Sequence[str]) -> str:
    """The stored columns in SQL, and whatever else a file has."""
    wanted = []
    for column in spec.all_columns:
        value = f"cast({column.name if column.name in present else 'null'} as {SQL_TYPES[column.kind]})"
        wanted.append(f"{f'coalesce({value}, false)' if column.kind == 'flag' else value} as {column.name}")
    return ", ".join([*wanted, *(name for name in present if name not in spec.column_names)])
