"""What the quality report takes, and how often its estimate of true incidents holds.

Run from the repository: ``python -m benchmarks.bench_quality [--programs N] [--participants N] [--strict]``. Time and
memory are of a record of a program's full size in Parquet files; coverage is over simulated programs with known truth,
links and duplicates as they truly are, and over capture tables drawn from known totals. ``--strict`` ends with 1 when a
floor is missed.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from records.quality import measure_quality
from records.quality.capture_recapture import UnseenEstimate, estimate_unseen

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from simulated_record import END, simulated_record

CHANCES = (0.25, 0.12, 0.15, 0.18)
LEAST_COVERED = 0.9
MOST_SECONDS = 30.0
CAPTURED = ("participants", "incidents", "involvements", "duplicates")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    seconds = _time_report(options.participants, options.years)
    shares = [
        _cover_tables(name, options.programs) for name in ("independent", "dependent pair", "differing incidents")
    ]
    shares = [*shares[:2], _cover_programs(options.programs)]
    held = seconds <= MOST_SECONDS and min(shares) >= LEAST_COVERED
    return 1 if options.strict and not held else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--participants", type=int, default=11_700)
    parser.add_argument("--years", type=int, default=8)
    parser.add_argument("--strict", action="store_true")
    return parser.parse_args(arguments)


def _time_report(participants: int, years: int) -> float:
    """Seconds of a report over Parquet files, without and with the search for what waits."""
    record = simulated_record(participants, years, 20_002)
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, frame in record.tables.items():
            frame.to_parquet(Path(folder) / f"{name}.parquet")
            files[name] = [Path(folder) / f"{name}.parquet"]
        taken = []
        for search in (False, True):
            begun = time.perf_counter()
            measure_quality(files, END, search=search)
            taken.append(time.perf_counter() - begun)
    rows = sum(len(frame) for frame in record.tables.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"report of {participants:,} participants, {years} years, {rows:,} rows: {taken[0]:.1f} s, with the search for"
    )
    print(
        f"duplicates and parties that wait {taken[1]:.1f} s (floor {MOST_SECONDS:.0f} s); peak {peak:,.0f} MB with the"
    )
    print("simulated record itself in memory", flush=True)
    return taken[1]


def _cover_tables(name: str, worlds: int, size: int = 2000) -> float:
    found = [(size, estimate_unseen(_histories(_draw(name, seed, size)))) for seed in range(20_000, 20_000 + worlds)]
    return _told(f"capture tables, {name}, {size:,} true incidents", found)


def _draw(name: str, seed: int, size: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    chances = np.array(CHANCES)
    if name == "differing incidents":
        odds = np.log(chances / (1 - chances)) + rng.normal(0, 0.5, (size, 1))
        return np.asarray(rng.random((size, len(chances))) < 1 / (1 + np.exp(-odds)))
    hits = rng.random((size, len(chances))) < chances
    if name == "dependent pair":
        hits[:, 1] = np.where(rng.random(size) < 0.2, hits[:, 0], hits[:, 1])
    return hits


def _histories(hits: np.ndarray) -> dict[frozenset[str], int]:
    found: dict[frozenset[str], int] = {}
    for row in hits:
        if seen := frozenset(f"source {place}" for place in np.flatnonzero(row)):
            found[seen] = found.get(seen, 0) + 1
    return found


def _cover_programs(programs: int, participants: int = 4000, years: int = 5) -> float:
    found = []
    for seed in range(20_300, 20_300 + programs):
        record = simulated_record.__wrapped__(participants, years, seed)
        unseen = measure_quality({name: record.tables[name] for name in CAPTURED}, END).unseen
        true = record.truth["incidents"].drop_duplicates("truth_id")["occurred_on"]
        inside = (true >= pd.Timestamp(unseen.window_start)) & (true < pd.Timestamp(unseen.window_end))
        found.append((int(inside.sum()), unseen.estimate))
    return _told(f"simulated programs of {participants:,} participants, {years} years", found)


def _told(title: str, found: Sequence[tuple[int, object]]) -> float:
    """Print how often the interval held the truth; gives the share."""
    kept = [(true, each) for true, each in found if isinstance(each, UnseenEstimate)]
    held = sum(each.interval[0] <= true <= each.interval[1] for true, each in kept)
    ratio = np.mean([each.total / true for true, each in kept])
    width = np.median([(each.interval[1] - each.interval[0]) / true for true, each in kept])
    print(
        f"{title}: interval holds the truth in {held} of {len(found)}, estimate / truth {ratio:.3f} on average, "
        f"interval {width:.0%} of the truth wide",
        flush=True,
    )
    return held / len(found)


if __name__ == "__main__":
    raise SystemExit(main())
