"""What was looked at, and who found what: examinations and incidents by discovery in a row's window.

The effort of a window is its examinations against its movements. An incident is *found by examination* when its
discovery is ``port_exam``, and *found otherwise* by a field office, another agency or the participant itself. Where the
record does not tell who found an incident, it counts as neither.

Worked example: from 2023-01-01 a participant has 40 shipments and 60 crossings in a month, 3 targeted and 1 random
examination. Its movements are 60, whichever is more: most shipments cross, and some crossings carry none. Of its
movements 4 / 60 are examined, and a quarter of its examinations were drawn at random.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.known import Records, known_before
from training.labels import labelling_tables
from training.metrics import Floats, ratio

BY_EXAM = "port_exam"
MOVEMENTS = ("shipments", "crossings")
EXAMINATIONS = ("exams_targeted", "exams_random")
_COUNTS = (*EXAMINATIONS, "discrepancies", "movements", "reported")


@dataclass(frozen=True)
class Effort:
    """Sums over the windows of rows; every array has shape (rows,).

    Attributes
    ----------
    targeted, random, discrepancies : array
        Examinations by how they were chosen, and those that found a discrepancy; 0 in a month that does not tell.
    movements : array
        What could be examined: the greater of shipments and crossings, month by month. In a record that reports
        neither it is 1 a row, and a rate is examinations a window.
    told : array of bool
        Whether any month of the window reports examinations. Where none does the effort is not known, which is not 0.
    by_exam, otherwise : array
        Incidents found by examination, and by anyone else.
    per_movement : bool
        Whether the record reports movements.
    """

    targeted: Floats
    random: Floats
    discrepancies: Floats
    movements: Floats
    told: npt.NDArray[np.bool_]
    by_exam: Floats
    otherwise: Floats
    per_movement: bool

    @property
    def examinations(self) -> Floats:
        """Targeted and random ones."""
        return self.targeted + self.random

    @property
    def rate(self) -> Floats:
        """Examinations a movement; NaN without movements or where no month reports any."""
        return np.where(self.told, ratio(self.examinations, self.movements), np.nan)

    @property
    def random_share(self) -> Floats:
        """Share of the examinations that were drawn at random; 0 where none was."""
        return np.nan_to_num(ratio(self.random, self.examinations))

    def rows(self, kept: npt.NDArray[np.bool_]) -> "Effort":
        """The effort of the rows that ``kept`` marks."""
        names = ("targeted", "random", "discrepancies", "movements", "told", "by_exam", "otherwise")
        return Effort(**{name: getattr(self, name)[kept] for name in names}, per_movement=self.per_movement)


def has_effort(records: Records) -> bool:
    """Whether the record tells of any examination."""
    if "exposures" not in records:
        return False
    table = records["exposures"]
    return any(name in table and table[name].notna().any() for name in EXAMINATIONS)


def effort_in_windows(
    records: Records,
    participant_ids: npt.ArrayLike,
    as_of: npt.ArrayLike,
    horizon_days: int,
    *,
    record_end: pd.Timestamp,
) -> Effort:
    """The effort of each row in ``[as_of, as_of + horizon)``, as known at ``record_end``.

    Parameters
    ----------
    records : Records
        Every row version; only those known before ``record_end`` are read. A month belongs to the window that
        holds its first day, as in the features.
    participant_ids, as_of : arrays of shape (rows,)
    horizon_days : int
    record_end : Timestamp
        The origin where a model learns, the record's end where a list is judged.

    Raises
    ------
    MissingTable
        The record has no exposures.
    """
    people = np.asarray(participant_ids, dtype=object)
    start = np.asarray(as_of, dtype="datetime64[us]")
    end = (start + np.timedelta64(horizon_days, "D")).astype("datetime64[us]")
    months = _months(known_before(Records({"exposures": records["exposures"]}), record_end)["exposures"])
    sums = _window_sums(months, "month", _COUNTS, people, start, end)
    found = _window_sums(_found(records, record_end), "occurred_on", ("by_exam", "otherwise"), people, start, end)
    per_movement = bool((months["movements"] > 0).any())
    return Effort(
        targeted=sums["exams_targeted"],
        random=sums["exams_random"],
        discrepancies=sums["discrepancies"],
        movements=sums["movements"] if per_movement else np.ones(len(people)),
        told=sums["reported"] > 0,
        by_exam=found["by_exam"],
        otherwise=found["otherwise"],
        per_movement=per_movement,
    )


def _months(exposures: pd.DataFrame) -> pd.DataFrame:
    """Participant, month and the counts; what a month does not tell adds nothing, and ``reported`` says if it does."""
    wanted = {name: exposures.get(name) for name in (*EXAMINATIONS, "discrepancies", *MOVEMENTS)}
    told = {
        name: np.zeros(len(exposures)) if column is None else column.fillna(0.0).to_numpy(dtype=np.float64)
        for name, column in wanted.items()
    }
    reported = np.zeros(len(exposures), dtype=bool)
    for name in EXAMINATIONS:
        column = wanted[name]
        reported |= False if column is None else column.notna().to_numpy()
    return pd.DataFrame(
        {
            "participant_id": exposures["participant_id"].to_numpy(dtype=object),
            "month": exposures["month"].to_numpy(dtype="datetime64[us]"),
            **{name: told[name] for name in (*EXAMINATIONS, "discrepancies")},
            "movements": np.maximum(told["shipments"], told["crossings"]),
            "reported": reported.astype(np.float64),
        }
    )


def _found(records: Records, record_end: pd.Timestamp) -> pd.DataFrame:
    """One row for each participant in an incident: when it was, and who found it."""
    known = labelling_tables(records, record_end)
    incidents = known["incidents"]
    discovery = incidents.get("discovery", pd.Series(None, index=incidents.index, dtype="str"))
    told = incidents[["incident_id", "occurred_on"]].assign(
        by_exam=(discovery == BY_EXAM).to_numpy(dtype=np.float64),
        otherwise=(discovery.notna() & (discovery != BY_EXAM)).to_numpy(dtype=np.float64),
    )
    linked = known["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
    return linked.merge(told, on="incident_id")


def _window_sums(
    events: pd.DataFrame,
    moment: str,
    values: tuple[str, ...],
    people: npt.NDArray[np.object_],
    start: npt.NDArray[np.datetime64],
    end: npt.NDArray[np.datetime64],
) -> dict[str, Floats]:
    """Sums of each value over a person's events in ``[start, end)``: cumulative sums, read at two places."""
    persons = pd.Index(pd.unique(np.concatenate([events["participant_id"].to_numpy(dtype=object), people])))
    when = events[moment].to_numpy(dtype="datetime64[us]")
    grid = np.unique(np.concatenate([when, start, end]))
    keys = persons.get_indexer(events["participant_id"]) * len(grid) + np.searchsorted(grid, when)
    order = np.argsort(keys, kind="stable")
    own = persons.get_indexer(people) * len(grid)
    low, high = (np.searchsorted(keys[order], own + np.searchsorted(grid, edge)) for edge in (start, end))
    sums = {}
    for name in values:
        running = np.append(0.0, np.cumsum(events[name].to_numpy(dtype=np.float64)[order]))
        sums[name] = running[high] - running[low]
    return sums
