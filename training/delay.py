"""How late incidents become known, corrected for those that are not known yet.

An incident that happened 30 days before the record's end is in the record only if its delay was
under 30 days: long delays are cut off from the right, more so among recent incidents, and the plain
percentile of the delays seen is too short. The Lynden-Bell product-limit estimator turns time
round: among incidents with delay at most t that *could* have shown a delay of t, the share whose
delay is exactly t is the reverse-time hazard at t (Lynden-Bell 1971; Lagakos, Barraj and De
Gruttola 1988). It gives the distribution up to the longest delay that the record could have shown.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.known import Records
from training.errors import DelayUnknown

Floats = npt.NDArray[np.float64]


def observed_delays(records: Records, *, record_end: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row an involvement linked to a participant: ``delay_days`` and ``limit_days``.

    The delay runs from ``occurred_on`` (as first recorded) to the moment at which the incident was
    known and linked to the participant; the limit is the longest delay the record could have shown.
    Delays under zero (known on a date before it is said to have happened) count as zero.

    Parameters
    ----------
    records : Records
        Every row version.
    record_end : Timestamp, optional
        Judge as known then (strictly before). Default: everything, up to the last ``known_at``.
    """
    incidents, involvements = records["incidents"], records["involvements"]
    end = records.last_known_at if record_end is None else record_end
    if record_end is not None:
        incidents = incidents[incidents["known_at"] < record_end]
        involvements = involvements[involvements["known_at"] < record_end]
    first = incidents.sort_values("known_at", kind="stable").drop_duplicates("incident_id")
    linked = involvements.dropna(subset=["participant_id"]).sort_values("known_at", kind="stable")
    linked = linked.drop_duplicates(["incident_id", "participant_id"])
    both = linked[["incident_id", "known_at"]].merge(
        first[["incident_id", "occurred_on", "known_at"]], on="incident_id", suffixes=("_link", "")
    )
    known = both[["known_at", "known_at_link"]].max(axis=1)
    delay = _days(known - both["occurred_on"])
    limit = _days(end - both["occurred_on"])
    return pd.DataFrame({"delay_days": delay, "limit_days": np.maximum(limit, delay)})


def _days(spans: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    return (spans.dt.total_seconds() / 86_400).clip(lower=0.0)


def delay_distribution(delay: npt.ArrayLike, limit: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Distinct delays and the estimated share of incidents known within each (rising to 1).

    Parameters
    ----------
    delay, limit : array [incidents]
        Days; ``delay <= limit`` in every row, else ValueError. Rows with a longer delay than their
        limit were never seen: that is the truncation being corrected.
    """
    delays, limits = np.asarray(delay, dtype=np.float64), np.asarray(limit, dtype=np.float64)
    if np.any(delays > limits):
        raise ValueError("Expected every delay at or under its limit; got a longer one. Cut both at the same moment.")
    times, tally = np.unique(delays, return_counts=True)
    could_show = np.searchsorted(np.sort(delays), times, side="right") - np.searchsorted(np.sort(limits), times, "left")
    hazard = tally / could_show
    # Share known within times[i] = product of (1 - hazard) over all later times.
    later = np.append(np.cumprod((1.0 - hazard)[::-1])[::-1][1:], 1.0)
    return times, np.asarray(later, dtype=np.float64)


def delay_margin(records: Records, *, record_end: pd.Timestamp | None = None, quantile: float = 0.95) -> pd.Timedelta:
    """Time within which a share ``quantile`` of incidents becomes known, in whole days.

    Raises DelayUnknown when no incident is linked to a participant.
    """
    seen = observed_delays(records, record_end=record_end)
    if seen.empty:
        raise DelayUnknown(
            "Expected at least one incident linked to a participant; got none"
            f"{'' if record_end is None else f' known before {record_end:%Y-%m-%d}'}. "
            "Ingest incidents with involvements, or choose a later date."
        )
    times, within = delay_distribution(seen["delay_days"], seen["limit_days"])
    days = times[int(np.argmax(within >= quantile - 1e-12))]
    return pd.Timedelta(days=int(np.ceil(days)))
