"""Which moments a record can answer for, and which it takes when none is asked."""

import pandas as pd

from records.errors import AsOfRefused
from records.known import Records

_DAY = pd.Timedelta(days=1)


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
