"""Which sources saw each incident, and what that says about those that none saw.

An incident is known to a source when the source told of it: by an entry of its own that is joined to the others as a
duplicate, or by a version of an entry that another source made. A source that passes on what several channels found
(a portal) is no channel; then the channel is who found the incident.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from dataclasses import dataclass

import pandas as pd

from records.quality.capture_recapture import CannotTell, UnseenEstimate, estimate_unseen
from records.quality.check import Findings
from records.quality.entries import heads
from records.quality.known_tables import DERIVED
from records.quality.metric import Metric, judge

WINDOW_YEARS = 5
PURE = 0.95
"""A source of whose own entries this share was found by one channel is that channel."""

ASSUMPTIONS = (
    "Incidents of participants only, each counted once, in a window that is over: it ends before the record by the "
    "time in which 95 % of incidents become known, so that nearly nothing in it still waits to be told.",
    "The program is closed in the window: an incident that happened could have been seen by every source.",
    "Given the pairwise dependences and the differences between incidents that the models allow, sources see incidents "
    "independently. A dependence of three sources at once, or incidents that no source can ever see, are not in the "
    "interval.",
    "Two reports of one incident are recognized as one, and two incidents are never joined: a match missed raises the "
    "estimate, a false match lowers it.",
    "What stands in the record happened: false alarms that were not retracted raise the estimate.",
)


@dataclass(frozen=True)
class Unseen:
    """The estimate of incidents that no source saw, for incidents from ``window_start`` up to ``window_end``.

    ``histories`` counts the incidents of the window by who saw them. ``estimate`` is empty, and ``reason`` says why,
    when the data cannot tell.
    """

    window_start: str
    window_end: str
    histories: tuple[tuple[str, int], ...]
    estimate: UnseenEstimate | None
    reason: str
    assumptions: tuple[str, ...] = ASSUMPTIONS


def measure_unseen(findings: Findings, as_of: pd.Timestamp, margin_days: float | None) -> Unseen:
    """The estimate; ``margin_days`` is how long late reports take, None when it is not known."""
    if margin_days is None:
        return Unseen("", "", (), None, "too few incidents to say how late they become known")
    end = as_of.normalize() - pd.Timedelta(days=margin_days)
    start = end - pd.DateOffset(years=WINDOW_YEARS)
    histories = _histories(findings, start, end)
    found = estimate_unseen(histories)
    named = sorted(
        ((" + ".join(sorted(seen)), count) for seen, count in histories.items()), key=lambda row: (-row[1], row[0])
    )
    window = (str(start.date()), str(end.date()), tuple(named))
    if isinstance(found, CannotTell):
        return Unseen(*window, None, found.reason)
    return Unseen(*window, found, "")


def _histories(findings: Findings, start: pd.Timestamp, end: pd.Timestamp) -> dict[frozenset[str], int]:
    channels = _channels(findings)
    findings.connection.register("channels", channels)
    grouped = heads(joined="duplicates" in findings.sent)
    rows = findings.connection.execute(
        f"""
        WITH heads AS ({grouped}),
        wanted AS (SELECT head FROM heads h JOIN valid_involvements v USING (incident_id)
            WHERE v.participant_id IS NOT NULL GROUP BY head),
        dated AS (SELECT head FROM wanted w JOIN valid_incidents i ON i.incident_id = w.head
            WHERE i.occurred_on >= ? AND i.occurred_on < ?),
        seen AS (SELECT DISTINCT head, coalesce(c.channel, e.discovery, e.source) AS channel
            FROM dated JOIN heads h USING (head) JOIN every_incidents e ON e.incident_id = h.incident_id
            LEFT JOIN channels c ON c.source = e.source
            WHERE NOT e.retracted AND e.source <> 'linkage' AND NOT starts_with(e.source, 'review:')),
        told AS (SELECT head, list_sort(list(channel)) AS history FROM seen GROUP BY head)
        SELECT history, count(*) FROM told GROUP BY history
        """,
        [start, end],
    ).fetchall()
    findings.connection.unregister("channels")
    return {frozenset(history): int(count) for history, count in rows}


def _channels(findings: Findings) -> pd.DataFrame:
    """The channel of each source that is one; a source that collects from several has no row."""
    rows = findings.connection.execute(
        f"""
        SELECT s.source, i.discovery, count(i.incident_id)
        FROM (SELECT DISTINCT source FROM every_incidents WHERE NOT {DERIVED}) s
        LEFT JOIN valid_incidents i ON i.origin = s.source GROUP BY ALL
        """
    ).fetchall()
    told: dict[str, dict[str, int]] = {}
    for source, discovery, count in rows:
        # One that only adds itself to the entries of others speaks for itself.
        told.setdefault(source, {})[discovery or source] = count
    pure = {
        source: max(found, key=lambda name: found[name])
        for source, found in told.items()
        if max(found.values()) >= PURE * sum(found.values())
    }
    return pd.DataFrame({"source": list(pure), "channel": list(pure.values())}, dtype="str")


def unseen_metric(findings: Findings, unseen: Unseen) -> Metric:
    """The share of true incidents that no source saw."""
    target, found = findings.expectations.target("unseen"), unseen.estimate
    value = found.unseen / found.total if found else None
    note = unseen.reason
    if found:
        low, high = found.interval
        note = (
            f"{found.total:,.0f} true incidents (95 % interval {low:,.0f} to {high:,.0f}), {found.seen:,} of them seen"
        )
    return Metric(
        "unseen",
        "unseen",
        "Incidents that no source saw, estimated",
        "Whoever judges participants by their record should know how much of what happened is in it.",
        value,
        numerator=round(found.unseen) if found else None,
        denominator=round(found.total) if found else None,
        owner=findings.expectations.owner_of("unseen"),
        target=target,
        status=judge(value, target),
        note=note,
    )
