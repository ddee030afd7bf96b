"""The service: BentoML endpoints for programs, the console for people, one guard around both."""

import gc
import logging
from functools import partial
from threading import Thread
from time import time
from typing import Any

import anyio.to_thread
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from serving.access.door import Door
from serving.access.identities import Keeper
from serving.access.seen import fold_in_background, note_views
from serving.answers import answer_queue, answer_score
from serving.bento import endpoint, on_deployment, on_startup, service
from serving.console.app import build_console
from serving.console.pages import render_problem
from serving.contracts import (
    QueueAnswer,
    QueueRequest,
    ScoreAnswer,
    ScoreRequest,
)
from serving.desk.opening import prepare_database
from serving.explain_answers import answer_explain
from serving.explain_contracts import ExplainAnswer, ExplainRequest
from serving.guard import Guard, GuardedService
from serving.metrics import Metrics
from serving.openapi import complete_openapi
from serving.pin import pin_in_child
from serving.problems import Problem
from serving.row_answers import answer_incidents, answer_what_if
from serving.row_contracts import IncidentsAnswer, IncidentsRequest, WhatIfAnswer, WhatIfRequest
from serving.settings import read_settings
from serving.wiring import Holder, Workspace

logger = logging.getLogger("trustlane.serving")

HOLDER = Holder()
KEEPER = Keeper()
AT_IMPORT = read_settings()
BULK = 100
"""Participants up to which an answer is made at once; more are made in a thread, so that others need not wait."""


class RiskGuardedService(GuardedService):
    """The risk service inside its guard."""

    @staticmethod
    def guard(app: ASGIApp) -> Guard:
        """The guard with the time limit in force and the console's page for failures, around the door."""
        settings = read_settings()
        seconds = float(settings.timeout_seconds)
        KEEPER.open(settings)
        door = Door(app, identities=KEEPER.get(), clock=time)
        return Guard(door, timeout_seconds=lambda: seconds, render_page=partial(render_problem, HOLDER))


def openapi_document() -> dict[str, Any]:
    """The completed OpenAPI document."""
    described: Any = RiskService
    return complete_openapi(described.openapi_spec.asdict())


CONSOLE = build_console(HOLDER, openapi_document, KEEPER)


@service(
    RiskGuardedService,
    CONSOLE,
    workers=AT_IMPORT.workers,
    threads=2,
    logging={"access": {"enabled": False}},
)
class RiskService:
    """Scores with reasons for a trusted-trader program."""

    def __init__(self) -> None:
        HOLDER.load(read_settings())
        self.metrics = Metrics()
        workspace = HOLDER.peek()
        if workspace is not None and workspace.model is not None:
            self.metrics.show_model(workspace.model_version, workspace.model.digest)

    @on_deployment
    def pin() -> None:  # type: ignore[misc]  # BentoML makes it a static method
        """Fetch the champion and make the casework database's tables new once, before any worker starts."""
        pin_in_child(read_settings())
        prepare_database(read_settings())

    @on_startup
    def warm_up(self) -> None:
        """Score the newest list in the background, then keep the collector away from what stays.

        Full collections over a loaded model and record took 200 ms of other people's answers.
        """
        Thread(target=_warm_up, name="warm-up", daemon=True).start()
        fold_in_background(read_settings())

    async def __is_ready__(self) -> bool:
        """Ready when a model that fits is loaded; its golden rows were reproduced when it was read."""
        try:
            HOLDER.require_ready()
        except Problem:
            self.metrics.show_ready(False)
            raise
        self.metrics.show_ready(True)
        return True

    @endpoint("/score", gives=ScoreAnswer)
    async def score(self, request: ScoreRequest, /) -> ScoreAnswer | Response:
        """Scores of 1 to 10,000 participants at one date, with the main reasons, in the order of the request."""
        try:
            workspace = await anyio.to_thread.run_sync(HOLDER.get) if HOLDER.is_behind() else HOLDER.get()
            if can_answer_at_once(workspace, request):
                answer = answer_score(workspace, request)
            else:
                answer = await anyio.to_thread.run_sync(answer_score, workspace, request)
            note_views(workspace, "/score", (score.participant_id for score in answer.scores), answer.as_of)
        except Problem as problem:
            return refused(problem)
        self.metrics.count("score", len(answer.scores))
        return answer

    @endpoint("/explain", gives=ExplainAnswer)
    def explain(self, request: ExplainRequest, /) -> ExplainAnswer | Response:
        """One participant's score with every factor group, feature and evidence behind it."""
        try:
            workspace = HOLDER.get()
            answer = answer_explain(workspace, request)
            note_views(workspace, "/explain", [answer.participant_id], answer.as_of)
        except Problem as problem:
            return refused(problem)
        self.metrics.count("explain", 1)
        return answer

    @endpoint("/queue", gives=QueueAnswer)
    def queue(self, request: QueueRequest, /) -> QueueAnswer | Response:
        """The list of cases to examine: by rank within capacity, with a share drawn at random."""
        try:
            workspace = HOLDER.get()
            answer = answer_queue(workspace, request)
            note_views(workspace, "/queue", (place.participant_id for place in answer.queue), answer.as_of)
        except Problem as problem:
            return refused(problem)
        self.metrics.count("queue", len(answer.queue))
        return answer

    @endpoint("/what_if", gives=WhatIfAnswer)
    def what_if(self, request: WhatIfRequest, /) -> WhatIfAnswer | Response:
        """One participant's score had the record other rows: a hypothetical incident, a correction, a closed finding.

        Nothing is stored. Rows are checked as `/incidents` checks them.
        """
        try:
            workspace = HOLDER.get()
            answer = answer_what_if(workspace, request)
            note_views(workspace, "/what_if", [answer.participant_id], answer.as_of)
        except Problem as problem:
            return refused(problem)
        self.metrics.count("what_if", 1)
        return answer

    @endpoint("/incidents", gives=IncidentsAnswer)
    def incidents(self, request: IncidentsRequest, /) -> IncidentsAnswer | Response:
        """Store new or amended incidents, all or none, known from now on and seen by the next score.

        Telling the same rows again changes nothing.
        """
        try:
            answer = answer_incidents(HOLDER.get(), request)
        except Problem as problem:
            return refused(problem)
        self.metrics.count("incidents", len(request.incidents))
        return answer


def can_answer_at_once(workspace: Workspace, request: ScoreRequest) -> bool:
    """Whether an answer takes so little time that a thread would cost more than it spares others."""
    ready = workspace.board.ready(workspace.moment(request.as_of))
    few = len(request.participant_ids) <= BULK
    return ready is not None and few and all(name in ready.places for name in request.participant_ids)


def refused(problem: Problem) -> Response:
    """The response of a problem: BentoML sends it as it is."""
    seconds = getattr(problem, "retry_after_seconds", None)
    headers = None if seconds is None else {"Retry-After": str(seconds)}
    return JSONResponse(problem.body, status_code=problem.status, headers=headers)


def _warm_up() -> None:
    workspace = HOLDER.peek()
    try:
        if workspace is not None and workspace.model is not None:
            workspace.cohort(workspace.moment(None))
    except Exception as error:  # noqa: BLE001  # the first request will meet it again and answer for it
        logger.warning("The newest list could not be scored ahead: %s", type(error).__name__)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
