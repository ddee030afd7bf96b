"""A spine, or a table of the record, of any kind gives the matrix that pandas gives; what is no table is refused."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from worlds import day, incident, incidents_world, known_rows, records_strategy, spine_of, spines

from features.cohort import at_risk
from features.errors import FrameRefused, SpineRefused
from features.frames import as_pandas, pandas_records
from features.matrix import build_matrix
from records.known import Records


def arrow(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False)


KINDS: dict[str, Callable[[Any], Any]] = {
    "polars": pl.from_arrow,
    "polars lazy": lambda table: pl.DataFrame(table).lazy(),
    "pyarrow": lambda table: table,
    "duckdb": duckdb.from_arrow,
}
"""Each kind of table, made of an Arrow table."""
STORY = incidents_world(
    incident("I1", 10, 20, incident_type="drug", severity=8.0),
    incident("I2", 300, 310, ("P1", "P2"), severity=3.0),
    exposures=[{"participant_id": "P1", "month": day(200), "shipments": 5.0, "known_at": day(235)}],
)
SPINE = spine_of(("P2", 400.0), ("P1", 30.0), ("P1", 400.0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_spine_of_any_kind_gives_the_same_matrix_with_an_index_from_zero(kind: str) -> None:
    wanted = build_matrix(STORY, SPINE)
    extra = SPINE.set_axis([7, 8, 9]).assign(note=["a", "b", "c"])
    pd.testing.assert_frame_equal(build_matrix(STORY, KINDS[kind](arrow(extra))), wanted)


def test_a_pandas_spine_keeps_its_index_and_is_not_copied() -> None:
    spine = SPINE.set_axis(["x", "y", "z"])
    assert list(build_matrix(STORY, spine).index) == ["x", "y", "z"]
    assert as_pandas(spine, what="the spine") is spine
    assert pandas_records(STORY) is STORY


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(records=records_strategy(optional=True), spine=spines())
def test_tables_of_any_kind_give_the_same_matrix(kind: str, records: Records, spine: pd.DataFrame) -> None:
    spine = known_rows(records, spine)
    other: Any = Records({name: KINDS[kind](arrow(frame)) for name, frame in records.tables.items()})
    pd.testing.assert_frame_equal(build_matrix(other, spine), build_matrix(records, spine))


def test_everyone_at_risk_can_be_asked_of_any_kind_of_table() -> None:
    other: Any = Records({name: pl.from_pandas(frame) for name, frame in STORY.tables.items()})
    pd.testing.assert_frame_equal(at_risk(other, day(100)), at_risk(STORY, day(100)))


def test_dates_without_a_time_of_day_and_categories_of_text_are_understood() -> None:
    plain = pl.from_pandas(SPINE)
    dates = plain.with_columns(pl.col("as_of").cast(pl.Date), pl.col("participant_id").cast(pl.Categorical))
    assert build_matrix(STORY, dates)["incidents_all"].tolist() == [1.0, 1.0, 2.0]
    arrow = dates.to_arrow()
    assert build_matrix(STORY, arrow)["incidents_all"].tolist() == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_spine_may_not_hold_is_refused_alike_in_every_kind(kind: str) -> None:
    def build(spine: pd.DataFrame) -> pd.DataFrame:
        return build_matrix(STORY, KINDS[kind](arrow(spine)))

    plain = arrow(SPINE)
    zoned = plain.set_column(1, "as_of", plain["as_of"].cast(pa.timestamp("us", "UTC")))
    with pytest.raises(SpineRefused, match=r"without a time zone.*tz_localize"):
        build_matrix(STORY, KINDS[kind](zoned))
    with pytest.raises(SpineRefused, match=r"got participant_id, moment\. Add as_of"):
        build(SPINE.rename(columns={"as_of": "moment"}))
    with pytest.raises(SpineRefused, match="1 spine rows repeat"):
        build(pd.concat([SPINE, SPINE.head(1)]))
    with pytest.raises(SpineRefused, match="1 rows are empty"):
        build(SPINE.assign(participant_id=["P1", None, "P2"]))


@pytest.mark.parametrize(
    "thing", [{"participant_id": ["P1"]}, [("P1", day(1))], SPINE.to_numpy(), SPINE["as_of"], None]
)
def test_what_is_no_table_is_refused_with_what_would_be_one(thing: Any) -> None:
    words = f"Expected the spine as a table: pandas, Polars.* got {type(thing).__name__}. Make a pandas.DataFrame"
    with pytest.raises(FrameRefused, match=words):
        build_matrix(STORY, thing)


def test_a_table_of_the_record_that_lacks_columns_or_holds_other_kinds_is_refused_by_name() -> None:
    incidents = pl.from_pandas(STORY["incidents"])
    without: Any = Records({**STORY.tables, "incidents": incidents.drop("severity", "port")})
    with pytest.raises(FrameRefused, match="table incidents with all its columns; severity, port are not there"):
        build_matrix(without, SPINE)
    words: Any = Records({**STORY.tables, "incidents": incidents.with_columns(pl.lit("grave").alias("severity"))})
    with pytest.raises(FrameRefused, match=r"table incidents with the kinds of columns in docs/records.md.*grave"):
        build_matrix(words, SPINE)
    listed: Any = Records({**STORY.tables, "incidents": ["I1"]})
    with pytest.raises(FrameRefused, match="Expected the table incidents as a table"):
        build_matrix(listed, SPINE)
