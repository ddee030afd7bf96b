"""An additive logistic part: a coefficient for each transformed column, so its reasons are exact too.

Each column becomes a slowly growing value (signed log), an indicator that it is missing, or one
indicator a level for coded columns; each is centered on its training mean, so the intercept is the
margin of an average row and a contribution is a departure from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from models.errors import SliceTooThin
from models.spec import Array
from models.trees import Matrix

RARE = 0.002
"""A level, or missingness, is told apart when between this share of rows and its complement has it."""


@dataclass(frozen=True)
class LinearTerm:
    """One transformed column. ``column`` counts in the model's feature order."""

    column: int
    kind: Literal["value", "missing", "level"]
    level: float
    center: float
    scale: float
    coefficient: float

    def transform(self, values: NDArray[Any]) -> Array:
        """Centered and scaled value of this term for each row; a missing value sits on the mean."""
        raw = values[:, self.column].astype(np.float64)
        if self.kind == "missing":
            seen = np.isnan(raw).astype(np.float64)
        elif self.kind == "level":
            seen = (raw == self.level).astype(np.float64)
        else:
            seen = np.sign(raw) * np.log1p(np.abs(raw))
        centered: Array = (seen - self.center) / self.scale
        return np.where(np.isnan(centered), 0.0, centered)


@dataclass(frozen=True)
class LinearPart:
    """Terms and the intercept of the logistic part."""

    intercept: float
    terms: tuple[LinearTerm, ...]

    def contributions(self, values: Matrix) -> Array:
        """Contributions to the log-odds, shape (n, features); base is the intercept."""
        contributions = np.zeros(values.shape, dtype=np.float64)
        for term in self.terms:
            contributions[:, term.column] += term.coefficient * term.transform(values)
        return contributions

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {"intercept": self.intercept, "terms": [asdict(term) for term in self.terms]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LinearPart":
        """The part that :meth:`to_dict` wrote."""
        return cls(float(values["intercept"]), tuple(LinearTerm(**term) for term in values["terms"]))


def fit_linear(
    values: Matrix,
    positive: NDArray[np.bool_],
    weight: Array,
    *,
    monotone: Sequence[int],
    categorical: Sequence[bool],
    l2: float,
) -> LinearPart:
    """Ridge logistic regression on transformed columns, coefficients held to the monotone directions.

    ``l2`` is the penalty on squared coefficients for each unit of the total weight. Missingness and levels are
    free of direction.
    """
    terms = _terms(values, categorical)
    if not terms:
        raise SliceTooThin("Expected columns that vary for the linear part; got none. Set linear_weight to 0.")
    design = np.column_stack([term.transform(values) for term in terms]).astype(np.float32)
    bounds = [_bounds(monotone[term.column] if term.kind == "value" else 0) for term in terms]
    target = positive.astype(np.float64)
    total = float(weight.sum())
    rate = float(np.clip((weight * target).sum() / total, 1e-9, 1 - 1e-9))

    def loss(parameters: Array) -> tuple[float, Array]:
        coefficients, intercept = parameters[:-1], parameters[-1]
        log_odds = (design @ coefficients.astype(np.float32)).astype(np.float64) + intercept
        value = np.sum(weight * (np.logaddexp(0.0, log_odds) - target * log_odds)) / total
        residual = weight * (expit(log_odds) - target) / total
        slopes = (design.T @ residual.astype(np.float32)).astype(np.float64) + l2 * coefficients
        return float(value + 0.5 * l2 * np.sum(coefficients**2)), np.append(slopes, residual.sum())

    start = np.append(np.zeros(len(terms)), np.log(rate / (1 - rate)))
    fitted = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"maxiter": 200, "ftol": 1e-9, "gtol": 1e-6},
    )
    kept = [
        LinearTerm(term.column, term.kind, term.level, term.center, term.scale, float(coefficient))
        for term, coefficient in zip(terms, fitted.x[:-1], strict=True)
    ]
    return LinearPart(float(fitted.x[-1]), tuple(kept))


def _bounds(direction: int) -> tuple[float | None, float | None]:
    return (0.0 if direction > 0 else None, 0.0 if direction < 0 else None)


def _terms(values: Matrix, categorical: Sequence[bool]) -> list[LinearTerm]:
    terms: list[LinearTerm] = []
    for column in range(values.shape[1]):
        raw = values[:, column].astype(np.float64)
        missing = float(np.isnan(raw).mean())
        if RARE < missing < 1 - RARE:
            terms.append(_indicator(column, "missing", 0.0, missing))
        present = raw[~np.isnan(raw)]
        if categorical[column]:
            levels, counts = np.unique(present, return_counts=True)
            shares = counts / len(raw)
            common = [(level, share) for level, share in zip(levels, shares, strict=True) if RARE < share < 1 - RARE]
            terms += [_indicator(column, "level", float(level), float(share)) for level, share in common]
            continue
        shaped = np.sign(present) * np.log1p(np.abs(present))
        spread = float(shaped.std()) if len(shaped) else 0.0
        if spread > 0:
            terms.append(LinearTerm(column, "value", 0.0, float(shaped.mean()), spread, 0.0))
    return terms


def _indicator(column: int, kind: Literal["missing", "level"], level: float, share: float) -> LinearTerm:
    return LinearTerm(column, kind, level, share, float(np.sqrt(share * (1 - share))), 0.0)
