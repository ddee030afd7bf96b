"""Foreign files to rows of our tables, through a mapping and chunk by chunk."""

import fnmatch
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from records.errors import BatchRefused, Problem
from records.lake import Program
from records.mapping.combining import Combination
from records.mapping.expressions import Chunk, Lookup
from records.mapping.keys import did_you_mean, not_found
from records.mapping.plan import LookupEntry, Origin, Plan, RowsEntry, read_plan, refuse
from records.mapping.values import as_text
from records.raw.sql_rows import is_database
from records.raw_files import open_raw, raw_name
from records.tables import TABLES


@dataclass(frozen=True)
class MappedRows:
    """Rows for one table out of one foreign file, columns named as ours, values not yet admitted.

    The frame's index is each row's position in its file, counted from 0. ``problems`` are values that the
    mapping has no place for: a batch with any is refused.
    """

    table: str
    source: str
    file: str
    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class RawRows:
    """One file, sheet or query result, found and not yet read."""

    place: Path | str
    origin: Origin

    @property
    def name(self) -> str:
        """How messages call it. A database without the password of its address."""
        if isinstance(self.place, Path):
            return self.place.name + (f" sheet {self.origin.sheet}" if self.origin.sheet else "")
        return raw_name(self.place)

    def chunks(self, table: str, most: int | None = None) -> Generator[pd.DataFrame, None, None]:
        """The raw rows, each with its position in the file as index; ``most`` rows at once, or as the reader gives."""
        origin = self.origin
        for rows, first in open_raw(
            self.place, table, sheet=origin.sheet or "", query=origin.query or "", delimiter=origin.delimiter or ","
        ):
            rows.index = rows.index + (first - 1)
            step = most or max(len(rows), 1)
            for start in range(0, max(len(rows), 1), step):
                yield rows.iloc[start : start + step]

    def column_names(self, table: str) -> list[str]:
        """The names in its header."""
        with closing(self.chunks(table, 1)) as chunks:
            return [str(name) for name in next(chunks).columns]


@dataclass(frozen=True)
class ForeignFiles:
    """Everything that one mapping makes of one source: checked, and read only when asked for."""

    program: Program
    entries: tuple[tuple[RowsEntry, tuple[RawRows, ...]], ...]
    lookups: Mapping[str, Lookup]
    chunk_rows: int | None = None

    def chunks(self) -> Iterator[MappedRows]:
        """Mapped rows, entry by entry; those that are chosen or combined by key come whole, at the entry's end."""
        for entry, found in self.entries:
            if entry.first_by or entry.combine:
                yield from self._combined(entry, found)
            else:
                for raw in found:
                    yield from self._mapped(entry, raw)

    @property
    def rows(self) -> tuple[MappedRows, ...]:
        """All rows of each entry and file in memory: for small files and tests."""
        whole: dict[tuple[str, str, str], list[MappedRows]] = {}
        for part in self.chunks():
            whole.setdefault((part.table, part.source, part.file), []).append(part)
        problems = merge_problems([problem for parts in whole.values() for part in parts for problem in part.problems])
        if problems:
            raise BatchRefused(problems)
        return tuple(MappedRows(*key, pd.concat([part.frame for part in parts])) for key, parts in whole.items())

    def _mapped(self, entry: RowsEntry, raw: RawRows) -> Iterator[MappedRows]:
        kinds = {column.name: column.kind for column in TABLES[entry.table].all_columns}
        source = entry.source or Path(raw.place).stem
        for rows in raw.chunks(entry.table, self.chunk_rows):
            problems: list[Problem] = []
            chunk = Chunk(rows, entry.table, raw.name, self.lookups, problems).chosen(entry.where)
            yield MappedRows(entry.table, source, raw.name, chunk.mapped(entry.columns, kinds), tuple(problems))

    def _combined(self, entry: RowsEntry, found: Sequence[RawRows]) -> Iterator[MappedRows]:
        """One row of each key over all files of the entry: a participant's first incident may stand in any of them."""
        combination = Combination(entry)
        problems: list[Problem] = []
        name = source = ""
        for raw in found:
            for part in self._mapped(entry, raw):
                name, source = name or part.file, source or part.source
                problems += [*part.problems, *combination.add(part.frame, part.file)]
        yield MappedRows(entry.table, source, name, combination.result(), tuple(merge_problems(problems)))


