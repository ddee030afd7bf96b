"""How far labels that are not known could move precision and recall in the first places.

Nobody knows them, so nothing is estimated: the lower bound is the figure under the worst labels that the unknown rows
could have, the upper under the best. For precision these are all negative and all positive. For recall the worst is
that unknown rows are positive exactly where they are outside the first places, and the best that they are positive
exactly inside. Ties at their expected value over orders; how many unknown rows of the group of ties at the last place
come inside is hypergeometric.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom

from training.metrics import Floats, ratio
from training.places import Order


class Bounds(NamedTuple):
    """Least and greatest precision and recall in the first places."""

    precision_lower: float
    precision_upper: float
    recall_lower: float
    recall_upper: float


def bounds_at(order: Order, positive: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_], k: float) -> Bounds:
    """The bounds at the first ``k`` places; between two whole numbers they are interpolated.

    Parameters
    ----------
    order : Order
        The ranking.
    positive, unknown : bool arrays of shape (rows,)
        Known to be positive; not known. Never both.
    k : float
        Places; all rows when there are fewer.
    """
    k = min(k, float(len(positive)))
    if len(positive) == 0 or k <= 0:
        return Bounds(*[float("nan")] * 4)
    low, part = int(np.floor(k)), k - np.floor(k)
    ends = [(low, 1.0 - part), *([(low + 1, part)] if part > 0 else [])]
    sums = sum((share * _sums(order, positive, unknown, places) for places, share in ends if share > 0), np.zeros(4))
    return Bounds(float(sums[0] / k), float(sums[1] / k), float(sums[2]), float(sums[3]))


def _sums(order: Order, positive: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_], places: int) -> Floats:
    """Expected positives found at least and at most, and the bounds of recall."""
    group = int(np.searchsorted(order.bounds, places, side="right")) - 1
    group = min(group, len(order.bounds) - 2)
    sure, tied = order.row[: order.bounds[group]], order.row[order.bounds[group] : order.bounds[group + 1]]
    drawn, size = places - len(sure), len(tied)
    hidden = int(unknown[tied].sum())
    inside = np.arange(max(0, drawn - (size - hidden)), min(hidden, drawn) + 1)
    chance = hypergeom.pmf(inside, size, hidden, drawn)
    known = size - hidden
    share = positive[tied].sum() / known if known else 0.0
    found = positive[sure].sum() + (drawn - inside) * share
    asked = unknown[sure].sum() + inside
    everyone, not_known = float(positive.sum()), float(unknown.sum())
    recalls = (ratio(found, everyone + not_known - asked), ratio(found + asked, everyone + asked))
    return np.array([chance @ found, chance @ (found + asked), *(float(chance @ recall) for recall in recalls)])
