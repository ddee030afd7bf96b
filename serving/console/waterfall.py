"""From the average to one participant, one bar a factor group.

The scale is even in log-odds of the calibrated probability, so bars add up exactly; its marks show
the probabilities that points stand for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.explanation import FactorReason, FeatureReason
from models.risk_model import RiskModel
from serving.console.words import percent_mark

Levels = NDArray[np.float64]

MARKS = (0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
LEAST_GAP = 7.0
LEFT, RIGHT = 6.0, 86.0
"""Room at both sides for the labels of the two ends, in percent."""


@dataclass(frozen=True)
class Part:
    """One feature of a group with what it multiplies the odds by."""

    reason: FeatureReason
    log_odds: float


@dataclass(frozen=True)
class Bar:
    """One group's bar, from where the group before ended to where it ends."""

    factor: FactorReason
    log_odds: float
    start: float
    end: float
    parts: tuple[Part, ...]

    @property
    def left(self) -> float:
        """The bar's left edge, in percent."""
        return min(self.start, self.end)

    @property
    def width(self) -> float:
        """The bar's length, in percent."""
        return round(abs(self.end - self.start), 2)


@dataclass(frozen=True)
class Waterfall:
    """All rows of the picture."""

    marks: list[tuple[float, str, str]]
    start: float
    start_probability: float
    end: float
    end_probability: float
    bars: list[Bar]
    negligible: int


def waterfall(model: RiskModel, base: float, factors: Sequence[FactorReason], probability: float) -> Waterfall:
    """The bars of one explanation: what raises first, then what lowers, each the strongest first."""
    moving = [factor for factor in factors if abs(factor.contribution) >= 0.005]
    ordered = [factor for factor in moving if factor.contribution > 0] + [f for f in moving if f.contribution < 0]
    rest = sum(factor.contribution for factor in factors if factor not in moving)
    margins = np.cumsum([base + rest, *(factor.contribution for factor in ordered)])
    levels = _log_odds(model, margins)
    low, high = float(levels.min()), float(levels.max())
    reach = max(high - low, 0.5)

    def across(level: float) -> float:
        return round(LEFT + (level - low) / reach * (RIGHT - LEFT), 2)

    bars = []
    for factor, before, after in zip(ordered, levels[:-1], levels[1:], strict=True):
        slope = (after - before) / factor.contribution
        parts = tuple(Part(reason, slope * reason.contribution) for reason in _strongest_first(factor))
        bars.append(Bar(factor, float(after - before), across(before), across(after), parts))
    return Waterfall(
        marks=_marks(across),
        start=across(float(levels[0])),
        start_probability=float(model.probability(margins[:1])[0]),
        end=across(float(levels[-1])),
        end_probability=probability,
        bars=bars,
        negligible=len(factors) - len(moving),
    )


def _strongest_first(factor: FactorReason) -> list[FeatureReason]:
    named = [reason for reason in factor.features if abs(reason.contribution) >= 0.001]
    return sorted(named or factor.features[:1], key=lambda reason: -abs(reason.contribution))


def _log_odds(model: RiskModel, margins: Levels) -> Levels:
    shares = np.clip(model.probability(np.asarray(margins, dtype=np.float64)), 1e-12, 1 - 1e-12)
    return np.asarray(np.log(shares / (1 - shares)), dtype=np.float64)


def _marks(across: Callable[[float], float]) -> list[tuple[float, str, str]]:
    """Marks that fit on the scale, not closer than their labels are wide; every other goes when narrow."""
    found: list[tuple[float, str, str]] = []
    for share in MARKS:
        x = across(float(np.log(share / (1 - share))))
        if 0 <= x <= 97 and (not found or x - found[-1][0] >= LEAST_GAP):
            found.append((x, percent_mark(share), "t2" if len(found) % 2 else ""))
    return found
