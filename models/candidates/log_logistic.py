"""Logistic regression on the whole catalog, strongly regularized, values on a log scale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.linear import LinearPart, LinearTerm

RARE = 0.002
"""Codes that fewer rows have than this share are taken together."""


class LogLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression on ``sign(x) * log(1 + |x|)``, with a column for what is missing.

    A missing value sits on the mean, and an indicator beside it takes up what missingness itself says. Codes become
    one column a level; rare levels share one.

    Parameters
    ----------
    C : float
        Inverse of the ridge penalty, in scikit-learn's sense: it multiplies the sum of the losses.
    categorical : sequence of int
        Positions of coded columns.
    max_iter : int
        Newton steps at most.
    tol : float
        Greatest gradient at which it stops.
    """

    def __init__(
        self,
        C: float = 0.001,  # noqa: N803 - scikit-learn's own name
        categorical: Sequence[int] = (),
        max_iter: int = 100,
        tol: float = 1e-6,
    ) -> None:
        self.C = C
        self.categorical = categorical
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Fit on values of shape (n, features), NaN allowed, and two classes."""
        values, labels = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=(np.float64, np.float32))
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, target = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier can't train when only one class is present; got {self.classes_[0]!r} only.")
        weight = _check_sample_weight(sample_weight, values, dtype=values.dtype)
        codes = sorted(set(self.categorical))
        self.numbers_ = [place for place in range(values.shape[1]) if place not in codes]
        self.codes_ = codes
        shaped = signed_log(values[:, self.numbers_])
        missing = np.isnan(shaped)
        share = np.average(missing, axis=0, weights=weight) if self.numbers_ else np.zeros(0)
        self.indicated_ = np.flatnonzero((share > RARE) & (share < 1.0 - RARE))
        self.scaler_ = StandardScaler().fit(shaped, sample_weight=weight) if self.numbers_ else None
        self.encoder_ = self._encoder(values[:, codes]) if codes else None
        regression = LogisticRegression(C=self.C, solver="newton-cholesky", max_iter=self.max_iter, tol=self.tol)
        self.regression_ = regression.fit(self._design(values), target, sample_weight=weight)
        self.n_iter_ = int(np.max(self.regression_.n_iter_))
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Log-odds of the second class, shape (n,)."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        return np.asarray(self.regression_.decision_function(self._design(values)), dtype=np.float64)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Probability of each class, shape (n, 2)."""
        log_odds = self.decision_function(X)
        return np.column_stack([1.0 / (1.0 + np.exp(log_odds)), 1.0 / (1.0 + np.exp(-log_odds))])

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The likelier class, shape (n,)."""
        check_is_fitted(self)
        chosen: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(int)]
        return chosen

    def contributions(self, X: ArrayLike) -> tuple[float, NDArray[np.float64]]:  # noqa: N803
        """Base, and what each column adds to the log-odds, shape (n, features): base + row sum = log-odds."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        terms = self._design(values) * self.regression_.coef_[0]
        parts = np.zeros(values.shape)
        for term, column in enumerate(self._columns()):
            parts[:, column] += terms[:, term]
        return float(self.regression_.intercept_[0]), parts

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def _encoder(self, codes: NDArray[Any]) -> OneHotEncoder:
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False, dtype=codes.dtype
        )
        return encoder.fit(codes)

    def _design(self, values: NDArray[Any]) -> NDArray[Any]:
        parts: list[NDArray[Any]] = []
        if self.scaler_ is not None:
            shaped = signed_log(values[:, self.numbers_])
            parts = [np.nan_to_num(self.scaler_.transform(shaped)), np.isnan(shaped[:, self.indicated_])]
        if self.encoder_ is not None:
            parts.append(self.encoder_.transform(values[:, self.codes_]))
        return np.column_stack(parts).astype(values.dtype, copy=False)

    def _columns(self) -> list[int]:
        """The column behind each term of the design."""
        columns = list(self.numbers_) + [self.numbers_[place] for place in self.indicated_]
        if self.encoder_ is not None:
            for column, names in zip(self.codes_, _levels(self.encoder_), strict=True):
                columns += [column] * names
        return columns


def signed_log(values: NDArray[Any]) -> NDArray[Any]:
    """``sign(x) * log(1 + |x|)``, NaN where the value is."""
    shaped: NDArray[Any] = np.sign(values) * np.log1p(np.abs(values))
    return shaped


def linear_part(fitted: LogLogistic, values: NDArray[Any], weight: NDArray[np.float64]) -> LinearPart:
    """The same log-odds as terms that text can hold, each centered on its mean over the rows ``values``.

    Rare levels share a coefficient, which unknown codes take, too: it goes into the intercept and is taken off every
    common level, so that a code that matches none is left with it.
    """
    coefficients = iter(map(float, fitted.regression_.coef_[0]))
    terms: list[LinearTerm] = []
    if fitted.scaler_ is not None:
        for column, center, scale in zip(fitted.numbers_, fitted.scaler_.mean_, fitted.scaler_.scale_, strict=True):
            terms.append(LinearTerm(column, "value", 0.0, float(center), float(scale), next(coefficients)))
        for place in fitted.indicated_:
            terms.append(LinearTerm(fitted.numbers_[place], "missing", 0.0, 0.0, 1.0, next(coefficients)))
    intercept = float(fitted.regression_.intercept_[0])
    if fitted.encoder_ is not None:
        categories, rare = fitted.encoder_.categories_, fitted.encoder_.infrequent_categories_
        for column, levels, together in zip(fitted.codes_, categories, rare, strict=True):
            common = levels if together is None else levels[~_among(levels, together)]
            own = [next(coefficients) for _ in common]
            others = 0.0 if together is None else next(coefficients)
            intercept += others
            for level, coefficient in zip(map(float, common), own, strict=True):
                missing = np.isnan(level)
                kind: Literal["missing", "level"] = "missing" if missing else "level"
                named = 0.0 if missing else level
                terms.append(LinearTerm(column, kind, named, 0.0, 1.0, coefficient - others))
    return _centered(LinearPart(intercept, tuple(terms)), values, weight)


def _among(levels: NDArray[Any], some: NDArray[Any]) -> NDArray[np.bool_]:
    """Which levels are among ``some``; NaN is among them when one of them is NaN."""
    return np.asarray(np.isin(levels, some) | (np.isnan(levels) & np.isnan(some).any()), dtype=bool)


def _centered(part: LinearPart, values: NDArray[Any], weight: NDArray[np.float64]) -> LinearPart:
    """The same part with indicators centered on their shares: its intercept becomes the margin of an average row."""
    intercept, terms = part.intercept, []
    for term in part.terms:
        center = term.center
        if term.kind != "value":
            center = float(np.average(term.transform(values), weights=weight))
            intercept += term.coefficient * center
        terms.append(replace(term, center=center))
    return LinearPart(intercept, tuple(terms))


def _levels(encoder: OneHotEncoder) -> list[int]:
    """How many columns each coded column became."""
    found = []
    for levels, rare in zip(encoder.categories_, encoder.infrequent_categories_, strict=True):
        found.append(len(levels) if rare is None else len(levels) - len(rare) + 1)
    return found
