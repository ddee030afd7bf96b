"""How a time, a ratio, a growth and a peak of memory are measured, the same in every benchmark."""

import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def seconds_of(work: Callable[[], object]) -> float:
    """How long ``work`` takes; its result is thrown away after the clock has stopped."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    stopped = time.perf_counter()
    del result
    return stopped - start


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """The median of several runs of the same work."""
    return statistics.median(seconds_of(work) for _ in range(repeats))


def side_by_side(works: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of each, run in turn: what else the machine does meanwhile meets all of them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            seconds[name].append(seconds_of(work))
    return {name: statistics.median(each) for name, each in seconds.items()}


def growth_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """``b`` of ``seconds = a * size ** b``, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def peak_gigabytes_beyond(inputs: Callable[[], Any], work: Callable[[Any], object]) -> float:
    """The most memory that ``work`` held beyond its inputs, measured in a process of its own.

    Both functions must be importable from a module. When making the inputs took more memory than the work, the figure
    is that of the inputs' making, and so never too small.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return float(pool.apply(_peak, (inputs, work)))


def _peak(inputs: Callable[[], Any], work: Callable[[Any], object]) -> float:
    made = inputs()
    gc.collect()
    held = _status("VmRSS")
    result = work(made)
    peak = _status("VmHWM")
    del result
    return (peak - held) / 1e9


def _status(name: str) -> int:
    """Bytes of this process; ``ru_maxrss`` would not do, which a started process takes over from the one before."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
