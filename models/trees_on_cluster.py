"""Boosted trees learned by the workers of a Dask cluster together, each from the rows that it holds.

Workers exchange histograms, so the trees are those of one learner over all rows, but not the same bits as on one
machine: each worker draws its own share of rows for the bins and for bagging, and monotone directions are held by
LightGBM's basic method, the only one that its distributed learners have.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from models.errors import SliceTooThin
from models.spec import ModelSpec
from models.trees import Trees, TreeShape, tree_parameters


@dataclass(frozen=True)
class RowsOnWorkers:
    """Rows of one part, as Dask's delayed values, and how many they are.

    Attributes
    ----------
    values : delayed float32 array of shape (rows, features)
    positive, weight : delayed float64 arrays of shape (rows,)
    rows : int
    """

    values: Any
    positive: Any
    weight: Any
    rows: int


def grow_trees_on_cluster(
    client: Any,
    parts: Sequence[RowsOnWorkers],
    *,
    features: Sequence[str],
    monotone: Sequence[int],
    categorical: Sequence[str],
    spec: ModelSpec,
    seed: int,
) -> Trees:
    """Grow one booster on the rows of all parts, to be read and used like any other.

    Raises
    ------
    SliceTooThin
        When no part has rows.
    """
    import dask.array as da

    held = [part for part in parts if part.rows]
    if not held:
        raise SliceTooThin("Expected parts with rows to learn from; got none. Choose earlier dates or more parts.")
    values = da.concatenate([da.from_delayed(p.values, (p.rows, len(features)), np.float32) for p in held])
    positive, weight = (
        da.concatenate([da.from_delayed(getattr(p, name), (p.rows,), np.float64) for p in held])
        for name in ("positive", "weight")
    )
    learner = lgb.DaskLGBMClassifier(client=client, **_arguments(spec, monotone, seed))
    with warnings.catch_warnings():
        # The estimator always has a number of jobs, and always says that it is the workers' threads that count.
        warnings.filterwarnings("ignore", message="Parameter n_jobs will be ignored", category=UserWarning)
        learner.fit(
            values,
            positive,
            sample_weight=weight,
            feature_name=list(features),
            categorical_feature=[list(features).index(name) for name in categorical],
        )
    return Trees(learner.booster_.model_to_string())


def _arguments(spec: ModelSpec, monotone: Sequence[int], seed: int) -> dict[str, Any]:
    """The parameters of one machine under the names that the estimator has for some of them."""
    own = tree_parameters(spec, TreeShape(spec.rounds, spec.leaves, spec.learning_rate), monotone, seed)
    renamed = {
        "seed": "random_state",
        "lambda_l2": "reg_lambda",
        "min_data_in_leaf": "min_child_samples",
        "min_sum_hessian_in_leaf": "min_child_weight",
        "feature_fraction": "colsample_bytree",
        "bagging_fraction": "subsample",
        "bagging_freq": "subsample_freq",
    }
    found = {renamed.get(name, name): value for name, value in own.items() if name not in ("num_threads", "objective")}
    found |= {"n_estimators": spec.rounds, "tree_learner": "data"}
    if "monotone_constraints" in found:
        found["monotone_constraints_method"] = "basic"
    return found
