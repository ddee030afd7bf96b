"""A simulated program as stored rows, without the door: with its own links, or with the true ones and the true
duplicates, so that a figure of the record can be judged apart from linkage."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from records.columns import DTYPES
from records.simulate.constants import Constants, read_constants
from records.simulate.program import simulate_program
from records.tables import TABLES

END = pd.Timestamp("2024-10-01")


@dataclass(frozen=True)
class SimulatedRecord:
    """Row versions by table, the truth by name, and the constants of the simulator."""

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    constants: Constants


@cache
def simulated_record(
    participants: int, years: int, seed: int, *, true_links: bool = True, scenario: str = "default"
) -> SimulatedRecord:
    """The program's files as sent; with ``true_links`` every party linked and every duplicate joined as it truly is."""
    with tempfile.TemporaryDirectory() as folder:
        simulate_program(Path(folder) / "raw", participants=participants, years=years, seed=seed, scenario=scenario)
        files = [path for path in sorted((Path(folder) / "raw").iterdir()) if path.suffix in (".csv", ".parquet")]
        parts: dict[str, list[pd.DataFrame]] = {}
        for path in files:
            name, source = path.name.split(".")[:2]
            parts.setdefault(name, []).append(_stored(path, name, source))
        truth = {path.stem: pd.read_parquet(path) for path in (Path(folder) / "raw" / "truth").glob("*.parquet")}
        constants = read_constants(Path(folder) / "raw" / "truth")
    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    if true_links:
        tables |= {"involvements": _linked(tables, truth), "duplicates": _joined(tables, truth)}
    return SimulatedRecord(tables, truth, constants)


def _stored(path: Path, name: str, source: str) -> pd.DataFrame:
    raw = pd.read_csv(path, dtype="str") if path.suffix == ".csv" else pd.read_parquet(path)
    columns = {}
    for column in TABLES[name].all_columns:
        given = raw[column.name] if column.name in raw else pd.Series(None, index=raw.index, dtype="object")
        if column.kind == "flag":
            columns[column.name] = given.astype("str").str.lower().eq("true")
        elif column.kind in ("date", "moment"):
            columns[column.name] = pd.to_datetime(given).astype("datetime64[us]")
        else:
            columns[column.name] = given.astype(DTYPES[column.kind])
    names = [f"{name}.{source}.{place:07d}" for place in range(len(raw))]
    return pd.DataFrame(columns).assign(source=source, record_id=pd.Series(names, dtype="str"))


def _linked(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = tables["involvements"].drop(columns="participant_id")
    rows = rows.merge(truth["links"], on=["incident_id", "party_no"], how="left")
    return rows[list(TABLES["involvements"].column_names)].astype({"participant_id": "str"})


def _joined(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> pd.DataFrame:
    first = tables["incidents"].groupby("incident_id")["known_at"].min()
    rows = truth["duplicates"]
    known = pd.concat([rows["incident_id"].map(first), rows["duplicate_of"].map(first)], axis=1).max(axis=1)
    rows = rows.assign(weight=1.0, retracted=False, known_at=known + pd.Timedelta(1, "us"), source="linkage")
    rows = rows.assign(record_id="duplicate " + rows["incident_id"])
    return rows[list(TABLES["duplicates"].column_names)]
