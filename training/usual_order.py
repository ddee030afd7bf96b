"""The order in which a program would examine its participants without a model, as known at a moment.

The first of three rules that the record allows:

- **visit schedule**: whoever has a visit planned and not yet made, the earliest due first; then everyone else by the
  next rule;
- **longest since a visit**: whoever was visited longest ago; a participant never visited waits since it was enrolled,
  or, where that is not told, since it is on record;
- **last year's list**: by the number of incidents of the last 365 days. In a program that keeps no visits this
  is what a list drawn by hand would be. Ties stay ties.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.known import Records, known_before
from training.labels import incident_moments, labelling_tables
from training.metrics import Floats

SCHEDULE, SINCE_VISIT, LAST_LIST = "visit schedule", "longest since a visit", "last year's list"


@dataclass(frozen=True)
class UsualOrder:
    """Which rule it is and each participant's rank value by it, higher for earlier, of shape (participants,)."""

    rule: str
    rank_value: Floats


def usual_order(records: Records, participant_ids: pd.Series, as_of: pd.Timestamp) -> UsualOrder:
    """The order of these participants without a model, from what was known before ``as_of``."""
    if "validations" in records:
        visits = known_before(Records({"validations": records["validations"]}), as_of)["validations"]
        visits = visits[visits["participant_id"].isin(participant_ids)]
        if len(visits):
            return _by_visits(records, visits, participant_ids, as_of)
    known = labelling_tables(records, as_of)
    moments = incident_moments(known)
    recent = moments[(moments["moment"] >= as_of - pd.Timedelta(days=365)) & (moments["moment"] < as_of)]
    tally = participant_ids.map(recent["participant_id"].value_counts())
    return UsualOrder(LAST_LIST, np.asarray(tally.fillna(0), dtype=np.float64))


def _by_visits(records: Records, visits: pd.DataFrame, participant_ids: pd.Series, as_of: pd.Timestamp) -> UsualOrder:
    made = visits[visits["performed_on"] < as_of].groupby("participant_id")["performed_on"].max()
    last = _moments(participant_ids, made).fillna(_moments(participant_ids, _beginning(records, as_of)))
    waited = np.nan_to_num(_days(as_of - last))
    planned = visits[visits["performed_on"].isna()].groupby("participant_id")["due_on"].min().dropna()
    due = _days(_moments(participant_ids, planned) - as_of)
    scheduled = ~np.isnan(due)
    if not scheduled.any():
        return UsualOrder(SINCE_VISIT, waited)
    # Everyone with a date goes ahead of everyone without, the earliest date first.
    ahead = waited.max() + 1.0 + np.nanmax(due) - due
    return UsualOrder(SCHEDULE, np.where(scheduled, ahead, waited))


def _moments(participant_ids: pd.Series, moments: pd.Series) -> "pd.Series[pd.Timestamp]":
    """The moment of each participant; empty for who has none. (Mapped by an empty series, dates lose their kind.)"""
    found = moments.reindex(participant_ids).to_numpy(dtype="datetime64[us]")
    return pd.Series(found, index=participant_ids.index)


def _days(spans: "pd.Series[pd.Timedelta]") -> Floats:
    """Days; NaN where empty."""
    return np.asarray(spans.dt.total_seconds() / 86_400, dtype=np.float64)


def _beginning(records: Records, as_of: pd.Timestamp) -> pd.Series:
    """When each participant was enrolled, or first known, as known before ``as_of``."""
    stored = records["participants"]
    first = stored[stored["known_at"] < as_of].groupby("participant_id")["known_at"].min()
    people = known_before(Records({"participants": stored}), as_of)["participants"].set_index("participant_id")
    return people["enrolled_on"].fillna(first) if "enrolled_on" in people.columns else first
