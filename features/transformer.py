"""The matrix as a step of a scikit-learn pipeline."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from features.errors import UnknownFeature
from features.frames import as_pandas
from features.matrix import build_matrix, wanted_features
from features.prepared import Prepared, prepare
from features.spine import SPINE_COLUMNS
from records.known import Records


class HistoryFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn publishes no types
    """Turns a spine into the matrix of features, each row from what was known before its ``as_of``.

    There is nothing to learn: fitting looks at the spine, and chooses the columns that this record can give. Rows are
    independent of each other, so no fold of a cross-validation can leak into another through this step. Labels can:
    split by time, and leave the label's window free between learning and judging.

    Parameters
    ----------
    records : Records or Prepared
        All row versions. Kept as they are: clones share them, so that a search over parameters does not copy the
        record. From a ``Prepared`` the work of arranging is shared too.
    features : sequence of str, optional
        Only these, in this order. By default every feature whose tables the program sends, in catalog order.

    Attributes
    ----------
    prepared_ : Prepared
        The record, arranged.
    feature_names_in_ : array of str, shape (2,)
        The columns of a spine that are read: ``participant_id`` and ``as_of``. Others are ignored.
    n_features_in_ : int

    Notes
    -----
    A column may be empty for every row of a spine, as far back as nothing of its kind was known.
    ``SimpleImputer(keep_empty_features=True)`` fills it for a classifier that cannot take that.

    Examples
    --------
    ``make_pipeline(HistoryFeatures(records), HistGradientBoostingClassifier()).fit(spine, positive)``
    """

    def __init__(self, records: Records | Prepared, *, features: Sequence[str] | None = None) -> None:
        self.records = records
        self.features = features

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803, ARG002 (scikit-learn's names)
        """Check the spine, and settle which features there are.

        Parameters
        ----------
        X : DataFrame, or any table that Narwhals reads
            A spine: see :func:`features.matrix.build_matrix`.
        y : ignored

        Raises
        ------
        FrameRefused, SpineRefused, UnknownParticipants, UnknownFeature
            As :func:`features.matrix.build_matrix` refuses.
        """
        prepared = self.records if isinstance(self.records, Prepared) else prepare(self.records)
        wanted_features(prepared, self.features)
        prepared.participants.spine(_spine(X))
        self.prepared_ = prepared
        self.feature_names_in_ = np.array(SPINE_COLUMNS, dtype=object)
        self.n_features_in_ = len(SPINE_COLUMNS)
        return self

    def transform(self, X: Any) -> pd.DataFrame:  # noqa: N803
        """The matrix: float32, one row for each row of the spine, one column for each feature.

        Raises
        ------
        NotFittedError
            When :meth:`fit` was not called.
        FrameRefused, SpineRefused, UnknownParticipants
            As :func:`features.matrix.build_matrix` refuses.
        """
        check_is_fitted(self)
        return build_matrix(self.prepared_, _spine(X), features=self.features)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns of the matrix.

        Parameters
        ----------
        input_features : sequence of str, optional
            Only the columns of the spine, which scikit-learn may hand over; UnknownFeature for any others.
        """
        check_is_fitted(self)
        if input_features is not None and list(input_features) != list(SPINE_COLUMNS):
            raise UnknownFeature(
                f"Expected the columns of a spine, {' and '.join(SPINE_COLUMNS)}; got {', '.join(input_features)}. "
                "Leave input_features out."
            )
        return np.array([feature.name for feature in wanted_features(self.prepared_, self.features)], dtype=object)

    def __sklearn_clone__(self) -> Self:
        """An unfitted copy that shares the record; scikit-learn's own way would copy every table for each fold."""
        light = copy.copy(self)
        light.records = None  # type: ignore[assignment] # put back below
        cloned: Self = BaseEstimator.__sklearn_clone__(light)
        cloned.records = self.records
        return cloned

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.allow_nan = False
        tags.no_validation = True  # a spine is checked by its own rules, not as an array of numbers
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """The record without what was arranged from it, which is arranged again where it is needed."""
        state = super().__getstate__()
        return {name: _bare(value) if isinstance(value, Prepared) else value for name, value in state.items()}


def _bare(prepared: Prepared) -> Prepared:
    return replace(prepared)


def _spine(table: Any) -> pd.DataFrame:
    return as_pandas(table, what="the spine", columns=SPINE_COLUMNS)
