"""Boosted trees on the number of incidents instead of on whether there was one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.catalog import Feature
from models.candidates.calibrated import CalibratedRanker, calibrated
from models.candidates.part_scorer import PartScorer
from models.candidates.tree_settings import require_share, require_typed, thinned_and_weighted, tree_spec, tree_table
from models.learned_columns import learned_columns, unordered, values_of
from models.parts.boosted import BoostedPart
from models.replicas import grow_replicas
from models.spec import ModelSpec, TrainingSlice
from models.trees import TreeData, Trees, TreeShape, bin_rows, grow_trees

POISSON = "poisson"


@dataclass(frozen=True)
class PoissonTrees:
    """Trees of the logarithm of the expected count.

    A participant with five incidents teaches more here than one with one.

    Parameters
    ----------
    trees : ModelSpec
        Its tree settings; the rest is not read.
    negative_share : float
        Of the rows without an incident only this share is learned from, weighted up to stand for all.
    """

    trees: ModelSpec = field(default_factory=ModelSpec)
    negative_share: float = 1.0

    def __post_init__(self) -> None:
        require_typed(self)
        require_share(self.negative_share)

    @property
    def kind(self) -> str:
        """``poisson``."""
        return POISSON

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "PoissonTrees":
        """From tree settings and ``negative_share``."""
        rest = dict(table)
        share = rest.pop("negative_share", 1.0)
        return cls(tree_spec(rest), share)

    def to_dict(self) -> dict[str, Any]:
        """Kind and settings."""
        return {"kind": self.kind, "negative_share": self.negative_share, **tree_table(self.trees)}

    def fit(
        self,
        fit: TrainingSlice,
        calibration: TrainingSlice,
        *,
        seed: int,
        horizon_days: int,  # noqa: ARG002 - every candidate is told the same
    ) -> CalibratedRanker:
        """Grow the trees on ``fit`` and calibrate their margin on ``calibration``; the horizon is in the counts."""
        fit, calibration = fit.counted(), calibration.counted()
        fit.require_both_labels("training")
        calibration.require_both_labels("calibration")
        features = learned_columns(fit, calibration)
        data, _ = self._binned(fit, features, self.trees, seed)
        shape = TreeShape(self.trees.rounds, self.trees.leaves, self.trees.learning_rate)
        part = BoostedPart((grow_trees(data, shape, seed=seed),))
        scorer = PartScorer(tuple(feature.name for feature in features), part)
        return calibrated(scorer, calibration, self.trees.calibration)

    def replicas(self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int) -> tuple[Trees, ...]:
        """Participant-clustered bootstrap replicas for the interval, as many and as small as the classifier's."""
        fit, calibration = fit.counted(), calibration.counted()
        # A table of this kind does not set replicas: the classifier's defaults, so that the table alone decides.
        spec = ModelSpec(**tree_table(self.trees))
        data, part = self._binned(fit, learned_columns(fit, calibration), spec, seed)
        _, member = np.unique(part.groups, return_inverse=True)
        return tuple(grow_replicas(data, member, part.positive, seed=seed))

    def _binned(
        self, fit: TrainingSlice, features: Sequence[Feature], spec: ModelSpec, seed: int
    ) -> tuple[TreeData, TrainingSlice]:
        part, weight = thinned_and_weighted(fit, self.negative_share, seed)
        data = bin_rows(
            values_of(part, features),
            part.incidents,
            weight,
            features=[feature.name for feature in features],
            monotone=[feature.monotone for feature in features],
            categorical=[feature.name for feature in features if unordered(feature)],
            spec=spec,
            seed=seed,
            objective="poisson",
        )
        return data, part
