"""Everything in a source that has rows: files, files of one layout together, sheets, tables of a database."""

import csv
import fnmatch
import io
import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
from sqlalchemy import create_engine, inspect, select, table, text

from records.errors import MappingError
from records.mapping.foreign import RawRows
from records.mapping.plan import Origin
from records.raw.encoding import encoding_of, open_bytes
from records.raw.sql_rows import is_database
from records.raw_files import SUFFIXES, suffix_of
from records.tables import TABLES

SAMPLE_ROWS = 200_000
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class FoundRows:
    """Rows of one layout: what a mapping would call them, where they are, and a sample of them."""

    title: str
    stem: str
    origin: Origin
    places: tuple[RawRows, ...]
    sample: pd.DataFrame
    is_whole: bool


def find_rows(source: Path | str) -> list[FoundRows]:
    """Everything in a source that has rows, in the order of names.

    Raises
    ------
    MappingError
        When there is nothing that can be read.
    BatchRefused
        When a file cannot be read.
    """
    if is_database(source):
        return [_found((raw,), raw.origin, table) for raw, table in _tables(str(source))]
    base = Path(source)
    paths = [base] if base.is_file() else sorted(path for path in base.rglob("*") if path.is_file())
    paths = [path for path in paths if suffix_of(path) in SUFFIXES and "truth" not in path.relative_to(base).parts]
    if not paths:
        raise MappingError(
            f"Expected files that end in {', '.join(SUFFIXES)} in {source}, got none. Name their folder, or one file."
        )
    found = []
    for files in _layouts(paths):
        name = _pattern(files, base, paths)
        for origin in _sheets(files[0], name):
            title = name + (f", sheet {origin.sheet}" if origin.sheet else "")
            found.append(_found(tuple(RawRows(path, origin) for path in files), origin, title))
    return found


def _found(places: tuple[RawRows, ...], origin: Origin, title: str) -> FoundRows:
    pieces, rows, whole = [], 0, True
    for place in places:
        with closing(place.chunks("mapping init")) as chunks:
            for chunk in chunks:
                pieces.append(chunk)
                rows += len(chunk)
                if rows >= SAMPLE_ROWS:
                    whole = False
                    break
    sample = pd.concat(pieces, ignore_index=True).head(SAMPLE_ROWS)
    sample.columns = [str(name) for name in sample.columns]
    stem = title.split(",")[0]
    if isinstance(places[0].place, Path):
        name = Path(origin.file).name if "*" in origin.file else places[0].place.name
        stem = re.split(r"[.*]", name)[0].rstrip("_-") or places[0].place.name.split(".")[0]
    return FoundRows(title, stem, origin, places, sample, whole)


def _layouts(paths: list[Path]) -> list[list[Path]]:
    """Files whose kind, folder, header and beginning of the name agree, together."""
    groups: dict[tuple[object, ...], list[Path]] = {}
    for path in paths:
        kind = suffix_of(path)
        if kind in (".csv", ".csv.gz") and path.name.split(".")[0] not in TABLES:
            head: object = tuple(_header(path))
            beginning = path.name.split(".")[0].rstrip("0123456789").split("_")[0].split("-")[0]
            groups.setdefault((kind, path.parent, beginning, head), []).append(path)
        else:
            groups[(path,)] = [path]
    return list(groups.values())


def _pattern(files: list[Path], base: Path, paths: list[Path]) -> str:
    """One name for files of one layout: what their names begin and end with, if no other file fits that."""
    names = [path.name if base.is_file() else path.relative_to(base).as_posix() for path in files]
    if len(names) == 1:
        return names[0]
    start = names[0]
    for name in names:
        while not name.startswith(start):
            start = start[:-1]
    pattern = start + "*" + suffix_of(files[0])
    every = [path.relative_to(base).as_posix() for path in paths]
    fit = fnmatch.filter(every, pattern)
    return pattern if sorted(fit) == sorted(names) else names[0]


def _sheets(path: Path, name: str) -> list[Origin]:
    if suffix_of(path) == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        sheets = [sheet.title for sheet in book.worksheets if next(sheet.iter_rows(values_only=True), None)]
        book.close()
        return [Origin(file=name, sheet=sheet) for sheet in sheets]
    if suffix_of(path) in (".csv", ".csv.gz"):
        delimiter = _delimiter(path)
        return [Origin(file=name, delimiter=None if delimiter == "," else delimiter)]
    return [Origin(file=name)]


def _header(path: Path) -> list[str]:
    with io.TextIOWrapper(open_bytes(path), encoding_of(path), errors="replace", newline="") as lines:
        return next(csv.reader(lines, delimiter=_delimiter(path)), [])


def _delimiter(path: Path) -> str:
    """The character that cuts the first rows into the same number of cells, the greatest such number."""
    with io.TextIOWrapper(open_bytes(path), encoding_of(path), errors="replace", newline="") as file:
        lines = [line for _, line in zip(range(20), file, strict=False)]
    scores = {}
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        scores[delimiter] = width * times / widths.total() if width > 1 else 0.0
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _tables(address: str) -> list[tuple[RawRows, str]]:
    engine = create_engine(address)
    try:
        names = sorted(inspect(engine).get_table_names())
        queries = {name: str(select(text("*")).select_from(table(name)).compile(engine)) for name in names}
        return [(RawRows(address, Origin(query=" ".join(query.split()))), name) for name, query in queries.items()]
    finally:
        engine.dispose()
