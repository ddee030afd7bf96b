"""What one participant's file holds at one moment, read off plain tables cut by :func:`records.known.known_before`."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from records.known import Records

NAN = float("nan")


@dataclass
class Past:
    """What is known now, the whole record (for when a participant became known), who asks and when."""

    now: Records
    record: Records
    who: str
    as_of: pd.Timestamp

    @cached_property
    def all_incidents(self) -> pd.DataFrame:
        """One row for each (incident, participant) known now."""
        parties = self.now["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
        incidents = self.now["incidents"].drop(columns=["known_at", "source", "record_id", "retracted"])
        return parties.merge(incidents, on="incident_id")

    def incidents_of(self, who: str) -> pd.DataFrame:
        return self.all_incidents[self.all_incidents["participant_id"] == who]

    @cached_property
    def own(self) -> pd.DataFrame:
        return self.incidents_of(self.who)

    def within(self, frame: pd.DataFrame, days: int | None, column: str = "occurred_on") -> pd.DataFrame:
        return frame if days is None else frame[frame[column] >= self.as_of - pd.Timedelta(days=days)]

    def days_since(self, moment: pd.Timestamp) -> float:
        return (self.as_of - moment) / pd.Timedelta(days=1) if not pd.isna(moment) else NAN

    def rows(self, table: str) -> pd.DataFrame:
        frame = self.now[table]
        return frame[frame["participant_id"] == self.who]

    def decayed(self, frame: pd.DataFrame, weight: pd.Series, half_life: int) -> float:
        age = (self.as_of - frame["occurred_on"]) / pd.Timedelta(days=1)
        return float((weight.fillna(0) * 0.5 ** (age / half_life)).sum())


def nothing_recorded(column: pd.Series) -> bool:
    """Whether there are incidents, but none has the column."""
    return bool(len(column) and column.isna().all())


def recorded(column: pd.Series, counted: pd.Series | None = None) -> float:
    """The sum of ``counted`` (else of the column); unknown where no incident has the column."""
    return NAN if nothing_recorded(column) else float((column if counted is None else counted).sum())


def place(value: object, names: tuple[str, ...]) -> float:
    """The code of a category."""
    return NAN if pd.isna(value) else float(names.index(str(value)))


def over(part: float, whole: float) -> float:
    """A ratio; not applicable without a positive whole."""
    return part / whole if whole > 0 else NAN
