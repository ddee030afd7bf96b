"""From the stored tables of a country's record to the matrix: joins, text and sorts included."""

import resource
from functools import partial

from benchmarks.engines_compared import Part
from benchmarks.matrix_world import Size, every_spine, made_up_record
from benchmarks.result import Floor
from benchmarks.timing import median_seconds
from features.matrix import build_matrix, prepare

MOST_GIGABYTES = 4.0


def tables_to_matrix(size: Size, *, seed: int, repeats: int) -> Part:
    """From stored tables, and again from a prepared record. To be run first: the peak of memory is the process's."""
    records = made_up_record(size, seed=seed)
    spine = every_spine(records, size.dates)
    prepared = prepare(records)
    own = [feature.name for feature in prepared.features if feature.kind != "table"]
    seconds: dict[str, float | str] = {}
    for title, wanted in {f"{len(own)} own-incident": own, f"all {len(prepared.features)}": None}.items():
        for start, record in (("stored tables", records), ("prepared record", prepared)):
            build_matrix(record, spine, features=wanted)
            work = partial(build_matrix, record, spine, features=wanted)
            seconds[f"{size}, {start} to {title} features"] = median_seconds(work, repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    floor = Floor(f"gigabytes at the peak, made-up tables of {size} to every matrix", peak, "<=", MOST_GIGABYTES)
    return seconds, [floor]
