"""What a decision is made on: the score as it stood, and what the criteria ask beside the incident itself."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from casework.case_store import cases_of
from casework.cases import Case
from casework.ledger import entry_of
from casework.proposals import Basis
from serving.console.facts import participant_facts
from serving.wiring import Workspace

YEAR_DAYS, FIVE_YEARS_DAYS = 365, 1825


@dataclass(frozen=True)
class Context:
    """The stored score context of a decision, and two counts of the participant's past."""

    basis: Basis
    prior_incidents_365d: int
    prior_confirmed_1825d: int


def decision_context(connection: Connection, workspace: Workspace, case: Case) -> Context:
    """The context as it stands now.

    ``prior_incidents_365d`` counts the participant's incidents of the 365 days up to the last one of the case, the
    gravest not counted; ``prior_confirmed_1825d`` its confirmed decisions of the 1,825 days before today.
    """
    moment = pd.Timestamp(workspace.default_as_of)
    tomorrow = pd.Timestamp(workspace.today) + pd.Timedelta("1D")
    facts = participant_facts(workspace.records, case.participant_id, tomorrow)
    last = pd.Timestamp(case.last_incident_on)
    priors = [
        item
        for item in facts.valid_incidents
        if last - pd.Timedelta(days=YEAR_DAYS) <= item.occurred_on <= last
        and item.incident_id != case.gravest["incident_id"]
    ]
    confirmed = _confirmed(cases_of(connection, case.participant_id), workspace.today - timedelta(FIVE_YEARS_DAYS))
    return Context(_basis(workspace, case.participant_id, moment), len(priors), confirmed)


def kept_context(connection: Connection, request: str) -> Context | None:
    """The context that a request was first made on: the same request again must not meet a newer one."""
    entry = entry_of(connection, request)
    asked: dict[str, Any] = entry.details.get("asked", {}) if entry else {}
    if "basis" not in asked:
        return None
    stored = asked["basis"]
    basis = Basis(**{**stored, "reasons": tuple(stored["reasons"]), "as_of": date.fromisoformat(stored["as_of"])})
    return Context(basis, asked["prior_incidents_365d"], asked["prior_confirmed_1825d"])


def score_band(rank: int | None, probability: float | None, *, capacity: int, average: float) -> str:
    """``high`` within capacity, ``middle`` above the average of the rated, else ``low``; ``not_rated`` has its name."""
    if rank is None or probability is None:
        return "not_rated"
    if rank <= capacity:
        return "high"
    return "middle" if probability > average else "low"


def _basis(workspace: Workspace, participant_id: str, moment: pd.Timestamp) -> Basis:
    model = workspace.usable_model()
    cohort, rows = workspace.scores([participant_id], moment)
    row = rows[0]
    rated = cohort.frame[cohort.frame["rated"].astype(bool)]
    probability = row["probability"] if row["rated"] else None
    band = score_band(
        int(row["rank"]) if probability is not None else None,
        probability,
        capacity=workspace.settings.capacity,
        average=float(rated["probability"].mean()) if len(rated) else 0.0,
    )
    return Basis(
        "" if probability is None else repr(float(probability)),
        band,
        tuple(reason["phrase"] for reason in row["reasons"]),
        model.digest,
        workspace.records.data_version,
        moment.date(),
    )


def _confirmed(cases: tuple[Case, ...], since: date) -> int:
    decisions = [each for case in cases for each in (*case.earlier_decisions, case.decision) if each]
    return sum(
        each["disposition"] == "confirmed" and each["decided_on"] >= since.isoformat() and _in_force(each)
        for each in decisions
    )


def _in_force(decision: Any) -> bool:
    """Signed, and not changed to nothing by an appeal."""
    signed = bool(decision["approver"]) or decision["approves"] == "nobody"
    return signed and not (decision.get("appealed_from") and decision["action"] == "no_action")
