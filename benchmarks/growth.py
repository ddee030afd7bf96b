"""How the kernel's time grows with incidents and with rows of the spine: a straight line has exponent 1."""

from functools import partial

from benchmarks.engines_compared import Part
from benchmarks.matrix_world import Size
from benchmarks.result import Floor
from benchmarks.timing import growth_exponent, side_by_side
from benchmarks.window_engines import by_kernel
from benchmarks.window_rows import made_up_rows

TIMES = (1, 2, 4, 8)
MOST_EXPONENT = 1.1


def growth_of(what: str, sizes: dict[int, Size], *, seed: int, repeats: int) -> Part:
    """Seconds at each size, in turn, and the exponent fitted to their logarithms."""
    rows = {times: made_up_rows(size, seed=seed) for times, size in sizes.items()}
    for each in rows.values():
        by_kernel(each)
    found = side_by_side({str(times): partial(by_kernel, each) for times, each in rows.items()}, repeats)
    exponent = growth_exponent(list(sizes), list(found.values()))
    seconds: dict[str, float | str] = {
        f"growth with {what}, {sizes[int(times)]}": each for times, each in found.items()
    }
    return seconds, [Floor(f"exponent of the growth with {what}, 1 to 8 times", exponent, "<=", MOST_EXPONENT)]


def growth_with_incidents(participants: int, dates: int, incidents: int, *, seed: int, repeats: int) -> Part:
    """More incidents, the same spine."""
    sizes = {times: Size(participants, dates, incidents * times) for times in TIMES}
    return growth_of("incidents", sizes, seed=seed, repeats=repeats)


def growth_with_spine(participants: int, dates: int, incidents: int, *, seed: int, repeats: int) -> Part:
    """More dates, the same incidents."""
    sizes = {times: Size(participants, dates * times, incidents) for times in TIMES}
    return growth_of("rows of the spine", sizes, seed=seed, repeats=repeats)
