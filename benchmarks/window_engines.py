"""The same windowed sums by three engines: the project's kernel, Polars and pandas.

Each engine starts from the same unsorted rows and ends with one float32 column for each measure and window, in
the order of the spine; sorting is part of the work. All use the same definition: sums over entries minus
sums over departures, so that amendments and late knowledge count everywhere.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from features.matrix import Prepared
from features.moments import DAY, FOREVER, microseconds
from features.spine import arrange_spine
from features.versions import arrange
from features.windows import window_sums

WINDOWS = (90, 180, 365, 1095, None)
MEASURES = (
    "incidents",
    "severity_sum",
    "grave_incidents",
    "drug_incidents",
    "smuggling_incidents",
    "cargo_integrity_incidents",
    "discovered_incidents",
    "affected_kg",
)
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Unsorted incident versions and the spine, with participants as integers for every engine alike."""

    participant: npt.NDArray[np.int64]
    known_from: npt.NDArray[np.int64]
    known_until: npt.NDArray[np.int64]
    occurred: npt.NDArray[np.int64]
    amounts: dict[str, npt.NDArray[np.float64]]
    participants: int
    spine_participant: npt.NDArray[np.int64]
    as_of: npt.NDArray[np.int64]

    @property
    def columns(self) -> int:
        """How many columns each engine gives."""
        return len(self.amounts) * len(WINDOWS)

    def leaves(self, window: int | None) -> npt.NDArray[np.int64]:
        """When each version leaves a window."""
        if window is None:
            return self.known_until
        return np.minimum(self.known_until, np.maximum(self.known_from, self.occurred + window * DAY))


def shuffled_rows(prepared: Prepared, spine: pd.DataFrame, *, seed: int) -> Rows:
    """The incident versions of a record, in random order."""
    versions = prepared.history.versions
    mixed = np.random.default_rng(seed).permutation(versions.row.size)
    owner = np.repeat(np.arange(versions.pointer.size - 1), np.diff(versions.pointer))
    return Rows(
        owner[mixed],
        versions.known_from[mixed],
        versions.known_until[mixed],
        versions.occurred[mixed],
        {name: versions.amounts[mixed, versions.measure(name)].astype(np.float64) for name in MEASURES},
        prepared.participants.count,
        prepared.participants.codes(spine["participant_id"]),
        microseconds(spine["as_of"]),
    )


def by_kernel(rows: Rows) -> Matrix:
    """The project's own path: :func:`features.versions.arrange`, then :func:`features.windows.window_sums`."""
    versions = arrange(
        rows.participant, rows.participants, rows.known_from, rows.known_until, rows.occurred, rows.amounts
    )
    spine = arrange_spine(rows.spine_participant, rows.as_of)
    return window_sums(versions, spine, [(name, window) for window in WINDOWS for name in rows.amounts])


def by_polars(rows: Rows) -> Matrix:
    """Cumulative sums and one ``join_asof`` for the entries and one for each window's departures, all at once."""
    names = list(rows.amounts)
    spine = pl.DataFrame({"participant": rows.spine_participant, "as_of": rows.as_of}).lazy()
    spine = spine.with_row_index("place").sort("as_of")
    events = pl.DataFrame({"participant": rows.participant, **rows.amounts}).lazy()

    def joined(moment: npt.NDArray[np.int64]) -> pl.LazyFrame:
        sums = events.with_columns(moment=pl.Series(moment)).filter(pl.col("moment") < FOREVER).sort("moment")
        sums = sums.select("participant", "moment", pl.col(names).cum_sum().over("participant"))
        found = spine.join_asof(
            sums,
            left_on="as_of",
            right_on="moment",
            by="participant",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        return found.sort("place").select(pl.col(names).fill_null(0.0))

    entries, *departures = pl.collect_all([joined(rows.known_from), *(joined(rows.leaves(each)) for each in WINDOWS)])
    kept = [(entries[name] - gone[name]).cast(pl.Float32).to_numpy() for gone in departures for name in names]
    return np.array(kept, dtype=np.float32)


def by_pandas(rows: Rows) -> Matrix:
    """The same by ``pandas.merge_asof``."""
    names = list(rows.amounts)
    spine = pd.DataFrame({"participant": rows.spine_participant, "as_of": rows.as_of})
    spine = spine.rename_axis("place").reset_index().sort_values("as_of", kind="stable")
    events = pd.DataFrame({"participant": rows.participant, **rows.amounts})

    def joined(moment: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        sums = events.assign(moment=moment)[moment < FOREVER].sort_values("moment", kind="stable")
        sums[names] = sums.groupby("participant")[names].cumsum()
        found = pd.merge_asof(
            spine, sums, left_on="as_of", right_on="moment", by="participant", allow_exact_matches=False
        )
        return found.sort_values("place")[names].fillna(0.0).to_numpy().T

    entries = joined(rows.known_from)
    return np.concatenate([(entries - joined(rows.leaves(each))).astype(np.float32) for each in WINDOWS])
