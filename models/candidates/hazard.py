"""A discrete-time hazard: one model for every horizon up to the one that it learned from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from models.calibration import CountCurve, fit_counts
from models.calibration_choice import Calibrator, Margins, calibrate
from models.candidates.candidate import Ranked
from models.candidates.part_scorer import read_values
from models.candidates.tree_settings import require_share, require_typed, thinned_and_weighted, tree_spec, tree_table
from models.errors import SliceTooThin, SpecRefused
from models.learned_columns import learned_columns, unordered, values_of
from models.spec import Array, ModelSpec, TrainingSlice
from models.trees import Trees, TreeShape, bin_rows, grow_trees

HAZARD = "hazard"
PERIOD = "period"


@dataclass(frozen=True)
class HazardTrees:
    """Trees of the chance of a first incident in a period, given none before it.

    Each row becomes one row a period until its first incident (Singer and Willett 1993); the period's number is one
    more column. The chance of an incident within h days is one minus the product of the chances of none.

    Parameters
    ----------
    period_days : int
        Length of a period; what is left of the horizon at its end joins the last when shorter than half.
    negative_share : float
        Of the rows without an incident only this share is learned from, weighted up to stand for all. Rows multiply
        by the number of periods, and this takes that back.
    trees : ModelSpec
        Its tree settings; the rest is not read.
    """

    period_days: int = 90
    negative_share: float = 0.25
    trees: ModelSpec = field(default_factory=ModelSpec)

    def __post_init__(self) -> None:
        require_typed(self)
        require_share(self.negative_share)
        if self.period_days < 1:
            raise SpecRefused(f"Expected period_days of at least 1; got {self.period_days!r}. Correct it in the file.")

    @property
    def kind(self) -> str:
        """``hazard``."""
        return HAZARD

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "HazardTrees":
        """From ``period_days``, ``negative_share`` and tree settings."""
        rest = dict(table)
        own = {name: rest.pop(name) for name in ("period_days", "negative_share") if name in rest}
        return cls(**own, trees=tree_spec(rest))

    def to_dict(self) -> dict[str, Any]:
        """Kind and settings."""
        own = {"kind": self.kind, "period_days": self.period_days, "negative_share": self.negative_share}
        return own | tree_table(self.trees)

    def fit(self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int, horizon_days: int) -> "FittedHazard":
        """Grow on the stacked rows of ``fit``; calibrate hazards, and with them every horizon, on ``calibration``."""
        fit, calibration = fit.counted(), calibration.counted()
        fit.require_both_labels("training")
        calibration.require_both_labels("calibration")
        ends = period_ends(horizon_days, self.period_days)
        features = learned_columns(fit, calibration)
        part, weight = thinned_and_weighted(fit, self.negative_share, seed)
        stack = stack_periods(_event_days(part), ends)
        values = np.column_stack([values_of(part, features)[stack.row], stack.period.astype(np.float32)])
        data = bin_rows(
            values,
            stack.happened,
            weight[stack.row],
            features=[*(feature.name for feature in features), PERIOD],
            monotone=[*(feature.monotone for feature in features), 0],
            categorical=[feature.name for feature in features if unordered(feature)],
            spec=self.trees,
            seed=seed,
        )
        shape = TreeShape(self.trees.rounds, self.trees.leaves, self.trees.learning_rate)
        grown = grow_trees(data, shape, seed=seed)
        names = tuple(feature.name for feature in features)
        return _calibrated(names, grown, ends, calibration, self.trees.calibration)


@dataclass(frozen=True)
class Stacked:
    """Rows by periods: the row each came from, the period's number, and whether the first incident fell into it."""

    row: NDArray[np.intp]
    period: NDArray[np.intp]
    happened: NDArray[np.bool_]


