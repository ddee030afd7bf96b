"""One step of a case: what was asked, with the context that the record gives, handed to casework."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from casework import afterwards, decisions, work
from casework.case_store import case_of
from casework.cases import Case
from casework.errors import MoveRefused
from casework.ledger import entry_of
from casework.proposals import Proposal, Reason
from casework.states import Person
from serving.access.scope import require_visible
from serving.desk import asked as ask
from serving.desk.context import Context, decision_context, kept_context
from serving.desk.opening import Desk, present_moment
from serving.wiring import Workspace

NEEDS_CONTEXT = (ask.ChooseMethod, ask.Propose)
HOLDERS_ONLY = ("choose_method", "give_notice", "record_response", "propose")
"""While somebody holds a case, these moves are that person's."""


def make_move(desk: Desk, workspace: Workspace, asked: ask.AnyMove, person: Person) -> Case:
    """Move a case in one transaction; the same request again gives the case as it stands.

    Raises
    ------
    Problem
        Whatever casework refuses, see :mod:`serving.desk.refusals`; NoModel where a decision needs a score's context.
    """
    context = None
    with desk.reading(workspace) as connection:
        case = case_of(connection, asked.case_id)
        # A case of another field office is answered as a participant that does not exist.
        require_visible(workspace.records, [case.participant_id], workspace.moment(None))
        if isinstance(asked, NEEDS_CONTEXT):
            # Scores may take seconds when nobody asked for them yet: not while other writers wait.
            context = kept_context(connection, asked.request) or decision_context(connection, workspace, case)
    with desk.writing(workspace) as connection:
        at = present_moment(workspace)
        _refuse_held_by_other(connection, asked, person, at)
        return _moved(connection, asked, context, person, at)


def _refuse_held_by_other(connection: Connection, asked: ask.AnyMove, person: Person, at: datetime) -> None:
    if asked.move not in HOLDERS_ONLY or entry_of(connection, asked.request) is not None:
        return
    case = case_of(connection, asked.case_id)
    if case.version == asked.version and case.held_by_other(person.account, at):
        raise MoveRefused(
            f"Expected case {case.case_id} free or held by you, got one that {case.holder} holds until "
            f"{case.held_until[:16]}. Take another, or wait."
        )


def _moved(connection: Connection, asked: ask.AnyMove, context: Context | None, person: Person, at: datetime) -> Case:
    common: dict[str, Any] = {"person": person, "request": asked.request, "version": asked.version, "at": at}
    if isinstance(asked, ask.ChooseMethod) and context is not None:
        return decisions.choose_method(
            connection,
            asked.case_id,
            method=asked.method,
            criterion=asked.criterion,
            prior_incidents_365d=context.prior_incidents_365d,
            prior_confirmed_1825d=context.prior_confirmed_1825d,
            basis=context.basis,
            deviation=_reason(asked.deviation_code, asked.deviation_text),
            **common,
        )
    if isinstance(asked, ask.Propose) and context is not None:
        return decisions.propose(connection, asked.case_id, _proposal(asked, context), **common)
    given = asked.model_dump(exclude={"move", "case_id", "version", "request"})
    if isinstance(asked, ask.SetPlan):
        given = {"actions": {each.action: each.due_on for each in asked.actions}}
    return PLAIN_MOVES[asked.move](connection, asked.case_id, **given, **common)


PLAIN_MOVES: dict[str, Callable[..., Case]] = {
    "take": work.take,
    "release": work.release,
    "snooze": work.snooze,
    "give_notice": afterwards.give_notice,
    "record_response": afterwards.record_response,
    "approve": decisions.approve,
    "send_back": decisions.send_back,
    "set_plan": afterwards.set_plan,
    "complete_action": afterwards.complete_action,
    "appeal": afterwards.file_appeal,
    "decide_appeal": afterwards.decide_appeal,
    "reinstate": afterwards.reinstate,
}
"""Moves that casework takes with the fields of their contract as they are."""


def _proposal(asked: ask.Propose, context: Context) -> Proposal:
    return Proposal(
        asked.disposition,
        asked.action,
        asked.criterion,
        asked.rationale,
        asked.decided_on,
        asked.false_information,
        asked.aggravated,
        context.prior_incidents_365d,
        context.prior_confirmed_1825d,
        context.basis,
        _reason(asked.deviation_code, asked.deviation_text),
        _reason(asked.emergency_code, asked.emergency_text),
    )


def _reason(code: str, text: str) -> Reason | None:
    return Reason(code, text) if code or text else None
