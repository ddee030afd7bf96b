"""The cases of one participant as its page shows them: what happened, and what can be done next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import pandas as pd
from sqlalchemy import Connection

from casework.case_store import cases_of
from casework.cases import Case, evolve
from casework.ledger import entries
from casework.states import MOVES, Person
from casework.texts import unseal
from serving.desk.case_words import due_of, holder_words, plain, state_words
from serving.desk.context import decision_context
from serving.desk.forms import MoveForm, Options, form_of, in_words
from serving.desk.matched import Matched, matched_enforcement, matched_method, options_of
from serving.desk.open_moves import open_moves
from serving.desk.opening import Desk, present_moment
from serving.problems import Problem
from serving.wiring import Workspace

ARRIVALS = {
    "case_opened": "an incident opened the case",
    "case_joined": "an incident joined the case",
    "case_reopened": "further incidents brought the case back",
}
MATCHING = {"choose_method": matched_method, "propose": matched_enforcement}


@dataclass(frozen=True)
class Step:
    """One entry of a case: when, who, what, and what was given with it."""

    at: str
    actor: str
    words: str
    given: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormShown:
    """A form with the criteria at its head and the id that its request will have."""

    form: MoveForm
    matched: tuple[Matched, ...]
    request: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class CasePanel:
    """One case on the page. ``problem`` says why it has no form for its next step."""

    case: Case
    state: str
    held: str
    due_on: str
    due_for: str
    steps: tuple[Step, ...]
    forms: tuple[FormShown, ...]
    problem: str


def case_panels(
    desk: Desk, workspace: Workspace, participant_id: str, as_of: pd.Timestamp, person: Person | None
) -> tuple[CasePanel, ...]:
    """The cases of a participant, the one that waits first; of a past date as they were then, without forms."""
    newest = as_of.date() == workspace.default_as_of
    at = present_moment(workspace)
    with desk.reading(workspace) as connection:
        before = at if newest else as_of.to_pydatetime()
        found = cases_of(connection, participant_id) if newest else cases_before(connection, participant_id, before)
        found = tuple(sorted(found, key=lambda case: (case.waits, case.opened_at), reverse=True))
        return tuple(_panel(connection, workspace, case, person if newest else None, before) for case in found)


def cases_before(connection: Connection, participant_id: str, before: datetime) -> tuple[Case, ...]:
    """The cases as they stood at a moment: only entries written before it."""
    found = []
    for present in cases_of(connection, participant_id):
        case: Case | None = None
        for entry in entries(connection, f"case:{present.case_id}"):
            if entry.at < before:
                case = evolve(case, entry.kind, entry.details, entry.content["actor"], entry.at)
        if case is not None:
            found.append(case)
    return tuple(found)


def steps_of(connection: Connection, case_id: str, before: datetime) -> tuple[Step, ...]:
    """What happened to a case until a moment, the first first."""
    return tuple(
        _step(entry.at, entry.content["actor"], entry.kind, unseal(connection, entry.details))
        for entry in list(entries(connection, f"case:{case_id}"))
        if entry.at <= before
    )


def _panel(connection: Connection, workspace: Workspace, case: Case, person: Person | None, at: datetime) -> CasePanel:
    forms, problem = [], ""
    context = None
    for name in open_moves(case, person, at):
        matched: tuple[Matched, ...] = ()
        if name in MATCHING:
            try:
                context = context or decision_context(connection, workspace, case)
            except Problem as found:
                problem = found.message
                continue
            matched = MATCHING[name](connection, case, context, at.date())
        criteria: dict[str, Options] = {name: options_of(matched)}
        forms.append(FormShown(form_of(name, case, criteria), matched, uuid4().hex, {}))
    due_on, due_for = due_of(case)
    account = person.account if person else ""
    return CasePanel(
        case,
        state_words(case, at.date()),
        holder_words(case, account, at),
        due_on,
        due_for,
        steps_of(connection, case.case_id, at),
        tuple(forms),
        problem,
    )


def _step(at: datetime, actor: str, kind: str, details: Mapping[str, Any]) -> Step:
    words = MOVES[kind].words if kind in MOVES else ARRIVALS.get(kind, kind)
    given = dict(details.get("asked", {}))
    basis = given.pop("basis", None)
    if "incident" in details:
        incident = details["incident"]
        given = {name: incident[name] for name in ("incident_id", "occurred_on", "severity", "incident_type")}
    shown = [(in_words(name), str(plain(value))) for name, value in given.items() if value not in ("", None, False)]
    if basis:
        shown.append(("Made on", basis_words(basis)))
    return Step(f"{at:%Y-%m-%d %H:%M}", actor, words, tuple(shown))


def basis_words(basis: Mapping[str, Any]) -> str:
    """The stored score context in one line."""
    score = f"probability {float(basis['score']) * 100:.1f}%" if basis["score"] else "no score"
    return (
        f"{score} as of {basis['as_of']}, band {basis['score_band'].replace('_', ' ')}, "
        f"model {basis['model_digest'][:12]}, data version {basis['data_version'][:12]}"
    )