def open_mapped(source: Path | str, mapping: Path, *, chunk_rows: int | None = None) -> ForeignFiles:
    """Check a mapping against its files and load its lookups.

    Parameters
    ----------
    source : Path or str
        The folder that the mapping's file names are relative to, the one file it names, or an SQLAlchemy
        address for its queries.
    mapping : Path
        The TOML file.
    chunk_rows : int, optional
        How many raw rows are mapped at once, as the readers give them by default; the result does not depend on it.

    Raises
    ------
    MappingError
        With every fault: keys, tables, columns, files and lookups that are not there, the nearest name beside each.
    BatchRefused
        When a file cannot be read, or a lookup holds values that its expressions cannot place.
    """
    plan = read_plan(mapping)
    faults: list[str] = []
    entries: list[tuple[RowsEntry, tuple[RawRows, ...]]] = []
    for entry in plan.rows:
        found = _find(entry.origin, source, entry.title, faults)
        faults += _column_faults(entry, entry.table, found)
        entries.append((entry, found))
    places = {}
    for lookup in plan.lookups:
        places[lookup.name] = _find(lookup.origin, source, lookup.title, faults)
        faults += _column_faults(lookup, "lookups", places[lookup.name])
    refuse(faults, plan.name)
    return ForeignFiles(plan.program, tuple(entries), _load_lookups(plan, places, chunk_rows), chunk_rows)


def merge_problems(problems: Sequence[Problem]) -> list[Problem]:
    """One problem for each column and expectation of a file, with the counts of all chunks and the first example."""
    merged: dict[tuple[str, str, str, str], Problem] = {}
    for problem in problems:
        key = (problem.table, problem.column, problem.expected, problem.file)
        before = merged.get(key)
        if before is None:
            merged[key] = problem
        else:
            count = before.count + problem.count
            merged[key] = Problem(*key[:3], count, before.example, before.row, before.file)
    return list(merged.values())


def _find(origin: Origin, source: Path | str, title: str, faults: list[str]) -> tuple[RawRows, ...]:
    """The files or the database of one entry; a fault when there is none."""
    address = is_database(source)
    if origin.query is not None:
        if origin.database is None and not address:
            faults.append(
                f"{title}: expected database beside query, or an address of SQLAlchemy as SOURCE, got neither"
            )
            return ()
        # A password does not belong into a mapping: $NAME is taken from the environment.
        return (RawRows(os.path.expandvars(origin.database or str(source)), origin),)
    if address:
        faults.append(f"{title}: expected a query, because SOURCE is a database; got file = {origin.file!r}")
        return ()
    base = Path(source)
    inside = {str(path.relative_to(base)): path for path in sorted(base.rglob("*")) if path.is_file()}
    if base.is_file():
        inside = {base.name: base}
    names = [origin.file] if origin.file in inside else fnmatch.filter(inside, origin.file)
    if not names:
        hint = did_you_mean(origin.file, inside)
        faults.append(f"{title}: Expected the file {origin.file} in {base}, got none.{hint} Correct `file`.")
    return tuple(RawRows(inside[name], origin) for name in names)


def _column_faults(entry: RowsEntry | LookupEntry, table: str, found: Sequence[RawRows]) -> Iterator[str]:
    wanted = sorted(entry.raw_columns())
    for raw in found:
        names = raw.column_names(table)
        for name in wanted:
            if name not in names:
                yield f"{entry.title}: " + not_found(f"column of {raw.name}", name, names)


def _load_lookups(plan: Plan, places: Mapping[str, Sequence[RawRows]], chunk_rows: int | None) -> dict[str, Lookup]:
    problems: list[Problem] = []
    loaded = {entry.name: _load_lookup(entry, places[entry.name], chunk_rows, problems) for entry in plan.lookups}
    if problems:
        raise BatchRefused(merge_problems(problems))
    return loaded


def _load_lookup(
    entry: LookupEntry, found: Sequence[RawRows], chunk_rows: int | None, problems: list[Problem]
) -> Lookup:
    pairs = []
    for raw in found:
        for rows in raw.chunks("lookups", chunk_rows):
            chunk = Chunk(rows, f"lookup {entry.name}", raw.name, {}, problems).chosen(entry.where)
            keys, values = chunk.evaluate(entry.key, "key"), chunk.evaluate(entry.value, "value")
            pairs.append(pd.DataFrame({"key": as_text(keys), "value": as_text(values)}))
    told = pd.concat(pairs).dropna().drop_duplicates() if pairs else pd.DataFrame({"key": [], "value": []})
    counts = told["key"].value_counts()
    once = told[~told["key"].duplicated(keep=False)]
    several = {str(key): int(count) for key, count in counts[counts > 1].items()}
    return Lookup(entry.name, dict(zip(once["key"], once["value"], strict=True)), several)
