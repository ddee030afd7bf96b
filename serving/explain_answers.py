"""One participant's score with everything that it is made of, and what is asked for beside it."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pandas as pd

from casework.queue import draw_queue
from features.phrases import phrase
from models.actionable import MOST_CHANGES, Remedy, search_remedies
from models.change import FactorChange, changes_between
from models.cohort_view import values_at
from models.explanation import FEATURES, Explanation, FactorReason
from models.nearest import HOW, compared_features, nearest
from models.news import incident_news
from models.then import explain_then
from records.lake import Lake
from serving.access.scope import require_visible, visible_participants
from serving.answers import versions
from serving.explain_contracts import (
    Actionable,
    ChangedSince,
    CorrectionGiven,
    CorrectionSet,
    ExplainAnswer,
    ExplainRequest,
    FactorChangeGiven,
    IncidentNews,
    NearPeer,
    NearPeers,
    ScoreSide,
    StoredScore,
)
from serving.problems import InvalidRequest
from serving.wiring import Workspace

WITHHELD = frozenset({"reporting", "examinations", "partners", "peers", "corridor"})
"""Factor groups that tell of who found what, of targeting, or of others: a participant sees their share alone."""


def answer_explain(workspace: Workspace, request: ExplainRequest) -> ExplainAnswer:
    """One participant's score with every factor group, and what is asked for beside it."""
    _check(request)
    as_of = workspace.moment(request.as_of)
    require_visible(workspace.records, [request.participant_id], as_of)
    explanation = workspace.explain(request.participant_id, as_of)
    beside: dict[str, Any] = {}
    if request.since is not None:
        beside["changed_since"] = _changed(workspace, explanation, request.since)
    if request.peers:
        beside["nearest_peers"] = _peers(workspace, request.participant_id, as_of, request.peers)
    if request.actionable:
        beside["actionable"] = _actionable(workspace, request.participant_id, as_of)
    shown = for_participant(explanation) if request.audience == "participant" else explanation
    return ExplainAnswer(**versions(workspace, as_of), **explanation_fields(shown), **beside)


def explanation_fields(explanation: Explanation) -> dict[str, Any]:
    """The fields of an explanation as the contract has them."""
    content = explanation.to_dict()
    allowed = ExplainAnswer.model_fields
    fields = {name: value for name, value in content.items() if name in allowed}
    for name in ("model_version", "data_version", "as_of"):
        fields.pop(name, None)
    fields["not_rated_reason"] = fields.get("not_rated_reason") or None
    return fields


def for_participant(explanation: Explanation) -> Explanation:
    """The same numbers without what a participant may not see: others, targeting, and who found what."""
    return replace(
        explanation,
        factors=tuple(map(_without_others, explanation.factors)),
        raising=tuple(map(_without_others, explanation.raising)),
        mitigating=tuple(map(_without_others, explanation.mitigating)),
    )


def _without_others(factor: FactorReason) -> FactorReason:
    if factor.family in WITHHELD:
        return replace(factor, phrase=factor.title, evidence=(), features=())
    plain = {each.phrase: phrase(FEATURES[each.name], each.value) for each in factor.features}
    features = tuple(
        replace(each, phrase=phrase(FEATURES[each.name], each.value), peer_median=None) for each in factor.features
    )
    return replace(factor, phrase=plain.get(factor.phrase, factor.title), features=features)


def score_side(explanation: Explanation, *, ranked: bool = True) -> ScoreSide:
    """The score of an explanation; none of its numbers where it is not rated."""
    names = ("margin", "probability", "lower", "upper", "expected_incidents")
    numbers: dict[str, Any] = {name: getattr(explanation, name) if explanation.rated else None for name in names}
    return ScoreSide(
        rated=explanation.rated,
        not_rated_reason=explanation.not_rated_reason or None,
        rank=explanation.rank if ranked else None,
        **numbers,
    )


def changes_given(changes: Iterable[FactorChange]) -> list[FactorChangeGiven]:
    """The changes as the contract has them."""
    return [FactorChangeGiven(**asdict(change)) for change in changes]


def _check(request: ExplainRequest) -> None:
    beside = {"since": request.since is not None, "peers": request.peers > 0, "actionable": request.actionable}
    if request.audience == "participant" and any(beside.values()):
        problem = "not for the audience participant: leave it out"
        raise InvalidRequest([{"field": name, "problem": problem} for name, asked in beside.items() if asked])


