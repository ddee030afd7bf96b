"""How many of the rows that count say what they should, field by field and source by source."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Sequence
from dataclasses import dataclass

from records.quality.check import COLUMNS, Findings, wrong_rows
from records.quality.known_tables import day_of
from records.quality.metric import Metric, Trend, judge
from records.tables import TABLES

ALWAYS_ASKED = ("actions",)
"""Tables whose empty columns are defects even when the program never filled them: decisions must be documented."""


@dataclass(frozen=True)
class Filled:
    """How much of one column is filled among the valid rows of one source ("all": of every source).

    ``recent`` and ``before`` are the shares among rows of the last 12 months and of the 12 before.
    """

    table: str
    column: str
    source: str
    rows: int
    filled: int
    share: float
    recent: float | None
    before: float | None
    expected: bool


def measure_completeness(findings: Findings) -> tuple[Filled, ...]:
    """Every column that may be empty, by table and source."""
    found: list[Filled] = []
    for name in TABLES:
        if name in findings.sent:
            found += _table(findings, name)
    return tuple(found)


def _table(findings: Findings, name: str) -> list[Filled]:
    columns = [column.name for column in TABLES[name].columns if not column.required and column.kind != "flag"]
    if not columns:
        return []
    parts = ("", " FILTER (recent)", " FILTER (earlier)")
    counts = ", ".join(f"count({column}){part}" for column in ("*", *columns) for part in parts)
    rows = findings.connection.execute(
        f"""
        SELECT origin, {counts} FROM (
            SELECT *, day >= getvariable('as_of') - INTERVAL 12 MONTH AS recent,
            day < getvariable('as_of') - INTERVAL 12 MONTH AND day >= getvariable('as_of') - INTERVAL 24 MONTH
                AS earlier
            FROM (SELECT t.*, {day_of(name)} AS day FROM valid_{name} t))
        GROUP BY ROLLUP (origin) ORDER BY origin NULLS FIRST
        """
    ).fetchall()
    expected = findings.expectations.expected_fields(name)
    return [
        _filled(name, column, str(row[0] or "all"), row[1:4], row[4 + 3 * place : 7 + 3 * place], column in expected)
        for row in rows
        if row[1]
        for place, column in enumerate(columns)
    ]


def _filled(table: str, column: str, source: str, rows: Sequence[int], filled: Sequence[int], expected: bool) -> Filled:
    shares = [round(part / whole, 4) if whole else None for part, whole in zip(filled, rows, strict=True)]
    return Filled(table, column, source, rows[0], filled[0], shares[0] or 0.0, shares[1], shares[2], expected)


def completeness_metrics(findings: Findings, filled: Sequence[Filled]) -> tuple[Metric, ...]:
    """A metric for each field that every row should fill; the rows without it count as incomplete."""
    return tuple(_metric(findings, entry) for entry in filled if entry.expected and entry.source == "all")


def _metric(findings: Findings, entry: Filled) -> Metric:
    id = f"complete.{entry.table}.{entry.column}"
    declared = entry.table in findings.expectations.fields
    never_sent = not entry.filled and entry.table not in ALWAYS_ASKED and not declared
    target = findings.expectations.target(id)
    examples: tuple[dict[str, str], ...] = ()
    if not never_sent:
        examples = _keep_empty(findings, id, entry)
    return Metric(
        id,
        "incomplete",
        f"{entry.column} in {entry.table}",
        f"Share of rows that say it: {TABLES[entry.table].column(entry.column).meaning}.",
        None if never_sent else entry.share,
        numerator=entry.filled,
        denominator=entry.rows,
        owner=findings.expectations.owner_of(id),
        target=target,
        status=judge(None if never_sent else entry.share, target, absent="not applicable"),
        trend=Trend(entry.recent, entry.before),
        examples=examples,
        note="the program never sends it" if never_sent else "",
    )


def _keep_empty(findings: Findings, id: str, entry: Filled) -> tuple[dict[str, str], ...]:
    rows = wrong_rows(
        entry.table, f"valid_{entry.table} t WHERE t.{entry.column} IS NULL", f"'{entry.column} is empty'"
    )
    findings.connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS SELECT {COLUMNS} FROM ({rows})")
    findings.connection.execute("INSERT INTO wrong SELECT 'incomplete', ?, \"table\", key, entry, day FROM found", [id])
    return findings.take(id)
