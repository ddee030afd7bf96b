"""Past one machine: the same bits from any partition of participants, restartable, and refused in words."""

import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_record import simulated_record
from worlds import AS_OF_DAYS, day, incident, incidents_world, linked_records, records_strategy

from features.cohort import at_risk
from features.distributed.build import MatrixParts, build_distributed, build_from_files
from features.distributed.cluster import local_cluster
from features.distributed.errors import ClusterMissing, DatesRefused, FolderRefused, PartitionsRefused
from features.distributed.hashing import NOTHING, hashes_of
from features.distributed.manifest import read_manifest
from features.distributed.sums import Counts, Sums
from features.distributed.writing import arriving
from features.matrix import build_matrix, prepare
from records.known import Records
from records.lake import Lake
from records.resolved import resolve
from records.staging import to_stored

DATES = [pd.Timestamp("2021-01-01"), pd.Timestamp("2022-04-01"), pd.Timestamp("2024-10-01")]
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
Files = dict[str, list[str]]


def written(records: Records, folder: Path, *, pieces: int = 1) -> Files:
    """The tables as Parquet files, each dealt out over so many, in no helpful order."""
    files: Files = {}
    for name, frame in records.tables.items():
        files[name] = []
        for piece in range(pieces):
            path = folder / f"{name}.{piece}.parquet"
            pq.write_table(to_stored(frame.iloc[piece::pieces], name), path, row_group_size=500)
            files[name].append(str(path))
    return files


def one_machine(records: Records, dates: Sequence[pd.Timestamp]) -> tuple[pd.DataFrame, pd.DataFrame]:
    prepared = prepare(resolve(records))
    cohorts = [at_risk(prepared, date).assign(as_of=date) for date in sorted(dates)]
    spine = pd.concat(cohorts, ignore_index=True).astype({"as_of": "datetime64[us]"})
    return spine, build_matrix(prepared, spine)


def differing(parts: MatrixParts, spine: pd.DataFrame, matrix: pd.DataFrame) -> list[str]:
    """The columns in which a row of the parts has other bits than on one machine; every row must be there once."""
    found = pa.concat_tables(pq.read_table(path) for path in parts.files).to_pandas()
    found = found.astype({"as_of": "datetime64[us]", "participant_id": "str"})
    keys = ["participant_id", "as_of"]
    if spine.empty:
        assert found.empty
        return []
    places = spine.assign(one=np.arange(len(spine))).merge(
        found[keys].assign(many=np.arange(len(found))), on=keys, how="outer"
    )
    assert len(places) == len(spine) == len(found)
    assert list(found.columns) == [*keys, *matrix.columns]
    wrong = []
    for name in matrix.columns:
        one, many = matrix[name].to_numpy()[places["one"]], found[name].to_numpy()[places["many"]]
        if not np.array_equal(
            np.nan_to_num(one, nan=-1e30).view(np.int32), np.nan_to_num(many, nan=-1e30).view(np.int32)
        ):
            wrong.append(name)
    return wrong


@cache
def program() -> Records:
    """A simulated program with every table, merged accounts and duplicate entries."""
    return Records(dict(simulated_record(200, 6, 11).tables), "simulated")


@settings(LAW, max_examples=5)
@given(
    st.one_of(records_strategy(), linked_records()),
    st.lists(st.sampled_from(AS_OF_DAYS), min_size=1, max_size=3, unique=True),
    st.integers(1, 4),
)
def test_any_partition_of_a_random_record_gives_the_bits_of_one_machine(
    records: Records, days: list[float], partitions: int
) -> None:
    dates = [day(number) for number in days]
    with tempfile.TemporaryDirectory() as folder:
        files = written(records, Path(folder), pieces=2)
        parts = build_from_files(files, "random", dates, Path(folder) / "out", client=None, partitions=partitions)
        assert differing(parts, *one_machine(records, dates)) == []


@pytest.mark.long
@settings(LAW, max_examples=200)
@given(
    st.one_of(records_strategy(True), linked_records(True)),
    st.lists(st.sampled_from(AS_OF_DAYS), min_size=1, max_size=4, unique=True),
    st.integers(1, 6),
)
def test_any_partition_gives_the_bits_of_one_machine_at_length(
    records: Records, days: list[float], partitions: int
) -> None:
    dates = [day(number) for number in days]
    with tempfile.TemporaryDirectory() as folder:
        files = written(records, Path(folder), pieces=2)
        parts = build_from_files(files, "random", dates, Path(folder) / "out", client=None, partitions=partitions)
        assert differing(parts, *one_machine(records, dates)) == []


def test_a_program_of_every_table_has_the_same_bits_in_parts(tmp_path: Path) -> None:
    files = written(program(), tmp_path, pieces=3)
    parts = build_from_files(files, "simulated", DATES, tmp_path / "out", client=None, partitions=7)
    assert "merges" in files
    assert len(program()["duplicates"]) > 0
    assert differing(parts, *one_machine(program(), DATES)) == []


