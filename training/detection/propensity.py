"""Examination propensity: how much of what a participant moves will be examined, told from what is known beforehand.

Learned from the rows a model learns from, and from them alone: the features at a training date against the
examinations of the window that followed, as known at the origin. It answers two questions of each participant:

- the **rate**, examinations a movement in the coming window, which decides on what is found;
- the **chance** of at least one examination in the window.

Rates are learned by Poisson trees of the catalog's columns other than own incidents, calibrated by a line on the later
slice. Weights are those of a negative binomial: movements of one participant are alike, so that a thousand of them
tell little more about its rate than a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from features.catalog import Feature
from models.learned_columns import learned_columns, unordered, values_of
from models.spec import ModelSpec, TrainingSlice
from models.trees import Trees, TreeShape, bin_rows, grow_trees
from training.detection.effort import Effort
from training.detection.errors import EffortUnknown
from training.metrics import Floats

FAMILIES = ("exposure", "examinations", "validation", "standing", "profile")
"""Families of features that examiners may go by. Whatever counts incidents is left out: where incidents draw
examinations, a correction by them would undo what they say of the risk."""

SPEC = ModelSpec(
    rounds=120, leaves=8, learning_rate=0.1, l2=5.0, min_child_rows=40, feature_fraction=0.5, monotone=False
)
OVERDISPERSION = 0.1
"""Squared relative spread of a participant's rate around what can be told of it: caps the weight of large ones."""

MOST_DATES = 8
"""Training dates learned from, the latest: examiners change their habits."""

FURTHEST = 20.0
"""Rates are held between the mean divided by this and the mean times this."""

LEAST_EXAMINATIONS = 200
"""Examinations wanted in the rows to learn from; with fewer no participant's rate can be told from another's."""


@dataclass(frozen=True)
class Propensity:
    """A fitted propensity.

    Attributes
    ----------
    features : tuple of str
        The columns that it reads.
    trees : Trees
        The logarithm of the rate over ``mean``, before calibration.
    mean : float
        Examinations a movement among all rows learned from: the common effort.
    line : tuple of float
        Intercept and slope of the calibrated logarithm on that of the trees; a slope near 1 says that differences
        between participants held on the later slice.
    chance_line : tuple of float
        Intercept and slope of the log-odds of any examination on the logarithm of those expected.
    per_movement : bool
        Whether rates are a movement, else a window.
    """

    features: tuple[str, ...]
    trees: Trees
    mean: float
    line: tuple[float, float]
    chance_line: tuple[float, float]
    per_movement: bool

    def rate(self, matrix: pd.DataFrame) -> Floats:
        """Examinations a movement to be expected of each row, within the bounds."""
        margin = self.line[0] + self.line[1] * self.trees.margin(_values(matrix, self.features))
        return np.asarray(self.mean * np.exp(np.clip(margin, -np.log(FURTHEST), np.log(FURTHEST))), dtype=np.float64)

    def chance(self, matrix: pd.DataFrame) -> Floats:
        """Probability of at least one examination in the window."""
        expected = np.log(self.rate(matrix) * _expected_movements(matrix, per_movement=self.per_movement))
        return np.asarray(expit(self.chance_line[0] + self.chance_line[1] * expected), dtype=np.float64)


def fit_propensity(
    fit: tuple[TrainingSlice, Effort], calibration: tuple[TrainingSlice, Effort], *, seed: int
) -> Propensity:
    """Learn rates on the first slice and calibrate them on the second, whose dates are later.

    Parameters
    ----------
    fit, calibration : pairs of TrainingSlice and Effort
        Rows, and the effort of their windows as known at the origin.
    seed : int
        The same slices and seed give the same propensity.

    Raises
    ------
    EffortUnknown
        Too few examinations to learn from, or no column to tell them by.
    """
    (rows, effort), (later, later_effort) = _recent(fit), calibration
    told, later_told = (each.told & (each.movements > 0) for each in (effort, later_effort))
    for name, each, known in (("fitting", effort, told), ("calibration", later_effort, later_told)):
        _require_examinations(name, float(each.examinations[known].sum()))
    mean = float(effort.examinations[told].sum() / effort.movements[told].sum())
    features = _examiners_columns(rows, later)
    weight = rows.weight[told] * _worth(effort.movements[told], mean)
    data = bin_rows(
        values_of(rows, features)[told],
        effort.rate[told] / mean,
        weight,
        features=[feature.name for feature in features],
        monotone=[0] * len(features),
        categorical=[feature.name for feature in features if unordered(feature)],
        spec=SPEC,
        seed=seed,
        objective="poisson",
    )
    trees = grow_trees(data, TreeShape(SPEC.rounds, SPEC.leaves, SPEC.learning_rate), seed=seed)
    names = tuple(feature.name for feature in features)
    margin = trees.margin(_values(later.matrix, names))[later_told]
    line = poisson_line(
        margin,
        later_effort.rate[later_told] / mean,
        later.weight[later_told] * _worth(later_effort.movements[later_told], mean),
    )
    without_chance = Propensity(names, trees, mean, line, (0.0, 1.0), effort.per_movement)
    expected = without_chance.rate(later.matrix) * _expected_movements(later.matrix, per_movement=effort.per_movement)
    examined = (later_effort.examinations > 0)[later_told]
    chance_line = logistic_line(np.log(expected)[later_told], examined, later.weight[later_told])
    return Propensity(names, trees, mean, line, chance_line, effort.per_movement)


