"""Past one machine: the same bits from any partition of participants, restartable, and refused in words."""

import json
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
from worlds import AS_OF_DAYS, day, linked_records, records_strategy

from features.cohort import at_risk
from features.distributed.build import MatrixParts, build_distributed, build_from_files
from features.distributed.cluster import local_cluster, on_workers
from features.distributed.errors import DatesRefused, FolderRefused
from features.distributed.hashing import NOTHING, hashes_of
from features.distributed.manifest import read_manifest
from features.distributed.sums import Counts, Sums
from features.matrix import build_matrix, prepare
from records.known import Records
from records.lake import Lake
from records.progress import silent
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
    return Records(dict(simulated_record(300, 6, 11).tables), "simulated")


@settings(LAW, max_examples=12)
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
