"""How long the matrix takes at the size of a country, beside the same columns by other engines.

Run from the repository: ``python -m benchmarks.bench_matrix [--strict] [--pandas] [--out FILE.json]``. With
``--strict`` the exit code is 1 when a floor is missed. Times are medians of alternating repetitions in one process,
after compilation; outputs are compared before anything is timed.
"""

import argparse
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.matrix_world import Size, every_spine, made_up_record
from benchmarks.result import finish, floors_met
from benchmarks.window_engines import Rows, by_kernel, by_pandas, by_polars, shuffled_rows
from features.matrix import build_matrix, prepare

COUNTRY = Size(participants=100_000, dates=12, incidents=3_000_000)
MOST_SECONDS = 3.0
MOST_GIGABYTES = 4.0
LEAST_RATIO = 4.0
Times = Mapping[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    size = Size(options.participants, options.dates, options.incidents)
    warm = Size(200, 3, 5_000)
    _end_to_end(warm, repeats=1, seed=options.seed + 1)
    _compare(_rows(warm, options.seed + 1), {"polars": by_polars}, repeats=1)
    print(f"{size}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    whole = _end_to_end(size, repeats=options.repeats, seed=options.seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = _rows(size, options.seed)
    others = {"polars": by_polars, **({"pandas": by_pandas} if options.pandas else {})}
    engines = _compare(rows, others, repeats=options.repeats)
    result = _result(size, rows.columns, whole, engines, peak)
    return finish(result, strict=options.strict, out=options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=COUNTRY.participants)
    parser.add_argument("--dates", type=int, default=COUNTRY.dates)
    parser.add_argument("--incidents", type=int, default=COUNTRY.incidents)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pandas", action="store_true", help="pandas merge_asof as one more row")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args(arguments)


def _end_to_end(size: Size, *, repeats: int, seed: int) -> Times:
    """From the stored tables to the matrix, joins and sorts included, and again from a prepared record."""
    records = made_up_record(size, seed=seed)
    spine = every_spine(records, size.dates)
    features = prepare(records).features
    own = [feature.name for feature in features if feature.kind != "table"]
    names = {f"{len(own)} own-incident features": own, f"all {len(features)} features": None}
    times = {}
    for title, wanted in names.items():
        times[f"tables to matrix, {title}"] = _median(partial(build_matrix, records, spine, features=wanted), repeats)
    prepared = prepare(records)
    build_matrix(prepared, spine)
    for title, wanted in names.items():
        times[f"prepared to matrix, {title}"] = _median(
            partial(build_matrix, prepared, spine, features=wanted), repeats
        )
    one = spine.iloc[[len(spine) // 2]]
    times["one participant from a prepared record, all features"] = _median(partial(build_matrix, prepared, one), 20)
    return times


def _rows(size: Size, seed: int) -> Rows:
    records = made_up_record(size, seed=seed)
    return shuffled_rows(prepare(records), every_spine(records, size.dates), seed=seed)


def _compare(rows: Rows, others: Mapping[str, Callable[[Rows], np.ndarray]], *, repeats: int) -> Times:
    """Median seconds of each engine on the same rows, side by side; ValueError when an output differs."""
    expected = by_kernel(rows)
    for name, engine in others.items():
        if not np.allclose(engine(rows), expected, rtol=1e-6, atol=1e-3):
            raise ValueError(
                f"Expected the columns of {name} to equal the kernel's; they differ. Timing means nothing."
            )
    engines = {"kernel": by_kernel, **others}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(repeats):
        for name, engine in engines.items():
            seconds[name].append(_seconds(partial(engine, rows)))
    return {name: statistics.median(each) for name, each in seconds.items()}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _median(work: Callable[[], object], repeats: int) -> float:
    return statistics.median(_seconds(work) for _ in range(repeats))


def _result(size: Size, columns: int, whole: Times, engines: Times, peak: float) -> dict[str, object]:
    ratio = engines["polars"] / engines["kernel"]
    floors = [
        (f"seconds, {columns} windowed sums by the kernel, sorts included", engines["kernel"], "<=", MOST_SECONDS),
        ("gigabytes at the peak of making the record and every matrix from it", peak, "<=", MOST_GIGABYTES),
        (f"times as fast as Polars, {columns} columns", ratio, ">=", LEAST_RATIO),
    ]
    return {
        "size": str(size),
        "columns": columns,
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "seconds": {**whole, **{f"{columns} windowed sums, {name}": each for name, each in engines.items()}},
        "floors": floors_met(floors),
    }


if __name__ == "__main__":
    sys.exit(main())
