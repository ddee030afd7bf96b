"""What a stopped run leaves behind is invisible and gone at the next; one writer at a time."""

import multiprocessing
import os
import signal

import pandas as pd
import pytest
from programs import write_program

import records.delta
from records.errors import LakeError
from records.ingest import ingest
from records.lake import Lake, Program

NOW = pd.Timestamp("2024-01-01")


def stop_after_writing(tables: int, source, path) -> None:
    """Ingest in a process that dies at once after so many tables were written."""
    written = 0
    original = records.delta.write_files

    def write_and_die(*args, **kwargs):
        nonlocal written
        original(*args, **kwargs)
        written += 1
        if written == tables:
            os.kill(os.getpid(), signal.SIGKILL)

    records.delta.write_files = write_and_die
    ingest(source, Lake(path), now=NOW)


@pytest.mark.parametrize("tables", [1, 2, 3, 4])
def test_a_killed_batch_leaves_nothing_and_the_next_run_starts_clean(tmp_path, tables):
    source, path = write_program(tmp_path / "raw"), tmp_path / "lake"
    process = multiprocessing.get_context("spawn").Process(target=stop_after_writing, args=(tables, source, path))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with pytest.raises(LakeError, match="got none"):
        Lake(path).read()
    report = ingest(source, Lake(path), now=NOW)
    clean = ingest(source, Lake(tmp_path / "clean"), now=NOW)
    assert report.data_version == clean.data_version
    assert {name: len(frame) for name, frame in Lake(path).read().tables.items()} == {
        "participants": 3,
        "identifiers": 2,
        "incidents": 3,
        "involvements": 5,
    }


def test_a_killed_second_batch_leaves_the_first_as_it_was(tmp_path):
    path = tmp_path / "lake"
    ingest(write_program(tmp_path / "raw"), Lake(path), now=NOW)
    before = Lake(path).read()
    more = tmp_path / "more"
    more.mkdir()
    (more / "participants.portal.csv").write_text("participant_id,known_at\nP4,2023-01-01\n")
    process = multiprocessing.get_context("spawn").Process(target=stop_after_writing, args=(1, more, path))
    process.start()
    process.join()
    after = Lake(path).read()
    assert after.data_version == before.data_version
    pd.testing.assert_frame_equal(after["participants"], before["participants"])
    assert ingest(more, Lake(path), now=NOW).tables["participants"].new == 1
    assert len(Lake(path).read()["participants"]) == 4


def test_a_second_writer_is_told_to_wait(tmp_path):
    lake = Lake(tmp_path / "lake")
    other = Lake(tmp_path / "lake")
    with lake.writing(), pytest.raises(LakeError, match="another ingest"), other.writing(wait_seconds=0.3):
        pass


def test_the_program_says_whether_it_is_simulated(tmp_path):
    source = write_program(tmp_path / "raw")
    (source / "program.toml").write_text('name = "Invented"\nsimulated = true\n')
    ingest(source, Lake(tmp_path / "lake"), now=NOW)
    assert Lake(tmp_path / "lake").program == Program("Invented", simulated=True)


def test_scores_are_appended_and_are_no_part_of_the_data_version(tmp_path):
    lake = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "raw"), lake, now=NOW)
    version = lake.head.data_version
    for day in ("2023-01-01", "2023-02-01"):
        lake.append_scores(
            pd.DataFrame({"participant_id": ["P1", "P2"], "as_of": pd.Timestamp(day), "margin": [0.5, -1.0]})
        )
    assert len(lake.read_scores()) == 4
    assert list(lake.read_scores("P1")["as_of"].dt.month) == [1, 2]
    assert lake.head.data_version == version
