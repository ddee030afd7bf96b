"""What a program expects of its own record: ``expectations.toml``, and what holds without one.

Worked example: a port's source reports every week within 10 days. Its last rows came on 2024-03-01; as of 2024-03-19
it has been silent for longer than 7 + 10 days, and that is an alarm.
"""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from records.errors import ExpectationsRefused
from records.quality.metric import NOBODY, Target
from records.tables import TABLES

Every = Literal["day", "week", "month", "quarter"]
PERIOD_DAYS: dict[str, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92}

EXPECTED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "participants": ("legal_name", "business_type", "country", "enrolled_on"),
    "incidents": ("reported_on", "incident_type", "severity", "discovery"),
    "involvements": ("role",),
    "actions": ("participant_id", "criterion", "reason", "decided_by"),
    "validations": ("participant_id", "kind", "due_on"),
    "findings": ("criterion_id", "category", "due_on"),
}
"""Columns that every row should fill. A required column is never empty and needs no place here."""

DEFAULT_TARGETS = (
    Target("incomplete", at_most=0.05),
    Target("inconsistent", at_most=0.01),
    Target("missing", at_most=0.05),
    Target("duplicate", at_most=0.05),
    Target("complete.*", at_least=0.95),
    Target("QR09*", at_most=0.01),
    Target("QR*", at_most=0.001),
    Target("missing.*", at_most=0.05),
    Target("duplicate.joined", at_most=0.05),
    Target("duplicate.open", at_most=0.001),
    Target("duplicate.actions", at_most=0.01),
    Target("link.open", at_most=0.05),
    Target("link.review", at_most=0.01),
    Target("late.*", at_most=90.0),
    Target("arrival.silent", at_most=0.0),
    Target("arrival.*", at_most=0.1),
)
"""Targets that hold until a program sets its own; the first that fits counts. Shares in 0-1, lateness in days."""

METRICS = (
    "incomplete",
    "inconsistent",
    "missing",
    "duplicate",
    "missing.action",
    "missing.standing",
    "duplicate.joined",
    "duplicate.open",
    "duplicate.actions",
    "link.open",
    "link.review",
    "arrival.silent",
    "unseen",
)
FAMILIES = ("complete.", "QR", "late.", "arrival.")


@dataclass(frozen=True)
class SourceExpectation:
    """What one source sends: which tables, how often, at least how many rows a period, and how soon after it.

    ``since`` is the first day on which it was to report. ``declared`` is False when it was read off the source's own
    history; then ``at_least`` is empty and the monthly numbers are judged by the months before.
    """

    name: str
    tables: tuple[str, ...] = ()
    every: Every = "month"
    at_least: float | None = None
    within_days: int = 0
    owner: str = ""
    since: date | None = None
    declared: bool = True

    @property
    def patience_days(self) -> int:
        """Days after its last rows from which the source counts as silent."""
        return PERIOD_DAYS[self.every] + self.within_days


@dataclass(frozen=True)
class Expectations:
    """All that a program expects. ``origin`` says where from, in words for the report."""

    sources: tuple[SourceExpectation, ...] = ()
    targets: tuple[Target, ...] = ()
    owner: str = ""
    action_days: int = 90
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origin: str = "built in; sources as their own history shows"

    @classmethod
    def from_toml(cls, path: Path) -> "Expectations":
        """The expectations in a TOML file; ExpectationsRefused with every problem when it does not fit."""
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise ExpectationsRefused(
                f"Expected a TOML file at {path}; got: {problem}. Correct the file, or leave out --expectations."
            ) from problem
        return cls.from_dict(content, origin=f"declared in {Path(path).name}")

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, origin: str = "declared") -> "Expectations":
        """The expectations in plain values; ExpectationsRefused with every problem when they do not fit."""
        problems: list[str] = []
        _refuse_unknown(content, ("owner", "grace", "fields", "sources", "targets"), "", problems)
        grace = _table(content, "grace", problems)
        _refuse_unknown(grace, ("action_days",), "grace.", problems)
        days = grace.get("action_days", 90)
        if not _is_count(days):
            problems.append(f"grace.action_days: expected a whole number of days of at least 0; got {days!r}")
        sources = tuple(
            _source(entry, place, problems) for place, entry in enumerate(_list(content, "sources", problems), 1)
        )
        targets = tuple(
            _target(entry, place, problems) for place, entry in enumerate(_list(content, "targets", problems), 1)
        )
        names = [source.name for source in sources]
        problems += [
            f"sources: expected each source once; got {name!r} twice"
            for name in sorted({name for name in names if name and names.count(name) > 1})
        ]
        expected = _fields(_table(content, "fields", problems), problems)
        if problems:
            lines = "\n".join(f"  - {problem}" for problem in problems)
            raise ExpectationsRefused(f"The expectations were refused:\n{lines}\nCorrect the file and run again.")
        return cls(sources, targets, str(content.get("owner", "")), int(days), expected, origin)

    def target(self, metric: str) -> Target | None:
        """The target of a metric: the program's own, else the default, else None."""
        for target in (*self.targets, *DEFAULT_TARGETS):
            if fnmatchcase(metric, target.metric):
                return target
        return None

    def owner_of(self, metric: str, source: str = "") -> str:
        """Who answers for a metric: the target's owner, the source's, the program's, or nobody yet."""
        target = self.target(metric)
        named = next((entry.owner for entry in self.sources if entry.name == source), "")
        return (target.owner if target else "") or named or self.owner or NOBODY

    def expected_fields(self, table: str) -> tuple[str, ...]:
        """Columns of ``table`` that every row should fill."""
        return tuple(self.fields.get(table, EXPECTED_FIELDS.get(table, ())))


