"""Incidents of the record become cases: one open case of a participant, later incidents join it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from casework.errors import MoveRefused
from casework.intake import Incident, report_incident
from casework.ledger import LEDGER
from records.known import Records, known_before
from serving.wiring import Workspace

logger = logging.getLogger("trustlane.casework")

PREFIX = "incident/"
"""Begins the request id of every incident that came from the record."""
NEEDED = ("occurred_on", "severity", "incident_type", "discovery")


def take_in_record(connection: Connection, workspace: Workspace, at: datetime) -> None:
    """Take in the recent incidents that no case holds yet; each once, whoever asks."""
    moment = pd.Timestamp(workspace.default_as_of)
    found, incomplete = recent_incidents(workspace.records, moment, workspace.settings.intake_days, pd.Timestamp(at))
    had = set(connection.execute(select(LEDGER.c.request).where(LEDGER.c.request.like(f"{PREFIX}%"))).scalars())
    refused = len(incomplete)
    for incident in found:
        request = f"{PREFIX}{incident.incident_id}/{incident.participant_id}"
        if request not in had:
            try:
                report_incident(connection, incident, supervisor="", request=request, at=at)
            except MoveRefused:
                refused += 1
    if refused:
        logger.warning(
            "%d recent incidents lack what the criteria ask (type, severity, discovery): they open no case.", refused
        )


def recent_incidents(
    records: Records, moment: pd.Timestamp, days: int, now: pd.Timestamp
) -> tuple[list[Incident], list[str]]:
    """Incidents that became known within ``days`` before ``moment`` or since, and that no recorded action decided.

    Returns
    -------
    list of Incident, list of str
        In the order in which they became known; and the ids of those that lack a value that the criteria ask.
    """
    since = moment - pd.Timedelta(days=days)
    first_known = records["incidents"].groupby("incident_id")["known_at"].min()
    recent = first_known[(first_known >= since) & (first_known <= now)]
    if recent.empty:
        return [], []
    own = {name: _of_incidents(records[name], recent.index) for name in ("incidents", "involvements")}
    if "actions" in records:
        own["actions"] = _of_incidents(records["actions"], recent.index)
    known = known_before(Records(own), now + pd.Timedelta(1, "us"))
    rows = known["incidents"].assign(known_on=lambda frame: frame["incident_id"].map(recent))
    if "actions" in known:
        rows = rows[~rows["incident_id"].isin(known["actions"]["incident_id"])]
    links = known["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
    complete = rows[list(NEEDED)].notna().all(axis=1)
    linked = rows[complete].merge(links, on="incident_id").sort_values(["known_on", "incident_id", "participant_id"])
    return [_incident(row) for row in linked.to_dict("records")], rows.loc[~complete, "incident_id"].tolist()


def _of_incidents(frame: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    return frame[frame["incident_id"].isin(ids)]


def _incident(row: Mapping[Any, Any]) -> Incident:
    occurred, known = (pd.Timestamp(str(row[name])) for name in ("occurred_on", "known_on"))
    severity = float(str(row["severity"]))
    return Incident(
        str(row["incident_id"]),
        str(row["participant_id"]),
        occurred.date(),
        max(occurred, known).date(),
        # Half steps of a grade count for the graver one: the criteria know whole ones.
        int(-(-severity // 1)),
        str(row["incident_type"]),
        str(row["discovery"]),
        bool(row["self_reported_before_discovery"]),
    )
