"""A blend of other candidates, its weights learned on dates later than those that they were calibrated on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.calibration import Calibration
from models.calibration_choice import later_half
from models.candidates.calibrated import CalibratedRanker, calibrated
from models.candidates.candidate import Candidate, Ranker
from models.candidates.classifier import FittedClassifier
from models.candidates.part_scorer import PartScorer, in_catalog_order
from models.errors import SpecRefused
from models.parts.blend import BlendMember, BlendPart
from models.parts.part import MarginPart
from models.spec import KINDS_OF_CALIBRATION, Array, TrainingSlice

STACK = "stack"
WEIGHT_PRIOR = 0.25
"""Standard deviation of a member's weight around the equal one: few positives leave the weights nearly equal."""


@dataclass(frozen=True)
class Stack:
    """The weighted sum of the members' calibrated log-odds; no weight is below 0.

    Members are fitted on the fitting slice and calibrated on the earlier half of the calibration dates; the later
    half teaches the weights (Wolpert 1992, in time instead of in folds). The blend is calibrated on the whole slice.
    Members are taken in the order of their names: a file, a recipe and a table in memory that say the same add up
    in the same order, to the last bit.
    """

    members: Mapping[str, Candidate] = field(default_factory=dict)
    calibration: str = "platt"

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", dict(sorted(self.members.items())))
        if len(self.members) < 2:
            raise SpecRefused(
                f"Expected at least two members of a stack, as tables under members; got {len(self.members)}. Add some."
            )
        if self.calibration not in KINDS_OF_CALIBRATION:
            raise SpecRefused(
                f"Expected a calibration among {', '.join(KINDS_OF_CALIBRATION)}; got {self.calibration!r}. "
                "Correct it in the configuration."
            )

    @property
    def kind(self) -> str:
        """``stack``."""
        return STACK

    def to_dict(self) -> dict[str, Any]:
        """Kind, calibration, and each member's table."""
        members = {name: {"kind": member.kind, **member.to_dict()} for name, member in self.members.items()}
        return {"kind": self.kind, "calibration": self.calibration, "members": members}

    def fit(self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int, horizon_days: int) -> CalibratedRanker:
        """Fit every member, then the weights, then the calibration of the blend."""
        fit, calibration = fit.counted(), calibration.counted()
        later = later_half(calibration.as_of, calibration.groups)
        earlier, late = calibration.rows(~later), calibration.rows(later)
        late.require_both_labels("later calibration")
        rankers = {
            name: member.fit(fit, earlier, seed=seed, horizon_days=horizon_days)
            for name, member in self.members.items()
        }
        log_odds = _log_odds(rankers, late.matrix)
        found = blend_weights(log_odds, late.positive, late.weight)
        weights = dict(zip(rankers, map(float, found), strict=True))
        return calibrated(_additive(rankers, weights) or Blend(rankers, weights), calibration, self.calibration)


@dataclass(frozen=True)
class Blend:
    """Fitted members and their weights, by name, where a member is no part: it can be judged, not registered."""

    rankers: Mapping[str, Ranker]
    weights: Mapping[str, float]

    def margin(self, matrix: pd.DataFrame) -> Array:
        """The weighted sum of the members' log-odds, shape (n,)."""
        parts = self.parts(matrix)
        return np.asarray(parts.to_numpy().sum(axis=1), dtype=np.float64)

    def parts(self, matrix: pd.DataFrame) -> pd.DataFrame:
        """What each member adds to the margin, shape (n, members)."""
        weighted = _log_odds(self.rankers, matrix) * np.array([self.weights[name] for name in self.rankers])
        return pd.DataFrame(weighted, columns=list(self.rankers), index=matrix.index)


def _additive(rankers: Mapping[str, Ranker], weights: Mapping[str, float]) -> PartScorer | None:
    """The blend as a part; None where a member has no part, or steps for a calibration."""
    found = {name: _member(ranker) for name, ranker in rankers.items()}
    told = {name: each for name, each in found.items() if each is not None}
    if len(told) < len(found):
        return None
    features = in_catalog_order([name for own, _, _ in told.values() for name in own])
    members = [
        BlendMember(name, weights[name], tuple(features.index(each) for each in own), curve, part)
        for name, (own, part, curve) in told.items()
    ]
    return PartScorer(features, BlendPart(tuple(members)))


def _member(ranker: Ranker) -> tuple[tuple[str, ...], MarginPart, Calibration] | None:
    """Columns, part and smooth calibration of a fitted member, where it has them."""
    if isinstance(ranker, FittedClassifier) and isinstance(ranker.model.calibration, Calibration):
        return ranker.model.features, ranker.model.part, ranker.model.calibration
    if not isinstance(ranker, CalibratedRanker) or not isinstance(ranker.calibration, Calibration):
        return None
    scorer = ranker.scorer
    return (scorer.features, scorer.part, ranker.calibration) if isinstance(scorer, PartScorer) else None


def blend_weights(log_odds: Array, positive: NDArray[np.bool_], weight: Array) -> Array:
    """Weights of the columns of ``log_odds``, each at least 0, by penalized maximum likelihood.

    Parameters
    ----------
    log_odds : array of shape (n, members)
    positive, weight : array of shape (n,)

    Returns
    -------
    array of shape (members,)
    """
    members = log_odds.shape[1]
    equal, target = np.full(members, 1.0 / members), positive.astype(np.float64)

    def loss(parameters: Array) -> tuple[float, Array]:
        blended = log_odds @ parameters[:-1] + parameters[-1]
        away = parameters[:-1] - equal
        value = np.sum(weight * (np.logaddexp(0.0, blended) - target * blended))
        value += 0.5 * np.sum(away**2) / WEIGHT_PRIOR**2
        residual = weight * (expit(blended) - target)
        return float(value), np.append(log_odds.T @ residual + away / WEIGHT_PRIOR**2, residual.sum())

    bounds = [(0.0, None)] * members + [(None, None)]
    found = minimize(loss, np.append(equal, 0.0), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x[:-1], dtype=np.float64)


def _log_odds(rankers: Mapping[str, Ranker], matrix: pd.DataFrame) -> Array:
    return np.column_stack([logit(ranker.rank(matrix).probability) for ranker in rankers.values()])
