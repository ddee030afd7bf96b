"""How late incidents become known, by source, corrected for those that are not known yet."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.delays import Floats, delay_distribution
from records.quality.check import Findings
from records.quality.known_tables import DERIVED
from records.quality.metric import Metric, judge
from records.workbench import ask

CURVE_DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730)
FEWEST = 20
"""Fewer incidents than this are too few to say how late a source is."""


@dataclass(frozen=True)
class SourceLateness:
    """One source of incidents ("all": whoever was first): how much it sent and how late.

    A delay runs in whole days from ``occurred_on``, as first told, to the first ``known_at``. ``median_delay_days`` and
    ``delay_p95_days`` are corrected for what is not known yet, those with ``seen`` are not; the first two are None
    below :data:`FEWEST` incidents. ``to_come`` is how many incidents that have happened the source has still to tell,
    with a 95 % interval. ``curve`` holds days, the share known within them, and the share of those seen.
    """

    source: str
    incidents: int
    first_occurred_on: str
    last_occurred_on: str
    median_delay_days: float | None
    delay_p95_days: float | None
    median_delay_seen_days: float
    delay_p95_seen_days: float
    to_come: float | None
    to_come_lower: float | None
    to_come_upper: float | None
    curve: tuple[tuple[int, float, float], ...]


def measure_lateness(findings: Findings) -> tuple[SourceLateness, ...]:
    """All sources together first, then each."""
    found = []
    for group in ("'all'", "source"):
        delays = _delays(findings, group)
        found += [_lateness(str(name), rows) for name, rows in delays.groupby("source")]
    return tuple(found)


def _delays(findings: Findings, group: str) -> pd.DataFrame:
    """How many incidents of each source came with each delay and limit (days), and when the first and last occurred."""
    connection = findings.connection
    (count,) = ask(connection, "SELECT count(*) FROM every_incidents")
    parts = count // ROWS_AT_ONCE + 1
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE delays "
        "(source VARCHAR, delay BIGINT, lim BIGINT, incidents BIGINT, first TIMESTAMP, last TIMESTAMP)"
    )
    for part in range(parts):
        connection.execute("INSERT INTO delays " + _DELAYS.format(group=group, parts=parts, part=part))
    delays: pd.DataFrame = connection.sql(
        "SELECT source, delay, lim, sum(incidents) AS incidents, min(first) AS first, max(last) AS last "
        "FROM delays GROUP BY ALL ORDER BY ALL"
    ).df()
    return delays


ROWS_AT_ONCE = 2_000_000
"""Row versions whose first moments are sought at once; a larger record is taken in parts of its incidents."""

_DELAYS = f"""
SELECT source, greatest(date_diff('day', occurred_on, known_at), 0) AS delay,
    greatest(date_diff('day', occurred_on, getvariable('as_of') - INTERVAL 1 MICROSECOND),
        date_diff('day', occurred_on, known_at), 0) AS lim,
    count(*), min(occurred_on), max(occurred_on)
FROM (SELECT incident_id, {{group}} AS source, arg_min(occurred_on, known_at) AS occurred_on, min(known_at) AS known_at
    FROM every_incidents WHERE NOT retracted AND NOT {DERIVED} AND hash(incident_id) % {{parts}} = {{part}}
    GROUP BY ALL)
GROUP BY ALL
"""


def _lateness(source: str, rows: pd.DataFrame) -> SourceLateness:
    delay, limit, count = (rows[name].to_numpy(dtype=np.float64) for name in ("delay", "lim", "incidents"))
    size = int(count.sum())
    times, within = delay_distribution(delay, limit, count)
    seen = np.cumsum(np.bincount(np.searchsorted(times, delay), weights=count)) / count.sum()
    enough = size >= FEWEST
    waiting, fewest, most = _to_come(times, within, limit, count) if enough else (None, None, None)
    return SourceLateness(
        source,
        size,
        f"{rows['first'].min():%Y-%m-%d}",
        f"{rows['last'].max():%Y-%m-%d}",
        _quantile(times, within, 0.5) if enough else None,
        _quantile(times, within, 0.95) if enough else None,
        _quantile(times, seen, 0.5),
        _quantile(times, seen, 0.95),
        waiting,
        fewest,
        most,
        tuple((day, _share(times, within, day), _share(times, seen, day)) for day in CURVE_DAYS),
    )


def _quantile(times: Floats, within: Floats, share: float) -> float:
    return float(times[int(np.argmax(within >= share - 1e-12))])


def _share(times: Floats, within: Floats, day: float) -> float:
    place = int(np.searchsorted(times, day, side="right")) - 1
    return round(float(within[place]), 4) if place >= 0 else 0.0


def _to_come(times: Floats, within: Floats, limit: Floats, count: Floats) -> tuple[float, float, float]:
    """Incidents not told yet: each that is known stands for 1 / (share known within its limit), itself among them."""
    known = within[np.searchsorted(times, limit, side="right") - 1]
    unseen = float((count * (1.0 / known - 1.0)).sum())
    spread = 1.96 * float(np.sqrt((count * (1.0 - known) / known**2).sum()))
    return round(unseen, 1), round(max(unseen - spread, 0.0), 1), round(unseen + spread, 1)


def lateness_metrics(findings: Findings, lateness: Sequence[SourceLateness]) -> tuple[Metric, ...]:
    """The 95th percentile of each source's delay, in days."""
    metrics = []
    for entry in lateness:
        id = f"late.{entry.source}"
        target = findings.expectations.target(id)
        title = "Days until 95 % of incidents are known" + ("" if entry.source == "all" else f", {entry.source}")
        metrics.append(
            Metric(
                id,
                "lateness",
                title,
                "A recent month looks better than it is until the late reports have come.",
                entry.delay_p95_days,
                "days",
                denominator=entry.incidents,
                owner=findings.expectations.owner_of(id, entry.source),
                target=target,
                status=judge(entry.delay_p95_days, target),
                note="" if entry.delay_p95_days is not None else f"fewer than {FEWEST} incidents",
            )
        )
    return tuple(metrics)
