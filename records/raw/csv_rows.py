"""CSV as text, column by column and strictly: a row with too few or too many cells is a problem, not a guess."""

import csv
import io
import zlib
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.csv

from records.errors import BatchRefused, Problem
from records.raw.cells import Chunks, check_names, refuse
from records.raw.encoding import NulByte, Utf8Stream, encoding_of, explain_quotes, explain_text, open_bytes

BLOCK_BYTES = 4_000_000
"""How much of a file is parsed at once, which is also the longest row it may hold."""


def read_csv(path: Path, table: str, *, delimiter: str = ",") -> Chunks:
    """Chunks of a CSV file: cells as text, an empty cell as null.

    Raises
    ------
    BatchRefused
        At the end when rows had a wrong number of cells; at once when the file is empty, not text, or
        its header names a column twice.
    """
    try:
        yield from _read(path, table, delimiter)
    except (NulByte, UnicodeDecodeError, EOFError, OSError, zlib.error, pa.ArrowInvalid) as error:
        _explain(error, path, table, delimiter)


def _explain(error: Exception, path: Path, table: str, delimiter: str) -> NoReturn:
    """Refuse a file with the row that cannot be read, where it can be found; with the error, where not."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, EOFError | OSError | zlib.error):
        refuse(table, path.name, "a readable file", reason)
    explain_text(path, table, delimiter=delimiter)
    if "straddling" in reason:
        explain_quotes(path, table, delimiter=delimiter)
        reason = f"a row of more than {BLOCK_BYTES:,} bytes"
    refuse(table, path.name, "a readable CSV file", reason)


def _read(path: Path, table: str, delimiter: str) -> Chunks:
    names = _header(path, table, delimiter)
    ragged: list[tuple[int, int, int]] = []

    def note_ragged(row: pa.csv.InvalidRow) -> str:
        # Arrow counts rows with the header; a reader counts them without it.
        ragged.append((row.number - 1, row.expected_columns, row.actual_columns))
        return "skip"

    first = 1
    with Utf8Stream(path) as stream, _open(stream, names, delimiter, note_ragged) as batches:
        for batch in batches:
            yield batch.to_pandas(), first
            first += batch.num_rows
        if stream.quotes % 2:
            # Arrow takes what follows an open quotation mark as one cell: rows would be lost in it.
            explain_quotes(path, table, delimiter=delimiter)
    if first == 1:
        yield pa.table({name: pa.array([], pa.string()) for name in names}).to_pandas(), first
    if ragged:
        number, expected, got = ragged[0]
        problem = Problem(table, "", f"{expected} cells in a row", len(ragged), f"{got} cells", number, path.name)
        raise BatchRefused([problem])


def _header(path: Path, table: str, delimiter: str) -> list[str]:
    with io.TextIOWrapper(open_bytes(path), encoding_of(path), newline="") as text:
        names = next((row for row in csv.reader(text, delimiter=delimiter) if row), [])
    if not names:
        refuse(table, path.name, "a header and rows", "an empty file")
    check_names(names, table, path.name)
    return names


def _open(stream: Utf8Stream, names: list[str], delimiter: str, note_ragged: object) -> pa.csv.CSVStreamingReader:
    return pa.csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        # Without threads Arrow knows the number of a row, and no reader is left behind when we refuse.
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pa.csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=note_ragged, delimiter=delimiter
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
