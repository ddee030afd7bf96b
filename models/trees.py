"""Boosted trees as text: the only door to lightgbm.

A booster lives as LightGBM's own text and is parsed from it even right after training, so that the
model in memory and the model read back are the same thing, and nothing is ever unpickled.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from models.spec import Array, ModelSpec

Matrix = NDArray[np.float32]
Objective = Literal["binary", "poisson"]

SINGLE_THREAD_ROWS = 4096
"""Below this many rows starting threads costs more than the trees do."""

_PARSING = threading.Lock()


@dataclass(frozen=True)
class Trees:
    """One booster, defined by its text."""

    text: str = field(repr=False)
    booster: lgb.Booster = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        with _PARSING:
            object.__setattr__(self, "booster", lgb.Booster(model_str=self.text))

    def margin(self, values: Matrix) -> Array:
        """Log-odds, shape (n,). The same bits for any batch and any number of threads."""
        margin = self.booster.predict(values, raw_score=True, num_threads=_threads(len(values)))
        return np.asarray(margin, dtype=np.float64)

    def contributions(self, values: Matrix) -> Array:
        """Exact TreeSHAP on the margin, shape (n, features + 1); the last column is the base."""
        contributions = self.booster.predict(values, pred_contrib=True, num_threads=_threads(len(values)))
        return np.asarray(contributions, dtype=np.float64)


@dataclass(frozen=True)
class TreeShape:
    """What the replicas of an interval do differently from the main boosters."""

    rounds: int
    leaves: int
    learning_rate: float


@dataclass(frozen=True)
class TreeData:
    """Binned training rows; subsets share the bins, so many boosters cost one binning."""

    dataset: lgb.Dataset
    monotone: tuple[int, ...]
    spec: ModelSpec
    weight: Array
    objective: Objective = "binary"


def bin_rows(
    values: Matrix,
    target: NDArray[Any],
    weight: Array,
    *,
    features: Sequence[str],
    monotone: Sequence[int],
    categorical: Sequence[str],
    spec: ModelSpec,
    seed: int,
    objective: Objective = "binary",
) -> TreeData:
    """Bin the rows once; ``monotone`` has a direction for each feature, ``categorical`` names coded columns.

    ``target`` holds labels, or counts where ``objective`` is ``"poisson"``: the margin is then the logarithm of the
    expected count.
    """
    dataset = lgb.Dataset(
        values,
        label=np.asarray(target, dtype=np.float64),
        weight=weight,
        feature_name=list(features),
        categorical_feature=list(categorical),
        params=tree_parameters(
            spec, TreeShape(spec.rounds, spec.leaves, spec.learning_rate), monotone, seed, objective
        ),
        free_raw_data=False,
    )
    dataset.construct()
    return TreeData(dataset, tuple(monotone), spec, weight, objective)


def grow_trees(
    data: TreeData, shape: TreeShape, *, seed: int, rows: NDArray[np.intp] | None = None, factor: Array | None = None
) -> Trees:
    """Grow one booster on all rows, or on ``rows`` (ascending) with weights times ``factor``.

    The same data, seed and number of threads give the same text, byte for byte.
    """
    dataset = data.dataset
    if rows is not None:
        dataset = data.dataset.subset(rows.tolist())
        dataset.construct()
        dataset.set_weight(data.weight[rows] * (1.0 if factor is None else factor))
    parameters = tree_parameters(data.spec, shape, data.monotone, seed, data.objective)
    booster = lgb.train(parameters, dataset, num_boost_round=shape.rounds)
    return Trees(booster.model_to_string())


def tree_parameters(
    spec: ModelSpec, shape: TreeShape, monotone: Sequence[int], seed: int, objective: Objective = "binary"
) -> dict[str, Any]:
    """LightGBM's own parameters of a specification."""
    parameters: dict[str, Any] = {
        "objective": objective,
        "verbosity": -1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": spec.threads,
        "feature_pre_filter": False,
        "max_bin": spec.max_bin,
        "num_leaves": shape.leaves,
        "learning_rate": shape.learning_rate,
        "lambda_l2": spec.l2,
        "min_data_in_leaf": spec.min_child_rows,
        "min_sum_hessian_in_leaf": spec.min_child_weight,
        "feature_fraction": spec.feature_fraction,
        "bagging_fraction": spec.bagging_fraction,
        "bagging_freq": int(spec.bagging_fraction < 1),
        "extra_trees": spec.extra_trees,
        "path_smooth": spec.path_smooth,
        # Codes have no order; one level against the rest keeps small levels from being sorted by noise.
        "max_cat_to_onehot": 64,
        "cat_l2": spec.l2,
    }
    if spec.monotone and any(monotone):
        parameters["monotone_constraints"] = list(monotone)
        parameters["monotone_constraints_method"] = "intermediate"
    return parameters


def _threads(rows: int) -> int:
    return 1 if rows < SINGLE_THREAD_ROWS else min(4, os.cpu_count() or 1)
