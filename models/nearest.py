"""The participants of a cohort that are most like one of them in what they are and how much they trade.

Incidents, examinations and findings take no part: alike are firms between which the record then tells a difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.cohort_view import CohortView
from models.spec import Array

FAMILIES_COMPARED = ("profile", "standing")
VOLUME = (
    "shipments_prior_365d",
    "crossings_prior_365d",
    "shipments_over_year_before_prior_365d",
    "months_reported_prior_365d",
)

HOW = (
    "Similarity is the mean over the facts compared, from 0 to 1: of a category 1 where both have the same, else 0; of "
    "a quantity 1 less the share of the cohort that lies between the two; where only one of both is known 0. The "
    "facts are the profile of the firm, its standing in the program and its trade volume; no incident, examination "
    "or finding takes part."
)


@dataclass(frozen=True)
class Near:
    """One participant of the cohort and how alike it is, from 0 to 1."""

    participant_id: str
    similarity: float
    place: int


def compared_features(catalog: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    """Positions of the model's features that are compared."""
    return tuple(
        place for place, entry in enumerate(catalog) if entry["family"] in FAMILIES_COMPARED or entry["name"] in VOLUME
    )


def nearest(
    view: CohortView, catalog: Sequence[Mapping[str, Any]], values: NDArray[np.float32], participant_id: str, count: int
) -> tuple[Near, ...]:
    """The ``count`` participants of the cohort most like the one with ``values``; ties by number.

    Parameters
    ----------
    view : CohortView
    catalog : sequence of mappings
        The model's features, in the order of ``values``.
    values : array of float32, shape (features,)
        The participant's own, which need not be in the cohort.
    """
    places = compared_features(catalog)
    if not places or not len(view):
        return ()
    total = np.zeros(len(view))
    for place in places:
        total += _alike(view.rows[:, place].astype(np.float64), float(values[place]), _is_category(catalog[place]))
    similarity = np.round(total / len(places), 6)
    order = [
        row for row in np.lexsort((view.participant_ids, -similarity)) if view.participant_ids[row] != participant_id
    ]
    return tuple(Near(str(view.participant_ids[row]), float(similarity[row]), int(row)) for row in order[:count])


def _is_category(entry: Mapping[str, Any]) -> bool:
    return str(entry["name"]).endswith("_code") or str(entry["name"]).startswith("on_")


def _alike(column: Array, value: float, category: bool) -> Array:
    """How alike each of a column is to a value, from 0 to 1, shape (n,)."""
    unknown = np.isnan(column)
    if np.isnan(value):
        return unknown.astype(np.float64)
    if category:
        return np.asarray((column == value).astype(np.float64))
    known = np.sort(column[~unknown])
    if not known.size:
        return np.zeros(len(column))

    def standing(of: Any) -> Any:
        return (np.searchsorted(known, of, "left") + np.searchsorted(known, of, "right")) / (2 * known.size)

    alike = 1.0 - np.abs(standing(np.nan_to_num(column)) - standing(value))
    return np.asarray(np.where(unknown, 0.0, alike), dtype=np.float64)
