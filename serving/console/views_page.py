"""The page that says who looked at whose score."""

from datetime import date
from time import time
from typing import Annotated

import pandas as pd
from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

from casework.database import reading
from serving.access.account_pages import when
from serving.access.accounts import list_accounts
from serving.access.scope import visible_participants
from serving.access.store import open_accounts
from serving.access.views import find_views, fold_views
from serving.console.pages import render
from serving.problems import InvalidRequest
from serving.wiring import Holder

SHOWN = 200
Name = Annotated[str, Query(max_length=100, description="id or name to look for; empty: all")]
Day = Annotated[str, Query(max_length=100, description="date YYYY-MM-DD; empty: no bound", examples=["2024-10-01"])]


def add_views(app: FastAPI, holder: Holder) -> None:
    """Add the page."""

    @app.get("/console/views", tags=["Console"], response_class=HTMLResponse, summary="Who looked at whose score")
    def views(participant: Name = "", account: Name = "", since: Day = "", until: Day = "") -> str:
        """The newest views that fit, each line before its answer left."""
        workspace = holder.get()
        first, last = _day(since, "since"), _day(until, "until")
        engine = open_accounts(workspace.settings.database)
        try:
            fold_views(engine, workspace.settings.state, at=time())
            with reading(engine) as connection:
                ids = {item.name: item.account_id for item in list_accounts(connection)}
                found = find_views(
                    connection,
                    participant_id=participant.strip() or None,
                    account_id=ids.get(account.strip(), account.strip()) or None,
                    since=first,
                    until=None if last is None else last + 86_400,
                    limit=SHOWN + 1,
                )
        finally:
            engine.dispose()
        seen = visible_participants(workspace.records, workspace.moment(None))
        allowed = [view for view in found if seen is None or view.participant_id in seen]
        return render(
            "views.html",
            workspace,
            views=allowed[:SHOWN],
            more=len(found) > SHOWN,
            asked={"participant": participant, "account": account, "since": since, "until": until},
            when=when,
        )


def _day(text: str, field: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(pd.Timestamp(date.fromisoformat(text.strip())).timestamp())
    except ValueError as error:
        raise InvalidRequest([{"field": field, "problem": "expected a date, year-month-day"}]) from error
