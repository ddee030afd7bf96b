"""Rows that a program sends: stored for good by `/incidents`, supposed for one answer by `/what_if`."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from models.change import changes_between
from models.explanation import Explanation
from models.what_if import explain_supposed
from records.errors import BatchRefused, LakeBusy, LakeError
from records.lake import Lake
from records.sent_rows import append_rows, suppose_rows
from serving.access.scope import require_visible
from serving.answers import versions
from serving.caller import caller
from serving.explain_answers import changes_given, score_side
from serving.problems import InvalidRequest, Problem, RecordBusy, RecordNotWritable
from serving.row_contracts import (
    IncidentsAnswer,
    IncidentsRequest,
    StoredRows,
    WhatIfAnswer,
    WhatIfRequest,
    frames_of,
)
from serving.wiring import Workspace

WAIT_SECONDS = 3.0
"""How long a request waits for another writer before it is told to try again."""
SOURCE = "api"
"""Who sent a row that does not say so itself."""
STORED = ("incidents", "involvements")
SUPPOSED = ("incidents", "involvements", "findings", "duplicates")


def answer_incidents(workspace: Workspace, request: IncidentsRequest) -> IncidentsAnswer:
    """Store new and amended incidents, known from now on."""
    rows = _rows_of(request, STORED)
    now = workspace.now
    named = [row.participant_id for row in request.involvements if row.participant_id is not None]
    if caller().field_offices is not None:
        require_visible(workspace.records, named, workspace.moment(None))
    with _refusals():
        done = append_rows(rows, Lake(workspace.settings.lake), source=SOURCE, now=now, wait_seconds=WAIT_SECONDS)
    stored = [
        StoredRows(
            table=name,
            new=counts.new,
            amended=counts.amended,
            unchanged=counts.unchanged,
            retracted=counts.retracted,
            record_ids=list(done.record_ids[name]),
        )
        for name, counts in done.tables.items()
    ]
    model = workspace.model
    return IncidentsAnswer(
        data_version=done.data_version,
        model_version=workspace.model_version if model else None,
        model_digest=model.digest if model else None,
        known_at=now.to_pydatetime(),
        as_of=(now.normalize() + pd.Timedelta(days=1)).date(),
        stored=stored,
        links=done.links,
        duplicates=done.duplicates,
    )


def answer_what_if(workspace: Workspace, request: WhatIfRequest) -> WhatIfAnswer:
    """The present score beside the one on a record with these rows. Nothing is stored."""
    rows = _rows_of(request, SUPPOSED)
    as_of = workspace.moment(request.as_of)
    require_visible(workspace.records, [request.participant_id], as_of)
    before = workspace.explain(request.participant_id, as_of)
    with _refusals():
        files = Lake(workspace.settings.lake).files(workspace.records.data_version)
        supposed = suppose_rows(rows, workspace.records, as_of, files)
    view = workspace.cohort(as_of).view
    after: Explanation = explain_supposed(
        workspace.usable_model(), workspace.prepared, supposed, request.participant_id, as_of, view
    )
    return WhatIfAnswer(
        **versions(workspace, as_of),
        participant_id=request.participant_id,
        before=score_side(before),
        after=score_side(after),
        changes=changes_given(changes_between(before, after)),
    )


def _rows_of(request: IncidentsRequest | WhatIfRequest, tables: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    rows = frames_of(request, tables)
    if not rows:
        raise InvalidRequest([{"field": "", "problem": f"expected at least one row in {', '.join(tables)}"}])
    return rows


@contextmanager
def _refusals() -> Iterator[None]:
    """What the record refuses, as problems of the request, without any value that was sent."""
    try:
        yield
    except BatchRefused as refused:
        raise InvalidRequest(_problems(refused)) from refused
    except LakeBusy as busy:
        raise RecordBusy from busy
    except Problem:
        raise
    except (LakeError, OSError) as error:
        raise RecordNotWritable from error


def _problems(refused: BatchRefused) -> list[dict[str, str]]:
    return [
        {
            "field": ".".join([each.table, str(max(each.row - 1, 0)), *([each.column] if each.column else [])]),
            "problem": f"expected {each.expected}" + (f" ({each.count} rows)" if each.count > 1 else ""),
        }
        for each in refused.problems
    ]
