"""A made-up record of any size for the benchmarks: participants, incidents, who was involved."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.known import Records
from records.tables import BUSINESS_TYPES, DISCOVERIES, DTYPES, INCIDENT_TYPES, TABLES

YEARS = 8
FIRST = np.datetime64("2016-01-01", "us")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Size:
    """How large the record and the spine are."""

    participants: int
    dates: int
    incidents: int

    def __str__(self) -> str:
        return f"{self.participants:,} participants x {self.dates} dates x {self.incidents:,} incidents"


def made_up_record(size: Size, *, seed: int, amended: float = 0.02) -> Records:
    """A record with late knowledge, and with ``amended`` of the incidents amended or retracted once."""
    draw = np.random.default_rng(seed)
    number = size.incidents
    occurred = FIRST + draw.integers(0, YEARS * 365, number) * DAY
    late = np.floor(draw.exponential(25, number)).astype(np.int64) * DAY
    first = {
        "incident_id": _ids("I", np.arange(number)),
        "occurred_on": occurred,
        "reported_on": occurred + late // 2,
        "incident_type": draw.choice(INCIDENT_TYPES, number),
        "severity": draw.integers(1, 11, number).astype(np.float64),
        "discovery": draw.choice(DISCOVERIES, number),
        "self_reported_before_discovery": draw.random(number) < 0.1,
        "port": draw.choice(["2304", "2402", "2506", "2704"], number),
        "quantity_kg": np.round(draw.exponential(20, number), 1),
        "retracted": np.zeros(number, dtype=bool),
        "known_at": occurred + late,
    }
    again = np.flatnonzero(draw.random(number) < amended)
    second = {name: values[again] for name, values in first.items()}
    second["known_at"] = second["known_at"] + draw.integers(1, 400, again.size) * DAY
    second["severity"] = draw.integers(1, 11, again.size).astype(np.float64)
    second["retracted"] = draw.random(again.size) < 0.3
    incidents = {name: np.concatenate([first[name], second[name]]) for name in first}
    # A heavy tail: a few participants hold most incidents.
    shares = draw.pareto(1.5, size.participants) + 0.1
    who = draw.choice(size.participants, number, p=shares / shares.sum())
    involvements = {
        "incident_id": first["incident_id"],
        "party_no": np.full(number, "1"),
        "participant_id": _ids("P", who),
        "role": np.full(number, "carrier"),
        "known_at": first["known_at"],
    }
    everyone = np.arange(size.participants)
    participants = {
        "participant_id": _ids("P", everyone),
        "business_type": draw.choice(BUSINESS_TYPES, everyone.size),
        "country": draw.choice(["US", "MX", "CA", "CN"], everyone.size),
        "enrolled_on": np.full(everyone.size, FIRST),
        "known_at": np.full(everyone.size, FIRST),
    }
    return Records(
        {
            "participants": _table("participants", participants),
            "incidents": _table("incidents", incidents),
            "involvements": _table("involvements", involvements),
        },
        "made up",
    )


def every_spine(records: Records, dates: int) -> pd.DataFrame:
    """Everyone at each of the first days of the last ``dates`` quarters."""
    moments = pd.date_range(end="2023-10-01", periods=dates, freq="QS").as_unit("us")
    ids = records["participants"]["participant_id"]
    return pd.DataFrame(
        {
            "participant_id": pd.concat([ids] * dates, ignore_index=True),
            "as_of": np.repeat(moments.to_numpy(), len(ids)),
        }
    )


def _ids(prefix: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(prefix, np.char.zfill(numbers.astype("U8"), 8))


def _table(name: str, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    stored = {}
    for column in TABLES[name].all_columns:
        if column.name == "record_id":
            values = pd.Series(_ids(name[:3], np.arange(rows)))
        elif column.name == "source":
            values = pd.Series(["made up"] * rows)
        elif column.name in columns:
            values = pd.Series(columns[column.name])
        else:
            empty = {"text": None, "number": np.nan, "flag": False}.get(column.kind, pd.NaT)
            values = pd.Series([empty] * rows)
        stored[column.name] = values.astype(DTYPES[column.kind])
    return pd.DataFrame(stored)
