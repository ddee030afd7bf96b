"""What programs read with GET beside the pages: who there is, and the scores and the list as files."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

import pandas as pd
from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from serving.access.scope import only_visible
from serving.access.seen import note_views
from serving.contracts import AS_OF_MEANING, Given
from serving.roster import search_participants
from serving.wiring import Holder, Workspace

MAX_PAGE = 500

AsOfDay = Annotated[date | None, Query(description=AS_OF_MEANING, examples=["2024-10-01"])]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="most rows of the page, a count", examples=[50])]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="rows to pass over, a count", examples=[0])]
Search = Annotated[
    str, Query(max_length=200, description="part of a number or a name, letter case aside", examples=["P-0042"])
]


class ListedParticipant(Given):
    """A participant as known at the date."""

    participant_id: str = Field(description="the program's own account number", examples=["P-004217"])
    name: str = Field(description="registered name; empty: unknown", examples=["Example Freight Inc."])
    business_type: str = Field(description="what the firm does; empty: unknown", examples=["importer"])
    country: str = Field(description="country, ISO 3166 alpha-2; empty: unknown", examples=["US"])
    field_office: str = Field(description="office that supervises it; empty: unknown", examples=["Laredo"])
    status: str = Field(description="standing in the program; empty: unknown", examples=["validated"])


class ParticipantsAnswer(Given):
    """One page of the participants found, in the order of their numbers."""

    data_version: str = Field(description="version of the record", examples=["5f0c9e"])
    model_version: str | None = Field(description="version of the model in service; null: none", examples=["9"])
    model_digest: str | None = Field(description="SHA-256 digest of its bundle; null: none", examples=["9f86d081"])
    as_of: date = Field(description=AS_OF_MEANING, examples=["2024-10-01"])
    found: int = Field(description="participants that fit the search, a count", examples=[112])
    offset: int = Field(description="rows passed over, a count", examples=[0])
    next_offset: int | None = Field(description="offset of the next page; null: this is the last", examples=[50])
    participants: list[ListedParticipant] = Field(description="the page")


def add_data_routes(app: FastAPI, holder: Holder) -> None:
    """Add the addresses of this module to an application."""

    @app.get("/participants", tags=["Service APIs"], summary="Find participants by number or name")
    def participants(
        search: Search = "", as_of: AsOfDay = None, limit: Limit = 50, offset: Offset = 0
    ) -> ParticipantsAnswer:
        """Participants on record at the date whose number or name holds the text, by number, page after page."""
        workspace = holder.get()
        moment = workspace.moment(as_of)
        listing = search_participants(workspace.records, moment, search.strip(), offset + limit)
        model = workspace.model
        return ParticipantsAnswer(
            data_version=workspace.records.data_version,
            model_version=workspace.model_version if model else None,
            model_digest=model.digest if model else None,
            as_of=moment.date(),
            found=listing.found,
            offset=offset,
            next_offset=offset + limit if offset + limit < listing.found else None,
            participants=[ListedParticipant(**row) for row in listing.rows[offset:]],
        )

    for name, frame_of in EXPORTS.items():
        for kind in KINDS:
            app.add_api_route(
                f"/exports/{name}.{kind}",
                _export(holder, name, kind, frame_of),
                methods=["GET"],
                tags=["Service APIs"],
                summary=f"The {name} as {KINDS[kind][1]}",
                response_class=Response,
                responses={200: {"content": {KINDS[kind][0]: {}}, "description": "The file"}},
            )


def scores_frame(workspace: Workspace, moment: pd.Timestamp) -> pd.DataFrame:
    """Everyone at risk by rank, in the columns of the verb `score`; reasons as JSON text."""
    cohort = workspace.cohort(moment)
    return cohort.frame.assign(reasons=pd.Series(cohort.columns["reasons"], dtype="str"))


def queue_frame(workspace: Workspace, moment: pd.Timestamp) -> pd.DataFrame:
    """The places within capacity in order, with the score of each."""
    _, drawn = workspace.queue(moment)
    first = ["place", "drawn"]
    return drawn[[*first, *(name for name in drawn.columns if name not in (*first, "above_capacity_line"))]]


EXPORTS: Mapping[str, Callable[[Workspace, pd.Timestamp], pd.DataFrame]] = {
    "scores": scores_frame,
    "queue": queue_frame,
}
KINDS = {"csv": ("text/csv", "CSV"), "parquet": ("application/vnd.apache.parquet", "Parquet")}


def _export(
    holder: Holder, name: str, kind: str, frame_of: Callable[[Workspace, pd.Timestamp], pd.DataFrame]
) -> Callable[..., Response]:
    def export(as_of: AsOfDay = None) -> Response:
        workspace = holder.get()
        moment = workspace.moment(as_of)
        frame = only_visible(frame_of(workspace, moment), workspace.records, moment)
        note_views(workspace, f"/exports/{name}.{kind}", frame["participant_id"], moment)
        content = _csv(frame) if kind == "csv" else _parquet(frame)
        disposition = f'attachment; filename="{name}-{moment:%Y-%m-%d}.{kind}"'
        headers = {"Content-Disposition": disposition, "X-Data-Version": workspace.records.data_version}
        headers |= {"X-Model-Version": workspace.model_version, "X-Model-Digest": workspace.usable_model().digest}
        return Response(content, media_type=KINDS[kind][0], headers=headers)

    export.__name__, export.__doc__ = f"{name}_{kind}", (frame_of.__doc__ or "").splitlines()[0]
    return export


def _csv(frame: pd.DataFrame) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        writer.writerow([safe_cell(value) for value in row])
    return text.getvalue().encode("utf-8")


def _parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def safe_cell(value: Any) -> Any:
    """A cell for a spreadsheet: text that it would take for a formula is kept text, what is missing is empty."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
