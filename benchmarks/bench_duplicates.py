"""How long finding incidents told twice takes at the size of a country, and how right it is.

Run from the repository: ``python -m benchmarks.bench_duplicates [--strict] [--truth DIR]...``. Speed: 220,000 incidents
of 12,000 participants, one in twelve told a second time by another source, a few participants with hundreds. With
``--truth`` also precision and recall of the links that ingest stores for a simulated program (the folder that
``trustlane simulate`` wrote), on repetitions that stand and on all of them: one that somebody noticed and retracted
needs no link. With ``--strict`` the exit code is 1 when a floor is missed.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bench_linkage import NOW, Judged
from records.columns import DTYPES
from records.duplicates import find_duplicate_actions, find_duplicates
from records.ingest import ingest
from records.known import empty_table
from records.lake import Lake
from records.tables import DISCOVERIES, INCIDENT_TYPES, TABLES

MOST_SECONDS = 60.0
MOST_GIGABYTES = 2.0
LEAST_F1 = 0.95
TWICE = 1 / 12
DAYS = 5 * 365


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    floors, result = [], {}
    if options.incidents:
        result["speed"] = measured = _speed(options.participants, options.incidents, options.seed)
        floors += [measured["seconds"] <= MOST_SECONDS, measured["peak_gigabytes"] <= MOST_GIGABYTES]
    for folder in options.truth:
        for judged, floor in zip(judge_program(folder), (LEAST_F1, 0.0, 0.0), strict=True):
            print(judged.line(), flush=True)
            result[judged.title] = asdict(judged)
            floors.append(judged.f1 >= floor)
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print("every floor met" if all(floors) else "a floor is missed")
    return int(options.strict and not all(floors))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=12_000)
    parser.add_argument("--incidents", type=int, default=220_000, help="0 leaves the measurement of speed out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, action="append", default=[], help="folder of a simulated program")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args(arguments)


def _speed(participants: int, incidents: int, seed: int) -> dict[str, float]:
    told, parties = made_up_reports(participants, incidents, seed=seed)
    start = time.perf_counter()
    found = find_duplicates(told, parties, empty_table("duplicates"))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"  {incidents:,} incidents of {participants:,} participants: {len(found):,} links in {seconds:.1f} s, "
        f"{peak:.2f} GB at the peak (at most {MOST_SECONDS:g} s, {MOST_GIGABYTES:g} GB)",
        flush=True,
    )
    return {"seconds": seconds, "links": len(found), "peak_gigabytes": peak}


def made_up_reports(participants: int, incidents: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stored incidents and involvements, some of them repetitions; a heavy tail of busy participants."""
    draw = np.random.default_rng(seed)
    originals = incidents - int(incidents * TWICE)
    share = draw.pareto(1.5, participants) + 0.1
    event = np.concatenate([np.arange(originals), draw.choice(originals, incidents - originals, replace=False)])
    who = draw.choice(participants, originals, p=share / share.sum())[event]
    again = np.arange(incidents) >= originals
    teller = (draw.integers(0, 4, originals)[event] + again * draw.integers(1, 4, incidents)) % 4
    day = draw.integers(0, DAYS, originals)[event] + again * draw.integers(-2, 3, incidents)
    known = pd.Timestamp("2019-01-01") + pd.to_timedelta(day + 5 + draw.integers(0, 60, incidents), unit="D")
    number = draw.integers(0, 10**7, originals)[event]
    told = {
        "incident_id": [f"I{k:07d}" for k in range(incidents)],
        "occurred_on": pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D"),
        "incident_type": np.array(INCIDENT_TYPES, dtype=object)[
            draw.integers(0, len(INCIDENT_TYPES), originals)[event]
        ],
        "severity": np.clip(draw.integers(1, 11, originals)[event] + again * draw.integers(-1, 2, incidents), 1, 10),
        "discovery": np.array(DISCOVERIES, dtype=object)[teller],
        "port": np.array(["2304", "2402", "2506"], dtype=object)[who % 3],
        "conveyance_number": np.where(draw.random(incidents) < 0.7, [f"TR{k:07d}" for k in number], None),
        "known_at": known,
        "source": np.array(DISCOVERIES, dtype=object)[teller],
    }
    parties = {
        "incident_id": told["incident_id"],
        "party_no": "1",
        "participant_id": np.where(draw.random(incidents) < 0.95, [f"P{k:06d}" for k in who], None),
        "party_name": [f"Firm number {k} LLC" for k in who],
        "known_at": known,
        "source": told["source"],
    }
    return _stored("incidents", told, incidents), _stored("involvements", parties, incidents)


def _stored(table: str, columns: dict[str, object], rows: int) -> pd.DataFrame:
    """The stored columns of a table; what is not given is empty."""
    given = pd.DataFrame({**columns, "record_id": [f"{table}-{k}" for k in range(rows)]})
    empty = {"flag": False, "number": np.nan, "date": pd.NaT, "moment": pd.NaT, "text": None}
    return pd.DataFrame(
        {
            column.name: (
                given[column.name] if column.name in given else pd.Series([empty[column.kind]] * rows, dtype=object)
            ).astype(DTYPES[column.kind])
            for column in TABLES[table].all_columns
        }
    )


def judge_program(folder: Path) -> tuple[Judged, Judged, Judged]:
    """The links that ingest stores, on standing repetitions and on all; and the actions proposed as repetitions."""
    with tempfile.TemporaryDirectory() as made:
        lake = Lake(Path(made) / "lake")
        ingest(folder, lake, now=NOW)
        stored = lake.read_stored()
        incidents, links, actions = (stored[name] for name in ("incidents", "duplicates", "actions"))
    last = incidents.sort_values(["known_at", "record_id"]).drop_duplicates("incident_id", keep="last")
    standing = set(last.loc[~last["retracted"], "incident_id"])
    truth = pd.read_parquet(folder / "truth" / "duplicates.parquet")
    true, found = _pairs(truth, "incident_id"), _pairs(links, "incident_id")
    left = {pair for pair in true if pair[0] in standing}
    defects = pd.read_parquet(folder / "truth" / "defects.parquet").query("kind == 'duplicate_action'")
    twice = _pairs(defects.rename(columns={"key": "action_id", "detail": "duplicate_of"}), "action_id")
    proposed = _pairs(find_duplicate_actions(actions), "action_id")
    return (
        Judged(f"{folder.name}: standing repetitions", len(found), len(left), len(found & left)),
        Judged(f"{folder.name}: all repetitions", len(found), len(true), len(found & true)),
        Judged(f"{folder.name}: actions recorded twice", len(proposed), len(twice), len(proposed & twice)),
    )


def _pairs(rows: pd.DataFrame, key: str) -> set[tuple[str, str]]:
    return set(zip(rows[key], rows["duplicate_of"], strict=True))


if __name__ == "__main__":
    sys.exit(main())
