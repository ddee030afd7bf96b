"""The four numbers that the audit asks for: incomplete, inconsistent, missing, duplicate. They are never summed.

All four speak of entries: incidents and actions. An incident is inconsistent too when one of its parties is.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Sequence
from dataclasses import dataclass

from records.quality.check import OF_ACTION, OF_INCIDENT, Findings
from records.quality.metric import Metric, Status, Target, Trend, judge

KINDS = {
    "incomplete": ("Incomplete", "incidents and actions in which a value that every entry should have is empty"),
    "inconsistent": ("Inconsistent", "incidents and actions that break a consistency rule"),
    "missing": ("Missing", "decisions that should stand in the record and do not"),
    "duplicate": ("Duplicate", "incidents and actions that repeat another entry"),
}


@dataclass(frozen=True)
class Part:
    """One metric's contribution; an entry can count in several parts."""

    metric: str
    title: str
    count: int
    of: int
    share: float


@dataclass(frozen=True)
class Headline:
    """One of the four numbers: ``count`` of ``of``, with the metrics that it is made of, the largest first.

    ``elsewhere`` counts wrong rows in tables that belong to no incident or action.
    """

    id: str
    title: str
    meaning: str
    count: int
    of: int
    value: float | None
    owner: str
    target: Target | None
    status: Status
    trend: Trend
    parts: tuple[Part, ...]
    elsewhere: int


def headlines(findings: Findings, metrics: Sequence[Metric]) -> tuple[Headline, ...]:
    """The four numbers, from the wrong rows that the checks kept."""
    return tuple(_headline(findings, kind, [m for m in metrics if m.kind == kind]) for kind in KINDS)


def _headline(findings: Findings, kind: str, metrics: Sequence[Metric]) -> Headline:
    wrong = _wrong_entries(findings, kind)
    count, recent, before = findings.tally(wrong)
    # What is missing is counted among what should be there, not among what is.
    of, of_recent, of_before = findings.tally("due" if kind == "missing" else _entries(findings))
    trend = Trend(recent / of_recent if of_recent else None, before / of_before if of_before else None)
    value = count / of if of else None
    target = findings.expectations.target(kind)
    title, meaning = KINDS[kind]
    return Headline(
        kind,
        title,
        meaning,
        count,
        of,
        value,
        findings.expectations.owner_of(kind),
        target,
        judge(value, target, absent="not applicable"),
        trend,
        tuple(
            sorted(map(_part, (m for m in metrics if m.value is not None)), key=lambda part: (-part.count, part.metric))
        ),
        _elsewhere(findings, kind),
    )


def _part(metric: Metric) -> Part:
    """What a metric adds: of completeness, the rows that are not filled."""
    of, count = metric.denominator or 0, metric.numerator or 0
    if metric.kind == "incomplete":
        count = of - count
    return Part(metric.id, metric.title, count, of, count / of if of else 0.0)


def _wrong_entries(findings: Findings, kind: str) -> str:
    if kind == "missing":
        return f"(SELECT day FROM wrong WHERE kind = '{kind}')"
    return (
        f"(SELECT entry, max(day) AS day FROM wrong WHERE kind = '{kind}' AND {_on_record(findings, kind)} "
        "GROUP BY entry, \"table\" = 'actions')"
    )


def _on_record(findings: Findings, kind: str) -> str:
    """Whether a wrong row makes an incident or action wrong that counts; a gap in a party is a gap of the party."""
    tables = ("incidents", "actions") if kind == "incomplete" else (*OF_INCIDENT, *OF_ACTION)
    known = "SELECT incident_id FROM valid_incidents"
    acted = "SELECT action_id FROM valid_actions" if "actions" in findings.sent else "SELECT NULL WHERE false"
    return (
        f'("table" IN {tables} AND entry IS NOT NULL AND CASE WHEN "table" = \'actions\' '
        f"THEN entry IN ({acted}) ELSE entry IN ({known}) END)"
    )


def _entries(findings: Findings) -> str:
    parts = ["SELECT occurred_on AS day FROM valid_incidents"]
    if "actions" in findings.sent:
        parts.append("SELECT decided_on AS day FROM valid_actions")
    return f"({' UNION ALL '.join(parts)})"


def _elsewhere(findings: Findings, kind: str) -> int:
    if kind == "missing":
        return 0
    wrong = f"wrong WHERE kind = '{kind}' AND NOT {_on_record(findings, kind)}"
    rows = findings.connection.execute(f'SELECT count(DISTINCT ("table", key)) FROM {wrong}').fetchall()
    return int(rows[0][0])
