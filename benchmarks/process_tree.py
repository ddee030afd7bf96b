"""How much memory a process and all that it started hold together, sampled from /proc."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_BETWEEN = 0.2


class Peak:
    """The highest sum seen, in GB, and the CPU seconds of the tree so far."""

    def __init__(self) -> None:
        self.gigabytes = 0.0
        self.samples = 0


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Sample the memory of this process and its descendants while the block runs.

    Proportional shares are summed: a page that several processes map is counted once over all of them.
    """
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(SECONDS_BETWEEN):
            total = sum(_share(process) for process in _tree(os.getpid())) / 1e6
            peak.gigabytes, peak.samples = max(peak.gigabytes, total), peak.samples + 1

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _tree(root: int) -> list[int]:
    """The process and everything that it started, directly or not."""
    parent: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended meanwhile
    found = [root]
    for process in found:
        found.extend(child for child, other in parent.items() if other == process)
    return found


def _share(process: int) -> int:
    """Proportional share of memory in kB; 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
