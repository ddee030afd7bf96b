"""Files as a program sends them, read without losing or bending anything.

CSV is read as text, column by column, and strictly: a row with too few or too many cells is a
problem, not a guess. Parquet keeps its own types.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from records.errors import BatchRefused, MappingError, Problem
from records.lake import Program
from records.tables import TABLES

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class RawFile:
    """One file: the table its name says it holds, who sent it, and where it is."""

    path: Path
    table: str
    source: str


def find_native_files(source: Path) -> list[RawFile]:
    """Every file named ``<table>[.<source>].csv|parquet`` below a folder, without ``truth/``, in name order.

    Raises
    ------
    MappingError
        When the folder is missing, holds no data file, or holds one whose name is no table.
    """
    if not source.is_dir():
        raise MappingError(
            f"Expected a folder with files named <table>.<source>.csv or .parquet, got {source}. "
            "Name an existing folder, or describe other files with --mapping FILE.toml."
        )
    inside = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.suffix in SUFFIXES]
    paths = [source / path for path in inside if path.parts[0] != "truth"]
    files = [_named(path) for path in paths]
    unknown = [str(file.path.name) for file in files if file.table not in TABLES]
    if unknown or not files:
        raise MappingError(
            f"Expected files named after the tables {', '.join(TABLES)} in {source}; "
            f"got {', '.join(unknown) or 'no .csv or .parquet file'}. "
            "Rename them, or describe them with --mapping FILE.toml."
        )
    return files


def _named(path: Path) -> RawFile:
    table, _, source = path.stem.partition(".")
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
    """The rows of one file: CSV cells as text with empty cells as null, Parquet in its own types.

    Raises
    ------
    BatchRefused
        When the file cannot be read or a row has the wrong number of cells, naming the row.
    """
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return _read_csv(path, table)
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        expected = "a readable file in UTF-8" if path.suffix == ".csv" else "a readable Parquet file"
        raise BatchRefused([Problem(table, "", expected, 1, reason, 1, path.name)]) from error


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    ragged: list[tuple[int, int, int]] = []

    def note_ragged(row: pa.csv.InvalidRow) -> str:
        ragged.append((row.number or len(ragged) + 1, row.expected_columns, row.actual_columns))
        return "skip"

    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file), [])
    content = pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note_ragged),
        convert_options=pa.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    if ragged:
        number, expected, got = ragged[0]
        # Arrow counts lines with the header; a reader counts rows without it.
        raise BatchRefused(
            [Problem(table, "", f"{expected} cells in a row", len(ragged), f"{got} cells", number - 1, path.name)]
        )
    frame: pd.DataFrame = content.to_pandas()
    return frame
