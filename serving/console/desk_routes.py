"""Addresses that move cases: forms of the console below ``/console``, and ``POST /decisions`` for programs."""

from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import Body, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from serving.caller import caller
from serving.console.desk_page import DESK, desk_content
from serving.console.pages import render
from serving.console.participant_page import participant_content
from serving.desk.asked import CaseAnswer, DecisionAnswer, MoveRequest
from serving.desk.attempts import Attempt, read_move, refused_attempt
from serving.desk.case_words import case_facts
from serving.desk.levels import person_of
from serving.desk.listed import take_next_case
from serving.desk.moves import make_move
from serving.desk.opening import present_moment
from serving.desk.panels import Step, steps_of
from serving.desk.refusals import StaleVersion
from serving.desk.returning import return_in_background
from serving.problems import InvalidRequest, Problem
from serving.wiring import Holder, Workspace

MOST_FIELDS = 100


def add_desk(app: FastAPI, holder: Holder) -> None:
    """Add the addresses to the application."""

    @app.post("/decisions", tags=["Service APIs"], summary="Move a case: decide, approve, appeal")
    def decisions(asked: Annotated[MoveRequest, Body()]) -> DecisionAnswer:
        """One move of a case, on the version that was looked at. The same request again changes nothing."""
        workspace = holder.get()
        case = make_move(DESK, workspace, asked, person_of(caller()))
        return_in_background(DESK, holder, case)
        return DecisionAnswer(case=CaseAnswer(**case_facts(case)))

    @app.post("/console/queue/take", include_in_schema=False)
    async def take(request: Request) -> Response:
        values = await _form_of(request)
        return await run_in_threadpool(_take_next, holder.get(), values)

    @app.post("/console/participants/{participant_id}/moves", include_in_schema=False)
    async def move(participant_id: str, request: Request) -> Response:
        values = await _form_of(request)
        return await run_in_threadpool(_move, holder, participant_id, values)


async def _form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the last of a name counts.

    Raises
    ------
    InvalidRequest
        When the body is no form of a page.
    """
    try:
        body = (await request.body()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise InvalidRequest([{"field": "", "problem": "expected the fields of a form"}]) from error


def _take_next(workspace: Workspace, values: dict[str, str]) -> Response:
    case = take_next_case(DESK, workspace, person_of(caller()), values.get("request", ""))
    if case is None:
        return RedirectResponse("/console?done=nothing_left", status_code=303)
    return _to_participant(case.participant_id, "take")


def _move(holder: Holder, participant_id: str, values: dict[str, str]) -> Response:
    workspace = holder.get()
    moment = workspace.moment(None)
    workspace.require_known([participant_id], moment)
    person = person_of(caller())
    asked = read_move(values)
    if not isinstance(asked, Attempt):
        try:
            case = make_move(DESK, workspace, asked, person)
        except Problem as problem:
            asked = refused_attempt(values, problem, _newest_step(workspace, asked.case_id, problem))
        else:
            return_in_background(DESK, holder, case)
            return _to_participant(case.participant_id, asked.move)
    content = participant_content(workspace, participant_id, moment)
    page = render(
        "participant.html", workspace, **content, **desk_content(workspace, participant_id, moment, attempt=asked)
    )
    return HTMLResponse(page)


def _newest_step(workspace: Workspace, case_id: str, problem: Problem) -> Step | None:
    """What somebody else did meanwhile, when that is why."""
    if not isinstance(problem, StaleVersion):
        return None
    with DESK.reading(workspace) as connection:
        return steps_of(connection, case_id, present_moment(workspace))[-1]


def _to_participant(participant_id: str, done: str) -> Response:
    return RedirectResponse(f"/console/participants/{quote(participant_id, safe='')}?done={done}", status_code=303)
