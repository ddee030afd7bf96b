"""One participant: the facts, then the score, then the reasons, then what was decided."""

from typing import Any

import pandas as pd

from models.explanation import Explanation
from serving.access.scope import require_visible
from serving.console.facts import LOOK_BACK_YEARS, Facts, participant_facts
from serving.console.record_chart import record_chart
from serving.console.score_chart import score_chart
from serving.console.waterfall import waterfall
from serving.console.words import named
from serving.history import past_moments
from serving.wiring import Workspace

QUARTERS = 4
NEWEST_INCIDENTS = 25
"""Incidents in the open table; older ones stand in a closed one, so that the score stays within reach."""


def participant_content(workspace: Workspace, participant_id: str, as_of: pd.Timestamp) -> dict[str, Any]:
    """Everything that the participant's page shows."""
    require_visible(workspace.records, [participant_id], as_of)
    workspace.require_known([participant_id], as_of)
    facts = participant_facts(workspace.records, participant_id, as_of)
    content = {
        "as_of": as_of,
        "newest": workspace.default_as_of,
        "facts": facts,
        "name": facts.profile.get("legal_name") or participant_id,
        "chart": record_chart(facts),
        "anchors": {item.incident_id: f"incident-{place}" for place, item in enumerate(facts.incidents, start=1)},
        "five_years": pd.DateOffset(years=LOOK_BACK_YEARS),
        "newest_incidents": NEWEST_INCIDENTS,
        "quarters": _quarters(facts),
        "identity": identity(facts),
        "explanation": None,
        "model_problem": workspace.model_problem,
        "horizon_days": workspace.settings.horizon,
    }
    return content if workspace.model is None else content | _scored(workspace, facts)


def _scored(workspace: Workspace, facts: Facts) -> dict[str, Any]:
    model = workspace.usable_model()
    explanation = workspace.explain(facts.participant_id, facts.as_of)
    cohort = workspace.cohort(facts.as_of)
    rated = cohort.frame[cohort.frame["rated"]]
    content: dict[str, Any] = {
        "explanation": explanation,
        "horizon_days": model.horizon_days,
        "average": float(rated["probability"].mean()) if len(rated) else None,
        "cohort": cohort,
    }
    if not explanation.rated:
        return content
    moments = past_moments(facts.as_of, pd.Timestamp(workspace.first_as_of))
    scores = workspace.past_scores(facts.participant_id, moments)
    known = [item.known_on for item in facts.valid_incidents]
    return content | {
        "scores": scores,
        "history": score_chart(scores, known) if len(scores) > 1 else None,
        "waterfall": waterfall(model, explanation.base, explanation.factors, explanation.probability),
        "reliability": _reliability(explanation),
    }


def identity(facts: Facts) -> list[tuple[str, Any]]:
    """What the firm is and where it stands, the lines that are recorded."""
    profile = facts.profile
    status, tier = facts.standing
    lines = [
        ("Number", facts.participant_id),
        ("Type", named(profile.get("business_type"))),
        ("Country", profile.get("country")),
        ("Field office", profile.get("field_office")),
        ("Size", named(profile.get("size_band"))),
        ("Enrolled", profile.get("enrolled_on")),
        ("Status", named(status)),
        ("Tier", tier),
        *((scheme.upper(), value) for scheme, value in facts.identifiers[:6]),
    ]
    return [(name, value) for name, value in lines if value]


def _quarters(facts: Facts) -> list[dict[str, Any]]:
    """The last quarters of trade and examinations, and their sum."""
    rows = facts.exposures
    if rows.empty:
        return []
    measures = ["shipments", "crossings", "exams_targeted", "exams_random", "discrepancies"]
    amounts = rows[measures].astype(float)
    months = pd.DatetimeIndex(rows["month"])
    quarter = [f"{month.year} Q{month.quarter}" for month in months]
    sums = amounts.groupby(quarter, sort=False).sum(min_count=1).tail(QUARTERS)
    lines: list[dict[str, Any]] = [
        {
            "name": name,
            "shipments": row["shipments"],
            "crossings": row["crossings"],
            "exams": row[["exams_targeted", "exams_random"]].sum(min_count=1),
            "discrepancies": row["discrepancies"],
        }
        for name, row in sums.iterrows()
    ]
    total = {key: pd.Series([line[key] for line in lines]).sum(min_count=1) for key in lines[0] if key != "name"}
    return [*lines, {"name": "Together", **total}]


def _reliability(explanation: Explanation) -> list[tuple[str, str, str]]:
    """What the reader should know of this explanation: check, value, meaning."""
    all_moved = sum(abs(factor.contribution) for factor in explanation.factors)
    shown = sum(abs(factor.contribution) for factor in (*explanation.raising, *explanation.mitigating))
    features = [feature for factor in explanation.factors for feature in factor.features]
    missing = sum(feature.value is None for feature in features)
    sums = abs(explanation.residual) <= 1e-6
    return [
        (
            "Parts add up",
            f"{abs(explanation.residual):.1e} log-odds apart",
            "All parts together give the score." if sums else "The parts do not give the score: do not rely on them.",
        ),
        (
            "Shown above",
            f"{shown / all_moved:.0%} of all movement" if all_moved else "no movement",
            "The sentences above name at most five groups a side.",
        ),
        (
            "Values not known",
            f"{missing} of {len(features)}",
            "A value that is not known or does not apply is treated as such, never as 0.",
        ),
    ]
