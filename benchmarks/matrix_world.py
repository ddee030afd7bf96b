"""A made-up record of any size for the benchmarks: participants, incidents, who was involved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from records.columns import DTYPES
from records.known import Records
from records.tables import BUSINESS_TYPES, DISCOVERIES, INCIDENT_TYPES, TABLES

YEARS = 8
FIRST = np.datetime64("2016-01-01", "us")
DAY = np.timedelta64(1, "D")
Ints = npt.NDArray[np.int64]


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
    number = np.arange(size.incidents)
    occurred = FIRST + draw.integers(0, YEARS * 365, number.size) * DAY
    late = np.floor(draw.exponential(25, number.size)).astype(np.int64) * DAY
    again = np.flatnonzero(draw.random(number.size) < amended)
    version = np.concatenate([number, again])
    wait = np.concatenate([np.zeros(number.size, np.int64), draw.integers(1, 400, again.size)]) * DAY
    incidents = {
        "incident_id": _ids("I", version),
        "occurred_on": occurred[version],
        "reported_on": (occurred + late // 2)[version],
        "incident_type": _picked(INCIDENT_TYPES, draw.integers(0, len(INCIDENT_TYPES), number.size)[version]),
        "severity": draw.integers(1, 11, version.size).astype(np.float64),
        "discovery": _picked(DISCOVERIES, draw.integers(0, len(DISCOVERIES), number.size)[version]),
        "self_reported_before_discovery": (draw.random(number.size) < 0.1)[version],
        "port": _picked(("2304", "2402", "2506", "2704"), draw.integers(0, 4, number.size)[version]),
        "quantity_kg": np.round(draw.exponential(20, number.size), 1)[version],
        "retracted": (wait > 0 * DAY) & (draw.random(version.size) < 0.3),
        "known_at": (occurred + late)[version] + wait,
    }
    # A heavy tail: a few participants hold many incidents.
    share = draw.pareto(1.5, size.participants) + 0.1
    involvements = {
        "incident_id": _ids("I", number),
        "party_no": _picked(("1",), np.zeros(number.size, np.int64)),
        "participant_id": _ids("P", draw.choice(size.participants, number.size, p=share / share.sum())),
        "known_at": occurred + late,
    }
    everyone = np.arange(size.participants)
    participants = {
        "participant_id": _ids("P", everyone),
        "business_type": _picked(BUSINESS_TYPES, draw.integers(0, len(BUSINESS_TYPES), everyone.size)),
        "country": _picked(("US", "MX", "CA", "CN"), draw.integers(0, 4, everyone.size)),
        "enrolled_on": np.full(everyone.size, FIRST),
        "known_at": np.full(everyone.size, FIRST),
    }
    drawn = {"participants": participants, "incidents": incidents, "involvements": involvements}
    return Records({name: _table(name, columns) for name, columns in drawn.items()}, "made up")


def every_spine(records: Records, dates: int) -> pd.DataFrame:
    """Everyone at each of the first days of the last ``dates`` quarters."""
    moments = pd.date_range(end="2023-10-01", periods=dates, freq="QS").as_unit("us")
    ids = records["participants"]["participant_id"]
    everyone = pd.concat([ids] * dates, ignore_index=True)
    return pd.DataFrame({"participant_id": everyone, "as_of": np.repeat(moments.to_numpy(), len(ids))})


def _ids(prefix: str, numbers: Ints) -> pd.Series:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.large_string()), 8, "0")
    joined = pc.binary_join_element_wise(pa.scalar(prefix, pa.large_string()), digits, pa.scalar("", pa.large_string()))
    return pd.Series(pd.array(joined, dtype="str"))


def _picked(names: Sequence[str], places: Ints) -> pd.Series:
    return pd.Series(pd.array(pa.array(names, pa.large_string()).take(pa.array(places)), dtype="str"))


def _table(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    rows = len(columns["known_at"])
    given = {
        "source": _picked(("made up",), np.zeros(rows, np.int64)),
        "record_id": _ids(name[:3], np.arange(rows)),
        **columns,
    }
    empty = {"text": None, "number": np.nan, "flag": False, "date": pd.NaT, "moment": pd.NaT}
    stored = {}
    for column in TABLES[name].all_columns:
        values = given.get(column.name, empty[column.kind])
        stored[column.name] = pd.Series(values, index=range(rows), dtype=DTYPES[column.kind])
    return pd.DataFrame(stored, copy=False)
