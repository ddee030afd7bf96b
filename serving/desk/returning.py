"""Signed decisions return to the record as rows of ``actions``, so that the next scores know of them."""

import logging
from threading import Lock, Thread

import pandas as pd

from casework.action_rows import SOURCE, action_rows
from casework.cases import Case
from records.door import admit
from records.errors import BatchRefused, RecordsError
from records.lake import Lake
from serving.desk.opening import Desk, present_moment
from serving.problems import Problem
from serving.wiring import Holder, Workspace

logger = logging.getLogger("trustlane.casework")
_ONE_AT_A_TIME = Lock()


def return_decisions(desk: Desk, workspace: Workspace) -> int:
    """Append the decisions that the record lacks; gives their number.

    The ledger is where they are kept: what could not be appended now is appended with the next one.

    Raises
    ------
    RecordsError
        When the lake cannot be written.
    """
    with desk.reading(workspace) as connection:
        rows = action_rows(connection)
    lake = Lake(workspace.settings.lake)
    with lake.writing():
        stored = lake.read_columns("actions", ["record_id", "source"])
        had = set(stored.loc[stored["source"] == SOURCE, "record_id"])
        fresh = rows[~rows["record_id"].isin(had)].reset_index(drop=True)
        if fresh.empty:
            return 0
        now = pd.Timestamp(present_moment(workspace)) + pd.Timedelta("1s")
        arrival = admit(fresh, "actions", source=SOURCE, file="ledger", now=now)
        if arrival.problems:
            raise BatchRefused(list(arrival.problems))
        lake.append({"actions": arrival.rows})
    return len(fresh)


def return_and_reload(desk: Desk, holder: Holder) -> None:
    """:func:`return_decisions`, and the record read anew where there were any. A failure is told in the log."""
    with _ONE_AT_A_TIME:
        workspace = holder.peek()
        if workspace is None:
            return
        try:
            if return_decisions(desk, workspace):
                holder.load(workspace.settings)
        except (RecordsError, Problem) as error:
            logger.warning("Decisions stay in the ledger and return to the record with the next one: %s", error)


def return_in_background(desk: Desk, holder: Holder, case: Case) -> None:
    """:func:`return_and_reload` beside the answer when a case is decided: reading a record anew takes seconds."""
    if case.state == "closed":
        Thread(target=return_and_reload, args=(desk, holder), name="return-decisions", daemon=True).start()
