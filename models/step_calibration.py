"""Calibration by steps: isotonic regression, and the inductive Venn-Abers pair of probabilities.

Both know only the order of margins and so make ties. A list is always ranked on the margin, never on what is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.calibration import Calibration
from models.spec import Array

MOST_GROUPS = 400
"""Margins are pooled into at most this many groups, the finer the nearer the top, before steps are fitted."""
CONFIDENCE_REACH = 1.96


@dataclass(frozen=True)
class StepCalibration:
    """Probabilities by place among the calibration margins.

    ``margins`` are m rising group limits: place 2j + 1 is group j, place 2j the gap before it. ``lower`` and ``upper``
    have the 2m + 1 probabilities of a participant at each place if its label were 0 and if it were 1 (Vovk, Petej and
    Fedorova 2015); their reading as one number, ``upper / (1 - lower + upper)``, minimizes the greatest regret. For
    isotonic regression both are the fitted step, and a gap takes the mean of its neighbours.

    ``trend`` is Platt's line through the same rows. Steps have no slope, and how far the margin's own error moves a
    probability is asked of the trend.
    """

    kind: Literal["isotonic", "venn_abers"]
    margins: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    trend: Calibration

    def probability(self, margin: Array) -> Array:
        """Calibrated probability of each margin, same shape; between 0 and 1, never at either."""
        place = self._place(margin)
        low, high = np.array(self.lower)[place], np.array(self.upper)[place]
        return np.asarray(high / (1.0 - low + high), dtype=np.float64)

    def pair(self, margin: Array) -> tuple[Array, Array]:
        """The two probabilities, [p0, p1], each of the shape of ``margin``; equal for isotonic regression."""
        place = self._place(margin)
        return np.array(self.lower)[place], np.array(self.upper)[place]

    def log_odds(self, margin: Array) -> Array:
        """Calibrated log-odds of each margin, same shape."""
        return np.asarray(logit(self.probability(margin)), dtype=np.float64)

    def slope(self, margin: Array) -> Array:
        """Derivative of the trend's log-odds at each margin."""
        return self.trend.slope(margin)

    def error(self, margin: Array) -> Array:
        """Standard error of the calibrated log-odds: the trend's, or half the pair's width if that is wider."""
        stated = self.trend.error(margin)
        if self.kind == "isotonic":
            return stated
        # An end of the pair may be 0 or 1: half a participant's worth of doubt keeps the width finite.
        low, high = (np.clip(side, 1e-6, 1.0 - 1e-6) for side in self.pair(margin))
        return np.asarray(np.maximum(stated, (logit(high) - logit(low)) / (2 * CONFIDENCE_REACH)), dtype=np.float64)

    def words(self) -> str:
        """What was fitted, in a sentence."""
        name = "isotonic regression" if self.kind == "isotonic" else "inductive Venn-Abers prediction"
        return f"Calibration by {name} on {len(self.margins)} groups of margins."

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {
            "kind": self.kind,
            "margins": list(self.margins),
            "lower": list(self.lower),
            "upper": list(self.upper),
            "trend": self.trend.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StepCalibration":
        """The calibration that :meth:`to_dict` wrote."""
        margins, lower, upper = (tuple(map(float, values[name])) for name in ("margins", "lower", "upper"))
        return cls(values["kind"], margins, lower, upper, Calibration.from_dict(values["trend"]))

    def _place(self, margin: Array) -> NDArray[np.intp]:
        limits = np.array(self.margins)
        first = np.searchsorted(limits, margin, side="left")
        on_it = np.append(limits, np.inf)[first] == margin
        return np.asarray(2 * first + on_it, dtype=np.intp)


def fit_steps(
    kind: Literal["isotonic", "venn_abers"],
    margin: Array,
    positive: NDArray[np.bool_],
    weight: Array,
    trend: Calibration,
) -> StepCalibration:
    """Steps through margins and labels of a later slice, both labels present."""
    limits, total, hits = _grouped(margin, positive, weight)
    if kind == "venn_abers":
        lower, upper = _venn_abers(total, hits, 0.0), _venn_abers(total, hits, 1.0)
    else:
        lower = upper = _isotonic(total, hits)
    return StepCalibration(kind, tuple(map(float, limits)), tuple(map(float, lower)), tuple(map(float, upper)), trend)


def _grouped(margin: Array, positive: NDArray[np.bool_], weight: Array) -> tuple[Array, Array, Array]:
    """Highest margin, weight and weight of the positives of each group, rising.

    With more distinct margins than :data:`MOST_GROUPS`, group sizes grow with the cube of the distance from the top:
    where the list is decided each step rests on few rows. Limits depend on margins alone, never on labels.
    """
    distinct, place = np.unique(margin, return_inverse=True)
    if len(distinct) > MOST_GROUPS:
        from_top = np.unique((len(distinct) * (np.arange(MOST_GROUPS) / MOST_GROUPS) ** 3).astype(np.intp))
        highest = np.sort(len(distinct) - 1 - from_top)
        place = np.searchsorted(highest, place)
        distinct = distinct[highest]
    total, hits = (np.bincount(place, weights=each).astype(np.float64) for each in (weight, weight * positive))
    return distinct, total, hits


def _isotonic(total: Array, hits: Array) -> Array:
    from sklearn.isotonic import isotonic_regression

    step = _without_certainty(isotonic_regression(hits / total, sample_weight=total), total)
    padded = np.concatenate([step[:1], step, step[-1:]])
    places = np.empty(2 * len(step) + 1)
    places[1::2] = step
    places[0::2] = (padded[:-1] + padded[1:]) / 2
    return places


def _without_certainty(step: Array, total: Array) -> Array:
    """Steps at exactly 0 or 1 moved by half a row's worth of doubt, never past the step beside them.

    A few positives at the top must not make a risk of 1, nor any number of clean rows a risk of 0.
    """
    never, always = step <= 0.0, step >= 1.0
    between = step[~never & ~always]
    doubted: Array = np.array(step, dtype=np.float64)
    doubted[never] = min(0.5 / (total[never].sum() + 1.0), between.min(initial=0.5))
    doubted[always] = max(1.0 - 0.5 / (total[always].sum() + 1.0), between.max(initial=0.5))
    return doubted


def _venn_abers(total: Array, hits: Array, label: float) -> Array:
    """Isotonic value of one more participant with this label at each place.

    By the max-min form of isotonic regression: the greatest, over where a block may begin, of the least mean, over
    where it may end, of blocks that hold the newcomer.
    """
    weight, positive = np.append(0.0, np.cumsum(total)), np.append(0.0, np.cumsum(hits))
    places = np.empty(2 * len(total) + 1)
    for place in range(len(places)):
        begins, ends = slice(0, place // 2 + 1), slice((place + 1) // 2, len(weight))
        mean = (positive[None, ends] - positive[begins, None] + label) / (
            weight[None, ends] - weight[begins, None] + 1.0
        )
        places[place] = mean.min(axis=1).max()
    return places
