"""One cell from nothing to its figures: simulate or map, ingest, backtest, in a lake that is thrown away."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from benchmarks.judging.cells import EXAMPLES, Cell, Real, Simulated
from benchmarks.judging.figures import figures_of
from benchmarks.machine import describe_machine
from records.ingest import ingest
from records.lake import Lake
from records.simulate.program import simulate_program
from training.backtest import run_backtest
from training.code_digest import code_digests
from training.errors import OriginRefused, TooFewPositives

INGESTED = pd.Timestamp("2026-11-01")
"""The moment at which every batch is taken in: after the end of every record, and the same in every run."""

MADE_BY = ("records.simulate.program", "records.ingest", "training.backtest")
LIBRARIES = ("lightgbm", "numba", "numpy", "pandas", "scipy", "scikit-learn")
Tell = Callable[[str], None]


def measure(cell: Cell, data: Path, work: Path, tell: Tell) -> dict[str, Any]:
    """Judge a cell and give what the page needs as plain values.

    A program that cannot be judged gives ``refused`` with the reason in place of figures: that is a result too.

    Parameters
    ----------
    cell : Cell
        What to judge.
    data : Path
        The folder of the public histories.
    work : Path
        Where the lake may stand meanwhile.
    tell : callable
        Told of each step.
    """
    load, clock = os.getloadavg()[0], _Clock(tell)
    with TemporaryDirectory(dir=work, prefix=f"{cell.name}-") as folder:
        raw, lake = Path(folder) / "raw", Lake(Path(folder) / "lake")
        if isinstance(cell.source, Simulated):
            _simulate(cell.source, raw)
            clock.step("simulate")
            ingest(str(raw), lake, now=INGESTED)
        else:
            ingest(str(data / cell.source.folder), lake, now=INGESTED, mapping=EXAMPLES / cell.source.mapping)
        clock.step("ingest")
        records = lake.read()
        clock.step("read")
        truth = raw / "truth" if isinstance(cell.source, Simulated) else None
        try:
            result = run_backtest(records, cell.config, truth_dir=truth, report=clock.hear)
            found = figures_of(result)
        except (TooFewPositives, OriginRefused) as refusal:
            found = {"refused": str(refusal)}
        clock.step("backtest")
    return {
        "cell": cell.name,
        "question": cell.question,
        "data_version": records.data_version,
        "code": _code(),
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "machine": {name: describe_machine()[name] for name in ("processor", "memory", "system")},
        "load_before_and_after": [round(load, 1), round(os.getloadavg()[0], 1)],
        "seconds": clock.seconds,
        "processor_seconds": clock.processor_seconds,
        "stages": clock.stages,
        **found,
    }


def missing(cell: Cell, data: Path) -> str:
    """Why a cell cannot be judged here; empty when it can."""
    if isinstance(cell.source, Real) and not (data / cell.source.folder).is_dir():
        return f"there is no {data / cell.source.folder}; name the folder of the public histories with --data"
    return ""


def _simulate(source: Simulated, raw: Path) -> None:
    simulate_program(
        raw, participants=source.participants, years=source.years, seed=source.seed, scenario=source.scenario
    )


def _code() -> dict[str, str]:
    """A digest of each module that makes the figures, with all of ours that it imports."""
    return {module: "-".join(each[:12] for each in code_digests(module).values()) for module in MADE_BY}


class _Clock:
    """Seconds on the wall and of the processor for each step, and where in the backtest they went."""

    def __init__(self, tell: Tell) -> None:
        self.seconds: dict[str, float] = {}
        self.processor_seconds: dict[str, float] = {}
        self.stages: dict[str, float] = {}
        self._tell = tell
        self._wall, self._processor = time.perf_counter(), time.process_time()
        self._stage, self._began = "", time.perf_counter()

    def step(self, name: str) -> None:
        wall, processor = time.perf_counter(), time.process_time()
        self.seconds[name] = round(wall - self._wall, 1)
        self.processor_seconds[name] = round(processor - self._processor, 1)
        self._wall, self._processor = wall, processor
        self._tell(f"{name}: {self.seconds[name]} s, {self.processor_seconds[name]} s of the processor")

    def hear(self, stage: str, done: int, total: int) -> None:
        """What a backtest reports: the beginning of each stage, and the end of the last."""
        now = time.perf_counter()
        if self._stage:
            self.stages[self._stage] = round(now - self._began, 1)
        self._stage, self._began = stage, now
        self._tell(f"{stage} ({done} of {total})")
