"""What came true: positive, negative or not yet known, seen through (as_of, horizon).

A row of the spine is **positive** when the participant has an in-scope incident with
``as_of <= occurred_on < as_of + horizon``, in scope meaning linked to the participant and not retracted
in the latest versions known before the record's end. Without one it is **negative**, but only where
the record could tell; in two cases it cannot and the row is **not yet known**:

- the row is not *mature*: the record ends before ``as_of + horizon + margin``, the margin being the 95th
  percentile of the reporting delay. A positive seen early is labelled positive and still is not
  mature: using early positives without the negatives of the same time would inflate the risk, so
  only mature rows carry weight;
- the participant was suspended, removed or withdrew inside the window, before any incident: it was
  not watched to the end (*censored*). The rows that were watched stand in for it through weights,
  the inverse probability of being still watched (Robins and Rotnitzky 1992; the probability by
  Kaplan and Meier over time since as_of). So is a participant that is no longer on record at the record's end,
  because its account was merged into another or withdrawn: its incidents are counted elsewhere, and their
  absence would be a silent negative.

Worked example: as_of 2023-01-01, horizon 365 days, margin 90 days, record's end 2024-03-31. The
window and the margin end on 2024-03-31, which is not before the record's end: not mature. One day
later it is.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.known import Records, known_before
from records.tables import AT_RISK_STATUSES
from training.delay import delay_margin
from training.watching import Watch

__all__ = [
    "NEGATIVE",
    "NOT_YET_KNOWN",
    "POSITIVE",
    "build_labels",
    "delay_margin",
    "end_of_record",
    "incident_moments",
    "labelling_tables",
    "observe_labels",
    "tally_labels",
    "watching_weights",
]

POSITIVE, NEGATIVE, NOT_YET_KNOWN = "positive", "negative", "not_yet_known"

Floats = npt.NDArray[np.float64]
Moments = npt.NDArray[np.datetime64]
_ONE_DAY = np.timedelta64(1, "D")
_LONG_AGO = np.datetime64("0001-01-01", "us")


def end_of_record(records: Records) -> pd.Timestamp:
    """The first moment at which everything in the record is known."""
    return records.last_known_at + pd.Timedelta(1, "us")


@dataclass(frozen=True)
class _Windows:
    """Whose windows, from where (included) to where (excluded)."""

    people: npt.NDArray[np.object_]
    start: Moments
    end: Moments


def build_labels(
    records: Records,
    spine: pd.DataFrame,
    horizon_days: int,
    *,
    record_end: pd.Timestamp,
    margin: pd.Timedelta | None = None,
) -> pd.DataFrame:
    """Label every row of the spine as the record tells it at ``record_end``.

    Parameters
    ----------
    records : Records
        Every row version; only those known before ``record_end`` are read.
    spine : DataFrame
        ``participant_id`` and ``as_of``.
    horizon_days : int
        Length of the window, in days.
    record_end : Timestamp
        The moment of judging: :func:`end_of_record` for labels as known now, the origin of a
        backtest for labels as known then.
    margin : Timedelta, optional
        Reporting delay to allow for. Default: estimated from the record at ``record_end``.

    Returns
    -------
    DataFrame
        Index of the spine; ``label`` (text), ``incidents`` (those found in the window; NaN where the
        label is not yet known), ``weight`` (inverse probability of being watched; 0 unless mature
        and known), ``mature`` and ``censored`` (bool), ``event_days`` (to the first incident of a positive row).
    """
    seen = observe_labels(records, spine, horizon_days, record_end=record_end, margin=margin)
    return seen.frame(seen.watch, spine.index)


@dataclass(frozen=True)
class Observed:
    """What the record tells of each row's window, before rows are weighted.

    Attributes
    ----------
    incidents : int64 array of shape (rows,)
    event_days, leaving_days : float64 arrays of shape (rows,)
        Days from as_of to the first incident and to leaving the program; NaN for neither inside the window.
    mature : bool array of shape (rows,)
    horizon_days : float
    """

    incidents: npt.NDArray[np.int64]
    event_days: Floats
    leaving_days: Floats
    mature: npt.NDArray[np.bool_]
    horizon_days: float

    @property
    def watch(self) -> Watch:
        """What weights are estimated from; that of several parts adds up."""
        return Watch.of(self.event_days, self.leaving_days, self.horizon_days, self.mature)

    def frame(self, watch: Watch, index: pd.Index) -> pd.DataFrame:
        """The labels of :func:`build_labels`, weighted by a curve from these rows or from those of all parts."""
        positive = (self.incidents > 0) & ~(self.leaving_days < self.event_days)
        censored = ~np.isnan(self.leaving_days) & ~positive
        weight = watch.weights(self.event_days, self.leaving_days, self.horizon_days, self.mature)
        label = np.where(positive, POSITIVE, np.where(self.mature & ~censored, NEGATIVE, NOT_YET_KNOWN))
        return pd.DataFrame(
            {
                "label": pd.Series(label, index=index, dtype="str"),
                "incidents": np.where(label == NOT_YET_KNOWN, np.nan, self.incidents),
                "weight": weight,
                "mature": self.mature,
                "censored": censored,
                "event_days": np.where(positive, self.event_days, np.nan),
            },
            index=index,
        )


def observe_labels(
    records: Records,
    spine: pd.DataFrame,
    horizon_days: int,
    *,
    record_end: pd.Timestamp,
    margin: pd.Timedelta | None = None,
) -> Observed:
    """What :func:`build_labels` labels from, row by row; parameters are the same."""
    known = labelling_tables(records, record_end)
    allowance = delay_margin(records, record_end=record_end) if margin is None else margin
    horizon = np.timedelta64(horizon_days, "D")
    as_of = spine["as_of"].to_numpy(dtype="datetime64[us]")
    windows = _Windows(spine["participant_id"].to_numpy(dtype=object), as_of, cast(Moments, as_of + horizon))
    count, event_days = _first_incident(known, windows)
    leaving_days = np.where(_on_record(known, windows), _first_departure(known, windows), 0.0)
    mature = np.asarray(windows.end + np.timedelta64(allowance.to_timedelta64()) < record_end.to_datetime64())
    return Observed(count, event_days, leaving_days, mature, float(horizon_days))


def labelling_tables(records: Records, record_end: pd.Timestamp) -> Records:
    """What labels are read from, as known at ``record_end``: incidents, involvements, participants, any statuses."""
    read = {name: records[name] for name in ("incidents", "involvements")}
    read |= {name: records[name] for name in ("participants", "statuses") if name in records}
    return known_before(Records(read, records.data_version), record_end)


def watching_weights(
    event_days: Floats, leaving_days: Floats, horizon_days: float, *, counted: npt.NDArray[np.bool_]
) -> Floats:
    """Inverse probability of being still watched when the label was settled; 0 where it never was.

    Parameters
    ----------
    event_days, leaving_days : array [rows]
        Days from as_of to the first incident and to leaving the program, NaN for neither inside the
        window. An incident on the day of leaving was still seen.
    horizon_days : float
        End of the window.
    counted : array of bool [rows]
        Rows to estimate from and to weight; the others get 0.

    Notes
    -----
    Among counted rows the weights of settled rows add up to the number of rows, as far as leaving
    does not depend on the coming risk. It partly does (suspension follows incidents); those incidents
    are seen first and settle the row, which is what removes most of the dependence.
    """
    watch = Watch.of(event_days, leaving_days, horizon_days, counted)
    return watch.weights(event_days, leaving_days, horizon_days, counted)


def tally_labels(labels: pd.DataFrame) -> dict[str, int]:
    """How many rows are positive, negative, not yet known, and why: for printing beside every figure."""
    usable = labels["weight"] > 0
    return {
        "rows": len(labels),
        POSITIVE: int((usable & (labels["label"] == POSITIVE)).sum()),
        NEGATIVE: int((usable & (labels["label"] == NEGATIVE)).sum()),
        NOT_YET_KNOWN: int((labels["label"] == NOT_YET_KNOWN).sum()),
        "immature": int((~labels["mature"]).sum()),
        "immature_positive": int((~labels["mature"] & (labels["label"] == POSITIVE)).sum()),
        "censored": int((labels["mature"] & labels["censored"]).sum()),
    }


def incident_moments(known: Records) -> pd.DataFrame:
    """One row per participant and incident: ``participant_id``, ``moment``."""
    linked = known["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
    incidents = known["incidents"][["incident_id", "occurred_on"]]
    return linked.merge(incidents, on="incident_id").rename(columns={"occurred_on": "moment"})


def _status_moments(known: Records) -> pd.DataFrame:
    """Each change of standing: ``participant_id``, ``moment``, ``out`` (not in the program from then on)."""
    if "statuses" not in known:
        return pd.DataFrame({"participant_id": [], "moment": np.array([], dtype="datetime64[us]"), "out": []})
    statuses = known["statuses"]
    changes = statuses[["participant_id", "effective_on"]].rename(columns={"effective_on": "moment"})
    return changes.assign(out=~statuses["status"].isin(AT_RISK_STATUSES))


def _first_incident(known: Records, spine: _Windows) -> tuple[npt.NDArray[np.int64], Floats]:
    """Incidents in each window and days from as_of to the first of them (NaN without one)."""
    events = incident_moments(known)
    order, (low, high) = _places(events, spine.people, spine.start, spine.end)
    count = high - low
    moments = events["moment"].to_numpy(dtype="datetime64[us]")[order]
    return count, _days_to(moments, low, spine.start, count > 0)


def _on_record(known: Records, spine: _Windows) -> npt.NDArray[np.bool_]:
    """Whether each row's participant is still on record."""
    if "participants" not in known:
        return np.ones(len(spine.people), dtype=bool)
    return np.asarray(pd.Index(spine.people).isin(known["participants"]["participant_id"]), dtype=bool)


