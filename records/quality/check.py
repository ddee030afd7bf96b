"""A question put to the record: which rows are wrong, among which rows that could be."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Callable, Collection
from dataclasses import dataclass

import duckdb
import pandas as pd

from records.quality.expectations import Expectations
from records.quality.known_tables import day_of
from records.quality.metric import Kind, Metric, Trend, judge
from records.tables import TABLES

EXAMPLES = 5
PART_ROWS = 500_000

RowSink = Callable[[str, pd.DataFrame], None]
"""Told the rows behind a metric, by its id, in parts of at most :data:`PART_ROWS`."""

SHOWN = ("table", "key", "day", "source", "detail")
COLUMNS = '"table", key, entry, day, source, detail'


@dataclass(frozen=True)
class Check:
    """One numbered question.

    Parameters
    ----------
    id, title, why : str
        Its name for ever, what it counts, and why that matters.
    needs : tables
        Without them it is not applicable.
    rows : str
        A query for the rows that are wrong, with ``table``, ``key``, ``entry`` (the incident or action that a row
        belongs to, empty for other tables), ``day``, ``source`` and ``detail`` in words.
    base : str
        A query for the rows that could be, with ``day``.
    kind : Kind
        Which of the report's four kinds it counts for.
    """

    id: str
    title: str
    why: str
    needs: tuple[str, ...]
    rows: str
    base: str
    kind: Kind = "inconsistent"


OF_INCIDENT, OF_ACTION = ("incidents", "involvements", "duplicates"), ("actions",)
"""Tables whose rows belong to an incident, or are an action."""


def wrong_rows(table: str, rest: str, detail: str, *, day: str = "") -> str:
    """The query of a check for rows ``t`` of ``table``: ``rest`` follows FROM, ``detail`` says what is wrong."""
    columns = [TABLES[table].column(name) for name in TABLES[table].key]
    parts = [f"strftime(t.{c.name}, '%Y-%m-%d')" if c.kind == "date" else f"t.{c.name}" for c in columns]
    entry = "t.incident_id" if table in OF_INCIDENT else "t.action_id" if table in OF_ACTION else "NULL"
    return (
        f"SELECT '{table}' AS \"table\", concat_ws(' ', {', '.join(parts)}) AS key, {entry} AS entry, "
        f"{day or day_of(table)} AS day, t.origin AS source, {detail} AS detail FROM {rest}"
    )


def every_row(table: str, rest: str = "") -> str:
    """The base of a check on every valid row ``t`` of ``table``, or on those that ``rest`` leaves."""
    return f"SELECT {day_of(table)} AS day FROM valid_{table} t {rest}"


class Findings:
    """What the checks of one report have found so far: metrics, and every wrong row by kind."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        sent: Collection[str],
        expectations: Expectations,
        sink: RowSink | None = None,
    ) -> None:
        self.connection, self.sent, self.expectations, self.sink = connection, sent, expectations, sink
        connection.execute(
            'CREATE TEMP TABLE wrong (kind VARCHAR, metric VARCHAR, "table" VARCHAR, key VARCHAR, entry VARCHAR, '
            "day TIMESTAMP)"
        )
        connection.execute("CREATE TEMP TABLE due (day TIMESTAMP)")

    def ask(self, check: Check) -> Metric:
        """Put one question; its wrong rows are kept for the headline and given to the sink."""
        target, owner = self.expectations.target(check.id), self.expectations.owner_of(check.id)
        absent = [name for name in check.needs if name not in self.sent]
        about = {"id": check.id, "kind": check.kind, "title": check.title, "why": check.why}
        if absent:
            note = f"the program does not send {' and '.join(absent)}"
            return Metric(**about, value=None, owner=owner, target=target, status="not applicable", note=note)  # type: ignore[arg-type]
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS SELECT {COLUMNS} FROM ({check.rows})")
        self.connection.execute(
            'INSERT INTO wrong SELECT ?, ?, "table", key, entry, day FROM found', [check.kind, check.id]
        )
        wrong, wrong_recent, wrong_before = self.tally("found")
        if check.kind == "missing":
            self.connection.execute(f"INSERT INTO due SELECT day FROM ({check.base})")
        rows, recent, before = self.tally(f"({check.base})")
        value = wrong / rows if rows else None
        return Metric(
            **about,  # type: ignore[arg-type]
            value=value,
            numerator=wrong,
            denominator=rows,
            owner=owner,
            target=target,
            status=judge(value, target, absent="not applicable"),
            trend=Trend(wrong_recent / recent if recent else None, wrong_before / before if before else None),
            examples=self.take(check.id),
            note="" if rows else "there is no such row yet",
        )

    def tally(self, relation: str) -> tuple[int, int, int]:
        """Rows of a relation with ``day``: all, those of the last 12 months, those of the 12 before."""
        found = self.connection.execute(
            "SELECT count(*), count(*) FILTER (day >= getvariable('as_of') - INTERVAL 12 MONTH), "
            "count(*) FILTER (day < getvariable('as_of') - INTERVAL 12 MONTH "
            f"AND day >= getvariable('as_of') - INTERVAL 24 MONTH) FROM {relation}"
        ).fetchall()[0]
        return int(found[0]), int(found[1]), int(found[2])

    def take(self, metric: str) -> tuple[dict[str, str], ...]:
        """The newest few rows of ``found`` in words, and all of them to the sink."""
        ordered = (
            "SELECT \"table\", key, strftime(day, '%Y-%m-%d') AS day, source, detail FROM found "
            'ORDER BY day DESC NULLS LAST, "table", key'
        )
        if self.sink is not None:
            reader = self.connection.execute(ordered)
            while rows := reader.fetchmany(PART_ROWS):
                self.sink(metric, pd.DataFrame(rows, columns=list(SHOWN)).astype("str"))
        shown = self.connection.execute(f"{ordered} LIMIT {EXAMPLES}").fetchall()
        return tuple({name: str(value or "") for name, value in zip(SHOWN, row, strict=True)} for row in shown)
