"""The console's addresses, and the two documents for programs that are read with GET."""

import csv
import io
from collections.abc import Callable
from datetime import date
from functools import partial
from time import time
from typing import Annotated, Any

import pandas as pd
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from serving.access.account_pages import add_accounts, add_own_account
from serving.access.identities import Keeper
from serving.access.pages import add_sign_in
from serving.access.seen import note_views
from serving.answers import answer_model
from serving.console.desk_page import desk_content, queue_cases
from serving.console.desk_routes import add_desk
from serving.console.document_addresses import add_documents_about_the_model
from serving.console.model_page import model_content
from serving.console.pages import STATIC, render
from serving.console.participant_page import participant_content
from serving.console.queue_page import CSV_COLUMNS, csv_rows, queue_content
from serving.console.views_page import add_views
from serving.contracts import MAX_PARTICIPANTS, ModelAnswer
from serving.data_routes import add_data_routes
from serving.problems import InvalidRequest, Problem, problem_from_validation
from serving.roster import search_participants
from serving.wiring import Holder, Workspace

AsOfText = Annotated[
    str, Query(max_length=40, description="date YYYY-MM-DD; empty: the latest", examples=["2024-10-01"])
]
CapacityText = Annotated[
    str, Query(max_length=20, description="cases that can be examined; empty: the setting", examples=["14"])
]
DoneText = Annotated[str, Query(max_length=40, description="the move that led here; empty: none", examples=["take"])]
SearchText = Annotated[str, Query(max_length=200, description="part of a number or a name")]


def build_console(holder: Holder, openapi_document: Callable[[], dict[str, Any]], keeper: Keeper) -> FastAPI:
    """The application mounted at ``/``: pages for people, ``/model`` and ``/docs.json`` for programs."""
    app = FastAPI(title="Trustlane", docs_url=None, redoc_url=None, openapi_url=None)
    _add_failures(app)
    _add_documents(app, holder, openapi_document)
    _add_queue(app, holder)
    _add_participants(app, holder)
    _add_model(app, holder)
    add_desk(app, holder)
    add_data_routes(app, holder)
    add_documents_about_the_model(app, holder)
    add_sign_in(app, keeper.get, time, partial(render, workspace=None))
    add_own_account(app, keeper.get, time, partial(render, workspace=None))
    add_accounts(app, keeper.get, time, partial(render, workspace=None))
    add_views(app, holder)
    app.mount("/console/static", StaticFiles(directory=STATIC), name="static")
    return app


def _add_failures(app: FastAPI) -> None:
    async def told(_: Request, problem: Exception) -> Response:
        if isinstance(problem, RequestValidationError):
            problem = problem_from_validation(problem.errors())
        if not isinstance(problem, Problem):
            raise problem
        return JSONResponse(problem.body, status_code=problem.status)

    app.add_exception_handler(Problem, told)
    app.add_exception_handler(RequestValidationError, told)


def _add_documents(app: FastAPI, holder: Holder, openapi_document: Callable[[], dict[str, Any]]) -> None:
    document: dict[str, Any] = {}

    @app.get("/", include_in_schema=False)
    def start() -> RedirectResponse:
        return RedirectResponse("/console", status_code=307)

    @app.get("/model", tags=["Service APIs"], summary="The model in service and the record it reads")
    def model() -> ModelAnswer:
        """Which model answers, which features it reads, which dates can be asked for, what the backtest measured."""
        return answer_model(holder.get())

    @app.get("/docs.json", include_in_schema=False)
    def docs() -> dict[str, Any]:
        if not document:
            document.update(openapi_document())
        return document


