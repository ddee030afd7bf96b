"""Cases of many participants at once, and the next one to take."""

import pandas as pd

from casework.case_store import cases_of_many
from casework.cases import Case
from casework.states import Person
from casework.work import take_next
from serving.access.scope import visible_participants
from serving.desk.opening import Desk, present_moment
from serving.wiring import Workspace


def cases_of_all(desk: Desk, workspace: Workspace, participant_ids: list[str]) -> dict[str, tuple[Case, ...]]:
    """The cases of each participant that has one, the first opened first."""
    with desk.reading(workspace) as connection:
        return cases_of_many(connection, participant_ids)


def take_next_case(desk: Desk, workspace: Workspace, person: Person, request: str) -> Case | None:
    """Hold the first free case in the order of the queue, the audit slice among it; None when nothing is left.

    Cases of participants that the queue does not name, such as those not rated, come after them.
    """
    order: list[str] = []
    if workspace.model is not None:
        cohort, drawn = workspace.queue(pd.Timestamp(workspace.default_as_of))
        rest = cohort.frame[cohort.frame["rated"].astype(bool)].sort_values("rank")["participant_id"]
        order = list(dict.fromkeys([*drawn["participant_id"], *rest]))
    seen = visible_participants(workspace.records, workspace.moment(None))
    with desk.writing(workspace) as connection:
        at = present_moment(workspace)
        return take_next(connection, order, person=person, request=request, at=at, among=seen)
