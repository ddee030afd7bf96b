"""Which catalog columns a model learns from, and their values as it reads them."""

from collections.abc import Sequence

import numpy as np

from features.catalog import CATALOG, Feature
from models.errors import MatrixRefused, SliceTooThin
from models.spec import TrainingSlice
from models.trees import Matrix


def learned_columns(train: TrainingSlice, calibration: TrainingSlice) -> list[Feature]:
    """The catalog's features that are present and not constant or empty; a gap beside a constant varies.

    Raises
    ------
    SliceTooThin
        When no feature varies in ``train``.
    MatrixRefused
        When ``calibration`` lacks one that does.
    """
    present = [feature for feature in CATALOG if feature.name in train.matrix.columns]
    columns = train.matrix
    varying = [
        feature
        for feature in present
        if columns[feature.name].nunique(dropna=False) > 1 and columns[feature.name].notna().any()
    ]
    if not varying:
        raise SliceTooThin(
            f"Expected catalog columns that vary in the training slice; got {len(present)}, all constant or empty. "
            "Ingest more tables or a longer record."
        )
    missing = [feature.name for feature in varying if feature.name not in calibration.matrix.columns]
    if missing:
        raise MatrixRefused(missing, calibration.matrix.shape[1])
    return varying


def unordered(feature: Feature) -> bool:
    """Whether codes are mere names. Codes with a direction are a scale, and LightGBM holds scales only to it."""
    return feature.categories is not None and feature.monotone == 0


def values_of(part: TrainingSlice, features: Sequence[Feature]) -> Matrix:
    """The columns of these features, shape (n, features)."""
    names = [feature.name for feature in features]
    return np.ascontiguousarray(part.matrix[names].to_numpy(dtype=np.float32, na_value=np.nan))
