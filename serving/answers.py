"""From scores and explanations to the answers of the contract."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from serving.access.scope import only_visible, require_visible
from serving.contracts import (
    ModelAnswer,
    QueueAnswer,
    QueuePlace,
    QueueRequest,
    Reason,
    Score,
    ScoreAnswer,
    ScoreRequest,
)
from serving.evaluation import read_evaluation
from serving.wiring import Workspace

MAX_REASONS = 5
SCORE_FIELDS = (
    "participant_id",
    "rated",
    "not_rated_reason",
    "margin",
    "probability",
    "lower",
    "upper",
    "expected_incidents",
    "rank",
    "percentile",
)
REASON_FIELDS = tuple(Reason.model_fields)


def answer_score(workspace: Workspace, request: ScoreRequest) -> ScoreAnswer:
    """Scores in the order of the request."""
    as_of = workspace.moment(request.as_of)
    require_visible(workspace.records, request.participant_ids, as_of)
    cohort, rows = workspace.scores(request.participant_ids, as_of)
    return ScoreAnswer(
        **versions(workspace, as_of), cohort_size=cohort.size, scores=[Score(**score_fields(row)) for row in rows]
    )


def answer_queue(workspace: Workspace, request: QueueRequest) -> QueueAnswer:
    """The list of cases to examine."""
    as_of = workspace.moment(request.as_of)
    cohort, drawn = workspace.queue(as_of, request.capacity, request.audit_share)
    settings = workspace.settings
    return QueueAnswer(
        **versions(workspace, as_of),
        capacity=settings.capacity if request.capacity is None else request.capacity,
        audit_share=settings.audit_share if request.audit_share is None else request.audit_share,
        cohort_size=cohort.size,
        queue=[QueuePlace(**place) for place in queue_places(cohort, only_visible(drawn, workspace.records, as_of))],
    )


def answer_model(workspace: Workspace) -> ModelAnswer:
    """The model in service and the record it reads."""
    model = workspace.usable_model()
    return ModelAnswer(
        model_version=workspace.model_version,
        model_digest=model.digest,
        horizon_days=model.horizon_days,
        catalog_hash=model.catalog_hash,
        features=list(model.features),
        program=workspace.program.name,
        simulated=workspace.program.simulated,
        data_version=workspace.records.data_version,
        first_as_of=workspace.first_as_of,
        last_as_of=workspace.last_as_of,
        default_as_of=workspace.default_as_of,
        evaluation=evaluation_of(workspace),
    )


def evaluation_of(workspace: Workspace) -> dict[str, Any] | None:
    """What training measured, where the bundle carries it."""
    found = read_evaluation(workspace.usable_model().facts)
    return found.to_dict() if found else None


def versions(workspace: Workspace, as_of: pd.Timestamp) -> dict[str, Any]:
    """What every answer carries."""
    model = workspace.usable_model()
    return {
        "model_version": workspace.model_version,
        "model_digest": model.digest,
        "data_version": workspace.records.data_version,
        "as_of": as_of.date(),
        "horizon_days": model.horizon_days,
    }


def score_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a score from a row of the cohort: none but words where it is not rated."""
    fields = {name: row.get(name) for name in SCORE_FIELDS}
    if not row["rated"]:
        for name in SCORE_FIELDS[3:]:
            fields[name] = None
    fields["not_rated_reason"] = row.get("not_rated_reason") or None
    fields["rank"] = None if fields["rank"] is None else int(fields["rank"])
    raising = [reason for reason in row["reasons"] if reason["contribution"] > 0] if row["rated"] else []
    fields["reasons"] = [{name: reason.get(name) for name in REASON_FIELDS} for reason in raising[:MAX_REASONS]]
    return fields


def queue_places(cohort: Any, drawn: pd.DataFrame) -> list[dict[str, Any]]:
    """The list's places as plain values, each with its score."""
    places = []
    for participant_id, place, kind in zip(drawn["participant_id"], drawn["place"], drawn["drawn"], strict=True):
        row = cohort.row(participant_id)
        places.append({**score_fields(row), "place": int(place), "drawn": str(kind)})
    return places
