"""A worker's record renewed when someone, this worker or another process, has appended to the lake.

Whoever appends lands a row in the lake's list of batches. Its folder's time of change is looked at with each
request, which costs microseconds; only when it moved is the list read, and only when the record has another version
are the tables that changed.
"""

from dataclasses import replace
from functools import partial

from features.amended import amended
from records.lake import Lake
from serving.scoreboard import Scoreboard
from serving.settings import Settings
from serving.workspace import Workspace, score_cohort


def landed_at(settings: Settings) -> int:
    """When the lake's list of batches last changed, in nanoseconds since 1970; 0 where there is none."""
    try:
        return (settings.lake / "commits" / "_delta_log").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def renewed(workspace: Workspace) -> Workspace:
    """The workspace on the record as it is in the lake now; the same one where that has not changed."""
    lake = Lake(workspace.settings.lake)
    if lake.head.data_version == workspace.records.data_version:
        return workspace
    prepared = amended(workspace.prepared, lake.read_after(workspace.records))
    board = Scoreboard(partial(score_cohort, workspace.model, prepared), workspace.settings.cached_dates)
    return replace(workspace, program=lake.program, prepared=prepared, board=board)
