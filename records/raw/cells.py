"""What every reader gives: chunks of rows, each with the number of its first row, and plain cells in them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import pandas as pd

from records.errors import BatchRefused, Problem

Chunks = Iterator[tuple[pd.DataFrame, int]]
"""Frames in the order of the file, and the number of the first row of each, counted from 1 without the header."""

CHUNK_ROWS = 50_000
"""Rows that a reader of single values gathers before it gives them on."""

PLAIN = (str, bool, int, float, date, datetime)


def refuse(
    table: str, place: str, expected: str, got: str, *, row: int = 1, count: int = 1, column: str = ""
) -> NoReturn:
    """Refuse a whole file for one reason; always raises BatchRefused."""
    raise BatchRefused([Problem(table, column, expected, count, got, row, place)])


def check_names(names: Sequence[str], table: str, place: str) -> None:
    """Refuse a header in which two columns have one name: which of them is meant cannot be told."""
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        refuse(table, place, "each column name once in the header", f"{', '.join(map(repr, twice))} several times")


def plain_frame(
    rows: Sequence[Sequence[Any]], names: Sequence[str], table: str, place: str, first: int
) -> pd.DataFrame:
    """A frame of single values, each as it came: numbers stay whole, dates stay dates, nested values are refused."""
    columns: dict[str, pd.Series] = {}
    for position, name in enumerate(names):
        cells = [_plain(row[position]) for row in rows]
        for number, cell in enumerate(cells):
            if cell is not None and not isinstance(cell, PLAIN):
                got = f"{type(cell).__name__} {str(cell)[:40]}"
                refuse(table, place, "one value in a cell", got, row=first + number, column=name)
        columns[name] = _series(cells)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


def _series(cells: list[Any]) -> pd.Series:
    given = [cell for cell in cells if cell is not None]
    if given and all(isinstance(cell, str) for cell in given):
        return pd.Series(cells, dtype="str")
    if given and all(isinstance(cell, datetime) and cell.tzinfo is None for cell in given):
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object)), dtype="datetime64[us]")
    # Whole numbers beside empty cells would become floats, and the id 7 the text "7.0".
    return pd.Series(cells, dtype=object)
