"""What became known of a participant's own incidents between two moments."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import pandas as pd

from records.known import Records


@dataclass(frozen=True)
class News:
    """One incident that became known, or whose record changed; ``known_at`` is when its last change did."""

    incident_id: str
    news: Literal["new", "amended", "retracted"]
    known_at: datetime
    occurred_on: date | None


def incident_news(records: Records, participant_id: str, since: pd.Timestamp, as_of: pd.Timestamp) -> tuple[News, ...]:
    """Own incidents with a row version known in ``since <= known_at < as_of``, the latest first, then by number.

    An incident is the participant's own when any version of a party in it, known before ``as_of``, names the
    participant. It is new when nothing of the pair was known before ``since``, and retracted when the incident, or
    all of the participant's part in it, is withdrawn at ``as_of``.
    """
    parties = records["involvements"]
    parties = parties[(parties["known_at"] < as_of) & parties["participant_id"].eq(participant_id)]
    incidents = records["incidents"]
    incidents = incidents[(incidents["known_at"] < as_of) & incidents["incident_id"].isin(parties["incident_id"])]
    found = [
        _news(str(incident), rows, parties, since)
        for incident, rows in incidents.groupby(incidents["incident_id"].astype("str"), sort=True)
    ]
    news = [each for each in found if each is not None]
    return tuple(sorted(news, key=lambda each: (-each.known_at.timestamp(), each.incident_id)))


def _news(incident: str, rows: pd.DataFrame, parties: pd.DataFrame, since: pd.Timestamp) -> News | None:
    mine = parties[parties["incident_id"].eq(incident)]
    moments = pd.concat([rows["known_at"], mine["known_at"]])
    if moments.max() < since:
        return None
    last = rows.sort_values(["known_at", "record_id"]).iloc[-1]
    parts = mine.sort_values(["known_at", "record_id"]).drop_duplicates("party_no", keep="last")
    began = max(rows["known_at"].min(), mine["known_at"].min())
    if bool(last["retracted"]) or bool(parts["retracted"].all()):
        kind: Literal["new", "amended", "retracted"] = "retracted"
    else:
        kind = "new" if began >= since else "amended"
    occurred = last["occurred_on"]
    return News(incident, kind, moments.max().to_pydatetime(), None if pd.isna(occurred) else occurred.date())
