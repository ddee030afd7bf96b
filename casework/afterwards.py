"""Before and after a decision: notice and answer, corrective actions, appeal with its two clocks, reinstatement."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from casework.case_store import move_case
from casework.cases import Case
from casework.errors import MoveRefused, NotAllowed
from casework.proposals import ADVERSE
from casework.states import Person
from casework.texts import Private
from records.tables import ACTION_KINDS

FILE_DAYS, FILE_DAYS_FALSE_INFORMATION, DECIDE_DAYS = 90, 30, 180
"""6 U.S.C. 967(c): to file, to file after 967(b), and to decide."""
OUTCOMES = ("upheld", "modified", "reversed")


def give_notice(
    connection: Connection,
    case_id: str,
    *,
    on: date,
    response_days: int,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Note that the participant was told what is intended, and until when it may answer."""
    if response_days < 1:
        raise MoveRefused(f"Expected at least 1 day to answer, got {response_days}. Give time.")

    def derive(case: Case) -> dict[str, Any]:
        _check_day(on, case.last_incident_on, at, "notice")
        return {"response_due_on": (on + timedelta(days=response_days)).isoformat()}

    asked = {"on": on.isoformat(), "response_days": response_days}
    return move_case(
        connection, case_id, "give_notice", asked, derive, person=person, request=request, version=version, at=at
    )


def record_response(
    connection: Connection, case_id: str, *, on: date, person: Person, request: str, version: int, at: datetime
) -> Case:
    """Note that the participant answered."""

    def derive(case: Case) -> dict[str, Any]:
        if not case.notice_on:
            raise MoveRefused("Expected a notice before its answer, got none. Record the notice first.")
        _check_day(on, date.fromisoformat(case.notice_on), at, "answer")
        return {}

    return move_case(
        connection,
        case_id,
        "record_response",
        {"on": on.isoformat()},
        derive,
        person=person,
        request=request,
        version=version,
        at=at,
    )


def set_plan(
    connection: Connection,
    case_id: str,
    *,
    actions: Mapping[str, date],
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Agree on corrective actions: what, and until when."""
    if not actions or not all(actions):
        raise MoveRefused("Expected at least one corrective action with its day, got none. Name them.")
    listed = [{"action": action, "due_on": due.isoformat()} for action, due in actions.items()]

    def derive(case: Case) -> dict[str, Any]:
        decided = date.fromisoformat(case.decision["decided_on"])
        early = [action for action, due in actions.items() if due < decided]
        if early:
            raise MoveRefused(f"Expected days from the decision on {decided}, got earlier ones for {', '.join(early)}.")
        return {}

    return move_case(
        connection,
        case_id,
        "set_plan",
        {"actions": listed},
        derive,
        person=person,
        request=request,
        version=version,
        at=at,
    )


def complete_action(
    connection: Connection,
    case_id: str,
    *,
    action: str,
    on: date,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Note that a corrective action is done."""

    def derive(case: Case) -> dict[str, Any]:
        waiting = [each["action"] for each in case.plan if not each["done_on"]]
        if action not in waiting:
            raise MoveRefused(f"Expected one of the actions left, {', '.join(waiting) or 'none'}; got {action}.")
        _check_day(on, date.fromisoformat(case.decision["decided_on"]), at, "corrective action")
        return {}

    return move_case(
        connection,
        case_id,
        "complete_action",
        {"action": action, "on": on.isoformat()},
        derive,
        person=person,
        request=request,
        version=version,
        at=at,
    )


def file_appeal(
    connection: Connection, case_id: str, *, on: date, person: Person, request: str, version: int, at: datetime
) -> Case:
    """Note that the participant appeals: within 90 days, 30 after false information; 180 days to decide then run.

    Raises
    ------
    MoveRefused
        When nothing adverse was decided, it was appealed before, or its time is over.
    """

    def derive(case: Case) -> dict[str, Any]:
        if case.decision["action"] not in ADVERSE or case.appeal:
            raise MoveRefused(f"Expected an adverse decision that was not appealed, got {case.decision['action']}.")
        decided = date.fromisoformat(case.decision["decided_on"])
        _check_day(on, decided, at, "appeal")
        last = appeal_until(case)
        if on > last:
            raise MoveRefused(f"Expected an appeal until {last}, got {on}. Its time is over.")
        return {"decide_by": (on + timedelta(days=DECIDE_DAYS)).isoformat()}

    return move_case(
        connection,
        case_id,
        "appeal",
        {"on": on.isoformat()},
        derive,
        person=person,
        request=request,
        version=version,
        at=at,
    )


def appeal_until(case: Case) -> date:
    """The last day on which a decision can be appealed."""
    days = FILE_DAYS_FALSE_INFORMATION if case.decision["false_information"] else FILE_DAYS
    return date.fromisoformat(case.decision["decided_on"]) + timedelta(days=days)


def decide_appeal(
    connection: Connection,
    case_id: str,
    *,
    outcome: str,
    action: str = "",
    text: str,
    on: date,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Uphold, modify (with another action) or reverse; by a person who neither wrote nor signed the decision."""
    if outcome not in OUTCOMES or not text.strip() or (outcome == "modified") != (action in ACTION_KINDS):
        raise MoveRefused(
            f"Expected an outcome of {', '.join(OUTCOMES)} with words, and an action only when modified; "
            f"got {outcome!r} and {action!r}."
        )

    def derive(case: Case) -> dict[str, Any]:
        if person.account in (case.decision["author"], case.decision["approver"]):
            raise NotAllowed(f"Expected a third person to decide the appeal, got {person.account}. Ask another.")
        _check_day(on, date.fromisoformat(case.appeal["filed_on"]), at, "decision of the appeal")
        return {"late": on.isoformat() > case.appeal["decide_by"]}

    asked = {"outcome": outcome, "action": action, "text": Private(text), "on": on.isoformat()}
    return move_case(
        connection, case_id, "decide_appeal", asked, derive, person=person, request=request, version=version, at=at
    )


def reinstate(
    connection: Connection,
    case_id: str,
    *,
    on: date,
    consent_to_unannounced_visits: bool,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """End a suspension: every corrective action done, consent to unannounced visits, another person than its author."""

    def derive(case: Case) -> dict[str, Any]:
        if case.decision["action"] != "suspension" or case.reinstated_on:
            raise MoveRefused(f"Expected a suspension in force, got {case.decision['action']}. Nothing is to be ended.")
        left = [each["action"] for each in case.plan if not each["done_on"]]
        if left or not case.plan or not consent_to_unannounced_visits:
            raise MoveRefused(
                "Expected a plan with every corrective action done and consent to unannounced visits; "
                f"left: {', '.join(left) or 'none'}, plan: {'yes' if case.plan else 'no'}, "
                f"consent: {'yes' if consent_to_unannounced_visits else 'no'}."
            )
        if person.account == case.decision["author"]:
            raise NotAllowed(f"Expected another person than the author, got {person.account}. Ask a colleague.")
        _check_day(on, date.fromisoformat(case.decision["decided_on"]), at, "reinstatement")
        return {}

    asked = {"on": on.isoformat(), "consent_to_unannounced_visits": consent_to_unannounced_visits}
    return move_case(
        connection, case_id, "reinstate", asked, derive, person=person, request=request, version=version, at=at
    )


def _check_day(on: date, first: date, at: datetime, what: str) -> None:
    if not first <= on <= at.date():
        raise MoveRefused(f"Expected the {what} from {first} to today, got {on}. Correct the date.")
