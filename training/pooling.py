"""From figures with replicates to tidy frames: per origin, in the mean over origins, and differences in pairs."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.intervals import blocks_of_origins, percentile_interval, pooled_interval
from training.judging import Figure, Key
from training.ranking import RANDOM

PerOrigin = Sequence[tuple[pd.Timestamp, Mapping[Key, Figure]]]

NOT_COMPARED = ("not_yet_known", "precision_lower", "precision_upper", "recall_lower", "recall_upper")
"""What is told of a ranking and is neither better nor worse than another's; calibration is compared with 1 instead."""

_SHARES = ("average_precision", "auc", "precision_at", "recall_at", "incidents_caught", "severity_caught", "share_")
_AGAINST_ONE = ("calibration_", "expected_over_observed")


def tidy(per_origin: PerOrigin) -> pd.DataFrame:
    """One row per origin and figure."""
    rows = [
        (
            origin,
            *key,
            *_held((figure.value, *percentile_interval(figure.replicates, value=figure.value)), key.metric, 0.0),
        )
        for origin, found in per_origin
        for key, figure in found.items()
    ]
    return pd.DataFrame(rows, columns=["origin", "slice", "ranking", "metric", "value", "lower", "upper"])


def summarize(per_origin: PerOrigin, horizon_days: int) -> pd.DataFrame:
    """The mean over origins of every figure, with intervals for other participants and other years."""
    block = blocks_of_origins([origin for origin, _ in per_origin], horizon_days)
    rows = []
    for key in _keys(per_origin):
        present = np.array([key in found for _, found in per_origin])
        figures = [found[key] for _, found in per_origin if key in found]
        judged = int(sum(not np.isnan(figure.value) for figure in figures))
        rows.append((*key, *_held(_pooled(figures, block[present]), key.metric, 0.0), judged))
    return pd.DataFrame(rows, columns=["slice", "ranking", "metric", "value", "lower", "upper", "origins"])


def pair(per_origin: PerOrigin, candidates: Sequence[str], horizon_days: int) -> pd.DataFrame:
    """Each candidate minus every other ranking but the random, replicate by replicate, in the mean over origins."""
    block = blocks_of_origins([origin for origin, _ in per_origin], horizon_days)
    rows = []
    keys = _keys(per_origin)
    for key in keys:
        if key.metric.startswith((*NOT_COMPARED, *_AGAINST_ONE)):
            continue
        for place, candidate in enumerate(candidates):
            own = key._replace(ranking=candidate)
            # Two candidates are compared once; a random order needs no comparison.
            if own not in keys or key.ranking in (*candidates[: place + 1], RANDOM):
                continue
            present = np.array([own in found and key in found for _, found in per_origin])
            differences = [_minus(found[own], found[key]) for _, found in per_origin if own in found and key in found]
            held = _held(_pooled(differences, block[present]), key.metric, -1.0)
            rows.append((key.slice, candidate, key.ranking, key.metric, *held))
    return pd.DataFrame(rows, columns=["slice", "candidate", "against", "metric", "value", "lower", "upper"])


def _held(figure: tuple[float, float, float], metric: str, least: float) -> tuple[float, float, float]:
    """A share's interval within what a share can be: a symmetric stretch may leave it."""
    value, low, high = figure
    if not metric.startswith(_SHARES):
        return figure
    return value, float(np.maximum(low, least)), float(np.minimum(high, 1.0))


def _keys(per_origin: PerOrigin) -> dict[Key, None]:
    return dict.fromkeys(key for _, found in per_origin for key in found)


def _minus(one: Figure, other: Figure) -> Figure:
    return Figure(one.value - other.value, one.replicates - other.replicates)


def _pooled(figures: Sequence[Figure], block: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    values = np.array([figure.value for figure in figures])
    if np.isnan(values).all():
        return float("nan"), float("nan"), float("nan")
    return (float(np.nanmean(values)), *pooled_interval(values, [figure.replicates for figure in figures], block))
