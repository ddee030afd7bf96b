"""The same windowed sums by the project's kernel and by four rivals, each as its own experts would write it.

Each engine starts from the same unsorted rows and ends with one float32 column for each measure and window, in
the order of the spine; sorting is part of the work. All use the same definition: sums over entries minus
sums over departures, so that amendments and late knowledge count everywhere. Rivals sum once along the sorted rows
and look the running sums up; the measures of one window are looked up together.
"""

from collections.abc import Callable, Mapping

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from benchmarks.window_rows import WINDOWS, Ints, Rows
from features.moments import FOREVER
from features.spine import arrange_spine
from features.versions import arrange
from features.windows import window_sums

Matrix = npt.NDArray[np.float32]
Engine = Callable[[Rows], Matrix]


def by_kernel(rows: Rows) -> Matrix:
    """The project's own path: :func:`features.versions.arrange`, then :func:`features.windows.window_sums`."""
    versions = arrange(
        rows.participant, rows.participants, rows.known_from, rows.known_until, rows.occurred, rows.amounts
    )
    spine = arrange_spine(rows.spine_participant, rows.as_of)
    return window_sums(versions, spine, rows.wanted)


def by_polars(rows: Rows) -> Matrix:
    """Running sums and one ``join_asof`` for the entries and one for each window's departures, all at once."""
    names = list(rows.amounts)
    spine = pl.DataFrame({"participant": rows.spine_participant, "as_of": rows.as_of}).lazy()
    spine = spine.with_row_index("place").sort("as_of")
    events = pl.DataFrame({"participant": rows.participant, **rows.amounts}).lazy()

    def joined(moment: Ints) -> pl.LazyFrame:
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
    return np.array(kept[: rows.columns], dtype=np.float32)


def by_pandas(rows: Rows) -> Matrix:
    """``pandas.merge_asof`` finds the row, one narrow column; running sums are made once and taken by row."""
    spine = pd.DataFrame({"participant": rows.spine_participant, "as_of": rows.as_of})
    spine = spine.rename_axis("place").reset_index().sort_values("as_of", kind="stable")
    place = spine["place"].to_numpy()
    amounts = pd.DataFrame(rows.amounts)

    def joined(moment: Ints) -> npt.NDArray[np.float64]:
        order = np.flatnonzero(moment < FOREVER)
        order = order[np.argsort(moment[order], kind="stable")]
        owner = rows.participant[order]
        sums = amounts.take(order).groupby(owner, sort=False).cumsum().to_numpy()
        keys = pd.DataFrame({"participant": owner, "moment": moment[order], "row": np.arange(order.size)})
        found = pd.merge_asof(
            spine, keys, left_on="as_of", right_on="moment", by="participant", allow_exact_matches=False
        )
        row = found["row"].fillna(order.size).to_numpy(dtype=np.int64)
        out = np.empty((amounts.shape[1], row.size))
        out[:, place] = np.append(sums, np.zeros((1, amounts.shape[1])), axis=0)[row].T
        return out

    entries = joined(rows.known_from)
    sums = [(entries - joined(rows.leaves(each))).astype(np.float32) for each in WINDOWS]
    return np.concatenate(sums)[: rows.columns]


def by_numpy(rows: Rows) -> Matrix:
    """Participant and moment in one number: one sort, one running sum and one ``searchsorted`` for each list."""
    first, last = min(rows.known_from.min(), rows.as_of.min()), rows.as_of.max() + 1
    span = int(last - first + 1)
    spine = rows.spine_participant * span + (rows.as_of - first)
    order = np.argsort(spine)
    spine, whose = spine[order], rows.spine_participant[order]
    amounts = np.column_stack(list(rows.amounts.values()))

    def joined(moment: Ints) -> npt.NDArray[np.float64]:
        kept = np.flatnonzero(moment < last)
        key = rows.participant[kept] * span + (moment[kept] - first)
        rank = np.argsort(key)
        sums = np.zeros((kept.size + 1, amounts.shape[1]))
        np.cumsum(amounts[kept[rank]], axis=0, out=sums[1:])
        key = key[rank]
        begins = np.searchsorted(key, np.arange(rows.participants) * span)
        return sums[np.searchsorted(key, spine)] - sums[begins[whose]]

    entries = joined(rows.known_from)
    out = np.empty((len(WINDOWS) * amounts.shape[1], spine.size), dtype=np.float32)
    for number, window in enumerate(WINDOWS):
        out[number * amounts.shape[1] : (number + 1) * amounts.shape[1], order] = (
            entries - joined(rows.leaves(window))
        ).T
    return out[: rows.columns]


def by_duckdb(rows: Rows) -> Matrix:
    """Running sums by a window function and ``ASOF LEFT JOIN`` for the entries and for each window's departures."""
    names = list(rows.amounts)
    spine = pd.DataFrame(
        {"place": np.arange(rows.as_of.size), "participant": rows.spine_participant, "as_of": rows.as_of}
    )
    running = ", ".join(f"sum({name}) OVER mine AS {name}" for name in names)
    found = ", ".join(f"coalesce({name}, 0) AS {name}" for name in names)
    with duckdb.connect() as database:
        database.register("spine", spine)

        def joined(moment: Ints) -> npt.NDArray[np.float64]:
            events = pd.DataFrame({"participant": rows.participant, "moment": moment, **rows.amounts}, copy=False)
            database.register("events", events)
            columns = database.execute(
                f"WITH sums AS (SELECT participant, moment, {running} FROM events WHERE moment < {FOREVER} "
                "WINDOW mine AS (PARTITION BY participant ORDER BY moment)) "
                f"SELECT {found} FROM spine ASOF LEFT JOIN sums "
                "ON spine.participant = sums.participant AND spine.as_of > sums.moment ORDER BY place"
            ).fetchnumpy()
            return np.array([columns[name] for name in names])

        entries = joined(rows.known_from)
        sums = [(entries - joined(rows.leaves(each))).astype(np.float32) for each in WINDOWS]
    return np.concatenate(sums)[: rows.columns]


RIVALS: Mapping[str, Engine] = {
    "pandas merge_asof": by_pandas,
    "NumPy searchsorted": by_numpy,
    "Polars join_asof": by_polars,
    "DuckDB ASOF JOIN": by_duckdb,
}
"""Every rival that is among the project's own requirements."""
