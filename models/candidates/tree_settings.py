"""What trees of other objectives are told: the part of a model specification that is about growing trees."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.errors import SpecRefused
from models.spec import Array, ModelSpec, TrainingSlice
from models.typed import wrongly_typed

TREE_SETTINGS = (
    "rounds",
    "leaves",
    "learning_rate",
    "l2",
    "min_child_rows",
    "min_child_weight",
    "feature_fraction",
    "bagging_fraction",
    "extra_trees",
    "path_smooth",
    "max_bin",
    "monotone",
    "calibration",
    "threads",
)


def tree_spec(table: Mapping[str, Any]) -> ModelSpec:
    """The specification with these tree settings; SpecRefused names every other key."""
    unknown = sorted(set(table) - set(TREE_SETTINGS))
    if unknown:
        raise SpecRefused(f"Unknown here: {', '.join(unknown)}. Known: {', '.join(TREE_SETTINGS)}.")
    return ModelSpec(**table)


def tree_table(spec: ModelSpec) -> dict[str, Any]:
    """The tree settings of a specification, as :func:`tree_spec` reads them."""
    return {name: getattr(spec, name) for name in TREE_SETTINGS}


def require_typed(settings: Any) -> None:
    """SpecRefused when a candidate's settings are of other types than it names, NaN and infinity among them."""
    wrong = wrongly_typed(settings)
    if wrong:
        raise SpecRefused(f"Candidate refused: {'; '.join(wrong)}. Correct it in the configuration.")


def require_share(negative_share: float) -> None:
    """SpecRefused unless the share is over 0 and at most 1."""
    if not 0 < negative_share <= 1:
        raise SpecRefused(
            f"Expected negative_share in (0, 1]; got {negative_share!r}. Correct it in the configuration."
        )


def thinned_and_weighted(part: TrainingSlice, negative_share: float, seed: int) -> tuple[TrainingSlice, Array]:
    """All positive rows and a share of the others, with weights that let these stand for all of their kind."""
    if negative_share == 1.0:
        return part, part.weight
    drawn = np.random.default_rng([seed, 3]).random(len(part)) < negative_share
    fewer = part.rows(part.positive | drawn)
    fewer.require_both_labels("thinned training")
    return fewer, np.where(fewer.positive, fewer.weight, fewer.weight / negative_share)
