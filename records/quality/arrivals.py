"""What each source sent by month, against what it should have sent, and who has fallen silent.

A source that is declared is judged by its declaration. Any other is judged by its own past: a month by the 12 before
it, through the 95 % prediction interval of a negative binomial with their mean and variance; silence by the longest
pause it ever made.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import nbinom

from records.quality.check import Findings
from records.quality.expectations import PERIOD_DAYS, SourceExpectation
from records.quality.known_tables import DERIVED
from records.quality.metric import Metric, Trend, judge

LEAST_MONTHS, WINDOW_MONTHS = 6, 12
FEWEST_ARRIVALS = 6
"""A source that came on fewer days shows no rhythm to hold it to."""

Verdict = Literal["as expected", "fewer", "more", "cannot tell", "not over"]


@dataclass(frozen=True)
class MonthReceived:
    """Rows of one source that entered the record in one month, and how many were expected.

    ``basis`` says by what: the declaration, or the source's own history with its 95 % interval.
    """

    source: str
    month: str
    received: int
    expected: float | None
    lower: float | None
    upper: float | None
    basis: Literal["declared", "history", "none"]
    verdict: Verdict


@dataclass(frozen=True)
class Alarm:
    """A source that is silent for longer than its period and delay allow."""

    source: str
    last_received: str
    silent_days: int
    allowed_days: int
    owner: str
    declared: bool

    @property
    def text(self) -> str:
        """The alarm as a sentence."""
        why = "declared" if self.declared else "its longest pause so far"
        last = f"last rows {self.last_received}" if self.last_received else "it never sent a row"
        return f"{self.source} is silent: {last}, {self.silent_days} days ago; {self.allowed_days} are allowed ({why})."


@dataclass(frozen=True)
class Arrivals:
    """Sources as they are held to, months by source, and alarms."""

    sources: tuple[SourceExpectation, ...]
    months: tuple[MonthReceived, ...]
    alarms: tuple[Alarm, ...]


def measure_arrivals(findings: Findings, as_of: pd.Timestamp) -> Arrivals:
    """Received against expected by source and month, up to the month of ``as_of``."""
    days = _arrival_days(findings)
    declared = {entry.name: entry for entry in findings.expectations.sources}
    sources, months, alarms = [], [], []
    for name in sorted({*days, *declared}):
        told = _of_tables(days.get(name, {}), declared.get(name))
        source = declared.get(name) or _from_history(name, days[name], told)
        sources.append(source)
        months += _months(source, told, as_of)
        alarm = _alarm(source, told, as_of, findings.expectations.owner_of("arrival.silent", name))
        alarms += [alarm] if alarm else []
    return Arrivals(tuple(sources), tuple(months), tuple(alarms))


def _arrival_days(findings: Findings) -> dict[str, dict[str, dict[date, int]]]:
    """Rows by source, table and day of arrival."""
    found: dict[str, dict[str, dict[date, int]]] = {}
    for table in findings.sent:
        rows = findings.connection.execute(
            f"SELECT source, known_at::DATE, count(*) FROM every_{table} WHERE NOT {DERIVED} GROUP BY ALL"
        ).fetchall()
        for source, day, count in rows:
            found.setdefault(source, {}).setdefault(table, {})[day] = count
    return found


def _of_tables(tables: Mapping[str, Mapping[date, int]], source: SourceExpectation | None) -> dict[date, int]:
    """Rows by day in the tables that count: the declared ones, or all."""
    total: dict[date, int] = {}
    for table, days in tables.items():
        if source is None or not source.tables or table in source.tables:
            for day, count in days.items():
                total[day] = total.get(day, 0) + count
    return total


def _from_history(name: str, tables: Mapping[str, object], told: Mapping[date, int]) -> SourceExpectation:
    """The shortest period into which the source's longest pause fits, and the pause itself as its patience."""
    days = sorted(told)
    pauses = [(after - before).days for before, after in pairwise(days)]
    longest = max(pauses, default=0)
    every = next((period for period, length in PERIOD_DAYS.items() if longest <= length), "quarter")
    spare = max(longest - PERIOD_DAYS[every], 0)
    return SourceExpectation(name, tuple(sorted(tables)), every, None, spare, declared=False)  # type: ignore[arg-type]


def _months(source: SourceExpectation, told: Mapping[date, int], as_of: pd.Timestamp) -> list[MonthReceived]:
    start = min([*told, *([source.since] if source.since else [])], default=None)
    if start is None:
        return []
    periods = pd.period_range(pd.Timestamp(start), as_of - pd.Timedelta(1, "us"), freq="M")
    counts = dict.fromkeys(periods, 0)
    for day, count in told.items():
        counts[pd.Period(day, "M")] += count
    received = np.array([counts[period] for period in periods], dtype=np.float64)
    rows = []
    for place, period in enumerate(periods):
        over = period.end_time < as_of
        rows.append(_judge_month(source, str(period), period.days_in_month, received, place, over=bool(over)))
    return rows


