"""``measure_quality``: what a record lacks at a moment, as one value.

The record may be larger than memory: every figure is a query over its row versions as stored, of which only those
known before ``as_of`` exist.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from records.known import Records, empty_table
from records.quality.arrivals import Alarm, Arrivals, arrival_metrics, measure_arrivals
from records.quality.captures import Unseen, measure_unseen, unseen_metric
from records.quality.check import Findings, RowSink
from records.quality.completeness import Filled, completeness_metrics, measure_completeness
from records.quality.enforcement import enforcement_checks
from records.quality.expectations import Expectations
from records.quality.headline import Headline, headlines
from records.quality.known_tables import open_known
from records.quality.lateness import SourceLateness, lateness_metrics, measure_lateness
from records.quality.links import LinkShares, link_metrics, measure_links
from records.quality.metric import Metric
from records.quality.repeats import measure_repeats
from records.quality.rules import RULES
from records.tables import TABLES
from records.workbench import MEMORY_MB, Stored, open_workbench


@dataclass(frozen=True)
class QualityReport:
    """What the record lacks at ``as_of``.

    ``headline`` holds four numbers that are never summed: incomplete, inconsistent, missing, duplicate. ``rows`` are
    the valid rows by table. Everything else stands in the figures' own classes.
    """

    as_of: str
    expectations: str
    rows: Mapping[str, int]
    headline: tuple[Headline, ...]
    alarms: tuple[Alarm, ...]
    metrics: tuple[Metric, ...]
    arrivals: Arrivals
    sources: tuple[SourceLateness, ...]
    completeness: tuple[Filled, ...]
    links: LinkShares
    unseen: Unseen
    amended_incidents: int
    retracted_incidents: int

    @property
    def missed(self) -> tuple[Metric | Headline, ...]:
        """Every figure, headline first, that is not what it should be."""
        figures: tuple[Metric | Headline, ...] = (*self.headline, *self.metrics)
        return tuple(figure for figure in figures if figure.status == "missed")

    @property
    def unlinked_share(self) -> float:
        """Share of parties that are linked to nobody (0 without parties)."""
        return self.links.open / self.links.parties if self.links.parties else 0.0

    def metric(self, id: str) -> Metric:
        """The metric of this id; KeyError when the report has none."""
        return {metric.id: metric for metric in self.metrics}[id]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        alarms = [{**asdict(alarm), "text": alarm.text} for alarm in self.alarms]
        return {name: _plain(value) for name, value in {**asdict(self), "alarms": alarms}.items()} | {
            "unlinked_share": self.unlinked_share
        }


def measure_quality(
    tables: Records | Mapping[str, Stored],
    as_of: pd.Timestamp,
    expectations: Expectations | None = None,
    *,
    search: bool = False,
    sink: RowSink | None = None,
    memory_mb: int = MEMORY_MB,
) -> QualityReport:
    """The quality of everything known before ``as_of``.

    Parameters
    ----------
    tables : Records, or mapping of table name to DataFrame or Parquet files
        Row versions as stored: ``Lake.files()``, or frames.
    as_of : Timestamp
        Only rows with ``known_at < as_of`` exist. Without a time zone.
    expectations : Expectations, optional
        What the program declared; by default targets of ours and sources by their own history.
    search : bool
        Also look for incidents that repeat another without being joined, and for parties that wait for a person.
        Ingest has just done so for what a batch touches.
    sink : RowSink, optional
        Told all rows behind each metric, in parts.
    memory_mb : int
        Upper bound for the queries, in MB.
    """
    told = expectations or Expectations()
    required = {name: empty_table(name) for name, table in TABLES.items() if not table.optional}
    stored_tables = tables.as_stored.tables if isinstance(tables, Records) else tables
    given = required | {name: stored for name, stored in stored_tables.items() if name in TABLES and len(stored)}
    sent = tuple(name for name in TABLES if name in given)
    with open_workbench(given, memory_mb=memory_mb) as connection:
        open_known(connection, sent, as_of)
        findings = Findings(connection, sent, told, sink)
        filled, lateness = measure_completeness(findings), measure_lateness(findings)
        arrivals, margin = measure_arrivals(findings, as_of), _margin(lateness)
        unseen = measure_unseen(findings, as_of, margin)
        joined = "duplicates" in sent
        metrics = (
            *completeness_metrics(findings, filled),
            *(findings.ask(rule) for rule in RULES),
            *(findings.ask(check) for check in enforcement_checks(told, joined=joined)),
            *measure_repeats(findings, search=search),
            *link_metrics(findings, search=search),
            *lateness_metrics(findings, lateness),
            *arrival_metrics(findings, arrivals),
            unseen_metric(findings, unseen),
        )
        return QualityReport(
            as_of=as_of.isoformat(),
            expectations=told.origin,
            rows={name: findings.tally(f"(SELECT first_known_at AS day FROM valid_{name})")[0] for name in sent},
            headline=headlines(findings, metrics),
            alarms=arrivals.alarms,
            metrics=metrics,
            arrivals=arrivals,
            sources=lateness,
            completeness=filled,
            links=measure_links(findings),
            unseen=unseen,
            amended_incidents=_count(findings, "every_incidents GROUP BY incident_id HAVING count(*) > 1"),
            retracted_incidents=_count(
                findings, "every_incidents ANTI JOIN valid_incidents USING (incident_id) GROUP BY incident_id"
            ),
        )


def _margin(lateness: Sequence[SourceLateness]) -> float | None:
    return next((entry.delay_p95_days for entry in lateness if entry.source == "all"), None)


def _count(findings: Findings, groups: str) -> int:
    return int(findings.connection.execute(f"SELECT count(*) FROM (SELECT incident_id FROM {groups})").fetchall()[0][0])


def _plain(value: Any) -> Any:
    """Without what JSON has no word for: tuples become lists, numbers that are none become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    return str(value) if hasattr(value, "isoformat") else value
