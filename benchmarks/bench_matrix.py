"""How long the matrix takes at the size of a country, beside the same columns by other engines.

Run from the repository: ``python -m benchmarks.bench_matrix [PART]... [--optional] [--strict] [--out FILE.json]``.
Without parts all of them run. Times are medians of runs in turn, in one process, after compilation; the outputs
of all engines are compared before anything is timed. With ``--strict`` the exit code is 1 when a floor is missed.

The parts: ``tables`` (stored tables to matrix), ``rivals`` (every engine), ``columns`` (33 columns), ``length``
(60 dates, 10 million incidents, memory), ``growth`` (1 to 8 times the rows), ``program`` (every feature of a
simulated program, and one participant).
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import engines_compared, growth, program_speed
from benchmarks.engines_compared import COUNTRY, LONG, OPTIONAL, Part
from benchmarks.machine import describe_machine
from benchmarks.matrix_world import Size
from benchmarks.result import finish, floors_met
from benchmarks.tables_to_matrix import tables_to_matrix

PARTS = ("tables", "rivals", "columns", "length", "growth", "program")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    machine = describe_machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    engines_compared.warm_up()
    seconds: dict[str, float | str] = {}
    floors = []
    for name, part in _parts(options):
        print(f"measuring {name}", flush=True)
        times, wanted = part()
        seconds |= times
        floors += wanted
    result = {"title": "The matrix", "machine": machine, "seconds": seconds, "floors": floors_met(floors)}
    return finish(result, strict=options.strict, out=options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; all when left out")
    parser.add_argument("--scale", type=float, default=1.0, help="a fraction of every size, for a quick look")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--optional", action="store_true", help="Featuretools and timeseriesflattener too, smaller")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"expected parts among {', '.join(PARTS)}; got {', '.join(unknown)}")
    return options


def _parts(options: argparse.Namespace) -> list[tuple[str, Callable[[], Part]]]:
    run = {"seed": options.seed, "repeats": options.repeats}
    country, long, optional = (_scaled(size, options.scale) for size in (COUNTRY, LONG, OPTIONAL))
    third = country.incidents // 3
    everyone = [
        ("tables", partial(tables_to_matrix, country, **run)),
        ("rivals", partial(engines_compared.beside_every_rival, country, **run)),
        ("columns", partial(engines_compared.thirty_three_columns, country, **run)),
        ("length", partial(engines_compared.beside_polars_at_length, long, **run)),
        ("growth", partial(growth.growth_with_incidents, country.participants, country.dates, third, **run)),
        ("growth", partial(growth.growth_with_spine, country.participants, country.dates // 2, third, **run)),
        (
            "program",
            partial(
                program_speed.full_catalog,
                round(program_speed.PARTICIPANTS * options.scale),
                program_speed.YEARS,
                **run,
            ),
        ),
    ]
    chosen = [(name, part) for name, part in everyone if not options.parts or name in options.parts]
    if options.optional:
        chosen.append(("optional", partial(engines_compared.beside_optional, optional, seed=options.seed)))
    return chosen


def _scaled(size: Size, scale: float) -> Size:
    return Size(max(round(size.participants * scale), 100), size.dates, max(round(size.incidents * scale), 1_000))


if __name__ == "__main__":
    sys.exit(main())