def test_two_processes_give_the_bits_of_one_machine_from_an_ordinary_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.writing():
        lake.append(program().tables)
    with local_cluster(2, folder=str(tmp_path)) as client:
        parts = build_distributed(lake, DATES, tmp_path / "out", client=client, partitions=4)
    assert differing(parts, *one_machine(lake.read_stored(), DATES)) == []
    manifest, rows = read_manifest(tmp_path / "out")
    assert manifest.data_version == lake.head.data_version
    assert rows == {path.name: pq.read_metadata(path).num_rows for path in parts.files}


def small(folder: Path) -> Files:
    names = [f"P{number}" for number in range(9)]
    people = [{"participant_id": name, "known_at": day(0)} for name in names]
    told = [
        incident(f"I{number}", number, number + 1, (names[number % 9], names[(number * 2) % 9])) for number in range(40)
    ]
    return written(incidents_world(*told, participants=people), folder, pieces=2)


def build_small(folder: Path, dates: Sequence[pd.Timestamp] = (day(20), day(400)), partitions: int = 3) -> MatrixParts:
    folder.mkdir(exist_ok=True)
    return build_from_files(small(folder), "small", list(dates), folder / "out", client=None, partitions=partitions)


def test_a_stopped_build_keeps_its_parts_and_makes_the_missing_ones_again(tmp_path: Path) -> None:
    parts = build_small(tmp_path)
    before = [path.read_bytes() for path in parts.files]
    kept = parts.files[0].stat().st_mtime_ns
    parts.files[1].unlink()
    again = build_small(tmp_path)
    assert [path.read_bytes() for path in again.files] == before
    assert again.files[0].stat().st_mtime_ns == kept


def test_a_part_is_never_seen_half_written(tmp_path: Path) -> None:
    def stopped_while_writing() -> None:
        with arriving(tmp_path / "part.parquet") as hidden:
            hidden.write_bytes(b"half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        stopped_while_writing()
    assert not (tmp_path / "part.parquet").exists()


def test_a_folder_of_another_matrix_is_refused_with_what_differs(tmp_path: Path) -> None:
    build_small(tmp_path)
    with pytest.raises(FolderRefused, match=r"differs in dates\. Name another folder"):
        build_small(tmp_path, dates=[day(20)])
    (tmp_path / "strange" / "out").mkdir(parents=True)
    (tmp_path / "strange" / "out" / "letter.txt").write_text("mine")
    with pytest.raises(FolderRefused, match="it holds other files"):
        build_small(tmp_path / "strange")
    with pytest.raises(FolderRefused, match=r"Expected manifest\.json"):
        read_manifest(tmp_path / "strange")


def test_dates_that_repeat_or_are_missing_are_refused(tmp_path: Path) -> None:
    for dates in ([], [day(20), day(20)], [day(20).tz_localize("UTC")]):
        with pytest.raises(DatesRefused, match="Expected distinct moments without a time zone"):
            build_small(tmp_path, dates=dates)


def test_impossible_numbers_of_partitions_are_refused(tmp_path: Path) -> None:
    for partitions in (0, 40_000):
        with pytest.raises(PartitionsRefused, match="Expected from 1 to 30,000 partitions"):
            build_small(tmp_path, partitions=partitions)


def test_without_the_packages_of_a_cluster_the_words_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterMissing, match=r"uv pip install 'trustlane\[cluster\]'"), local_cluster(2):
        pass


def test_clearing_leaves_the_parts_and_their_manifest(tmp_path: Path) -> None:
    parts = build_small(tmp_path)
    parts.clear()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "manifest.json",
        "part-00000.parquet",
        "part-00001.parquet",
        "part-00002.parquet",
    ]


def test_more_partitions_than_participants_leave_some_without_rows(tmp_path: Path) -> None:
    parts = build_small(tmp_path, partitions=12)
    assert sum(pq.read_metadata(path).num_rows for path in parts.files) == 18


def test_hashes_do_not_depend_on_how_an_array_is_cut() -> None:
    texts = pa.array(["", "a", None, "b", "a", "long " * 50])
    whole = hashes_of(texts, 1)
    assert np.array_equal(whole, np.concatenate([hashes_of(texts.slice(0, 3), 1), hashes_of(texts.slice(3), 1)]))
    assert whole[2] == NOTHING
    assert whole[1] == whole[4] != hashes_of(texts, 2)[1]
    assert len(set(whole.tolist())) == 5


def test_counts_stand_as_ranks_by_definition() -> None:
    """Group 3 has members with 0, 2, 2 and 5 incidents: beside one with 2, one has fewer and two have as many."""
    one, other = (
        Counts.of(*(np.array(each) for each in ([3, 3], [2, 0], [1, 1]))),
        Counts.of(*(np.array(each) for each in ([3, 4, 3], [5, 1, 2], [1, 7, 1]))),
    )
    both = one + other
    assert both.standing(np.array([3, 4]), np.array([2, 1])).T.tolist() == [[1, 2, 4, 9, 33], [0, 7, 7, 7, 7]]


def test_sums_add_up_and_are_zero_where_nothing_was_found() -> None:
    one = Sums(np.array([1, 5]), np.array([[2.0, 3.0]]))
    other = Sums(np.array([5, 9]), np.array([[4.0, 8.0]]))
    assert (one + other).at(np.array([1, 5, 9, 7])).tolist() == [[2.0, 7.0, 8.0, 0.0]]
