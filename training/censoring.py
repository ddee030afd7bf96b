"""What participants that left inside the window do to the figures: four ways to treat them, side by side.

- ``weight``: those who were watched stand in for them by inverse-probability weights. Every other figure of a
  backtest is this one;
- ``drop``: they are taken off the list, and nobody stands in;
- ``all_negative`` and ``all_positive``: the worst cases, in which none of them, or each of them, would have been
  positive.

Between ``drop`` and ``weight`` lies what the weights do; between the worst cases lies all that any assumption could do.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.judging import Cohort
from training.metrics import Floats

TREATMENTS = ("weight", "drop", "all_negative", "all_positive")


def censoring_table(cohorts: Sequence[Cohort], capacities: Sequence[int]) -> pd.DataFrame:
    """Origin, ranking, metric, and the figure of everyone at that origin under each of :data:`TREATMENTS`."""
    rows = []
    for cohort in cohorts:
        for ranking, rank_value in cohort.rankings.items():
            found = {name: _figures(cohort, rank_value, name, capacities) for name in TREATMENTS}
            for metric in found["weight"]:
                rows.append((cohort.origin, ranking, metric, *(found[name][metric] for name in TREATMENTS)))
    return pd.DataFrame(rows, columns=["origin", "ranking", "metric", *TREATMENTS])


def _figures(cohort: Cohort, rank_value: Floats, treatment: str, capacities: Sequence[int]) -> dict[str, float]:
    positive, weight, kept = _treated(cohort, treatment)
    tied = metrics.gather(rank_value[kept], positive[kept], weight=weight[kept])
    figures = {"average_precision": metrics.average_precision(tied), "auc": metrics.auc(tied)}
    for k in capacities:
        figures[f"precision_at_{k}"] = metrics.precision_at(tied, k)
        figures[f"recall_at_{k}"] = metrics.recall_at(tied, k)
    return {name: float(value) for name, value in figures.items()}


def _treated(cohort: Cohort, treatment: str) -> tuple[npt.NDArray[np.bool_], Floats, npt.NDArray[np.bool_]]:
    """Who counts as positive, with what weight, and who is on the list."""
    known = cohort.weight > 0
    everyone, ones = np.ones(len(known), dtype=bool), np.ones(len(known))
    return {
        "weight": (cohort.positive, cohort.weight, everyone),
        "drop": (cohort.positive, ones, known),
        "all_negative": (cohort.positive & known, ones, everyone),
        "all_positive": (cohort.positive | ~known, ones, everyone),
    }[treatment]