def _first_departure(known: Records, spine: _Windows) -> Floats:
    """Days from as_of to leaving the program; 0 when already out by what is known now, NaN for staying."""
    changes = _status_moments(known)
    leaving = changes[changes["out"].astype(bool)]
    order, (low, high) = _places(leaving, spine.people, spine.start, spine.end)
    moments = leaving["moment"].to_numpy(dtype="datetime64[us]")[order]
    days = _days_to(moments, low, spine.start, high > low)
    order, (own, low) = _places(changes, spine.people, np.full(len(spine.start), _LONG_AGO), spine.start)
    out = np.append(changes["out"].to_numpy(dtype=bool)[order], False)
    return np.where((low > own) & out[low - 1], 0.0, days)


def _days_to(moments: Moments, place: npt.NDArray[np.int64], start: Moments, exists: npt.NDArray[np.bool_]) -> Floats:
    padded = np.append(moments, np.datetime64("NaT", "us"))
    return np.where(exists, (padded[np.where(exists, place, len(moments))] - start) / _ONE_DAY, np.nan)


def _places(
    events: pd.DataFrame, people: npt.NDArray[np.object_], *queries: Moments
) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
    """The order that sorts events by person and moment, and where each query would enter it.

    Person and moment are packed into one integer (moments by their rank among all that occur), so
    that one binary search answers for all rows exactly.
    """
    persons = pd.Index(pd.unique(np.concatenate([events["participant_id"].to_numpy(dtype=object), people])))
    moments = events["moment"].to_numpy(dtype="datetime64[us]")
    grid = np.unique(np.concatenate([moments, *queries]))
    own = persons.get_indexer(people).astype(np.int64) * len(grid)
    keys = persons.get_indexer(events["participant_id"]).astype(np.int64) * len(grid) + np.searchsorted(grid, moments)
    order = np.argsort(keys, kind="stable")
    return order, [np.searchsorted(keys[order], own + np.searchsorted(grid, query)) for query in queries]
