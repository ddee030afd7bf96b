"""How late incidents become known and linked to a participant, and the margin that labels must allow for.

The distribution is corrected for what is not known yet, see :mod:`records.delays`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.delays import delay_distribution
from records.known import NEVER, Records, known_before
from training.errors import DelayUnknown


def observed_delays(records: Records, *, record_end: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row an involvement linked to a participant: ``delay_days``, ``limit_days`` and ``incident_id``.

    The delay runs from ``occurred_on`` (as first recorded) to the moment at which the incident was
    known and linked to the participant; the limit is the longest delay the record could have shown.
    Delays under zero (known on a date before it is said to have happened) count as zero. What was retracted
    since, links included, and repetitions of another incident are left out.

    Parameters
    ----------
    records : Records
        Every row version.
    record_end : Timestamp, optional
        Judge as known then (strictly before). Default: everything, up to the last ``known_at``.
    """
    end = records.last_known_at if record_end is None else record_end
    until = pd.Timestamp(NEVER) if record_end is None else record_end
    told = known_before(_only(records, "incidents"), until)["incidents"]["incident_id"]
    # A merge links old incidents to the survivor anew, which is no lateness: links are taken as they were stored.
    stored = _only(records.as_stored, "incidents", "involvements")
    standing = known_before(stored, until)["involvements"].dropna(subset=["participant_id"])
    standing = standing[standing["incident_id"].isin(told)][["incident_id", "participant_id"]].drop_duplicates()
    first = stored["incidents"].sort_values("known_at", kind="stable").drop_duplicates("incident_id")
    versions = stored["involvements"]
    versions = versions[~versions["retracted"]].sort_values("known_at", kind="stable")
    versions = versions.drop_duplicates(["incident_id", "participant_id"])
    linked = standing.merge(versions, on=["incident_id", "participant_id"])
    both = linked[["incident_id", "known_at"]].merge(
        first[["incident_id", "occurred_on", "known_at"]], on="incident_id", suffixes=("_link", "")
    )
    known = both[["known_at", "known_at_link"]].max(axis=1)
    delay = _days(known - both["occurred_on"])
    limit = _days(end - both["occurred_on"])
    return pd.DataFrame(
        {"delay_days": delay, "limit_days": np.maximum(limit, delay), "incident_id": both["incident_id"]}
    )


def _only(records: Records, *tables: str) -> Records:
    return Records({name: records[name] for name in tables})


def _days(spans: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    return (spans.dt.total_seconds() / 86_400).clip(lower=0.0)


def delay_margin(records: Records, *, record_end: pd.Timestamp | None = None, quantile: float = 0.95) -> pd.Timedelta:
    """Time within which a share ``quantile`` of incidents becomes known, in whole days.

    Raises DelayUnknown when no incident is linked to a participant.
    """
    seen = observed_delays(records, record_end=record_end)
    if seen.empty:
        raise _unknown(record_end)
    return pd.Timedelta(days=int(np.ceil(_quantile(seen, quantile))))


def _unknown(record_end: pd.Timestamp | None) -> DelayUnknown:
    return DelayUnknown(
        "Expected at least one incident linked to a participant; got none"
        f"{'' if record_end is None else f' known before {record_end:%Y-%m-%d}'}. "
        "Ingest incidents with involvements, or choose a later date."
    )


def _quantile(seen: pd.DataFrame, quantile: float, times: npt.NDArray[np.int64] | None = None) -> float:
    """The least delay within which that share is known; each row counts as often as ``times`` says."""
    if times is not None:
        seen, times = seen[times > 0], times[times > 0]
    delays, within = delay_distribution(seen["delay_days"], seen["limit_days"], times)
    return float(delays[int(np.argmax(within >= quantile - 1e-12))])


def delay_margin_interval(
    records: Records,
    *,
    record_end: pd.Timestamp | None = None,
    quantile: float = 0.95,
    level: float = 0.95,
    replicates: int = 200,
    seed: int = 7,
) -> tuple[pd.Timedelta, pd.Timedelta]:
    """Interval of :func:`delay_margin`: the central ``level`` of its values when incidents are drawn anew.

    Participants of one incident share its report, so whole incidents are drawn. A margin beyond the longest
    delay seen cannot be drawn: in a short record the upper bound is too low, as the margin is.
    """
    seen = observed_delays(records, record_end=record_end)
    if seen.empty:
        raise _unknown(record_end)
    codes, names = pd.factorize(seen["incident_id"])
    rng = np.random.default_rng(seed)
    drawn = (np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(replicates))
    days = [_quantile(seen, quantile, times[codes]) for times in drawn]
    low, high = np.quantile(days, [(1 - level) / 2, (1 + level) / 2])
    return pd.Timedelta(days=int(np.floor(low))), pd.Timedelta(days=int(np.ceil(high)))
