"""The kernel beside its rivals: the same rows, the same columns, in turn, in one process."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from benchmarks.matrix_world import Size
from benchmarks.optional_engines import simpler, working_engines
from benchmarks.result import Floor
from benchmarks.timing import median_seconds, peak_gigabytes_beyond, side_by_side
from benchmarks.window_engines import RIVALS, Engine, by_kernel, by_polars
from benchmarks.window_rows import Rows, made_up_rows

TRIAL = Size(participants=200, dates=3, incidents=5_000)
COUNTRY = Size(participants=100_000, dates=12, incidents=3_000_000)
LONG = Size(participants=100_000, dates=60, incidents=10_000_000)
OPTIONAL = Size(participants=10_000, dates=12, incidents=300_000)
MOST_SECONDS_LONG, LEAST_TIMES_POLARS = 6.0, 5.0
MOST_SECONDS_33, LEAST_TIMES_PEER = 1.5, 2.0
MOST_MATRICES = 2.0
Part = tuple[dict[str, float | str], list[Floor]]
"""Seconds by title (or the words of why there are none), and the floors."""


def warm_up() -> None:
    """Compile what is compiled on first use, and see that every rival gives the same figures."""
    trial = made_up_rows(TRIAL, seed=2)
    expect_same(trial, RIVALS)


def expect_same(rows: Rows, others: Mapping[str, Engine]) -> None:
    """ValueError when a rival's columns are not the kernel's: then its time means nothing."""
    expected = by_kernel(rows)
    for name, engine in others.items():
        if not np.allclose(engine(rows), expected, rtol=1e-6, atol=1e-3):
            raise ValueError(f"Expected the columns of {name} to equal the kernel's; they differ. Correct the engine.")


def beside_every_rival(size: Size, *, seed: int, repeats: int) -> Part:
    """All rivals at the size of a country; the strongest must be beaten."""
    rows = made_up_rows(size, seed=seed)
    by_kernel(rows)
    found = side_by_side({name: partial(each, rows) for name, each in {"kernel": by_kernel, **RIVALS}.items()}, repeats)
    strongest = min(RIVALS, key=found.__getitem__)
    title = f"{size} x {rows.columns} columns"
    seconds: dict[str, float | str] = {f"{title}, {name}": each for name, each in found.items()}
    floors = [
        Floor(f"times as fast as {name}, {title}", found[name] / found["kernel"], ">=", LEAST_TIMES_PEER)
        for name in dict.fromkeys(("pandas merge_asof", strongest))
    ]
    return seconds, floors


def beside_polars_at_length(size: Size, *, seed: int, repeats: int) -> Part:
    """Many dates and incidents, with the memory that it takes."""
    rows = made_up_rows(size, seed=seed)
    found = side_by_side({"kernel": partial(by_kernel, rows), "Polars join_asof": partial(by_polars, rows)}, repeats)
    title = f"{size} x {rows.columns} columns"
    matrix = 4e-9 * rows.columns * rows.as_of.size
    del rows
    peak = peak_gigabytes_beyond(partial(made_up_rows, size, seed=seed), by_kernel)
    floors = [
        Floor(f"seconds, {title}, sorts included", found["kernel"], "<=", MOST_SECONDS_LONG),
        Floor(
            f"times as fast as Polars, {title}", found["Polars join_asof"] / found["kernel"], ">=", LEAST_TIMES_POLARS
        ),
        Floor(
            f"times the matrix's {matrix:.2f} GB, memory at the peak beyond the inputs",
            peak / matrix,
            "<=",
            MOST_MATRICES,
        ),
    ]
    return {f"{title}, {name}": each for name, each in found.items()}, floors


def thirty_three_columns(size: Size, *, seed: int, repeats: int) -> Part:
    """The job for which a published engine on PostgreSQL states 76 seconds."""
    rows = made_up_rows(size, seed=seed, columns=33)
    title = f"{size} x {rows.columns} columns"
    by_kernel(rows)
    kernel = median_seconds(partial(by_kernel, rows), repeats)
    return {f"{title}, kernel": kernel}, [Floor(f"seconds, {title}, sorts included", kernel, "<=", MOST_SECONDS_33)]


def beside_optional(size: Size, *, seed: int) -> Part:
    """Engines that are no requirement of the project, on a simpler job and a smaller one, once each."""
    engines, missing = working_engines(simpler(made_up_rows(TRIAL, seed=seed)))
    rows = simpler(made_up_rows(size, seed=seed))
    works = {name: partial(each, rows) for name, each in {"kernel": by_kernel, **engines}.items()}
    title = f"{size} x {rows.columns} columns, no late knowledge, no amendments"
    seconds: dict[str, float | str] = {f"{title}, {name}": each for name, each in side_by_side(works, 1).items()}
    return {**seconds, **{f"{title}, {name}": f"not measured: {reason}" for name, reason in missing.items()}}, []
