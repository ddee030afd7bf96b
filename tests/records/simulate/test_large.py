"""The load generator: the shape of a program of any size, the same rows however many processes make them."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from records.known import Records
from records.lake import Lake
from records.schemas import schema
from records.simulate.errors import SimulationRefused
from records.simulate.large.cells import numbered, picked
from records.simulate.large.writing import LargeProgram, write_large_lake
from records.tables import TABLES

PROGRAM = LargeProgram(participants=1_500, incidents=30_000, years=8, seed=3, block_participants=400)


@cache
def generated(folder: Path) -> Records:
    lake = Lake(folder)
    write_large_lake(lake, PROGRAM)
    return lake.read_stored()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return generated(tmp_path_factory.mktemp("large") / "lake")


def test_every_row_is_what_the_door_would_admit(records: Records) -> None:
    for name, frame in records.tables.items():
        schema(name).validate(frame)
        assert frame["record_id"].is_unique, name


def test_two_processes_write_what_one_writes(records: Records, tmp_path: Path) -> None:
    commit = write_large_lake(Lake(tmp_path / "lake"), PROGRAM, processes=2)
    assert commit.data_version == records.data_version
    assert commit.program.simulated


def test_another_seed_writes_other_rows(records: Records, tmp_path: Path) -> None:
    other = LargeProgram(1_500, 30_000, 8, seed=4, block_participants=400)
    assert write_large_lake(Lake(tmp_path / "lake"), other).data_version != records.data_version


def test_the_program_has_the_size_that_was_asked_for(records: Records) -> None:
    assert records["participants"]["participant_id"].nunique() == 1_500
    assert records["incidents"]["incident_id"].nunique() == 30_000
    assert [PROGRAM.bounds(block)[1] for block in range(PROGRAM.blocks)] == [400, 400, 400, 300]
    assert sum(PROGRAM.bounds(block)[3] for block in range(PROGRAM.blocks)) == 30_000


def test_whoever_is_named_is_on_record(records: Records) -> None:
    people = set(records["participants"]["participant_id"])
    for table, column in (
        ("involvements", "participant_id"),
        ("statuses", "participant_id"),
        ("partnerships", "participant_id"),
        ("partnerships", "partner_id"),
    ):
        assert set(records[table][column].dropna()) <= people, (table, column)
    assert set(records["involvements"]["incident_id"]) == set(records["incidents"]["incident_id"])


def test_about_two_in_a_hundred_incidents_are_amended_and_some_of_these_retracted(records: Records) -> None:
    incidents = records["incidents"]
    amended = incidents["incident_id"].duplicated(keep="first")
    assert 0.015 < amended.sum() / 30_000 < 0.025
    assert 0.15 < incidents.loc[amended, "retracted"].mean() < 0.45
    assert not incidents.loc[~amended, "retracted"].any()


def test_knowledge_is_late_and_never_early(records: Records) -> None:
    incidents = records["incidents"]
    late = (incidents["known_at"] - incidents["occurred_on"]).dt.days
    assert (late >= 0).all()
    assert late.median() > 10
    assert (incidents["reported_on"] <= incidents["known_at"]).all()


def test_histories_are_heavy_tailed(records: Records) -> None:
    counts = records["involvements"].dropna(subset="participant_id").groupby("participant_id").size()
    per_firm = np.sort(counts.reindex(records["participants"]["participant_id"], fill_value=0).to_numpy())
    assert per_firm[-150:].sum() > 0.4 * per_firm.sum()


def test_some_incidents_and_partnerships_reach_across_blocks(records: Records) -> None:
    def block(ids: pd.Series) -> pd.Series:
        return ids.str[1:].astype("int64") // 400

    parties = records["involvements"].dropna(subset="participant_id")
    spans = block(parties["participant_id"]).groupby(parties["incident_id"]).nunique()
    assert (spans > 1).sum() > 100
    partnerships = records["partnerships"]
    assert (block(partnerships["participant_id"]) != block(partnerships["partner_id"])).mean() > 0.1


def test_a_lake_that_holds_a_record_is_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write_large_lake(lake, LargeProgram(10, 20, 1))
    with pytest.raises(SimulationRefused, match="Expected an empty lake"):
        write_large_lake(lake, LargeProgram(10, 20, 1))


def test_impossible_sizes_are_refused_all_at_once() -> None:
    with pytest.raises(SimulationRefused, match=r"participants at least 2, got 1; years at least 1, got 0"):
        LargeProgram(1, 20, 0)


def test_numbered_texts_sort_as_their_numbers_do() -> None:
    assert numbered("P", np.array([7, 120, 0]), 4).to_pylist() == ["P0007", "P0120", "P0000"]
    with pytest.raises(OverflowError, match="Expected numbers below 1,000"):
        numbered("P", np.array([1_000]), 3)


def test_a_negative_place_picks_nothing() -> None:
    assert picked(("a", "b"), np.array([1, -1, 0])).equals(pa.array(["b", None, "a"]))


def test_every_table_has_its_stored_columns(records: Records) -> None:
    for name, frame in records.tables.items():
        assert list(frame.columns) == list(TABLES[name].column_names)
