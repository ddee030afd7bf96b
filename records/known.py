"""The past as it was known: the one cut by knowledge time.

Every table is a list of row versions. A version is valid from its ``known_at`` until a later
version of the same key becomes known. At ``as_of`` only versions with ``known_at < as_of``
(strictly) exist, and of each key only the latest of them. A retraction is a version too.

Worked example: an incident of 2024-03-01 becomes known on 2024-03-10 and is retracted on
2024-06-01. At 2024-03-10 it does not exist yet, at 2024-03-11 and at 2024-06-01 it does, at
2024-06-02 it does not any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd

from records.columns import DTYPES
from records.errors import MissingTable
from records.tables import TABLES

NEVER = np.datetime64("9999-12-31T00:00:00", "us")
"""Stands for *not superseded*: later than every ``as_of``."""


@dataclass(frozen=True)
class Records:
    """All row versions of one program, table by table, and the version of the data they are.

    ``tables`` holds only the tables that the program sends; each frame has exactly the columns of
    :data:`records.tables.TABLES`, validated at the door. ``stored`` is the record with its rows as they were
    stored, where these are *resolved* (see :mod:`records.resolved`); None where they are the same.
    """

    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    data_version: str = "unversioned"
    stored: "Records | None" = field(default=None, repr=False, compare=False)

    def __contains__(self, table: str) -> bool:
        return table in self.tables

    def __getitem__(self, table: str) -> pd.DataFrame:
        """The row versions of ``table``; MissingTable when the program never sent it."""
        if table not in self.tables:
            present = ", ".join(sorted(self.tables)) or "none"
            raise MissingTable(
                f"Expected the table {table!r} in the record; this program sent: {present}. "
                f"Ingest {table} or leave out what needs it."
            )
        return self.tables[table]

    @property
    def as_stored(self) -> "Records":
        """The record with its rows as they were stored."""
        return self.stored or self

    @property
    def first_known_at(self) -> pd.Timestamp:
        """The earliest ``known_at`` of any incident or participant row; NaT in an empty record."""
        moments = [self.tables[name]["known_at"] for name in ("participants", "incidents") if name in self.tables]
        return cast(pd.Timestamp, pd.concat(moments).min() if moments else pd.NaT)

    @property
    def last_known_at(self) -> pd.Timestamp:
        """The latest ``known_at`` in any table: the record's end; NaT in an empty record.

        Of rows as stored: a merge announced for a later day makes versions that begin then, and is no news of it.
        """
        moments = [frame["known_at"] for frame in self.as_stored.tables.values() if len(frame)]
        return cast(pd.Timestamp, pd.concat(moments).max() if moments else pd.NaT)


def empty_table(table: str) -> pd.DataFrame:
    """A table of no rows with the stored columns and dtypes."""
    return pd.DataFrame({column.name: pd.Series([], dtype=DTYPES[column.kind]) for column in TABLES[table].all_columns})


def version_intervals(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """The row versions with ``known_from`` (= ``known_at``) and ``known_until`` (exclusive end of validity).

    ``known_until`` is the ``known_at`` of the next version of the same key, or :data:`NEVER`. A
    version is the valid one at ``as_of`` exactly when ``known_from < as_of <= known_until``. Rows
    come back sorted by key and ``known_at``; equal moments are ordered by ``record_id``, and the
    earlier of them gets an empty interval.
    """
    ordered = frame.sort_values([*key, "known_at", "record_id"], kind="stable", ignore_index=True)
    same_key_next = np.zeros(len(ordered), dtype=bool)
    if len(ordered) > 1:
        same = np.ones(len(ordered) - 1, dtype=bool)
        for column in key:
            values = ordered[column].to_numpy()
            same &= values[1:] == values[:-1]
        same_key_next[:-1] = same
    known_from = ordered["known_at"].to_numpy(dtype="datetime64[us]")
    following = np.append(known_from[1:], NEVER)
    return ordered.assign(known_from=known_from, known_until=np.where(same_key_next, following, NEVER))


def known_before(records: Records, as_of: pd.Timestamp) -> Records:
    """The record exactly as it was known at ``as_of``: one row a key, nothing retracted.

    Parameters
    ----------
    records : Records
        Every row version.
    as_of : Timestamp
        The moment of prediction, without a time zone. Only ``known_at < as_of`` exists.
    """
    return Records(
        {name: _valid_rows(frame, TABLES[name].key, as_of) for name, frame in records.tables.items()},
        records.data_version,
    )


def current(records: Records) -> Records:
    """The record as it is known now: the latest version of each key, nothing retracted."""
    return known_before(records, pd.Timestamp(NEVER))


def _valid_rows(frame: pd.DataFrame, key: tuple[str, ...], as_of: pd.Timestamp) -> pd.DataFrame:
    known = frame[frame["known_at"] < as_of]
    ordered = known.sort_values([*key, "known_at", "record_id"], kind="stable")
    latest = ordered.drop_duplicates(subset=list(key), keep="last")
    if "retracted" in latest.columns:
        latest = latest[~latest["retracted"]]
    return latest.reset_index(drop=True)
