"""Scores of everyone at one date, made once and kept for a while.

Ranks and peer medians need the whole cohort, so one participant's score costs as much as everyone's.
The board therefore scores the cohort of a date once, whoever asks first; others who ask meanwhile
wait for the same work. It belongs to one model and one version of the record: when either changes,
a new board takes its place, and nothing here has to be invalidated.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pandas as pd

from models.cohort_view import CohortView


@dataclass(frozen=True)
class Cohort:
    """Scores at one date.

    ``frame`` holds one row a participant in the columns of ``models.scoring.score_participants`` but the reasons;
    ``view`` is the cohort that they are ranked in.
    """

    as_of: pd.Timestamp
    frame: pd.DataFrame = field(repr=False)
    view: CohortView = field(repr=False)
    columns: dict[str, list[Any]] = field(repr=False)
    places: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame, view: CohortView) -> "Cohort":
        """The scores with their columns as plain lists: one row costs microseconds, not a frame's milliseconds."""
        columns = {str(name): frame[name].tolist() for name in frame.columns}
        places = {name: place for place, name in enumerate(columns["participant_id"])}
        # Reasons are nine tenths of a score's bytes: one copy of them is enough.
        slim = frame.drop(columns="reasons").reset_index(drop=True)
        return cls(view.as_of, slim, view, columns, places)

    @property
    def size(self) -> int:
        """Participants at risk."""
        return len(self.view)

    @property
    def rated(self) -> int:
        """Participants with a score."""
        return int(self.frame["rated"].sum())

    def row(self, participant_id: str) -> dict[str, Any] | None:
        """One participant's score, or None for one who is not here."""
        place = self.places.get(participant_id)
        return None if place is None else self.row_at(place)

    def row_at(self, place: int) -> dict[str, Any]:
        """One row as plain values: missing numbers as None, reasons parsed."""
        row = {name: _plain(values[place]) for name, values in self.columns.items()}
        row["reasons"] = json.loads(row["reasons"]) if row.get("reasons") else []
        return row


def _plain(value: Any) -> Any:
    missing = value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value)
    return None if missing else value


class Scoreboard:
    """The cohorts asked for last, each scored once.

    Parameters
    ----------
    score_cohort : callable
        Scores everyone at risk at a date.
    limit : int
        Dates to keep; the one unused for longest goes first.
    """

    def __init__(self, score_cohort: Callable[[pd.Timestamp], Cohort], limit: int) -> None:
        self._score_cohort = score_cohort
        self._limit = limit
        self._lock = Lock()
        self._cohorts: OrderedDict[pd.Timestamp, Future[Cohort]] = OrderedDict()

    def ready(self, as_of: pd.Timestamp) -> Cohort | None:
        """The cohort at a date when it has been scored, else None; never waits."""
        with self._lock:
            future = self._cohorts.get(as_of)
            if future is None or not future.done() or future.exception() is not None:
                return None
            self._cohorts.move_to_end(as_of)
            return future.result()

    def cohort(self, as_of: pd.Timestamp) -> Cohort:
        """The cohort at a date, scored now by the first who asks; whoever else asks waits for it."""
        with self._lock:
            future = self._cohorts.get(as_of)
            first = future is None
            if future is None:
                future = Future()
                self._cohorts[as_of] = future
            self._cohorts.move_to_end(as_of)
        if first:
            self._score(as_of, future)
        return future.result()

    def _score(self, as_of: pd.Timestamp, future: "Future[Cohort]") -> None:
        try:
            future.set_result(self._score_cohort(as_of))
        except BaseException as error:  # noqa: BLE001  # whoever waits must be told
            # A failure is not kept: the next who asks tries again.
            with self._lock:
                self._cohorts.pop(as_of, None)
            future.set_exception(error)
            return
        with self._lock:
            while len(self._cohorts) > self._limit:
                self._cohorts.popitem(last=False)
