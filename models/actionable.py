"""The smallest sets of corrections that would take a participant out of the queue, found by scoring each outright."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from features.matrix import Prepared
from models.cohort_view import CohortView
from models.corrections import Correction, combined, corrections_of
from models.explanation import Explanation
from models.fitted import RiskModel
from models.what_if import explain_supposed
from records.sent_rows import with_rows

MOST_CHANGES = 3
MOST_SINGLES = 12
"""Corrections that are tried one by one: in the order of :func:`models.corrections.corrections_of`, kind by kind."""
KEPT = 4
"""Of these, the ones that lower the margin most are tried together."""


@dataclass(frozen=True)
class Remedy:
    """Corrections that together take the participant out of the queue, and the score then."""

    corrections: tuple[Correction, ...]
    after: Explanation


@dataclass(frozen=True)
class Search:
    """What was found, among how many corrections, by how many scores."""

    remedies: tuple[Remedy, ...]
    considered: int
    tried: int


def search_remedies(
    model: RiskModel, prepared: Prepared, participant_id: str, view: CohortView, last_rank: int
) -> Search:
    """The sets of the smallest size, up to :data:`MOST_CHANGES`, after which the rank is past ``last_rank``.

    Every set is judged by building the record with its corrections and scoring it. First the corrections one by
    one, :data:`MOST_SINGLES` of them; then pairs and triples of the :data:`KEPT` that lower the margin most. A set
    that only works with a correction which alone does little is not found.
    """
    all_found = corrections_of(prepared.records.as_stored, participant_id, view.as_of)
    candidates = _spread(all_found, MOST_SINGLES)
    tried, best = 0, []
    remedies = []
    for candidate in candidates:
        after = _after(model, prepared, participant_id, view, [candidate])
        tried += 1
        best.append((after.margin, candidate))
        if _is_out(after, last_rank):
            remedies.append(Remedy((candidate,), after))
    kept = [candidate for _, candidate in sorted(best, key=lambda pair: pair[0])[:KEPT]]
    for size in range(2, MOST_CHANGES + 1):
        if remedies:
            break
        for several in combinations(kept, size):
            if combined(several) is None:
                continue
            after = _after(model, prepared, participant_id, view, several)
            tried += 1
            if _is_out(after, last_rank):
                remedies.append(Remedy(several, after))
    return Search(tuple(remedies), len(all_found), tried)


def _after(
    model: RiskModel, prepared: Prepared, participant_id: str, view: CohortView, several: Sequence[Correction]
) -> Explanation:
    rows = combined(several) or {}
    supposed = with_rows(prepared.records, rows)
    return explain_supposed(model, prepared, supposed, participant_id, view.as_of, view)


def _is_out(after: Explanation, last_rank: int) -> bool:
    return after.rank is not None and after.rank > last_rank


def _spread(corrections: Sequence[Correction], most: int) -> list[Correction]:
    """At most so many corrections, taken in turn from each kind, so that no kind crowds out another."""
    frame = pd.Series([each.kind for each in corrections], dtype="str")
    turn = frame.groupby(frame).cumcount()
    order = sorted(range(len(corrections)), key=lambda place: (int(turn[place]), place))
    return [corrections[place] for place in sorted(order[:most])]
