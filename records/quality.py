"""What the record lacks: completeness, lateness, unlinked parties, defects that the door lets in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from records.known import Records, known_before
from records.tables import TABLES


@dataclass(frozen=True)
class SourceQuality:
    """One source of incidents: how much it sent and how late (days from ``occurred_on`` to ``known_at``)."""

    source: str
    incidents: int
    first_occurred_on: str
    last_occurred_on: str
    median_delay_days: float
    delay_p95_days: float


@dataclass(frozen=True)
class QualityReport:
    """The figures of one record at one moment. Shares are in 0-1; a table that was never sent is not listed."""

    as_of: str
    rows: Mapping[str, int]
    sources: tuple[SourceQuality, ...]
    filled: Mapping[str, float]
    amended_incidents: int
    retracted_incidents: int
    unlinked_share: float
    incidents_without_involvement: int
    exposures_without_participant: int
    incidents_without_action: int | None

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def measure_quality(records: Records, as_of: pd.Timestamp) -> QualityReport:
    """The quality of everything known before ``as_of``."""
    known = known_before(records, as_of)
    incidents, involvements = known["incidents"], known["involvements"]
    every = records["incidents"][records["incidents"]["known_at"] < as_of]
    last = every.sort_values(["known_at", "record_id"]).drop_duplicates("incident_id", keep="last")
    unlinked = involvements["participant_id"].isna()
    stray = 0
    if "exposures" in known:
        members = set(known["participants"]["participant_id"])
        stray = int((~known["exposures"]["participant_id"].isin(members)).sum())
    without_action = None
    if "actions" in known:
        without_action = int((~incidents["incident_id"].isin(known["actions"]["incident_id"].dropna())).sum())
    return QualityReport(
        as_of=as_of.isoformat(),
        rows={name: len(frame) for name, frame in known.tables.items()},
        sources=tuple(_source_quality(str(name), rows) for name, rows in incidents.groupby("source")),
        filled=_filled(known),
        amended_incidents=int((every.groupby("incident_id").size() > 1).sum()),
        retracted_incidents=int(last["retracted"].sum()),
        unlinked_share=float(unlinked.mean()) if len(unlinked) else 0.0,
        incidents_without_involvement=int((~incidents["incident_id"].isin(involvements["incident_id"])).sum()),
        exposures_without_participant=stray,
        incidents_without_action=without_action,
    )


def _source_quality(source: str, rows: pd.DataFrame) -> SourceQuality:
    delay = (rows["known_at"] - rows["occurred_on"]).dt.total_seconds() / 86_400
    return SourceQuality(
        source,
        len(rows),
        str(rows["occurred_on"].min().date()),
        str(rows["occurred_on"].max().date()),
        round(float(delay.median()), 1),
        round(float(delay.quantile(0.95)), 1),
    )


def _filled(known: Records) -> dict[str, float]:
    """Share of rows with a value, for every column that need not have one."""
    shares = {}
    for name, frame in known.tables.items():
        for column in TABLES[name].columns:
            if not column.required and column.kind != "flag" and len(frame):
                shares[f"{name}.{column.name}"] = round(float(frame[column.name].notna().mean()), 4)
    return shares
