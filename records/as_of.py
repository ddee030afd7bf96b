"""Which moments a record can answer for, and which it takes when none is asked."""

from collections.abc import Mapping

import pandas as pd

from records.errors import AsOfRefused
from records.known import Records
from records.workbench import Stored, ask, open_workbench

_DAY = pd.Timedelta(days=1)


def moments_of(tables: Mapping[str, Stored]) -> Records:
    """A record that holds of each table only the first and last ``known_at``: all that the questions below need."""
    with open_workbench(tables) as connection:
        ends = {name: ask(connection, f"select min(known_at), max(known_at) from {name}") for name in tables}  # noqa: S608
    return Records(
        {
            name: pd.DataFrame({"known_at": pd.Series(pair, dtype="datetime64[us]").dropna()})
            for name, pair in ends.items()
        }
    )


def first_as_of(records: Records) -> pd.Timestamp:
    """The day after the first row became known: before it, the record is empty."""
    return records.first_known_at.normalize() + _DAY


def latest_as_of(records: Records, now: pd.Timestamp) -> pd.Timestamp:
    """The moment to score at when none is asked: today, or the day after a record that ended before."""
    end = records.last_known_at.normalize() + _DAY
    return max(first_as_of(records), min(now.normalize(), end))


def check_as_of(records: Records, as_of: pd.Timestamp, now: pd.Timestamp) -> None:
    """Refuse a moment before the first record or in the future.

    Raises
    ------
    AsOfRefused
        With the valid range.
    """
    first, last = first_as_of(records), max(now.normalize(), first_as_of(records))
    if as_of.tzinfo is not None or not first <= as_of <= max(now, last):
        raise AsOfRefused(
            f"Expected an as_of from {first.date()} to {last.date()} without a time zone, got {as_of}. "
            "Give a date in that range: nothing was known before it, and the future is not known yet."
        )
