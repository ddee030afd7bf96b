"""Excel workbooks (.xlsx), read row by row: values as the file holds them, formulas never evaluated."""

import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from records.raw.cells import CHUNK_ROWS, Chunks, check_names, plain_frame, refuse

Row = tuple[Any, ...]


def read_excel(path: Path, table: str, *, sheet: str = "") -> Chunks:
    """Chunks of one sheet: the one named ``sheet``, else the one named as the table, else the only one.

    The first row that is not empty is the header. Empty rows are passed over.

    Raises
    ------
    BatchRefused
        When the workbook cannot be read or has no such sheet, when a cell stands outside the header's
        columns, holds an error, or holds a formula whose result was not saved.
    """
    try:
        with closing(_workbook(path, True)) as values, closing(_workbook(path, False)) as formulas:
            name = _sheet(values.sheetnames, sheet, table, path)
            with closing(_rows(values[name], formulas[name])) as rows:
                yield from _read(rows, table, path)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, EOFError) as error:
        refuse(table, path.name, "a readable Excel workbook (.xlsx)", str(error) or type(error).__name__)


def _workbook(path: Path, cached: bool) -> Any:
    with warnings.catch_warnings():
        # openpyxl tells of styles and extensions that it leaves out; no value is among them.
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path, read_only=True, data_only=cached, keep_links=False)


def _sheet(names: Sequence[str], wanted: str, table: str, path: Path) -> str:
    if wanted in names:
        return wanted
    if not wanted and table in names:
        return table
    if wanted or len(names) != 1:
        expected = f"a sheet named {wanted or table!r}" + ("" if wanted else ", or only one sheet")
        refuse(table, path.name, expected, f"the sheets {', '.join(names)}")
    return names[0]


def _rows(values: Any, formulas: Any) -> Generator[tuple[int, Row, Row], None, None]:
    """Number, values and formulas of every row that is not empty."""
    both = zip_longest(values.iter_rows(), formulas.iter_rows(values_only=True), fillvalue=())
    for number, (cells, written) in enumerate(both, 1):
        if any(cell is not None for cell in written) or any(cell.value is not None for cell in cells):
            yield number, tuple(cells), tuple(written)


def _read(rows: Iterator[tuple[int, Row, Row]], table: str, path: Path) -> Chunks:
    top, header, _ = next(rows, (0, (), ()))
    names = [str(cell.value) if cell.value is not None else "" for cell in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        refuse(table, path.name, "a header and rows", "an empty sheet")
    check_names(names, table, path.name)
    held: list[Row] = []
    first = 1
    for number, cells, written in rows:
        if len(held) == CHUNK_ROWS:
            yield plain_frame(held, names, table, path.name, first), first
            held = []
        first = first if held else number - top
        held.append(_values(cells, written, names, table, path, number - top))
    yield plain_frame(held, names, table, path.name, first), first


def _values(cells: Row, written: Row, names: Sequence[str], table: str, path: Path, row: int) -> Row:
    values = [cell.value for cell in cells] + [None] * (len(names) - len(cells))
    if any(value is not None for value in values[len(names) :]):
        refuse(table, path.name, f"{len(names)} cells in a row", "a cell beyond the header", row=row)
    for name, cell, formula in zip(names, cells, written, strict=False):
        if cell.data_type == "e":
            refuse(table, path.name, "a value", f"the error {cell.value}", row=row, column=name)
        if cell.value is None and formula is not None:
            expected = "a formula with its saved result (open the workbook and save it once)"
            refuse(table, path.name, expected, f"{str(formula)[:40]!r} without one", row=row, column=name)
    return tuple(values[: len(names)])
