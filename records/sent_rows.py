"""Rows that a program sends one by one: checked, linked and appended exactly as a file of them would be.

They become known at the moment at which they arrive, whatever they say of themselves, so the past stays as it was
known. A row is told again by its ``record_id``: the same id with the same content changes nothing.
"""

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from records.columns import DTYPES
from records.door import admit
from records.errors import Problem
from records.fingerprint import content_hashes, record_ids_of
from records.ingest import MEMORY_MB, derive_batch, land_batch, settle_batch
from records.known import Records
from records.lake import Lake, NewRows
from records.resolved_again import resolve_again
from records.settling import TableCounts, has_table
from records.staging import Staging
from records.tables import TABLES
from records.workbench import Stored, Workbench, open_workbench

Sent = Mapping[str, pd.DataFrame]
"""Rows by table, in the table's columns without ``known_at``; the index counts them from 0."""

INSTANT = pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class SentReport:
    """What was stored: counts by table, the ids of the rows as sent, links that followed, and the data version."""

    data_version: str
    tables: Mapping[str, TableCounts]
    record_ids: Mapping[str, tuple[str, ...]]
    duplicates: int = 0
    links: int = 0


@dataclass(frozen=True)
class _Repeats:
    """What is left of the rows sent without those that are stored already, and which ids contradict."""

    rows: dict[str, pd.DataFrame]
    ids: dict[str, tuple[str, ...]]
    unchanged: dict[str, int]
    problems: list[Problem] = field(default_factory=list)


def append_rows(
    rows: Sent, lake: Lake, *, source: str, now: pd.Timestamp, wait_seconds: float | None = None
) -> SentReport:
    """Check rows, link their parties and append them as one batch, known from ``now``.

    Raises
    ------
    BatchRefused
        Any row is invalid, or an id was stored with other content; nothing was written.
    LakeBusy
        Another process is still writing after ``wait_seconds``.
    LakeError
        The disk is full, or the lake holds no record yet.
    """
    lake.commit_of()
    with lake.writing(wait_seconds) as folder, Staging(folder) as staging:
        with open_workbench(lake.files(), memory_mb=MEMORY_MB, spill=folder) as connection:
            repeats = _repeats(connection, rows, source)
            _stage(repeats, staging, source, now)
            settled = settle_batch(connection, staging)
            landing, derived = derive_batch(connection, staging, settled, lake.head.table_versions)
        land_batch(landing, lake, None)
    counts = {name: settled[name].counts if name in settled else TableCounts() for name in rows}
    counts = {name: each + TableCounts(unchanged=repeats.unchanged[name]) for name, each in counts.items()}
    links = derived.links.by_identifier + derived.links.by_name
    return SentReport(lake.head.data_version, counts, repeats.ids, derived.duplicates, links)


def suppose_rows(
    rows: Sent, records: Records, as_of: pd.Timestamp, files: Mapping[str, Stored] | None = None
) -> Records:
    """The record as it would be had these rows become known just before ``as_of``; nothing is stored.

    The rows pass the same checks as in :func:`append_rows`, and what would follow from them follows: links of their
    parties, and incidents told twice.

    Parameters
    ----------
    files : mapping of table name to files, optional
        Where the stored record stands on disk, which is faster to ask than frames in memory.

    Raises
    ------
    BatchRefused
        Any row is invalid.
    """
    stored = records.as_stored
    with tempfile.TemporaryDirectory(prefix="trustlane-") as place, Staging(Path(place)) as staging:
        with open_workbench(files or stored.tables, memory_mb=MEMORY_MB, spill=Path(place)) as connection:
            repeats = _repeats(connection, rows, "supposed")
            _stage(repeats, staging, "supposed", as_of - INSTANT)
            settled = settle_batch(connection, staging)
            landing, _ = derive_batch(connection, staging, settled, stored.tables)
        added = {name: _read(name, new) for name, new in landing.items()}
    return with_rows(records, added)


def with_rows(records: Records, added: Mapping[str, pd.DataFrame]) -> Records:
    """The record with more row versions, which are in the stored columns and valid; the tables without any are kept."""
    stored = records.as_stored
    tables = dict(stored.tables)
    for name, frame in added.items():
        tables[name] = pd.concat([tables[name], frame], ignore_index=True) if name in tables else frame
    return resolve_again(Records(tables, records.data_version), records)


def _stage(repeats: _Repeats, staging: Staging, source: str, known_at: pd.Timestamp) -> None:
    staging.problems.add(repeats.problems)
    for name, frame in repeats.rows.items():
        staging.add(admit(frame.assign(known_at=known_at), name, source=source, file=name, now=known_at))
    staging.problems.refuse()
    staging.close()


def _repeats(connection: Workbench, rows: Sent, source: str) -> _Repeats:
    """Rows that came before under the same id: unchanged where they say the same, a problem where not."""
    found = _Repeats({}, {}, {})
    for name, frame in rows.items():
        content = _content(frame, name, source)
        ids = _ids(frame, content, name)
        found.ids[name] = tuple(ids)
        before = _stored_under(connection, name, ids)
        said = dict(zip(before["record_id"], map(tuple, _content_hashes(before, name)), strict=True))
        known = ids.isin(said).to_numpy()
        same = [said.get(each) == tuple(mine) for each, mine in zip(ids, content, strict=True)]
        other = known & ~pd.Series(same, dtype=bool).to_numpy()
        if other.any():
            first = int(other.argmax())
            expected = "the row that is stored under this id, or a new id for an amendment"
            found.problems.append(
                Problem(name, "record_id", expected, int(other.sum()), "other content", first + 1, name)
            )
        left = frame.assign(record_id=ids.to_numpy())[~known]
        found.unchanged[name] = int(known.sum())
        if len(left):
            found.rows[name] = left
    return found


def _ids(frame: pd.DataFrame, content: np.ndarray, table: str) -> pd.Series:
    """The ids that were sent; for rows without, one from what they say, so that telling it again is no news."""
    made = record_ids_of(content, table)
    made.index = frame.index
    if "record_id" not in frame:
        return made
    return frame["record_id"].astype("str").where(frame["record_id"].notna(), made).astype("str")


def _content(frame: pd.DataFrame, table: str, source: str) -> np.ndarray:
    """Two numbers for each row from what it says, whenever it was told and by whom."""
    admitted = admit(frame.assign(known_at=pd.Timestamp("2000-01-01")), table, source=source, file=table, now=_LATE)
    return _content_hashes(admitted.rows, table)


_LATE = pd.Timestamp("2100-01-01")


def _content_hashes(frame: pd.DataFrame, table: str) -> np.ndarray:
    return content_hashes(frame.drop(columns=["known_at", "source"]), table)


def _stored_under(connection: Workbench, table: str, ids: Collection[str]) -> pd.DataFrame:
    columns = TABLES[table].all_columns
    if not has_table(connection, table):
        return pd.DataFrame({column.name: pd.Series([], dtype=DTYPES[column.kind]) for column in columns})
    names = ", ".join(column.name for column in columns)
    asked = f"select {names} from {table} where record_id in (select unnest(?))"  # noqa: S608 - names are ours
    frame = connection.execute(asked, [list(ids)]).df()
    return frame.astype({column.name: DTYPES[column.kind] for column in columns})


def _read(table: str, new: NewRows) -> pd.DataFrame:
    kinds = {column.name: DTYPES[column.kind] for column in TABLES[table].all_columns}
    frames = [pq.read_table(path).to_pandas() for path in new.files]
    return cast(pd.DataFrame, pd.concat(frames, ignore_index=True)[list(kinds)].astype(kinds))