def _source(entry: Mapping[str, Any], place: int, problems: list[str]) -> SourceExpectation:
    where = f"sources[{place}]."
    known = tuple(item.name for item in fields(SourceExpectation) if item.name != "declared")
    _refuse_unknown(entry, known, where, problems)
    name, tables = entry.get("name"), entry.get("tables", [])
    if not isinstance(name, str) or not name:
        problems.append(f"{where}name: expected the name of a source; got {name!r}")
    if not isinstance(tables, list):
        problems.append(f"{where}tables: expected a list of tables; got {tables!r}")
        tables = []
    for table in tables:
        _refuse_unknown({str(table): 0}, tuple(TABLES), f"{where}tables ", problems)
    every = entry.get("every", "month")
    _refuse_unknown({str(every): 0}, tuple(PERIOD_DAYS), f"{where}every ", problems)
    for number in ("at_least", "within_days"):
        if number in entry and not _is_count(entry[number]):
            problems.append(f"{where}{number}: expected a whole number of at least 0; got {entry[number]!r}")
    if "since" in entry and type(entry["since"]) is not date:
        problems.append(f"{where}since: expected a date, as in since = 2019-01-01; got {entry['since']!r}")
    if problems:
        return SourceExpectation(str(name or ""))
    least = None if "at_least" not in entry else float(entry["at_least"])
    rest = {key: entry[key] for key in ("within_days", "owner", "since") if key in entry}
    return SourceExpectation(str(name), tuple(map(str, tables)), every, least, **rest)


def _target(entry: Mapping[str, Any], place: int, problems: list[str]) -> Target:
    where = f"targets[{place}]."
    _refuse_unknown(entry, ("metric", "at_most", "at_least", "owner"), where, problems)
    metric = str(entry.get("metric", ""))
    if metric not in METRICS and not metric.startswith(FAMILIES):
        near = _nearest(metric, METRICS)
        problems.append(
            f"{where}metric: expected one of {', '.join(METRICS)}, or complete.TABLE.COLUMN, a rule QR001, "
            f"late.SOURCE, arrival.SOURCE; got {metric!r}{near}"
        )
    bounds = [entry[key] for key in ("at_most", "at_least") if key in entry]
    if len(bounds) != 1 or isinstance(bounds[0], bool) or not isinstance(bounds[0], int | float):
        problems.append(f"{where[:-1]}: expected one number, at_most or at_least; got {bounds or 'none'}")
        return Target(metric)
    most, least = entry.get("at_most"), entry.get("at_least")
    return Target(metric, most, least, str(entry.get("owner", "")), declared=True)


def _fields(entry: Mapping[str, Any], problems: list[str]) -> dict[str, tuple[str, ...]]:
    _refuse_unknown(entry, tuple(TABLES), "fields.", problems)
    chosen = {}
    for table, columns in entry.items():
        if table in TABLES:
            if not isinstance(columns, list):
                problems.append(f"fields.{table}: expected a list of columns; got {columns!r}")
                continue
            names = tuple(column.name for column in TABLES[table].columns)
            _refuse_unknown(dict.fromkeys(map(str, columns), 0), names, f"fields.{table} ", problems)
            chosen[table] = tuple(map(str, columns))
    return chosen


def _refuse_unknown(entry: Mapping[str, Any], known: Sequence[str], where: str, problems: list[str]) -> None:
    for name in entry:
        if name not in known:
            expected = ", ".join(known)
            problems.append(f"{where}{name}: expected one of {expected}; got {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _table(content: Mapping[str, Any], key: str, problems: list[str]) -> Mapping[str, Any]:
    found = content.get(key, {})
    if isinstance(found, Mapping):
        return found
    problems.append(f"{key}: expected a table [{key}]; got {found!r}")
    return {}


def _list(content: Mapping[str, Any], key: str, problems: list[str]) -> list[Mapping[str, Any]]:
    found = content.get(key, [])
    if isinstance(found, list) and all(isinstance(entry, Mapping) for entry in found):
        return found
    problems.append(f"{key}: expected tables [[{key}]]; got {found!r}")
    return []


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
