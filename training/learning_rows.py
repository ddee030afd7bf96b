"""The rows a model learns from: who was at risk at each training date, what was known, what came true."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.cohort import at_risk
from features.matrix import build_matrix
from models.spec import TrainingSlice
from records.as_found import treated
from records.known import Records
from training.errors import FeatureRefused, TooFewPositives
from training.labels import POSITIVE, build_labels, tally_labels
from training.splits import Split

LEAST_POSITIVES = 20
"""Positive rows wanted in each of the two slices; with fewer, neither trees nor calibration mean anything."""


@dataclass(frozen=True)
class LearningRows:
    """What a model of one split learns from.

    Attributes
    ----------
    fit, calibration : TrainingSlice
        A ranking is fitted to the first, where incidents may count only once found by others (``Split.self_reports``).
        The second has every incident, so that a probability is that of any incident on record.
    tally : dict
        How the labels fell, every incident counted.
    recorded_fit : TrainingSlice, optional
        The rows of the first with every incident counted; None where they are the same.
    """

    fit: TrainingSlice
    calibration: TrainingSlice
    tally: dict[str, int]
    recorded_fit: TrainingSlice | None = None

    @property
    def recorded(self) -> TrainingSlice:
        """Both slices with every incident counted: what was known of everybody."""
        return (self.recorded_fit or self.fit).joined(self.calibration)


def spine_at(records: Records, dates: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Everyone at risk at each date, as known then: ``participant_id``, ``as_of``, oldest date first."""
    cohorts = [at_risk(records, date)[["participant_id"]].assign(as_of=date) for date in dates]
    return pd.concat(cohorts, ignore_index=True).astype({"as_of": "datetime64[us]"})


def learning_rows(records: Records, split: Split, *, horizon_days: int) -> LearningRows:
    """The mature rows of a split, labelled as known at its origin.

    Parameters
    ----------
    records : Records
        Every row version. Features at a date see what was known before it, labels what was known before
        ``split.origin``.
    split : Split
        Its training dates and reporting delay.
    horizon_days : int
        Length of the label's window.

    Raises
    ------
    TooFewPositives
        A slice has fewer than :data:`LEAST_POSITIVES` positive rows, or nothing but positives.
    """
    spine = spine_at(records, split.dates)
    labels = build_labels(records, spine, horizon_days, record_end=split.origin, margin=split.margin)
    read = treated(records, split.self_reports)
    matrix = build_matrix(read, spine)
    calibrating = (spine["as_of"] >= split.calibration[0]).to_numpy()
    recorded = learning_slice(matrix[~calibrating], spine[~calibrating], labels[~calibrating])
    fit = recorded
    if read is not records:
        found = build_labels(read, spine, horizon_days, record_end=split.origin, margin=split.margin)
        fit = learning_slice(matrix[~calibrating], spine[~calibrating], found[~calibrating])
    calibration = learning_slice(matrix[calibrating], spine[calibrating], labels[calibrating])
    _require_positives("fitting", fit, split.fit)
    _require_positives("calibration", calibration, split.calibration)
    return LearningRows(fit, calibration, tally_labels(labels), None if fit is recorded else recorded)


def learning_slice(matrix: pd.DataFrame, spine: pd.DataFrame, labels: pd.DataFrame) -> TrainingSlice:
    """The rows whose label carries weight, as the model's fit takes them. All three frames share their index."""
    _require_finite(matrix, spine)
    usable = (labels["weight"] > 0).to_numpy()
    return TrainingSlice(
        matrix=matrix.loc[usable].reset_index(drop=True),
        positive=(labels["label"] == POSITIVE).to_numpy(dtype=bool)[usable],
        incidents=labels["incidents"].to_numpy(dtype=np.float64)[usable],
        weight=labels["weight"].to_numpy(dtype=np.float64)[usable],
        groups=spine["participant_id"].to_numpy(dtype=object)[usable],
        as_of=spine["as_of"].to_numpy(dtype="datetime64[us]")[usable],
        event_days=labels["event_days"].to_numpy(dtype=np.float64)[usable],
    )


def _require_finite(matrix: pd.DataFrame, spine: pd.DataFrame) -> None:
    values = matrix.to_numpy(dtype=np.float64)
    infinite = np.isinf(values)
    if not infinite.any():
        return
    row, column = (int(each) for each in np.argwhere(infinite)[0])
    where = f"{spine['participant_id'].iloc[row]} at {spine['as_of'].iloc[row]:%Y-%m-%d}"
    names = ", ".join(str(name) for name, some in zip(matrix.columns, infinite.any(axis=0), strict=True) if some)
    raise FeatureRefused(
        f"Expected finite features, or NaN for what is not known; got infinity in {int(infinite.sum())} of "
        f"{infinite.size:,} values of {names}, first {values[row, column]} of {where}. Correct the feature."
    )


def _require_positives(name: str, part: TrainingSlice, dates: Sequence[pd.Timestamp]) -> None:
    positives, rows = int(part.positive.sum()), len(part)
    if positives >= LEAST_POSITIVES and positives < rows:
        return
    raise TooFewPositives(
        f"Expected at least {LEAST_POSITIVES} positive rows and some negative in the {name} slice "
        f"({dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}); got {positives} of {rows}. "
        "Ingest a longer record, choose a later origin or a longer horizon."
    )
