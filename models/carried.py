"""How much of what a score is read from is known of a participant; too little, and it is not rated.

A column counts by what it adds to scores (mean absolute contribution) and by how often it is known of members at all.
Of one participant it is known

- not at all where the value is missing;
- fully where something happened, or where nothing needs to happen: what the firm is, who its partners and peers are;
- in part where nothing happened yet: a quiet of 60 days is 60 parts of 365 of a quiet year.

So a day more, a fact more and an incident more only ever add, and nobody loses its score by telling more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.catalog import FAMILIES
from models.spec import Array

LEAST_CARRIED = 0.6
"""Share that a score needs. Measured on simulated newcomers, docs/scores.md: from it on they are told apart as well as
old members are; below it nothing shows that they are."""

WITHOUT_WAITING = ("partners", "peers", "corridor", "profile", "standing")
"""Families whose columns speak from the first day: of other firms' past, or of what the firm is."""
LONGEST_WAIT_DAYS = 365
NAMED_LACKS = 2


@dataclass(frozen=True)
class Carried:
    """Weight of each column in what a score is read from, shape (features,), adding up to 1, and the share needed."""

    weights: tuple[float, ...]
    least: float = LEAST_CARRIED

    def share(self, catalog: Sequence[Mapping[str, Any]], values: npt.NDArray[Any], days: Array) -> Array:
        """Share carried by each row, from 0 to 1, shape (n,).

        Parameters
        ----------
        catalog : sequence of mappings
            The model's catalog entries, one a column.
        values : array of shape (n, features)
            NaN where unknown.
        days : array of float, shape (n,)
            Days of record; NaN for a participant that is not on record, which carries nothing.
        """
        known = _known(catalog, values, days)
        total = np.zeros(len(values))
        # One column after the other: a row's bits do not depend on its batch.
        for column, weight in enumerate(self.weights):
            total = total + weight * known[:, column]
        return np.minimum(total, 1.0)

    def enough(self, catalog: Sequence[Mapping[str, Any]], values: npt.NDArray[Any], days: Array) -> npt.NDArray[Any]:
        """Marks the rows that carry enough for a score, shape (n,)."""
        return np.asarray(self.share(catalog, values, days) >= self.least, dtype=bool)

    def lack(self, catalog: Sequence[Mapping[str, Any]], values: npt.NDArray[Any], days: float) -> str:
        """Why one row of ``values``, shape (features,), is not rated, in words with figures; empty when it is."""
        row, moment = values[None, :], np.array([days])
        share = float(self.share(catalog, row, moment)[0])
        if share >= self.least:
            return ""
        unknown = np.array(self.weights) * (1.0 - _known(catalog, row, moment)[0])
        lacks = {name: sum(unknown[place] for place in _places(catalog, name)) for name in FAMILIES}
        most = sorted(lacks, key=lambda name: -lacks[name])[:NAMED_LACKS]
        named = " and ".join(FAMILIES[name].title.lower() for name in most if lacks[name] > 0)
        return (
            f"{int(days)} days of record carry {int(100 * share)} % of what a score is read from; "
            f"a score needs {100 * self.least:.0f} %, and most is missing of {named}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them."""
        return {"weights": list(self.weights), "least": self.least}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Carried":
        """What :meth:`to_dict` wrote."""
        return cls(tuple(map(float, values["weights"])), float(values["least"]))


def carried_by(importance: Sequence[float], values: npt.NDArray[Any]) -> Carried:
    """Weights from what columns add and how often they are known in ``values``, a cohort of shape (n, features).

    A model that tells nobody apart has no importance; then every column counts by how often it is known.
    """
    usual = 1.0 - np.isnan(values).mean(axis=0) if len(values) else np.ones(values.shape[1])
    weights = np.asarray(importance, dtype=np.float64) * usual if sum(importance) > 0 else usual
    total = float(weights.sum())
    return Carried(tuple(float(weight) / total if total > 0 else 1.0 / len(weights) for weight in weights))


def _known(catalog: Sequence[Mapping[str, Any]], values: npt.NDArray[Any], days: Array) -> Array:
    """How far each cell is known, from 0 to 1, shape (n, features)."""
    waits = np.array([_wait_days(entry) for entry in catalog])
    happened = np.isfinite(values) & (values != 0)
    quiet = np.clip(days[:, None] / np.maximum(waits, 1)[None, :], 0.0, 1.0)
    known = np.where(happened | (waits == 0), 1.0, quiet)
    known = np.where(np.isnan(values) | np.isnan(days)[:, None], 0.0, known)
    return np.asarray(known, dtype=np.float64)


def _wait_days(entry: Mapping[str, Any]) -> int:
    """Days after which a quiet column has said all; 0 where it need not wait."""
    if entry["family"] in WITHOUT_WAITING:
        return 0
    return min(int(entry["window_days"] or LONGEST_WAIT_DAYS), LONGEST_WAIT_DAYS)


def _places(catalog: Sequence[Mapping[str, Any]], family: str) -> list[int]:
    return [place for place, entry in enumerate(catalog) if entry["family"] == family]
