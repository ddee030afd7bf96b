"""The same rankings judged twice: by labels as they were known when the window had just matured, and as known now.

Reports that came later than the delay margin, amendments and retractions move labels after that moment. The two figures
beside each other say by how much, and that a figure read at the time would have been another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from records.known import Records
from training import metrics
from training.judging import Cohort
from training.labels import NEGATIVE, POSITIVE, build_labels


@dataclass(frozen=True)
class Judged:
    """A cohort with its spine, labels as known now, and the labels as they were first known in full."""

    cohort: Cohort
    now: pd.DataFrame
    then: pd.DataFrame


def labels_then(records: Records, spine: pd.DataFrame, horizon_days: int, *, margin: pd.Timedelta) -> pd.DataFrame:
    """The labels of one origin's spine as known at the first moment at which all of its rows were mature."""
    first = spine["as_of"].max() + pd.Timedelta(days=horizon_days) + margin + pd.Timedelta(1, "us")
    return build_labels(records, spine, horizon_days, record_end=first, margin=margin)


def label_versions(judged: Sequence[Judged]) -> pd.DataFrame:
    """Of each origin and ranking the average precision by both, and how many labels turned.

    Returns
    -------
    DataFrame
        origin, ranking, average_precision_as_known_then, average_precision_as_known_now, positive_then,
        positive_now, turned_positive (not positive then, positive now), turned_negative (positive then, negative now).
    """
    rows = []
    for each in judged:
        was, now = each.then["label"], each.now["label"]
        counts = {
            "positive_then": int((was == POSITIVE).sum()),
            "positive_now": int((now == POSITIVE).sum()),
            "turned_positive": int(((was != POSITIVE) & (now == POSITIVE)).sum()),
            "turned_negative": int(((was == POSITIVE) & (now == NEGATIVE)).sum()),
        }
        for ranking, rank_value in each.cohort.rankings.items():
            figures = {
                f"average_precision_as_known_{name}": float(
                    metrics.average_precision(
                        metrics.gather(
                            rank_value,
                            (labels["label"] == POSITIVE).to_numpy(dtype=bool),
                            weight=labels["weight"].to_numpy(dtype="float64"),
                        )
                    )
                )
                for name, labels in (("then", each.then), ("now", each.now))
            }
            rows.append({"origin": each.cohort.origin, "ranking": ranking, **figures, **counts})
    return pd.DataFrame(rows)
