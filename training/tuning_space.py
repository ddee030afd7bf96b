"""Which specifications tuning chooses among."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from models.spec import ModelSpec
from training.errors import ConfigRefused

GRID = 0.05
"""Steps of the linear part's weight: 0 among them, at which that part need not be fitted."""


@dataclass(frozen=True)
class Range:
    """From where to where one hyperparameter is looked for, and whether on a scale of logarithms."""

    low: float
    high: float
    logarithmic: bool = False


SPACE: Mapping[str, Range] = {
    "rounds": Range(50, 400, logarithmic=True),
    "leaves": Range(3, 16),
    "learning_rate": Range(0.02, 0.2, logarithmic=True),
    "l2": Range(1.0, 100.0, logarithmic=True),
    "min_child_rows": Range(20, 400, logarithmic=True),
    "feature_fraction": Range(0.2, 1.0),
    "linear_weight": Range(0.0, 0.6),
}
"""Everything else stays as in the specification that the search begins with, the monotone directions among them."""


def search_space(start: ModelSpec) -> dict[str, BaseDistribution]:
    """The ranges of :data:`SPACE`, each widened where it does not hold the value that the search begins with.

    Raises ConfigRefused for a value of 0 or less on a scale of logarithms.
    """
    return {name: _distribution(name, SPACE[name], getattr(start, name)) for name in SPACE}


def _distribution(name: str, span: Range, value: float) -> BaseDistribution:
    if span.logarithmic and value <= 0:
        raise ConfigRefused(
            f"Expected a start of the search with {name} over 0; got {value!r}. Correct the candidate in the file."
        )
    low, high = min(span.low, value), max(span.high, value)
    if isinstance(value, int) and name != "linear_weight" and isinstance(getattr(ModelSpec(), name), int):
        return IntDistribution(int(low), int(high), log=span.logarithmic)
    on_grid = name == "linear_weight" and value == round(round(value / GRID) * GRID, 9)
    return FloatDistribution(float(low), float(high), log=span.logarithmic, step=GRID if on_grid else None)


def start_of(start: ModelSpec) -> dict[str, Any]:
    """Where the search begins, by the names of :data:`SPACE`."""
    return {name: getattr(start, name) for name in SPACE}


def spec_of(start: ModelSpec, found: Mapping[str, Any]) -> ModelSpec:
    """The specification of a trial."""
    return replace(start, **found)