def poisson_line(x: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of log E[y] on x by weighted Poisson likelihood; a slope of 1 where x does not vary."""
    if np.ptp(x) < 1e-9:
        return float(np.log(max(np.average(y, weights=weight), 1e-12)) - np.average(x, weights=weight)), 1.0
    line = np.array([0.0, 1.0])
    design = np.column_stack([np.ones(len(x)), x])
    for _ in range(100):
        fitted = np.exp(np.clip(design @ line, -30, 30))
        information = (design * (weight * fitted)[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (weight * (y - fitted)))
        line = line + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(line[0]), float(line[1])


def logistic_line(x: Floats, positive: npt.NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    """Intercept and slope of the log-odds on x, shrunk as by one row of each class; so all or none stay finite.

    The prior rows sit at the mean of x and leave the slope alone; where hardly any row is of the other class the
    slope is held by a normal prior around 1 with standard deviation 1.
    """
    center = float(np.average(x, weights=weight))
    line, y = np.array([0.0, 1.0]), positive.astype(np.float64)
    design = np.column_stack([np.ones(len(x)), x - center])
    for _ in range(100):
        fitted, prior = expit(design @ line), expit(line[0])
        slope = design.T @ (weight * (y - fitted)) + np.array([1.0 - 2.0 * prior, 1.0 - line[1]])
        information = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
        information += np.diag([2.0 * prior * (1 - prior), 1.0])
        step = np.linalg.solve(information, slope)
        line = line + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(line[0] - line[1] * center), float(line[1])


def _recent(fit: tuple[TrainingSlice, Effort]) -> tuple[TrainingSlice, Effort]:
    """The rows of the latest training dates."""
    rows, effort = fit
    kept = np.asarray(rows.as_of >= np.unique(rows.as_of)[-MOST_DATES:][0])
    return rows.rows(kept), effort.rows(kept)


def _worth(movements: Floats, mean: float) -> Floats:
    """What a row's movements are worth, in expected examinations: with overdispersion c, e / (1 + c e)."""
    expected = movements * mean
    return np.asarray(expected / (1 + OVERDISPERSION * expected), dtype=np.float64)


def _examiners_columns(rows: TrainingSlice, later: TrainingSlice) -> Sequence[Feature]:
    varying = learned_columns(rows, later)
    found = [feature for feature in varying if feature.family in FAMILIES and "incident" not in feature.name]
    if not found:
        raise EffortUnknown(
            f"Expected columns of the families {', '.join(FAMILIES)} that vary; got none. Ingest exposures, or leave "
            "the correction out."
        )
    return found


def _values(matrix: pd.DataFrame, names: tuple[str, ...]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(matrix[list(names)].to_numpy(dtype=np.float32, na_value=np.nan))


def _expected_movements(matrix: pd.DataFrame, *, per_movement: bool) -> Floats:
    """Movements of the year before, at least a half: what the coming window is expected to bring."""
    if not per_movement:
        return np.ones(len(matrix))
    columns = [name for name in ("shipments_prior_365d", "crossings_prior_365d") if name in matrix]
    moved = matrix[columns].max(axis=1).fillna(0.0).to_numpy(dtype=np.float64)
    return np.asarray(np.maximum(moved, 0.5), dtype=np.float64)


def _require_examinations(name: str, found: float) -> None:
    if found < LEAST_EXAMINATIONS:
        raise EffortUnknown(
            f"Expected at least {LEAST_EXAMINATIONS} examinations in the {name} rows; got {found:.0f}. Ingest "
            "exposures with examinations, or leave the correction out: who is looked at cannot be told."
        )
