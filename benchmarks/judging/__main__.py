"""Every candidate and baseline on real histories and simulated programs, and the page that tells what came of it.

    python -m benchmarks.judging run [--only PATTERN] [--budget-minutes N] [--data FOLDER]
    python -m benchmarks.judging page
    python -m benchmarks.judging list

``run`` judges the cells of plan.toml one by one and keeps a small JSON file of each in benchmarks/results/judging; a
cell whose question was answered is skipped, so a run can be stopped and called again. Two runs with different patterns
share the work. ``page`` writes docs/results.md from those files alone.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from benchmarks.judging.cells import Cell, read_cells
from benchmarks.judging.keeping import KEPT, is_done, keep, read_kept
from benchmarks.judging.measuring import measure, missing
from benchmarks.judging.page import PAGE, render_page

DATA = Path(__file__).parents[3] / "shared" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the verb."""
    options = _options(arguments)
    if options.verb == "page":
        options.page.write_text(render_page(read_cells(), read_kept(options.kept)), encoding="utf-8")
        _tell(f"Wrote {options.page}")
    elif options.verb == "list":
        for cell in read_cells():
            _tell(f"{'done' if is_done(cell, options.kept) else 'open':5} {cell.name}")
    else:
        options.work.mkdir(parents=True, exist_ok=True)
        wanted = [cell for cell in read_cells() if any(fnmatch(cell.name, each) for each in options.only)]
        budget = Budget(60 * options.budget_minutes, time.monotonic)
        answer_open(wanted, options.kept, options.data, budget, partial(_measured, options=options))
    return 0


class Budget:
    """Seconds in which cells may begin; the clock is an argument."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock, self._end = clock, clock() + seconds

    @property
    def over(self) -> bool:
        return self._clock() > self._end


def answer_open(
    cells: Sequence[Cell], kept: Path, data: Path, budget: Budget, judge: Callable[[Cell], Mapping[str, Any]]
) -> None:
    """Judge and keep each cell whose question has no answer yet, saying of each other one why not."""
    for cell in cells:
        if is_done(cell, kept):
            _tell(f"{cell.name}: done before")
        elif why := missing(cell, data):
            _tell(f"{cell.name}: skipped, {why}")
        elif budget.over:
            _tell(f"{cell.name}: left for another run, the time is over")
        else:
            _tell(f"{cell.name}: begins")
            _tell(f"{cell.name}: kept in {keep(judge(cell), kept).name}")


def _measured(cell: Cell, options: argparse.Namespace) -> dict[str, Any]:
    return measure(cell, options.data, options.work, lambda words: _tell(f"{cell.name}: {words}"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.judging", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("run", "page", "list"))
    parser.add_argument("--only", action="append", help="cells whose name fits, such as 'gao-*'; may be repeated")
    parser.add_argument("--budget-minutes", type=float, default=float("inf"), help="no cell begins later")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public histories")
    parser.add_argument("--work", type=Path, default=Path(gettempdir()), help="where lakes may stand meanwhile")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of the answers")
    parser.add_argument("--page", type=Path, default=PAGE, help="file of the page")
    options = parser.parse_args(arguments)
    options.only = options.only or ["*"]
    return options


def _tell(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
