"""Cells of made-up rows by the million: numbered ids, names by place, days; and whole tables of them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from records.columns import DTYPES
from records.fingerprint import Fingerprint, content_hashes, fingerprint
from records.staging import stored_schema
from records.tables import TABLES

START = np.datetime64("2016-01-01", "us")
DAY = np.timedelta64(86_400_000_000, "us")
SOURCE = "load generator"
HASHED_ROWS = 250_000

Cells: TypeAlias = Any
"""A column: an Arrow array of texts, or numbers, flags and moments of numpy."""
Ints = npt.NDArray[np.int64]


def numbered(prefix: str, numbers: Ints, digits: int) -> pa.Array:
    """The prefix and each number with leading zeros, so that texts sort as the numbers do.

    Raises OverflowError when a number has more digits.
    """
    if numbers.size and int(numbers.max()) >= 10**digits:
        raise OverflowError(f"Expected numbers below {10**digits:,}; got {int(numbers.max()):,}. Ask for fewer rows.")
    head = prefix.encode()
    text = np.empty((numbers.size, len(head) + digits), dtype=np.uint8)
    text[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(len(head) + digits - 1, len(head) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    offsets = np.arange(numbers.size + 1, dtype=np.int32) * text.shape[1]
    return pa.StringArray.from_buffers(numbers.size, pa.py_buffer(offsets), pa.py_buffer(text))


def picked(names: Sequence[str], places: Ints) -> pa.Array:
    """The name at each place; empty where the place is negative."""
    wanted = pa.array(places, pa.int32(), mask=places < 0)
    return pa.array(list(names), pa.string()).take(wanted)


def days(since_start: npt.NDArray[np.integer]) -> npt.NDArray[np.datetime64]:
    """The moments at which days begin, counted from the start of the record."""
    moments: npt.NDArray[np.datetime64] = START + since_start * DAY
    return moments


def stored_rows(table: str, columns: Mapping[str, Cells], first_row: int) -> pa.Table:
    """Rows in the stored columns; what is not given is empty. ``first_row`` numbers their record ids."""
    rows = len(columns["known_at"])
    given = {
        "source": pa.repeat(pa.scalar(SOURCE), rows),
        "record_id": numbered(f"{table[:4]}-", np.arange(first_row, first_row + rows), 12),
        "retracted": np.zeros(rows, dtype=bool),
        **columns,
    }
    arrays = []
    for field in stored_schema(table):
        cells = given.get(field.name)
        if cells is None:
            empty = pa.nulls(rows, field.type)
            cells = pc.fill_null(empty, False) if pa.types.is_boolean(field.type) else empty
        arrays.append(pa.array(cells, field.type, from_pandas=True) if isinstance(cells, np.ndarray) else cells)
    return pa.Table.from_arrays(arrays, schema=stored_schema(table))


def fingerprint_of(rows: pa.Table, table: str) -> Fingerprint:
    """The rows as a set, in pieces that bound the memory."""
    found = Fingerprint()
    for start in range(0, rows.num_rows, HASHED_ROWS):
        piece = rows.slice(start, HASHED_ROWS)
        frame = pd.DataFrame(
            {
                column.name: pd.Series(_text_or_number(piece[column.name], column.kind), dtype=DTYPES[column.kind])
                for column in TABLES[table].all_columns
            },
            copy=False,
        )
        found += fingerprint(content_hashes(frame, table))
    return found


def _text_or_number(cells: pa.ChunkedArray, kind: str) -> object:
    if kind == "text":
        return pd.array(cells.cast(pa.large_string()), dtype="str")
    return cells.to_numpy()
