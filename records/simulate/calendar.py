"""Months and days of a record, counted from its first day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from records.simulate.errors import SimulationRefused
from records.simulate.streams import Days, Ints

WINDOW_YEARS = 5


@dataclass(frozen=True)
class Calendar:
    """The record's months: it starts at midnight of ``start`` and ends before ``end``.

    ``first_days`` holds the day (from the start) on which each month begins, the end last: (months + 1,).
    """

    start: np.datetime64
    end: np.datetime64
    first_days: Ints

    @property
    def months(self) -> int:
        """The number of months in the record."""
        return len(self.first_days) - 1

    @property
    def days(self) -> int:
        """The number of days in the record."""
        return int(self.first_days[-1])

    @property
    def window_start(self) -> int:
        """The first month of the calibration window: the last five years, or all if the record is shorter."""
        return max(0, self.months - 12 * WINDOW_YEARS)

    @property
    def turning(self) -> int:
        """The month in which a scenario that changes during the record does so: five eighths into it."""
        return self.months * 5 // 8

    def month_of(self, days: Ints) -> Ints:
        """The month in which each day lies; -1 before the record."""
        return np.searchsorted(self.first_days, days, side="right").astype(np.int64) - 1

    def dates(self, days: Ints) -> Days:
        """Days from the start as dates."""
        return np.asarray(self.start + days.astype("timedelta64[D]"))

    def dates_or_none(self, days: pd.Series) -> Days:
        """Days from the start as dates, NaT where a day is NaN."""
        numbers = days.to_numpy(dtype=np.float64)
        known = np.isfinite(numbers)
        return np.where(known, self.dates(np.where(known, numbers, 0).astype(np.int64)), np.datetime64("NaT", "D"))


def make_calendar(end: date, years: int) -> Calendar:
    """The calendar of ``years`` years before ``end``, which must be the first of a month."""
    if end.day != 1:
        raise SimulationRefused(
            f"Expected the record to end on the first day of a month; got {end}. Use {end.replace(day=1)}."
        )
    last = np.datetime64(end, "M")
    firsts = np.arange(last - 12 * years, last + 1).astype("datetime64[D]")
    return Calendar(firsts[0], firsts[-1], (firsts - firsts[0]).astype(np.int64))
