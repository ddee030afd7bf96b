"""Decisions: how a case is investigated, and what is done. Each cites its criterion, says why and is signed.

What a decision was made on (score, reasons, versions) is given by the caller and stored with it; casework knows
nothing of models. The score reaches the table of methods only: see :mod:`casework.criteria.inputs`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from casework.case_store import move_case
from casework.cases import Case
from casework.criteria.inputs import DISPOSITIONS, LEVELS, METHODS
from casework.criteria.publishing import in_force
from casework.criteria.tables import Answer, Criteria
from casework.errors import MoveRefused, NotAllowed
from casework.proposals import (
    ADVERSE,
    DEVIATION_REASONS,
    FOUR_EYES,
    MANDATORY,
    Basis,
    Proposal,
    Reason,
    facts_of,
)
from casework.states import Person, require_level
from casework.texts import Private
from records.tables import ACTION_KINDS


def choose_method(
    connection: Connection,
    case_id: str,
    *,
    method: str,
    criterion: str,
    prior_incidents_365d: int,
    prior_confirmed_1825d: int,
    basis: Basis,
    deviation: Reason | None = None,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Decide how a case is investigated, with the criterion cited; another method needs a reason.

    Raises
    ------
    MoveRefused
        For an unknown method or criterion, or a deviation without its reason.
    """
    asked = {
        "method": method,
        "criterion": criterion,
        "prior_incidents_365d": prior_incidents_365d,
        "prior_confirmed_1825d": prior_confirmed_1825d,
        "basis": basis.stored(),
        "deviation": deviation.stored(DEVIATION_REASONS, "deviation") if deviation else None,
    }
    if method not in METHODS:
        raise MoveRefused(f"Expected a method of {', '.join(METHODS)}; got {method}. Choose one.")
    criteria = in_force(connection, at.date())

    def derive(case: Case) -> dict[str, Any]:
        priors = {"prior_incidents_365d": prior_incidents_365d, "prior_confirmed_1825d": prior_confirmed_1825d}
        facts = facts_of(case, **priors, score_band=basis.score_band)
        answer = criteria.ask("method", facts)
        _check_cited(criterion, answer)
        _check_deviation(method, answer.values["method"], deviation)
        found = {"method": method, "criterion": criterion, "criteria_digest": criteria.digest, "facts": facts}
        return {"method": found | {"basis": asked["basis"], "deviates": method != answer.values["method"]}}

    return move_case(
        connection, case_id, "choose_method", asked, derive, person=person, request=request, version=version, at=at
    )


