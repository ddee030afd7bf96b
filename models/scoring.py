"""Scores with reasons: for everyone at a moment, for a list, or for one participant.

Light on purpose: nothing here imports a tracking or plotting package, so a service worker can.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from features.matrix import Prepared
from features.matrix import evidence as evidence_of
from models.cohort_view import (
    CohortView,
    days_of_record,
    prepared_of,
    values_at,
    view_cohort,
)
from models.errors import UnknownParticipant
from models.explanation import (
    Evidence,
    Explanation,
    Grouped,
    factor_reasons,
    group_contributions,
    most_important,
    stored_reasons,
)
from models.fitted import RiskModel
from models.spec import Array
from models.trees import Matrix
from records.as_of import check_as_of
from records.known import Records
from records.progress import Report, silent

PARTNERS = "partners"
"""The family whose evidence is other participants' incidents."""

__all__ = ["SCORE_COLUMNS", "CohortView", "check_as_of", "explain_participant", "score_participants", "view_cohort"]

SCORE_COLUMNS = (
    "participant_id",
    "as_of",
    "base",
    "margin",
    "probability",
    "expected_incidents",
    "lower",
    "upper",
    "rank",
    "percentile",
    "rated",
    "not_rated_reason",
    "reasons",
    "model_version",
    "data_version",
)


def score_participants(
    model: RiskModel,
    records: Records | Prepared,
    as_of: pd.Timestamp,
    participant_ids: Sequence[str] | None = None,
    *,
    view: CohortView | None = None,
    report: Report = silent,
) -> pd.DataFrame:
    """Score with reasons: everyone at risk at ``as_of`` by rank, or the given participants in their order.

    Parameters
    ----------
    model : RiskModel
        The model.
    records : Records or Prepared
        Every row version; only what was known before ``as_of`` is read. Preparing once makes single participants fast.
    as_of : Timestamp
        The moment of prediction.
    participant_ids : sequence of str, optional
        Whom to score, each once. Outside the cohort they are scored, not rated, and have no rank.
    view : CohortView, optional
        The cohort drawn before with the same model, records and moment; saves drawing it.
    report : Report
        Told about every thousand rows.

    Returns
    -------
    DataFrame
        Columns :data:`SCORE_COLUMNS`. ``reasons`` is JSON text with all factor groups by size of
        contribution; ``base`` plus their contributions is ``margin`` within 1e-6. ``rank`` is a nullable integer.

    Raises
    ------
    UnknownParticipant
        Nothing was known of a participant before ``as_of``.
    records.errors.AsOfRefused
        Nothing at all was known before ``as_of``. Whether it lies in the future is for the caller to ask, who
        knows the present: :func:`check_as_of`.
    """
    prepared = prepared_of(model, records)
    view = view or view_cohort(model, prepared, as_of)
    chosen = _chosen(view, participant_ids)
    days = days_of_record(prepared, chosen, as_of)
    values, margin = _scored(model, prepared, view, chosen, days)
    lower, upper = model.interval_of(values, margin)
    grouped = group_contributions(model, values, margin, view.peers)
    evidence = _evidence(prepared, chosen, as_of, grouped)
    places = [view.place(identifier) for identifier in chosen]
    reasons = []
    for row, identifier in enumerate(chosen):
        if row % 1000 == 0:
            report("write reasons", row, len(chosen))
        reasons.append(stored_reasons(grouped, row, evidence[identifier]))
    report("write reasons", len(chosen), len(chosen))
    ranks = [None if place is None else int(view.rank[place]) for place in places]
    words = [
        _why_not_rated(model, place is not None, row, day) for place, row, day in zip(places, values, days, strict=True)
    ]
    frame = {
        "participant_id": pd.Series(chosen, dtype="str"),
        "as_of": np.full(len(chosen), as_of.to_datetime64(), dtype="datetime64[us]"),
        "base": grouped.base,
        "margin": margin,
        "probability": model.probability(margin),
        "expected_incidents": model.expected_incidents(margin),
        "lower": lower,
        "upper": upper,
        "rank": pd.array(ranks, dtype="Int64"),
        "percentile": [np.nan if rank is None else view.percentile(rank) for rank in ranks],
        "rated": [not reason for reason in words],
        "not_rated_reason": pd.Series(words, dtype="str"),
        "reasons": pd.Series(reasons, dtype="str"),
        "model_version": pd.Series([model.model_version] * len(chosen), dtype="str"),
        "data_version": pd.Series([prepared.records.data_version] * len(chosen), dtype="str"),
    }
    return pd.DataFrame(frame, columns=list(SCORE_COLUMNS)).astype({"rated": bool, "percentile": float})