def _judge_month(
    source: SourceExpectation, month: str, days: int, received: np.ndarray, place: int, *, over: bool
) -> MonthReceived:
    count = int(received[place])
    entry = MonthReceived(source.name, month, count, None, None, None, "none", "cannot tell")
    if source.at_least is not None:
        least = source.at_least * days / max(PERIOD_DAYS[source.every], days if source.every == "month" else 0)
        entry = replace(entry, expected=round(least, 1), lower=round(least, 1), basis="declared")
    else:
        # The first month is rarely whole.
        past = received[max(place - WINDOW_MONTHS, 1) : place]
        if len(past) < LEAST_MONTHS:
            return entry if over else replace(entry, verdict="not over")
        lower, upper = _prediction(past)
        entry = replace(entry, expected=round(float(past.mean()), 1), lower=lower, upper=upper, basis="history")
    if not over:
        return replace(entry, verdict="not over")
    fewer = entry.lower is not None and count < entry.lower
    more = entry.upper is not None and count > entry.upper
    return replace(entry, verdict="fewer" if fewer else "more" if more else "as expected")


def _prediction(past: np.ndarray) -> tuple[float, float]:
    """95 % prediction interval for the next month: negative binomial by moments, with room for the mean's own error."""
    mean, variance = float(past.mean()), float(past.var(ddof=1))
    variance = max(variance, mean) + max(variance, mean) / len(past)
    if mean == 0:
        return 0.0, 0.0
    # The variance is larger than the mean, so a negative binomial has both.
    law = nbinom(mean**2 / (variance - mean), mean / variance)
    return float(law.ppf(0.025)), float(law.ppf(0.975))


def _alarm(source: SourceExpectation, told: Mapping[date, int], as_of: pd.Timestamp, owner: str) -> Alarm | None:
    last = max(told, default=None)
    begin = last or source.since
    if begin is None or (not source.declared and len(told) < FEWEST_ARRIVALS):
        return None
    allowed = source.patience_days
    if as_of <= pd.Timestamp(datetime.combine(begin, datetime.min.time()) + timedelta(days=allowed)):
        return None
    silent = int((as_of - pd.Timestamp(begin)).days)
    return Alarm(source.name, str(last or ""), silent, allowed, source.owner or owner, source.declared)


def arrival_metrics(findings: Findings, arrivals: Arrivals) -> tuple[Metric, ...]:
    """Silent sources, and for each source the share of the last 12 whole months with fewer rows than expected."""
    id = "arrival.silent"
    target, silent = findings.expectations.target(id), len(arrivals.alarms)
    first = Metric(
        id,
        "arrival",
        "Sources that have fallen silent",
        "A month without reports looks like a month without incidents.",
        float(silent),
        "count",
        silent,
        len(arrivals.sources),
        findings.expectations.owner_of(id),
        target,
        judge(float(silent), target),
        examples=tuple(
            {"table": "", "key": alarm.source, "day": alarm.last_received, "source": alarm.source, "detail": alarm.text}
            for alarm in arrivals.alarms[:5]
        ),
    )
    return (first, *(_short_months(findings, source.name, arrivals.months) for source in arrivals.sources))


def _short_months(findings: Findings, source: str, months: Sequence[MonthReceived]) -> Metric:
    id = f"arrival.{source}"
    judged = [month for month in months if month.source == source and month.verdict in ("as expected", "fewer", "more")]
    recent, before = judged[-12:], judged[-24:-12]
    short = [month for month in recent if month.verdict == "fewer"]
    value = len(short) / len(recent) if recent else None
    target = findings.expectations.target(id)
    return Metric(
        id,
        "arrival",
        f"Months with fewer rows than expected, {source}",
        "What did not arrive cannot be counted; the months are listed with the rows expected.",
        value,
        numerator=len(short),
        denominator=len(recent),
        owner=findings.expectations.owner_of(id, source),
        target=target,
        status=judge(value, target),
        trend=Trend(value, sum(month.verdict == "fewer" for month in before) / len(before) if before else None),
        examples=tuple(
            {
                "table": "",
                "key": month.month,
                "day": month.month,
                "source": source,
                "detail": f"{month.received:,} rows",
            }
            for month in short[:-6:-1]
        ),
        note="" if recent else "too little history",
    )
