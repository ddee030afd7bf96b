"""What another version of the criteria would change: its rows, and the cases of the past."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.criteria.inputs import METHODS
from casework.criteria.tables import Criteria
from casework.errors import InputMissing

LIGHTEST = METHODS[0]
"""The method that takes no place in the queue of examinations."""


@dataclass(frozen=True)
class PastCase:
    """A case as its decisions recorded it. ``group`` is what effects are told apart by, such as the business type."""

    case_id: str
    group: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class RowChange:
    """A row that one version has and the other has not, or has otherwise."""

    table: str
    row_id: str
    before: str
    after: str


@dataclass(frozen=True)
class CaseChange:
    """A past case that another version answers otherwise."""

    case_id: str
    group: str
    table: str
    before: str
    after: str


@dataclass(frozen=True)
class DryRun:
    """What a version would have changed.

    Attributes
    ----------
    cases : int
        Cases that both versions could be asked about.
    left_out : tuple of str
        Cases that lack an input of one of the versions, by id.
    queue_before, queue_after : int
        Cases whose method is more than a review of the records.
    changes : tuple of CaseChange
        Every answer that differs.
    by_group : mapping of group to (cases, changed)
        Where the changes fall.
    """

    cases: int
    left_out: tuple[str, ...]
    queue_before: int
    queue_after: int
    changes: tuple[CaseChange, ...]
    by_group: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def churn(self) -> float:
        """Share of the cases with any other answer, 0 to 1; 0 without cases."""
        return len({change.case_id for change in self.changes}) / self.cases if self.cases else 0.0


def changed_rows(old: Criteria, new: Criteria) -> tuple[RowChange, ...]:
    """Rows that differ, by table and id."""
    found = []
    for name in old.tables:
        before, after = (
            {row.row_id: _row_words(row.cells, row.answer) for row in each.tables[name].rows} for each in (old, new)
        )
        for row_id in sorted(before.keys() | after.keys()):
            if before.get(row_id) != after.get(row_id):
                found.append(RowChange(name, row_id, before.get(row_id, "(none)"), after.get(row_id, "(none)")))
    return tuple(found)


def dry_run(old: Criteria, new: Criteria, cases: Sequence[PastCase]) -> DryRun:
    """Ask both versions about past cases. Nothing is written."""
    changes: list[CaseChange] = []
    left_out: list[str] = []
    queue = Counter({"before": 0, "after": 0})
    groups, changed = Counter[str](), Counter[str]()
    for case in cases:
        try:
            answers = {
                table: tuple(dict(each.ask(table, case.facts).values) for each in (old, new))
                for table in ("method", "enforcement")
            }
        except InputMissing:
            left_out.append(case.case_id)
            continue
        groups[case.group] += 1
        queue["before"] += answers["method"][0]["method"] != LIGHTEST
        queue["after"] += answers["method"][1]["method"] != LIGHTEST
        differing = [
            CaseChange(case.case_id, case.group, table, *(", ".join(each.values()) for each in pair))
            for table, pair in answers.items()
            if pair[0] != pair[1]
        ]
        changes += differing
        changed[case.group] += bool(differing)
    by_group = {name: (groups[name], changed[name]) for name in sorted(groups)}
    return DryRun(sum(groups.values()), tuple(left_out), queue["before"], queue["after"], tuple(changes), by_group)


def _row_words(cells: Mapping[str, str], answer: Mapping[str, str]) -> str:
    asked = " and ".join(f"{name} {cell}" for name, cell in sorted(cells.items()) if cell) or "always"
    return f"{asked}: {', '.join(answer.values())}"
