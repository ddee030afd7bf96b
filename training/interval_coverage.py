"""Do the intervals of single participants hold what they are about? Only a simulated program can be asked.

A participant's own probability is that of at least one recorded incident in the horizon, given its true intensity and
its true chance of detection month by month: ``1 - exp(-expected recorded incidents)``. Only the simulator sees it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.metrics import Floats
from training.truth import true_rankings

COVERAGE_COLUMNS = (
    "part",
    "participants",
    "probability",
    "own_probability",
    "covered",
    "above",
    "below",
    "median_width",
    "mean_width",
)


def own_probability(truth: pd.DataFrame, participant_ids: pd.Series, as_of: pd.Timestamp, horizon_days: int) -> Floats:
    """True probability of at least one recorded incident within the horizon, shape (n,).

    Parameters and errors as in :func:`training.truth.true_rankings`.
    """
    expected = true_rankings(truth, participant_ids, as_of, horizon_days)["truth_recorded"]
    return np.asarray(-np.expm1(-expected), dtype=np.float64)


def coverage_table(
    lower: Floats, upper: Floats, probability: Floats, own: Floats, parts: Mapping[str, NDArray[np.bool_]]
) -> pd.DataFrame:
    """How often [lower, upper] holds the own probability, by part of the program.

    Parameters
    ----------
    lower, upper, probability, own : arrays of float, shape (n,)
        The interval, the score shown, and what is true.
    parts : mapping
        Name to a mask of shape (n,).

    Returns
    -------
    DataFrame
        :data:`COVERAGE_COLUMNS`, one row a part: its size, mean probability shown and true, the shares inside, above
        the upper end and below the lower one, and the width. Shares of an empty part are NaN.
    """
    above, below = own > upper, own < lower
    figures = [np.asarray(each, dtype=np.float64) for each in (probability, own, ~(above | below), above, below)]
    rows = []
    for name, part in parts.items():
        means = [float(np.mean(each[part])) if part.any() else np.nan for each in figures]
        width = (upper - lower)[part]
        widths = [float(np.median(width)), float(np.mean(width))] if part.any() else [np.nan, np.nan]
        rows.append([name, int(part.sum()), *means, *widths])
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def parts_of_program(
    margin: Floats, incidents: Floats, days: Floats, *, firsts: tuple[int, ...] = (50, 200), newcomer_days: int = 365
) -> dict[str, NDArray[np.bool_]]:
    """Everybody, the first places, bands of the score, with and without incidents on record, newcomers.

    Parameters
    ----------
    margin, incidents, days : arrays of float, shape (n,)
        What ranks, incidents on record, days of record.
    """
    place = np.empty(len(margin), dtype=np.int64)
    place[np.argsort(-margin, kind="stable")] = np.arange(len(margin))
    share = place / max(len(margin), 1)
    bands = {
        f"{name} of scores": (share >= low) & (share < high)
        for name, low, high in (
            ("highest 2 %", 0.0, 0.02),
            ("next 8 %", 0.02, 0.1),
            ("next 40 %", 0.1, 0.5),
            ("lower half", 0.5, 1.0),
        )
    }
    return {
        "everybody": np.ones(len(margin), dtype=bool),
        **{f"first {count}": place < count for count in firsts},
        **bands,
        "with an incident on record": incidents > 0,
        "without": incidents == 0,
        "without, among the first 200": (incidents == 0) & (place < 200),
        f"newcomers, under {newcomer_days} days": days < newcomer_days,
    }


def telling_apart(score: Floats, own: Floats) -> tuple[float, float]:
    """How well a score tells participants apart by their own probability: expected AUC, and skill in log loss.

    Each participant counts as positive with its own probability and as negative with the rest, so no dice are
    thrown. The skill is against one probability for all of these participants, their true mean; below 0 the score is
    worse than that. NaN where all are the same.
    """
    if len(own) < 2 or own.sum() <= 0 or own.min() >= 1:
        return np.nan, np.nan
    order = np.argsort(score, kind="stable")
    values, first = np.unique(score[order], return_index=True)
    hits, misses = (np.add.reduceat(each[order], first) for each in (own, 1.0 - own))
    below = np.cumsum(misses) - misses
    area = float((hits * (below + misses / 2)).sum() / (hits.sum() * misses.sum())) if len(values) else np.nan
    mean = own.mean()
    constant = -(mean * np.log(mean) + (1 - mean) * np.log1p(-mean))
    loss = float(np.mean(-(own * np.log(score) + (1.0 - own) * np.log1p(-score))))
    return area, 1.0 - loss / float(constant)
