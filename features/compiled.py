"""How kernels are compiled and spread over threads.

Kernels are numba functions that release the interpreter's lock, and plain Python threads call them on
disjoint ranges of participants. Numba's own ``prange`` was rejected: its default threading layer ends the
process when two threads of a service enter it at once, its OpenMP layer ends a forked child, and it
multiplies the compile time. Each range writes rows of its own, so the result does not depend on the
number of threads.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

THREADS = os.cpu_count() or 1
"""How many ranges are worked on at once."""

SMALL_WORK = 100_000
"""Below this many rows one thread is faster than starting others."""


def compiled(function: Function) -> Function:
    """``function`` compiled on first use, cached on disk where the installation allows it.

    Numba raises RuntimeError when it finds no folder it may write to (a read-only install without a
    home); the kernel is then compiled in memory, once a process.
    """
    try:
        built = njit(function, cache=True, nogil=True)
    except RuntimeError:
        built = njit(function, nogil=True)
    return built  # type: ignore[no-any-return]


def over_ranges(kernel: Callable[..., None], work: Ints, *arguments: object) -> None:
    """Call ``kernel(low, high, *arguments)`` on ranges that together cover ``work``.

    Parameters
    ----------
    kernel : callable
        A compiled function that touches only output rows of segments ``low`` to ``high - 1``.
    work : int64 array of shape (segments + 1,)
        Cumulative cost of the segments; ranges are cut so that each has about the same.
    """
    segments = work.size - 1
    if segments <= 0:
        return
    if segments == 1 or THREADS == 1 or work[-1] < SMALL_WORK:
        kernel(0, segments, *arguments)
        return
    # Twice as many ranges as threads, so that one slow range does not keep the others waiting.
    wanted = np.linspace(work[0], work[-1], 2 * THREADS + 1)
    cuts = np.unique(np.searchsorted(work, wanted))
    cuts[0], cuts[-1] = 0, segments
    with ThreadPoolExecutor(THREADS) as pool:
        jobs = [pool.submit(kernel, low, high, *arguments) for low, high in pairwise(cuts.tolist())]
    for job in jobs:
        job.result()