@dataclass(frozen=True)
class FittedHazard:
    """Calibrated hazards of each period and what follows from them."""

    features: tuple[str, ...]
    trees: Trees
    ends: tuple[int, ...]
    calibration: Calibrator
    counts: CountCurve

    def probability_within(self, matrix: pd.DataFrame, days: float) -> Array:
        """Chance of at least one incident within ``days``, shape (n,); rises with ``days``.

        Inside a period the hazard is spread evenly. ValueError beyond the horizon that it learned from.
        """
        if not 0 <= days <= self.ends[-1]:
            raise ValueError(f"Expected days from 0 to the horizon of {self.ends[-1]}; got {days}. Fit a longer one.")
        return np.asarray(-np.expm1(-self._cumulative(matrix, days)), dtype=np.float64)

    def rank(self, matrix: pd.DataFrame) -> Ranked:
        """Logarithm of the cumulative hazard, probability and expected count over the whole horizon."""
        cumulative = self._cumulative(matrix, self.ends[-1])
        probability = -np.expm1(-cumulative)
        return Ranked(np.log(cumulative), probability, self.counts.expected(logit(probability)))

    def _cumulative(self, matrix: pd.DataFrame, days: float) -> Array:
        starts = (0, *self.ends[:-1])
        values = read_values(matrix, self.features)
        total = np.zeros(len(matrix))
        for number, (start, end) in enumerate(zip(starts, self.ends, strict=True)):
            share = min(max((days - start) / (end - start), 0.0), 1.0)
            if share > 0:
                hazard = self.calibration.probability(_period_margin(self.trees, values, number))
                total = total - share * np.log1p(-hazard)
        return total


def period_ends(horizon_days: int, period_days: int) -> tuple[int, ...]:
    """Last day of each period; a rest shorter than half a period joins the one before.

    >>> period_ends(365, 90)
    (90, 180, 270, 365)
    """
    ends = list(range(period_days, horizon_days + 1, period_days))
    if not ends:
        return (horizon_days,)
    rest = horizon_days - ends[-1]
    if rest == 0:
        return tuple(ends)
    return (*ends[:-1], horizon_days) if rest * 2 < period_days else (*ends, horizon_days)


def stack_periods(event_days: Array, ends: tuple[int, ...]) -> Stacked:
    """One row for each period that begins before the first incident; ``event_days`` is NaN without one."""
    limit = np.array(ends, dtype=np.float64)
    last = np.where(np.isnan(event_days), len(ends) - 1, np.searchsorted(limit, event_days, side="right"))
    last = np.minimum(last, len(ends) - 1).astype(np.intp)
    row = np.repeat(np.arange(len(event_days)), last + 1)
    period = np.concatenate([np.arange(count + 1) for count in last]) if len(last) else np.zeros(0, dtype=np.intp)
    return Stacked(row, period, (period == last[row]) & ~np.isnan(event_days[row]))


def _calibrated(
    features: tuple[str, ...], trees: Trees, ends: tuple[int, ...], part: TrainingSlice, kind: str
) -> FittedHazard:
    stack = stack_periods(_event_days(part), ends)
    values = read_values(part.matrix, features)
    by_period = np.column_stack([_period_margin(trees, values, number) for number in range(len(ends))])
    rows = Margins(
        by_period[stack.row, stack.period],
        stack.happened,
        part.weight[stack.row],
        part.groups[stack.row],
        part.as_of[stack.row],
    )
    calibration, _ = calibrate(rows, kind)
    level = FittedHazard(features, trees, ends, calibration, CountCurve(1.0, 0.0, 0.0))
    log_odds = logit(level.probability_within(part.matrix, ends[-1]))
    counts = fit_counts(log_odds, np.asarray(part.incidents, dtype=np.float64), part.weight)
    return FittedHazard(features, trees, ends, calibration, counts)


def _period_margin(trees: Trees, values: NDArray[np.float32], number: int) -> Array:
    period = np.full((len(values), 1), number, dtype=np.float32)
    return trees.margin(np.ascontiguousarray(np.column_stack([values, period])))


def _event_days(part: TrainingSlice) -> Array:
    if part.event_days is None:
        raise SliceTooThin(
            "Expected days to the first incident in the slice of a hazard; got none. "
            "Make slices with training.learning_rows, which brings them."
        )
    return part.event_days
