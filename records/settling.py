"""Staged rows against the stored ones: which are new, amend, retract or repeat, and which contradict.

All versions of a key, stored and staged, pass by in the order of key, ``known_at`` and content. In that order a
repetition follows what it repeats and a contradiction follows what it contradicts, so one look at each row and
the one before it is enough, whatever the size of the batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from records.columns import DTYPES
from records.errors import Problem
from records.fingerprint import Fingerprint, content_hashes, fingerprint
from records.staging import EXTRAS, Staging, stored_schema
from records.tables import TABLES
from records.workbench import Workbench, add_view, ask

BATCH_ROWS = 100_000
KEYS_IN_MEMORY = 500_000
"""Up to so many arrived rows, stored rows are picked by their keys; beyond, all of them pass by."""
SORTED_AT_ONCE = 5_000_000
"""More rows than this are settled in parts of their keys: a sort can spill only so much within its memory."""


@dataclass(frozen=True)
class TableCounts:
    """What a batch brought for one table, in rows."""

    new: int = 0
    amended: int = 0
    unchanged: int = 0
    retracted: int = 0

    def __add__(self, other: "TableCounts") -> "TableCounts":
        return TableCounts(
            self.new + other.new,
            self.amended + other.amended,
            self.unchanged + other.unchanged,
            self.retracted + other.retracted,
        )


@dataclass
class Settled:
    """The rows of one table that are to be stored, sorted by key and ``known_at``, and what they are."""

    table: str
    path: Path
    counts: TableCounts = field(default_factory=TableCounts)
    rows: Fingerprint = field(default_factory=Fingerprint)
    problems: list[Problem] = field(default_factory=list)


def settle(connection: Workbench, staging: Staging, table: str) -> Settled:
    """Compare the staged rows of a table with each other and with those stored.

    Parameters
    ----------
    connection : Workbench
        A workbench with the stored tables. Two views are added: ``arrived_<table>``, and ``fresh_<table>``
        with what is to be stored.
    staging : Staging
        The batch, closed.
    """
    add_view(connection, f"arrived_{table}", [staging.path(table)], table)
    settled = Settled(table, staging.path(table, "fresh"))
    with pq.ParquetWriter(settled.path, stored_schema(table), compression="zstd") as writer:
        for part in _parts(connection, table):
            for rows in _whole_keys(part, TABLES[table].key):
                _settle_rows(rows, settled, writer, staging)
    add_view(connection, f"fresh_{table}", [settled.path], table)
    if table in staging.given_ids:
        settled.problems += _reused_ids(connection, table)
    return settled


def has_table(connection: Workbench, table: str) -> bool:
    """Whether the workbench has a view of this name."""
    return bool(ask(connection, "select count(*) from duckdb_views() where view_name = ?", table)[0])


def _parts(connection: Workbench, table: str) -> Iterator[pa.RecordBatchReader]:
    """The arrived and stored rows in order of key and moment; of very many, part of the keys after part."""
    spec = TABLES[table]
    names, key = ", ".join(spec.column_names), ", ".join(spec.key)
    extras = ", ".join(name for name, _ in EXTRAS)
    nothing = ", ".join(f"0 as {name}" for name, _ in EXTRAS)
    (arrived,) = ask(connection, f"select count(*) from arrived_{table}")  # noqa: S608 - names are ours
    size, query = arrived, f"select {names}, {extras}, false as stored from arrived_{table}"  # noqa: S608
    if has_table(connection, table):
        query += f" union all select {names}, {nothing}, true from {table}"  # noqa: S608
        if arrived <= KEYS_IN_MEMORY:
            query += f" where ({key}) in (select ({key}) from arrived_{table})"  # noqa: S608
        else:
            size += ask(connection, f"select count(*) from {table}")[0]  # noqa: S608
    order = f"{key}, known_at, stored desc, hash_1, hash_2, file_no, row_no"
    parts = size // SORTED_AT_ONCE + 1
    for part in range(parts):
        mine = f"where hash({key}) % {parts} = {part}" if parts > 1 else ""
        yield connection.sql(f"select * from ({query}) {mine} order by {order}").to_arrow_reader(BATCH_ROWS)  # noqa: S608


def _whole_keys(batches: pa.RecordBatchReader, key: tuple[str, ...]) -> Iterator[pa.Table]:
    """The rows in pieces that end where a key ends."""
    held = batches.schema.empty_table()
    for batch in batches:
        rows = pa.concat_tables([held, pa.Table.from_batches([batch])])
        starts = np.flatnonzero(_differs(rows, key))
        last = int(starts[-1]) if len(starts) else 0
        if last:
            yield rows.slice(0, last).combine_chunks()
        held = rows.slice(last)
    if held.num_rows:
        yield held.combine_chunks()


def _differs(rows: pa.Table, names: tuple[str, ...]) -> np.ndarray:
    """Which rows differ from the one before in any of some columns without nulls; the first does."""
    differs = np.ones(rows.num_rows, dtype=bool)
    if rows.num_rows > 1:
        differs[1:] = False
        for name in names:
            values = rows[name].combine_chunks()
            differs[1:] |= pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    return differs


def _settle_rows(rows: pa.Table, settled: Settled, writer: pq.ParquetWriter, staging: Staging) -> None:
    spec = TABLES[settled.table]
    stored = rows["stored"].to_numpy()
    hashes = _hashes(rows, stored, settled.table)
    starts_key = _differs(rows, spec.key)
    starts_version = starts_key | _differs(rows, ("known_at",))
    place = np.arange(rows.num_rows)
    version_start = np.maximum.accumulate(np.where(starts_version, place, 0))
    same = (hashes == hashes[version_start]).all(axis=1)
    fresh = starts_version & ~stored
    settled.counts += _count(rows, fresh, stored, starts_key, ~starts_version & ~stored & same)
    settled.rows += fingerprint(hashes[fresh])
    clash = ~starts_version & ~stored & ~same
    if clash.any():
        settled.problems = _clashes(rows, clash, settled, staging)
    writer.write_table(rows.filter(pa.array(fresh)).select(list(spec.column_names)).cast(writer.schema))


def _hashes(rows: pa.Table, stored: np.ndarray, table: str) -> np.ndarray:
    hashes = np.column_stack([rows["hash_1"].to_numpy(), rows["hash_2"].to_numpy()])
    if stored.any():
        columns = TABLES[table].all_columns
        known = rows.filter(pa.array(stored)).select([column.name for column in columns]).to_pandas()
        known = known.astype({column.name: DTYPES[column.kind] for column in columns})
        hashes = hashes.copy()
        hashes[stored] = content_hashes(known, table)
    return hashes


def _count(
    rows: pa.Table, fresh: np.ndarray, stored: np.ndarray, starts_key: np.ndarray, repeated: np.ndarray
) -> TableCounts:
    """A key's first version is new, whatever its date, unless the lake knew the key before."""
    keys = np.cumsum(starts_key) - 1
    known = np.bincount(keys, weights=stored, minlength=1) > 0
    first_fresh = np.zeros(len(fresh), dtype=bool)
    _, firsts = np.unique(keys[fresh], return_index=True)
    first_fresh[np.flatnonzero(fresh)[firsts]] = True
    withdrawn = fresh & rows["retracted"].to_numpy()
    new = fresh & ~withdrawn & first_fresh & ~known[keys]
    return TableCounts(
        new=int(new.sum()),
        amended=int((fresh & ~withdrawn & ~new).sum()),
        unchanged=int(repeated.sum()),
        retracted=int(withdrawn.sum()),
    )