def _add_queue(app: FastAPI, holder: Holder) -> None:
    @app.get("/console", tags=["Console"], response_class=HTMLResponse, summary="The queue")
    @app.get("/console/queue", tags=["Console"], response_class=HTMLResponse, summary="The queue")
    def queue(as_of: AsOfText = "", capacity: CapacityText = "", done: DoneText = "") -> str:
        """The ranked list with its capacity line, as a page."""
        workspace = holder.get()
        moment = page_moment(workspace, as_of)
        content = queue_content(workspace, moment, page_capacity(capacity))
        places = [*content["above"], *content["below"]]
        note_views(workspace, "/console/queue", (place["participant_id"] for place in places), moment)
        return render("queue.html", workspace, **content, **queue_cases(workspace, list(content["profiles"]), done))

    @app.get(
        "/console/queue.csv",
        tags=["Console"],
        summary="The queue as CSV",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}, "description": "The places within capacity"}},
    )
    def queue_csv(as_of: AsOfText = "", capacity: CapacityText = "") -> Response:
        """The places within capacity, one row each."""
        workspace = holder.get()
        moment = page_moment(workspace, as_of)
        rows = csv_rows(workspace, moment, page_capacity(capacity))
        identifier = CSV_COLUMNS.index("participant_id")
        note_views(workspace, "/console/queue.csv", (row[identifier] for row in rows), moment)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(CSV_COLUMNS)
        writer.writerows([[_cell(value) for value in row] for row in rows])
        name = f"queue-{moment:%Y-%m-%d}.csv"
        return Response(
            text.getvalue(), media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


def _add_participants(app: FastAPI, holder: Holder) -> None:
    @app.get("/console/participants", tags=["Console"], response_class=HTMLResponse, summary="Find a participant")
    def participants(search: SearchText = "", as_of: AsOfText = "") -> str:
        """Participants whose number or name holds the text, as a page."""
        workspace = holder.get()
        moment = page_moment(workspace, as_of)
        listing = search_participants(workspace.records, moment, search.strip())
        ready = workspace.board.ready(moment)
        scores = {row["participant_id"]: ready.row(row["participant_id"]) for row in listing.rows} if ready else {}
        note_views(workspace, "/console/participants", (name for name, score in scores.items() if score), moment)
        return render(
            "participants.html", workspace, as_of=moment, search=search.strip(), listing=listing, scores=scores
        )

    @app.get(
        "/console/participants/{participant_id}",
        tags=["Console"],
        response_class=HTMLResponse,
        summary="One participant",
    )
    def participant(participant_id: str, as_of: AsOfText = "", done: DoneText = "") -> str:
        """Facts, score, reasons and decisions of one participant, exactly as they were known at the date."""
        workspace = holder.get()
        moment = page_moment(workspace, as_of)
        content = participant_content(workspace, participant_id, moment)
        if content["explanation"] is not None:
            note_views(workspace, "/console/participants/{participant_id}", [participant_id], moment)
        return render("participant.html", workspace, **content, **desk_content(workspace, participant_id, moment, done))


def _add_model(app: FastAPI, holder: Holder) -> None:
    @app.get("/console/model", tags=["Console"], response_class=HTMLResponse, summary="The model")
    def model_page(as_of: AsOfText = "") -> str:
        """What the model is, what drives it over the cohort, and what the backtest measured, as a page."""
        workspace = holder.get()
        return render("model.html", workspace, **model_content(workspace, page_moment(workspace, as_of)))


def page_moment(workspace: Workspace, text: str) -> pd.Timestamp:
    """The moment that a form's date means; the latest when it is empty."""
    if not text.strip():
        return workspace.moment(None)
    try:
        return workspace.moment(date.fromisoformat(text.strip()))
    except ValueError as error:
        raise InvalidRequest([{"field": "as_of", "problem": "expected a date, year-month-day"}]) from error


def page_capacity(text: str) -> int | None:
    """The capacity that a form gives; None when it is empty."""
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdigit() or not 1 <= int(text) <= MAX_PARTICIPANTS:
        raise InvalidRequest([{"field": "capacity", "problem": "expected a whole number from 1 to 10,000"}])
    return int(text)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is kept text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
