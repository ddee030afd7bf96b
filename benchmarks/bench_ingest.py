"""How fast a file of any size is ingested, and how much memory that takes.

Run from the repository: ``python -m benchmarks.bench_ingest [--full] [--megabytes N] [--strict] [--out FILE.json]``.
A program is made up whose incidents (or exposures) fill one CSV file of that size, with 2 rows in 100 amended and
1 in 100 sent twice; ``trustlane ingest`` reads it in a process of its own, twice: the second time it stores nothing.
With ``--strict`` the exit code is 1 when a floor is missed. The files are removed at the end.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.result import finish, floors_met
from records.tables import DISCOVERIES, INCIDENT_TYPES, MODES

FULL_MEGABYTES = 2_000
MOST_GIGABYTES = 1.0
LEAST_ROWS_A_SECOND = 50_000
PIECE = 250_000
PARTICIPANTS = 10_000
FIRST_DAY = np.datetime64("2015-01-01")


@dataclass(frozen=True)
class Run:
    """One ingest in a process of its own."""

    seconds: float
    gigabytes: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    size = FULL_MEGABYTES if options.full else options.megabytes
    folder = Path(tempfile.mkdtemp(prefix="trustlane-bench-", dir=options.folder))
    try:
        rows = write_big_program(folder / "raw", megabytes=size, table=options.table, seed=options.seed)
        print(f"{size:,} MB, {rows:,} {options.table}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        runs = [run_ingest(folder / "raw", folder / "lake") for _ in range(2)]
        stored = sum(path.stat().st_size for path in (folder / "lake").rglob("*.parquet")) / 1e6
    finally:
        shutil.rmtree(folder)
    result = _result(size, rows, options.table, runs, stored)
    return finish(result, strict=options.strict, out=options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--full", action="store_true", help=f"{FULL_MEGABYTES:,} megabytes")
    parser.add_argument("--table", choices=("incidents", "exposures"), default="incidents")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; the system's temporary folder when left out")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args(arguments)


def write_big_program(folder: Path, *, megabytes: float, table: str, seed: int) -> int:
    """Write a program of which one CSV file has the size asked for; gives the rows of that file."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    people = [f"P{number:06d}" for number in range(PARTICIPANTS)]
    pd.DataFrame({"participant_id": people, "legal_name": people, "known_at": "2015-01-01"}).to_csv(
        folder / "participants.bench.csv", index=False
    )
    make = {"incidents": _incidents, "exposures": _exposures}[table]
    path, rows = folder / f"{table}.bench.csv", 0
    named = _incidents(0, random).iloc[:2_000]
    with path.open("wb") as file:
        while file.tell() < megabytes * 1e6:
            piece = _with_versions(make(rows, random), random)
            named = piece.iloc[:2_000] if table == "incidents" and not rows else named
            options = pa.csv.WriteOptions(include_header=rows == 0, quoting_style="needed")
            pa.csv.write_csv(pa.Table.from_pandas(piece, preserve_index=False), file, options)
            rows += PIECE
    if table != "incidents":
        named.to_csv(folder / "incidents.bench.csv", index=False)
    ids = named["incident_id"].unique()
    who = random.choice(people, len(ids))
    pd.DataFrame({"incident_id": ids, "party_no": "1", "participant_id": who, "known_at": "2026-01-01"}).to_csv(
        folder / "involvements.bench.csv", index=False
    )
    return rows


def _incidents(start: int, random: np.random.Generator) -> pd.DataFrame:
    occurred = FIRST_DAY + random.integers(0, 3_600, PIECE).astype("timedelta64[D]")
    lag = random.integers(0, 60, PIECE).astype("timedelta64[D]")
    order = start + random.permutation(PIECE)
    return pd.DataFrame(
        {
            "incident_id": np.char.add("I", np.char.zfill(order.astype(str), 9)),
            "occurred_on": occurred.astype(str),
            "reported_on": (occurred + lag).astype(str),
            "incident_type": random.choice(INCIDENT_TYPES, PIECE),
            "severity": random.integers(1, 11, PIECE),
            "discovery": random.choice(DISCOVERIES, PIECE),
            "port": random.integers(100, 5_600, PIECE),
            "mode": random.choice(MODES, PIECE),
            "country_of_origin": random.choice(["MX", "US", "CN", "CO"], PIECE),
            "quantity_kg": random.integers(1, 1_000_000, PIECE) / 100,
            "known_at": (occurred + lag).astype("datetime64[s]").astype(str),
        }
    )


def _exposures(start: int, random: np.random.Generator) -> pd.DataFrame:
    order = start + random.permutation(PIECE)
    month = np.datetime64("2015-01") + (order // PARTICIPANTS % 120).astype("timedelta64[M]")
    again = (order // (PARTICIPANTS * 120)).astype("timedelta64[D]")
    counts = {name: random.integers(0, 500, PIECE) for name in ("shipments", "crossings", "exams_targeted")}
    return pd.DataFrame(
        {
            "participant_id": np.char.add("P", np.char.zfill((order % PARTICIPANTS).astype(str), 6)),
            "month": month.astype("datetime64[D]").astype(str),
            **counts,
            "known_at": ((month + 1).astype("datetime64[D]") + again).astype(str),
        }
    )


def _with_versions(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The rows; of some a version that becomes known a year later, and some twice."""
    rows = rows.copy()
    amended, repeated = random.random(PIECE) < 0.02, random.random(PIECE) < 0.01
    source = np.flatnonzero(amended[1:]) + 1
    changed = rows.iloc[source - 1].copy()
    later = pd.to_datetime(changed["known_at"]) + pd.Timedelta(days=365, seconds=1)
    rows.iloc[source] = changed.assign(known_at=later.dt.strftime("%Y-%m-%dT%H:%M:%S")).to_numpy()
    again = np.flatnonzero(repeated[1:]) + 1
    rows.iloc[again] = rows.iloc[again - 1].to_numpy()
    return rows


def run_ingest(source: Path, lake: Path) -> Run:
    """Run the verb in a process of its own; RuntimeError when it refuses."""
    call = [sys.executable, "-m", "trustlane", "ingest", str(source), "--lake", str(lake)]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(call, stdout=told, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise RuntimeError(f"Expected the ingest to land, it said: {told.read()[-2_000:].decode()}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1e6)


def _result(size: int, rows: int, table: str, runs: Sequence[Run], stored: float) -> dict[str, object]:
    rate = rows / runs[0].seconds
    floors = [
        ("gigabytes at the peak, first time", runs[0].gigabytes, "<=", MOST_GIGABYTES),
        ("gigabytes at the peak, the same batch again", runs[1].gigabytes, "<=", MOST_GIGABYTES),
        ("rows a second, from the file to the landed batch and its quality", rate, ">=", LEAST_ROWS_A_SECOND),
    ]
    return {
        "size": f"{size:,} MB, {rows:,} {table}",
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "seconds": {"first time": runs[0].seconds, "the same batch again": runs[1].seconds},
        "megabytes stored": round(stored, 1),
        "floors": floors_met(floors),
    }


if __name__ == "__main__":
    sys.exit(main())
