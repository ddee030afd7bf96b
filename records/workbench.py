"""Queries over row versions with bounded memory: the only door to DuckDB.

A record may be larger than memory. Here its tables are views, named as the tables and holding every row
version in the stored columns; what does not fit into the given memory spills into a folder.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

MEMORY_MB = 400
"""What a query may hold in memory; the process itself takes some 250 MB beside."""

Stored = pd.DataFrame | Sequence[str | Path]
"""A table's row versions: in memory, or as Parquet files."""


@contextmanager
def open_workbench(
    tables: Mapping[str, Stored], *, memory_mb: int = MEMORY_MB, spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which every table is a view of its name.

    Parameters
    ----------
    tables : mapping of table name to DataFrame or Parquet files
        Rows in the stored columns. A table without files is left out.
    memory_mb : int
        Upper bound for the queries, in MB.
    spill : Path, optional
        Where to put what does not fit, emptied at the end; by default the system's temporary folder.
    """
    with (
        tempfile.TemporaryDirectory(prefix="trustlane-", dir=spill) as folder,
        duckdb.connect(
            ":memory:",
            config={"memory_limit": f"{memory_mb}MB", "temp_directory": folder, "preserve_insertion_order": False},
        ) as connection,
    ):
        for name, stored in tables.items():
            _add_view(connection, name, stored)
        yield connection


def _add_view(connection: duckdb.DuckDBPyConnection, name: str, stored: Stored) -> None:
    if isinstance(stored, pd.DataFrame):
        connection.register(name, stored)
    elif stored:
        connection.read_parquet([str(file) for file in stored]).create_view(name)
