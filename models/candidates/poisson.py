"""Boosted trees on the number of incidents instead of on whether there was one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.candidates.calibrated import CalibratedRanker, calibrated
from models.candidates.tree_settings import require_share, thinned_and_weighted, tree_spec, tree_table
from models.errors import MatrixRefused
from models.learned_columns import learned_columns, unordered, values_of
from models.spec import Array, ModelSpec, TrainingSlice
from models.trees import Trees, TreeShape, bin_rows, grow_trees

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
        require_share(self.negative_share)

    @property
    def kind(self) -> str:
        """``poisson``."""
        return POISSON

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "PoissonTrees":
        """From tree settings and ``negative_share``."""
        rest = dict(table)
        share = float(rest.pop("negative_share", 1.0))
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
        part, weight = thinned_and_weighted(fit, self.negative_share, seed)
        data = bin_rows(
            values_of(part, features),
            part.incidents,
            weight,
            features=[feature.name for feature in features],
            monotone=[feature.monotone for feature in features],
            categorical=[feature.name for feature in features if unordered(feature)],
            spec=self.trees,
            seed=seed,
            objective="poisson",
        )
        shape = TreeShape(self.trees.rounds, self.trees.leaves, self.trees.learning_rate)
        scorer = TreeScorer(tuple(feature.name for feature in features), grow_trees(data, shape, seed=seed))
        return calibrated(scorer, calibration, self.trees.calibration)


@dataclass(frozen=True)
class TreeScorer:
    """One booster and the columns that it reads."""

    features: tuple[str, ...]
    trees: Trees

    def margin(self, matrix: pd.DataFrame) -> Array:
        """The booster's raw score, shape (n,)."""
        return self.trees.margin(read_values(matrix, self.features))


def read_values(matrix: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The named columns in this order, shape (n, features); MatrixRefused names those that are missing."""
    missing = [name for name in features if name not in matrix.columns]
    if missing:
        raise MatrixRefused(missing, matrix.shape[1])
    return np.ascontiguousarray(matrix[list(features)].to_numpy(dtype=np.float32, na_value=np.nan))