def explain_participant(
    model: RiskModel,
    records: Records | Prepared,
    participant_id: str,
    as_of: pd.Timestamp,
    *,
    view: CohortView | None = None,
) -> Explanation:
    """One participant's score with every factor group and feature phrased; the numbers of the batch, to the bit.

    Parameters and errors as in :func:`score_participants`.
    """
    prepared = prepared_of(model, records)
    view = view or view_cohort(model, prepared, as_of)
    chosen = [participant_id]
    days = days_of_record(prepared, chosen, as_of)
    values, margin = _scored(model, prepared, view, chosen, days)
    grouped = group_contributions(model, values, margin, view.peers)
    lower, upper = model.interval_of(values, margin)
    evidence = _evidence(prepared, chosen, as_of, grouped)
    factors = factor_reasons(grouped, 0, evidence[participant_id])
    raising, mitigating = most_important(factors)
    place = view.place(participant_id)
    rank = None if place is None else int(view.rank[place])
    words = _why_not_rated(model, place is not None, values[0], float(days[0]))
    return Explanation(
        participant_id=participant_id,
        as_of=as_of,
        base=grouped.base,
        margin=float(margin[0]),
        probability=float(model.probability(margin)[0]),
        lower=float(lower[0]),
        upper=float(upper[0]),
        expected_incidents=float(model.expected_incidents(margin)[0]),
        rank=rank,
        percentile=None if rank is None else view.percentile(rank),
        cohort_size=None if rank is None else len(view),
        rated=not words,
        not_rated_reason=words,
        factors=factors,
        raising=raising,
        mitigating=mitigating,
        residual=_residual(grouped, margin),
        model_version=model.model_version,
        data_version=prepared.records.data_version,
    )


def _chosen(view: CohortView, participant_ids: Sequence[str] | None) -> list[str]:
    if participant_ids is not None:
        return list(dict.fromkeys(participant_ids))
    return [str(view.participant_ids[row]) for row in np.argsort(view.rank)]


def _scored(
    model: RiskModel, prepared: Prepared, view: CohortView, chosen: Sequence[str], days: Array
) -> tuple[Matrix, Array]:
    """Values and margins of the chosen: the cohort's from the view, the others' built for them."""
    unknown = [identifier for identifier, day in zip(chosen, days, strict=True) if np.isnan(day)]
    if unknown:
        raise UnknownParticipant(unknown[0], view.as_of)
    places = [view.place(identifier) for identifier in chosen]
    values = np.empty((len(chosen), len(model.features)), dtype=np.float32)
    inside = [row for row, place in enumerate(places) if place is not None]
    outside = [row for row, place in enumerate(places) if place is None]
    values[inside] = view.rows[[place for place in places if place is not None]]
    values[outside] = values_at(model, prepared, [chosen[row] for row in outside], view.as_of)
    return values, model.margin_of(values) if len(chosen) else np.zeros(0)


def _evidence(
    prepared: Prepared, chosen: Sequence[str], as_of: pd.Timestamp, grouped: Grouped
) -> Mapping[str, Evidence]:
    """Incident rows behind each participant's features, as far as a feature counts any.

    Nearly nobody was ever involved in an incident: for the others only partners' incidents are looked up.
    """
    rows = prepared.records["involvements"]
    involved = set(rows.loc[rows["known_at"] < as_of, "participant_id"].dropna())
    counted = np.nan_to_num(grouped.shown) != 0.0
    names = grouped.model.features
    of_partners = np.array(
        [entry["family"] == PARTNERS and "incidents" in entry["tables"] for entry in grouped.model.catalog]
    )
    found = {}
    for row, identifier in enumerate(chosen):
        asked = counted[row] if identifier in involved else counted[row] & of_partners
        wanted = [names[place] for place in np.flatnonzero(asked)]
        found[identifier] = evidence_of(prepared, identifier, as_of, wanted) if wanted else {}
    return found


def _why_not_rated(model: RiskModel, at_risk: bool, values: Matrix, days: float) -> str:
    """Why a participant has no place on the list, in words; empty when it is rated. ``values`` are its own."""
    if not at_risk:
        return "not certified or validated at this date; only participants at risk are rated"
    return model.carried.lack(model.catalog, values, days)


def _residual(grouped: Grouped, margin: Array) -> float:
    return float(grouped.base + grouped.sums[0].sum() - margin[0])