def _clashes(rows: pa.Table, clash: np.ndarray, settled: Settled, staging: Staging) -> list[Problem]:
    """Two versions of one key that became known at the same moment: the record could not tell which holds."""
    key = TABLES[settled.table].key
    expected = f"one version of each {' + '.join(key)} at one known_at (give an amendment a later one)"
    if settled.problems:
        before = settled.problems[0]
        return [Problem(*_head(before), before.count + int(clash.sum()), before.example, before.row, before.file)]
    first = rows.slice(int(clash.argmax()), 1).to_pylist()[0]
    example = ", ".join(f"{name}={_show(first[name])}" for name in (*key, "known_at"))
    file = staging.files[first["file_no"]]
    return [
        Problem(settled.table, "known_at", expected, int(clash.sum()), f"several with {example}", first["row_no"], file)
    ]


def _head(problem: Problem) -> tuple[str, str, str]:
    return problem.table, problem.column, problem.expected


def _reused_ids(connection: Workbench, table: str) -> list[Problem]:
    """A record id that a file gave to rows of different content: one of them would be taken for the other."""
    both = f"select record_id from fresh_{table}"  # noqa: S608
    if has_table(connection, table):
        both += f" union all select record_id from {table}"  # noqa: S608
    count, example = ask(
        connection,
        f"select count(*), min(record_id) from (select record_id from ({both}) group by all having count(*) > 1)",  # noqa: S608
    )
    if not count:
        return []
    return [Problem(table, "record_id", "each id for one row", count, f"several rows with {example!r}", 0)]


def _show(value: object) -> str:
    return value.isoformat().removesuffix("T00:00:00") if isinstance(value, datetime) else str(value)
