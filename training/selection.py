"""Who is taken when a list is cut at a capacity: each row's chance, with ties at their exact expected value."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.metrics import Floats


def chance_of_place(rank_value: npt.ArrayLike, capacity: float) -> Floats:
    """The chance of each row to be among the first ``capacity`` when ties are broken at random, shape (rows,).

    Higher rank values come first; NaN ranks below everything. The chances add up to ``capacity``, or to the number
    of rows where there are fewer.
    """
    rank = np.asarray(rank_value, dtype=np.float64)
    rank = np.where(np.isnan(rank), -np.inf, rank)
    values, code, size = np.unique(-rank, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    chance: Floats = np.clip((capacity - before) / np.maximum(size, 1), 0.0, 1.0)
    return chance[code] if len(values) else np.zeros(0)


def chances_at(predictions: pd.DataFrame, rank_value: str, capacity: float) -> Floats:
    """:func:`chance_of_place` at each origin of a backtest's predictions, ranked by the column ``rank_value``."""
    chances = np.zeros(len(predictions))
    for rows in predictions.groupby("origin", sort=False).indices.values():
        chances[rows] = chance_of_place(predictions[rank_value].to_numpy(dtype=np.float64)[rows], capacity)
    return chances
