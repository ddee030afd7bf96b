"""From the stored tables of a country's record to the matrix: joins, text and sorts included."""

import resource
from collections.abc import Mapping
from functools import partial

import pandas as pd

from benchmarks.engines_compared import Part
from benchmarks.matrix_world import Size, every_spine, made_up_record
from benchmarks.result import Floor
from benchmarks.timing import median_seconds
from features.catalog import catalog_for
from features.matrix import build_matrix, prepare
from features.prepared import Prepared
from records.known import Records

MOST_GIGABYTES = 4.0


def tables_to_matrix(size: Size, *, seed: int, repeats: int) -> Part:
    """From stored tables, and again from a prepared record. To be run first: the peak of memory is the process's."""
    records = made_up_record(size, seed=seed)
    spine = every_spine(records, size.dates)
    catalog = catalog_for(records)
    own = [feature.name for feature in catalog if feature.kind != "table"]
    lists = {f"{len(own)} own-incident": own, f"all {len(catalog)}": None}
    seconds = _timed("stored tables", records, spine, lists, size, repeats)
    # Made last: nobody who builds from stored tables holds a prepared record beside.
    seconds |= _timed("prepared record", prepare(records), spine, lists, size, repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    floor = Floor(f"gigabytes at the peak, made-up tables of {size} to every matrix", peak, "<=", MOST_GIGABYTES)
    return seconds, [floor]


def _timed(
    start: str,
    record: Records | Prepared,
    spine: pd.DataFrame,
    lists: Mapping[str, list[str] | None],
    size: Size,
    repeats: int,
) -> dict[str, float | str]:
    seconds: dict[str, float | str] = {}
    for title, wanted in lists.items():
        build_matrix(record, spine, features=wanted)
        work = partial(build_matrix, record, spine, features=wanted)
        seconds[f"{size}, {start} to {title} features"] = median_seconds(work, repeats)
    return seconds
