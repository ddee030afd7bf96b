"""What it would cost to find the same share of each group's incidents with the same number of places.

Each group gets as many places as it takes to reach one common recall, the highest that the capacity allows, and
fills them from the top of its own part of the list. The labels are known here, after the fact, so this is the least
that equal recall could have cost; a program that sets quotas beforehand pays more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.disparity import Audited
from training.metrics import Floats

STEPS = 60
"""Halvings in the search for the common recall: far below one place."""


@dataclass(frozen=True)
class Quotas:
    """The common recall, each group's places and the weighted positives that all of them find."""

    recall: float
    places: Floats
    found: float


def equal_recall(predictions: pd.DataFrame, groups: pd.DataFrame, capacity: float, *, ranking: str) -> pd.DataFrame:
    """Recall and precision of one list and of group-wise lists with equal recall, in the mean over origins.

    Parameters
    ----------
    predictions, groups, capacity, ranking
        As :func:`training.disparity.disparity` takes them.

    Returns
    -------
    DataFrame
        grouping, recall, precision (of the one list), recall_equal, precision_equal (of the group-wise lists),
        recall_lost, precision_lost, places (used at equal recall), widest_gap (highest minus lowest recall of a group
        with positives, pooled over origins, in the one list). Precision counts rows whose label is known.
    """
    rows = Audited.of(predictions, ranking, capacity)
    rank = predictions[f"rank_value_{ranking}"].to_numpy(dtype=np.float64)
    at = [np.asarray(rows) for rows in predictions.groupby("origin", sort=True).indices.values()]
    found = [_cost(rows, rank, groups[name].to_numpy(dtype=object), at, capacity) for name in groups]
    table = pd.DataFrame(found)
    table.insert(0, "grouping", list(groups.columns))
    return table


def quotas(rank: Floats, found: Floats, group: npt.NDArray[np.int64], capacity: float) -> Quotas:
    """Places for each group so that all reach the highest common recall that ``capacity`` allows.

    Parameters
    ----------
    rank : array of shape (rows,)
        Higher first; ties are taken in equal parts.
    found : array of shape (rows,)
        Weighted positives.
    group : array of int, shape (rows,)
        Each row's group, from 0. A group without positives gets no place.
    capacity : float
        Places in all; never exceeded.
    """
    curves = [_curve(rank[group == each], found[group == each]) for each in range(int(group.max()) + 1)]
    low, high = 0.0, 1.0
    if sum(_places(curve, 1.0) for curve in curves) <= capacity:
        low = 1.0
    for _ in range(STEPS if low < 1.0 else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_places(c, middle) for c in curves) <= capacity else (low, middle)
    places = np.array([_places(curve, low) for curve in curves])
    return Quotas(low, places, low * float(found.sum()))


def _cost(
    rows: Audited, rank: Floats, labels: npt.NDArray[np.object_], at: list[npt.NDArray[np.intp]], capacity: float
) -> dict[str, float]:
    _, group = np.unique(labels.astype(str), return_inverse=True)
    found = rows.weight * rows.positive
    figures = []
    for each in at:
        if found[each].sum() <= 0:
            continue
        most = min(capacity, len(each))
        equal = quotas(np.where(np.isnan(rank[each]), -np.inf, rank[each]), found[each], group[each], most)
        caught = float((found * rows.selected)[each].sum())
        figures.append(
            (caught / found[each].sum(), caught / most, equal.recall, equal.found / most, equal.places.sum())
        )
    if not figures:
        return dict.fromkeys(_NAMES, float("nan"))
    recall, precision, recall_equal, precision_equal, places = np.mean(figures, axis=0)
    totals, caught_by = np.bincount(group, found), np.bincount(group, found * rows.selected)
    by_group = caught_by[totals > 0] / totals[totals > 0]
    told = (recall, precision, recall_equal, precision_equal, recall - recall_equal, precision - precision_equal)
    return dict(zip(_NAMES, map(float, (*told, places, np.ptp(by_group))), strict=True))


_NAMES = (
    "recall",
    "precision",
    "recall_equal",
    "precision_equal",
    "recall_lost",
    "precision_lost",
    "places",
    "widest_gap",
)


def _curve(rank: Floats, found: Floats) -> tuple[Floats, Floats]:
    """Places and the recall that they reach, at the end of every group of ties, from (0, 0)."""
    values, code = np.unique(-rank, return_inverse=True)
    size = np.bincount(code, minlength=len(values)).astype(np.float64)
    events = np.bincount(code, found, minlength=len(values))
    total = events.sum()
    if total <= 0:
        return np.zeros(1), np.zeros(1)
    return np.append(0.0, np.cumsum(size)), np.append(0.0, np.minimum(np.cumsum(events) / total, 1.0))


def _places(curve: tuple[Floats, Floats], recall: float) -> float:
    """The fewest places that reach ``recall``; a part of a row or of a group of ties counts as a part."""
    places, reached = curve
    if len(places) == 1 or recall <= 0:
        return 0.0
    end = min(int(np.searchsorted(reached, recall - 1e-12)), len(places) - 1)
    gained = reached[end] - reached[end - 1]
    part = 1.0 if gained <= 0 else min((recall - reached[end - 1]) / gained, 1.0)
    return float(places[end - 1] + part * (places[end] - places[end - 1]))
