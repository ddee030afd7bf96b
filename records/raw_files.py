"""Files and queries as a program sends them, read in pieces, without losing or bending anything.

Text files (CSV, JSON lines) give text; Parquet, Excel and databases keep their own types. A reader
never holds more than a piece, so a file may be larger than memory.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from records.errors import MappingError
from records.lake import Program
from records.raw.cells import Chunks
from records.raw.csv_rows import read_csv
from records.raw.excel_rows import read_excel
from records.raw.json_rows import read_json_lines
from records.raw.parquet_rows import read_parquet
from records.raw.sql_rows import database_name, is_database, read_sql
from records.tables import TABLES

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".jsonl", ".xlsx")


@dataclass(frozen=True)
class RawFile:
    """One file: the table its name says it holds, who sent it, and where it is."""

    path: Path
    table: str
    source: str


def raw_name(place: Path | str) -> str:
    """What messages call a file or a database, without a password."""
    return database_name(place) if isinstance(place, str) and is_database(place) else Path(place).name


def open_raw(place: Path | str, table: str, *, sheet: str = "", query: str = "", delimiter: str = ",") -> Chunks:
    """The rows of a file or a query, in pieces.

    Parameters
    ----------
    place : Path or str
        A file whose ending says its kind (one of :data:`SUFFIXES`), or a database address.
    table : str
        The table they are for, which messages name.
    sheet : str
        The sheet of a workbook; by default the one named as the table, or the only one.
    query : str
        What to ask a database.
    delimiter : str
        What stands between the cells of a CSV file.

    Yields
    ------
    (DataFrame, int)
        At least one piece, and the number of its first row from 1 without the header. The frame's index says
        how many rows after the first each row stands.

    Raises
    ------
    MappingError
        For a kind of file that cannot be read.
    BatchRefused
        When the content is not what its kind says, naming the row. Rows with a wrong number of cells
        are refused at the end.
    """
    if isinstance(place, str) and is_database(place):
        return read_sql(place, table, query)
    path = Path(place)
    kind = suffix_of(path)
    if kind in (".csv", ".csv.gz"):
        return read_csv(path, table, delimiter=delimiter)
    if kind == ".parquet":
        return read_parquet(path, table)
    if kind == ".jsonl":
        return read_json_lines(path, table)
    if kind == ".xlsx":
        return read_excel(path, table, sheet=sheet)
    raise MappingError(f"Expected a file that ends in {', '.join(SUFFIXES)}, got {path.name}. Convert or rename it.")


def suffix_of(path: Path) -> str:
    """Which of :data:`SUFFIXES` a file's name ends in; nothing when in none."""
    return next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), "")


def find_native_files(source: Path) -> list[RawFile]:
    """Every file named ``<table>[.<source>]`` and one of :data:`SUFFIXES`, below a folder, or the one file named.

    Files under ``truth/`` are left out; the order is that of the names.

    Raises
    ------
    MappingError
        When the source is missing, holds no data file, or holds one whose name is no table.
    """
    if not source.exists():
        raise MappingError(
            f"Expected a folder with files named <table>.<source>.csv, got {source}. "
            "Name an existing folder or file, or describe other files with --mapping FILE.toml."
        )
    if source.is_file():
        paths = [source] if suffix_of(source) else []
    else:
        inside = [path.relative_to(source) for path in sorted(source.rglob("*")) if suffix_of(path)]
        paths = [source / path for path in inside if path.parts[0] != "truth"]
    files = [_named(path) for path in paths]
    unknown = [str(file.path.name) for file in files if file.table not in TABLES]
    if unknown or not files:
        raise MappingError(
            f"Expected files named after the tables {', '.join(TABLES)} in {source}; "
            f"got {', '.join(unknown) or 'no file that ends in ' + ', '.join(SUFFIXES)}. "
            "Rename them, or describe them with --mapping FILE.toml."
        )
    return files


def _named(path: Path) -> RawFile:
    table, _, source = path.name.removesuffix(suffix_of(path)).partition(".")
    return RawFile(path, table, source or table)


def read_program(source: Path) -> Program | None:
    """The ``program.toml`` beside the files, or None when there is none."""
    path = source / "program.toml"
    if not path.is_file():
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Program(**content)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise MappingError(f"Expected name and simulated in {path.name}, got: {error}. Correct the file.") from error


def read_raw(path: Path, table: str) -> pd.DataFrame:
    """All rows of one small file at once; see :func:`open_raw`."""
    return pd.concat([frame for frame, _ in open_raw(path, table)], ignore_index=True)