def _changed(workspace: Workspace, now: Explanation, since: date) -> ChangedSince:
    moment = workspace.moment(since)
    if moment >= now.as_of:
        raise InvalidRequest([{"field": "since", "problem": "expected a date before as_of"}])
    workspace.require_known([now.participant_id], moment)
    model = workspace.usable_model()
    peers = workspace.cohort(now.as_of).view.peers
    then = explain_then(model, workspace.prepared, now.participant_id, moment, peers)
    given = _given_at(workspace, now.participant_id, moment)
    by_this_model = None
    if given is not None:
        at = workspace.moment(given.as_of)
        by_this_model = explain_then(model, workspace.prepared, now.participant_id, at, peers).margin - given.margin
    return ChangedSince(
        since=since,
        then=score_side(then, ranked=False),
        changes=changes_given(changes_between(then, now)),
        incidents=[
            IncidentNews(**asdict(each))
            for each in incident_news(workspace.records, now.participant_id, moment, now.as_of)
        ],
        given_then=given,
        model_change=by_this_model,
    )


def _given_at(workspace: Workspace, participant_id: str, moment: pd.Timestamp) -> StoredScore | None:
    """The last score that was stored for a date at or before the moment."""
    scores = Lake(workspace.settings.lake).read_scores(participant_id)
    if scores.empty:
        return None
    earlier = scores[(scores["as_of"] <= moment) & (scores["as_of"] >= pd.Timestamp(workspace.first_as_of))]
    if earlier.empty:
        return None
    last = earlier.iloc[-1]
    return StoredScore(
        as_of=last["as_of"].date(),
        model_version=str(last["model_version"]),
        data_version=str(last["data_version"]),
        margin=float(last["margin"]),
        probability=float(last["probability"]),
    )


def _peers(workspace: Workspace, participant_id: str, as_of: pd.Timestamp, count: int) -> NearPeers:
    model, cohort = workspace.usable_model(), workspace.cohort(as_of)
    values = values_at(model, workspace.prepared, [participant_id], as_of)[0]
    seen = visible_participants(workspace.records, as_of)
    everyone = nearest(cohort.view, model.catalog, values, participant_id, len(cohort.view))
    found = [near for near in everyone if seen is None or near.participant_id in seen][:count]
    rows = [(near, cohort.row(near.participant_id) or {}) for near in found]
    return NearPeers(
        how=HOW,
        compared=[str(model.catalog[place]["name"]) for place in compared_features(model.catalog)],
        peers=[
            NearPeer(
                participant_id=near.participant_id,
                similarity=near.similarity,
                probability=row.get("probability") if row.get("rated") else None,
                rank=row.get("rank"),
            )
            for near, row in rows
        ],
    )


def _actionable(workspace: Workspace, participant_id: str, as_of: pd.Timestamp) -> Actionable:
    cohort, settings = workspace.cohort(as_of), workspace.settings
    places = draw_queue(
        cohort.frame,
        capacity=settings.capacity,
        audit_share=settings.audit_share,
        seed=settings.draw_seed,
        length=settings.capacity,
    )
    last_rank = int((places["drawn"] == "rank").sum())
    place = cohort.view.place(participant_id)
    inside = place is not None and bool(cohort.view.rated[place]) and int(cohort.view.rank[place]) <= last_rank
    if not inside:
        says = "The participant is not among the places given by rank: there is nothing to correct."
        return Actionable(in_queue=False, capacity_rank=last_rank, found=[], considered=0, tried=0, says=says)
    model = workspace.usable_model()
    search = search_remedies(model, workspace.prepared, participant_id, cohort.view, last_rank)
    return Actionable(
        in_queue=True,
        capacity_rank=last_rank,
        found=[_set(remedy) for remedy in search.remedies],
        considered=search.considered,
        tried=search.tried,
        says=_says(search.remedies, search.considered, search.tried),
    )


def _set(remedy: Remedy) -> CorrectionSet:
    given = [
        CorrectionGiven(kind=each.kind, table=each.table, key=each.key, question=each.question)
        for each in remedy.corrections
    ]
    return CorrectionSet(corrections=given, after=score_side(remedy.after))


def _says(remedies: tuple[Remedy, ...], considered: int, tried: int) -> str:
    bound = f"of {considered} recorded facts that could be wrong, {tried} sets of at most {MOST_CHANGES} were scored"
    if not remedies:
        return f"No set of corrections found would take the participant out of the queue: {bound}."
    size = len(remedies[0].corrections)
    many = "1 correction" if size == 1 else f"{size} corrections together"
    return f"{many} would take the participant out of the queue, in {len(remedies)} ways: {bound}."
