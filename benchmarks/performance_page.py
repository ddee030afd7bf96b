"""``python -m benchmarks.performance_page``: docs/performance.md from the figures that the benchmarks wrote.

Every number on the page comes from the JSON files in benchmarks/results, which ``make bench`` writes; none is typed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
HEAD = """# Performance

Written by `python -m benchmarks.performance_page` from what `make bench` measured; every figure is the machine's. Times
are medians of runs in turn in one process, after compilation, sorts and joins included. Rivals start from the same
unsorted rows, and their columns are compared with the kernel's before anything is timed. A floor is what is promised:
`make bench` fails where one is missed.
"""
SIGNS = {"<=": "at most", ">=": "at least"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 1 when a floor is missed under --strict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    options = parser.parse_args(arguments)
    options.out.write_text(render_page(options.results), encoding="utf-8")
    return int(options.strict and not all(floor["met"] for each in _found(options.results) for floor in each["floors"]))


def render_page(results: Path) -> str:
    """The whole page: floors of everything first, then each benchmark's times and machine."""
    found = _found(results)
    parts = [HEAD, "## Floors\n", *_table(("what", "measured", "floor", "met"), _floors(found))]
    for result in found:
        parts += [f"\n## {result['title']}\n", _machine(result["machine"]), ""]
        parts += _table(("what", "seconds"), _seconds(result["seconds"]))
    return "\n".join(parts) + "\n"


def _found(results: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))]
    if not found:
        raise FileNotFoundError(f"Expected results in {results.name}/; got none. Run make bench.")
    return found


def _floors(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for result in found:
        for floor in result["floors"]:
            sign, wanted = floor["wanted"].split()
            met = "yes" if floor["met"] else "**no**"
            rows.append((floor["floor"], _number(floor["value"]), f"{SIGNS[sign]} {wanted}", met))
    return rows


def _seconds(seconds: Mapping[str, float | str]) -> list[tuple[str, ...]]:
    return [(name, _number(value) if isinstance(value, float) else value) for name, value in seconds.items()]


def _number(value: float) -> str:
    return f"{value:,.4f}" if value < 0.1 else f"{value:,.2f}"


def _machine(machine: Mapping[str, str]) -> str:
    return "Measured on " + ", ".join(f"{name} {value}" for name, value in machine.items()) + "."


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = ["| " + " | ".join(names) + " |", "| --- |" + " --: |" * (len(names) - 1)]
    return head + ["| " + " | ".join(row) + " |" for row in rows]


if __name__ == "__main__":
    sys.exit(main())
