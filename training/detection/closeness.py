"""How near a ranking is to the true intensity, in a simulated program whose truth is known.

Intensity is extremely unequal: the median participant expects one incident in centuries, and the first fiftieth of all
expects most of them. A list is for those. So the figure that decides is the share of all true incidents, found or not,
that may be expected of the first places; rank correlation over everybody is told too, and is mostly about the order
of participants that will have none.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from training import metrics
from training.metrics import Floats

PLACES, TOP = 0.05, 0.02
"""Shares of the cohort: the first places that are looked at, and the truly riskiest that are looked for."""


def closeness_table(rankings: Mapping[str, Floats], intensity: Floats) -> pd.DataFrame:
    """Of each ranking ``ranking, metric, value``.

    ``incidents_in_first_5pct``: expected true incidents of the first places over those of everybody.
    ``average_precision_of_top_2pct``: with the truly riskiest as positives. ``spearman``: over everybody.
    """
    riskiest = intensity >= np.quantile(intensity, 1 - TOP)
    rows = []
    for name, value in rankings.items():
        by_size = metrics.gather(value, intensity)
        figures = {
            "incidents_in_first_5pct": float(metrics.recall_at(by_size, PLACES * len(value))),
            "average_precision_of_top_2pct": float(metrics.average_precision(metrics.gather(value, riskiest))),
            "spearman": float(spearmanr(value, intensity).statistic),
        }
        rows += [(name, metric, figure) for metric, figure in figures.items()]
    return pd.DataFrame(rows, columns=["ranking", "metric", "value"])
