"""Whether a version of the criteria can be published: no row twice, none out of reach, no case without a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from casework.criteria.cells import Box, example, meet, without
from casework.criteria.inputs import facts_for
from casework.criteria.tables import Criteria, Table
from casework.errors import InputMissing


@dataclass(frozen=True)
class Finding:
    """What stands against publishing: ``overlapping``, ``unreachable``, ``uncovered``, ``untested`` or ``failing``."""

    table: str
    kind: str
    rows: tuple[str, ...]
    words: str


def check_criteria(criteria: Criteria) -> tuple[Finding, ...]:
    """Everything that stands against publishing; exact, because every cell has a form that can be computed with."""
    found: list[Finding] = []
    for table in criteria.tables.values():
        found += [*_overlapping(table), *_reach(table), *_tests(criteria, table)]
    return tuple(found)


def _overlapping(table: Table) -> list[Finding]:
    found = []
    for one, other in combinations(table.rows, 2):
        shared = meet(one.box, other.box)
        if shared is not None:
            words = f"{one.row_id} and {other.row_id} both mean {_words(example(shared))}"
            found.append(Finding(table.name, "overlapping", (one.row_id, other.row_id), words))
    return found


def _reach(table: Table) -> list[Finding]:
    left: list[Box] = [table.space]
    found = []
    for row in table.rows:
        if all(meet(box, row.box) is None for box in left):
            words = f"{row.row_id} is never reached: rows above it mean all its cases"
            found.append(Finding(table.name, "unreachable", (row.row_id,), words))
        left = [rest for box in left for rest in without(box, row.box)]
    return found + [Finding(table.name, "uncovered", (), f"no row means {_words(example(box))}") for box in left]


def _tests(criteria: Criteria, table: Table) -> list[Finding]:
    found = []
    for row in table.rows:
        if not table.tests.get(row.row_id):
            found.append(Finding(table.name, "untested", (row.row_id,), f"{row.row_id} has no test beside it"))
    for row_id, cases in table.tests.items():
        for case in cases:
            try:
                facts_for(table.name, table.asks, case)
            except InputMissing as error:
                found.append(Finding(table.name, "failing", (row_id,), f"a test of {row_id}: {error}"))
                continue
            hits: Sequence[str] = (
                [criteria.ask(table.name, case).criterion.split("#")[1]] if _covered(table, case) else []
            )
            if list(hits) != [row_id]:
                words = f"a test of {row_id} is caught by {', '.join(hits) or 'no row'}: {_words(case)}"
                found.append(Finding(table.name, "failing", (row_id,), words))
    return found


def _covered(table: Table, case: object) -> bool:
    if not isinstance(case, dict):
        return False
    return any(all(_inside(case[name], row.box[name]) for name in table.asks) for row in table.rows)


def _inside(value: object, span: frozenset[str] | tuple[int, int]) -> bool:
    if isinstance(span, tuple):
        return isinstance(value, int) and span[0] <= value <= span[1]
    return (str(value).lower() if isinstance(value, bool) else value) in span


def _words(case: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in case.items()) if isinstance(case, dict) else str(case)
