"""What the pages show of cases: a participant's panels, the notice after a move, and what a refused form kept."""

from typing import Any
from uuid import uuid4

import pandas as pd

from casework.cases import Case
from serving.caller import caller
from serving.desk.attempts import Attempt, with_attempt
from serving.desk.case_words import due_of, holder_words, latest_case, state_words
from serving.desk.forms import FORMS
from serving.desk.intake import take_in_record
from serving.desk.levels import level_of
from serving.desk.listed import cases_of_all
from serving.desk.opening import Desk, present_moment
from serving.desk.panels import CasePanel, case_panels
from serving.problems import Problem
from serving.wiring import Workspace

DESK = Desk(take_in_record)
"""The desk of this worker."""

DONE = {
    "take": "You hold this case for 60 minutes.",
    "release": "The case is free again.",
    "snooze": "The case rests.",
    "choose_method": "The method is recorded; the case is being examined.",
    "give_notice": "The notice is recorded.",
    "record_response": "The answer is recorded.",
    "propose": "The decision is recorded.",
    "approve": "The decision is signed; the case is closed.",
    "send_back": "The decision was sent back.",
    "set_plan": "The plan is recorded.",
    "complete_action": "The corrective action is recorded as done.",
    "appeal": "The appeal is recorded.",
    "decide_appeal": "The decision of the appeal is recorded.",
    "reinstate": "The participant is reinstated.",
}
"""The sentence after each move."""
NOTHING_LEFT = "No case is left to take: all are held, rest, or wait for another person."


def desk_content(
    workspace: Workspace, participant_id: str, as_of: pd.Timestamp, done: str = "", attempt: Attempt | None = None
) -> dict[str, Any]:
    """The cases of a participant for its page. Without the database the facts are shown all the same."""
    person, problem = level_of(caller()), ""
    panels: tuple[CasePanel, ...] = ()
    try:
        panels = case_panels(DESK, workspace, participant_id, as_of, person)
    except Problem as found:
        problem = found.message
    panels = with_attempt(panels, attempt)
    return {
        "panels": panels,
        "anchors_of_fields": _anchors(panels, attempt),
        "desk_problem": problem,
        "attempt": attempt,
        "done": DONE.get(done, ""),
        "may_decide": person is not None,
        "is_newest": as_of.date() == workspace.default_as_of,
        "titles": {move: form.title for move, form in FORMS.items()},
    }


def _anchors(panels: tuple[CasePanel, ...], attempt: Attempt | None) -> dict[str, str]:
    """Where each field of the form that was sent stands on the page; nothing when the form is no longer there."""
    for number, panel in enumerate(panels, start=1):
        for shown in panel.forms:
            if attempt is not None and attempt.is_of(panel.case.case_id, shown.form.move):
                own = f"{shown.form.move}-{number}"
                return {"": own} | {each.name: f"{own}-{each.name}" for each in shown.form.fields}
    return {}


def queue_cases(workspace: Workspace, participant_ids: list[str], done: str = "") -> dict[str, Any]:
    """State, holder and next date of each participant's case, for the queue."""
    at, person = present_moment(workspace), level_of(caller())
    found: dict[str, tuple[Case, ...]] = {}
    problem = ""
    try:
        found = cases_of_all(DESK, workspace, participant_ids)
    except Problem as refused:
        problem = refused.message
    cases = {}
    for participant_id, several in found.items():
        case = latest_case(several)
        if case is not None:
            due_on, due_for = due_of(case)
            held = holder_words(case, person.account if person else "", at)
            cases[participant_id] = {
                "case_id": case.case_id,
                "state": state_words(case, at.date()),
                "held": held,
                "due_on": due_on,
                "due_for": due_for,
            }
    return {
        "cases": cases,
        "desk_problem": problem,
        "may_take": person is not None and not problem,
        "take_request": uuid4().hex,
        "done": NOTHING_LEFT if done == "nothing_left" else "",
    }