def propose(
    connection: Connection,
    case_id: str,
    proposal: Proposal,
    *,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Decide about a case. It closes at once where the criteria let the person decide alone; else it waits.

    Raises
    ------
    MoveRefused
        When a part is missing or stands against it; the message says which.
    NotAllowed
        When the person may not decide this.
    """
    criteria = in_force(connection, proposal.decided_on)

    def derive(case: Case) -> dict[str, Any]:
        _check_parts(case, proposal, at)
        facts = facts_of(
            case,
            disposition=proposal.disposition,
            false_information=proposal.false_information,
            aggravated=proposal.aggravated,
            prior_incidents_365d=proposal.prior_incidents_365d,
            prior_confirmed_1825d=proposal.prior_confirmed_1825d,
        )
        answer = criteria.ask("enforcement", facts)
        _check_cited(proposal.criterion, answer)
        deviates = _check_deviation(proposal.action, answer.values["action"], proposal.deviation)
        authority, approves = _authority(criteria, proposal, person, deviates=deviates)
        decision = {**asked, "facts": facts, "criteria": criteria.name, "criteria_digest": criteria.digest}
        decision |= {"criterion_says": answer.values["action"], "authority": authority.criterion, "approves": approves}
        return {"decision": decision, "leads_to": "closed" if approves == "nobody" else "proposed"}

    asked = proposal.stored()
    return move_case(
        connection, case_id, "propose", asked, derive, person=person, request=request, version=version, at=at
    )


def approve(connection: Connection, case_id: str, *, person: Person, request: str, version: int, at: datetime) -> Case:
    """Sign as the second person; the case closes.

    Raises
    ------
    NotAllowed
        When the person is the author, whatever the level, or the level is too low.
    """

    def derive(case: Case) -> dict[str, Any]:
        _check_other(case, person)
        require_level(person, str(case.decision["approves"]), "approve this decision")
        return {}

    return move_case(connection, case_id, "approve", {}, derive, person=person, request=request, version=version, at=at)


def send_back(
    connection: Connection, case_id: str, *, text: str, person: Person, request: str, version: int, at: datetime
) -> Case:
    """Do not sign, and say why; the case is examined further."""
    if not text.strip():
        raise MoveRefused("Expected words on why the decision is sent back, got none. Say what is missing.")

    def derive(case: Case) -> dict[str, Any]:
        _check_other(case, person)
        return {}

    asked = {"text": Private(text)}
    return move_case(
        connection, case_id, "send_back", asked, derive, person=person, request=request, version=version, at=at
    )


def _check_parts(case: Case, proposal: Proposal, at: datetime) -> None:
    problems = []
    if proposal.disposition not in DISPOSITIONS:
        problems.append(f"disposition: expected one of {', '.join(DISPOSITIONS)}; got {proposal.disposition!r}")
    if proposal.action not in ACTION_KINDS:
        problems.append(f"action: expected one of {', '.join(ACTION_KINDS)}; got {proposal.action!r}")
    if not proposal.rationale.strip():
        problems.append("rationale: expected words; got none")
    if not case.last_incident_on <= proposal.decided_on <= at.date():
        problems.append(
            f"decided_on: expected from the incident on {case.last_incident_on} to today; got {proposal.decided_on}"
        )
    if proposal.false_information and proposal.action not in MANDATORY:
        problems.append("action: expected suspension or removal after knowingly false information (6 U.S.C. 967(b))")
    if proposal.action in ADVERSE and not proposal.emergency and not _heard(case, proposal.decided_on):
        problems.append("notice: expected a notice, and its answer or the end of its time, before an adverse action")
    if proposal.emergency and proposal.action not in ADVERSE:
        problems.append("emergency: expected none for an action that needs no notice")
    if problems:
        raise MoveRefused("A decision does not fit:\n" + "\n".join(f"  - {each}" for each in problems))


def _heard(case: Case, on: date) -> bool:
    return bool(case.notice_on) and (bool(case.response_on) or case.response_due_on < on.isoformat())


def _check_cited(criterion: str, answer: Answer) -> None:
    if criterion != answer.criterion:
        raise MoveRefused(
            f"Expected the criterion that means this case, {answer.criterion} ({answer.words}); got {criterion!r}. "
            "Cite it; deviate from it with a reason if it does not suit.",
            "criterion",
        )


def _check_deviation(chosen: str, said: str, deviation: Reason | None) -> bool:
    if chosen != said and deviation is None:
        raise MoveRefused(
            f"Expected {said}, as the criterion says, or a reason for {chosen}; got none. Give one.", "deviation_code"
        )
    if chosen == said and deviation is not None:
        raise MoveRefused(
            f"Expected no deviation, because the criterion says {said} too; got one. Leave it out.", "deviation_code"
        )
    return chosen != said


def _authority(criteria: Criteria, proposal: Proposal, person: Person, *, deviates: bool) -> tuple[Answer, str]:
    asked: Mapping[str, Any] = {
        "action": proposal.action,
        "deviates": deviates,
        "emergency": proposal.emergency is not None,
    }
    answer = criteria.ask("authority", asked)
    require_level(person, answer.values["decides"], f"decide on {proposal.action}")
    approves = answer.values["approves"]
    if approves == "nobody" and (proposal.action in FOUR_EYES or deviates):
        approves = LEVELS[1]
    return answer, approves


def _check_other(case: Case, person: Person) -> None:
    if case.decision["author"] == person.account:
        raise NotAllowed(f"Expected another person than the author, got {person.account}. Ask a colleague.")
