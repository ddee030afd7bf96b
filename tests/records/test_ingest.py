"""A batch lands whole or not at all, once, and the report says what it brought."""

import pandas as pd
import pytest
from programs import INCIDENTS, INVOLVEMENTS, write_program

from records.errors import BatchRefused, LakeError, MappingError
from records.ingest import ingest
from records.known import known_before
from records.lake import Lake

NOW = pd.Timestamp("2024-01-01")


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def refused(source, lake):
    with pytest.raises(BatchRefused) as caught:
        ingest(source, lake, now=NOW)
    return caught.value.problems


def test_a_program_of_three_participants_lands_and_is_counted(tmp_path, lake):
    report = ingest(write_program(tmp_path / "raw"), lake, now=NOW)
    assert {name: counts.new for name, counts in report.tables.items()} == {
        "participants": 3,
        "identifiers": 2,
        "incidents": 3,
        "involvements": 3,
    }
    assert report.quality.unlinked_share == 0
    assert set(lake.read().tables) == {"participants", "identifiers", "incidents", "involvements"}


def test_the_same_batch_twice_stores_nothing_twice_and_keeps_the_data_version(tmp_path, lake):
    source = write_program(tmp_path / "raw")
    first = ingest(source, lake, now=NOW)
    rows = {name: len(frame) for name, frame in lake.read().tables.items()}
    second = ingest(source, lake, now=NOW)
    assert {name: len(frame) for name, frame in lake.read().tables.items()} == rows
    assert second.data_version == first.data_version
    assert sum(counts.unchanged for counts in second.tables.values()) == 11


def test_the_data_version_does_not_depend_on_the_order_of_rows(tmp_path):
    header, *rows = INCIDENTS.strip().splitlines()
    turned = "\n".join([header, *reversed(rows)]) + "\n"
    one = ingest(write_program(tmp_path / "a"), Lake(tmp_path / "lake-a"), now=NOW)
    other = ingest(write_program(tmp_path / "b", incidents=turned), Lake(tmp_path / "lake-b"), now=NOW)
    assert one.data_version == other.data_version


def test_an_amendment_and_a_retraction_are_later_rows_and_the_past_stays(tmp_path, lake):
    ingest(write_program(tmp_path / "raw"), lake, now=NOW)
    later = tmp_path / "later"
    later.mkdir()
    (later / "incidents.portal.csv").write_text(
        "incident_id,occurred_on,severity,retracted,known_at\nI1,2021-03-02,5,false,2022-06-01\nI2,2021-07-15,3,true,2022-06-01\n"
    )
    report = ingest(later, lake, now=NOW)
    assert (report.tables["incidents"].amended, report.tables["incidents"].retracted) == (1, 1)
    before = known_before(lake.read(), pd.Timestamp("2022-06-01"))["incidents"].set_index("incident_id")
    after = known_before(lake.read(), pd.Timestamp("2022-06-02"))["incidents"].set_index("incident_id")
    assert before.loc["I1", "severity"] == 8
    assert after.loc["I1", "severity"] == 5
    assert list(before.index) == ["I1", "I2", "I3"]
    assert list(after.index) == ["I1", "I3"]


def test_every_problem_of_every_file_is_reported_at_once_and_nothing_is_written(tmp_path, lake):
    bad = INCIDENTS.replace("I2,2021-07-15,2021-07-15,seal_tamper,3", "I2,2202-01-01,2021-07-15,seal_tamper,11")
    worse = INVOLVEMENTS.replace("I1,1,P1", ",1,P1")
    problems = refused(write_program(tmp_path / "raw", incidents=bad, involvements=worse), lake)
    named = {(problem.table, problem.column) for problem in problems}
    assert ("incidents", "severity") in named
    assert ("incidents", "known_at") in named
    assert ("involvements", "incident_id") in named
    with pytest.raises(LakeError, match="got none"):
        lake.read()


@pytest.mark.parametrize(
    ("cell", "column", "words"),
    [
        ("2021-13-01", "occurred_on", "a date YYYY-MM-DD"),
        ("2021", "occurred_on", "a date YYYY-MM-DD"),
        ("", "occurred_on", "never empty"),
        ("2021-03-01T10:00:00", "occurred_on", "a date YYYY-MM-DD"),
        ("0021-03-01", "occurred_on", "a date YYYY-MM-DD"),
    ],
)
def test_a_bad_date_is_reported_with_what_was_expected_and_an_example(tmp_path, lake, cell, column, words):
    problems = refused(write_program(tmp_path / "raw", incidents=INCIDENTS.replace("2021-03-01", cell)), lake)
    (problem,) = [problem for problem in problems if problem.column == column]
    assert words in problem.expected
    assert problem.count == 1
    assert problem.row == 1
    assert problem.file == "incidents.portal.csv"


@pytest.mark.parametrize(
    ("table", "text", "words"),
    [
        ("incidents", INCIDENTS.replace("severity", "sevrity"), "an unknown column"),
        ("incidents", INCIDENTS + "I4,2021-01-01\n", "2 cells"),
        ("incidents", INCIDENTS.replace("known_at", "reported"), "no such column"),
        ("incidents", INCIDENTS.replace(",8,", ",eight,"), "'eight'"),
        ("incidents", INCIDENTS.replace("port_exam", "rumor"), "'rumor'"),
        ("incidents", INCIDENTS.replace("2022-02-20", "2031-02-20"), "2031-02-20"),
        ("incidents", INCIDENTS.replace("2021-03-10", "2021-02-10"), "after known_at"),
        ("incidents", INCIDENTS + "I1,2021-03-02,2021-03-05,drug,2,port_exam,2021-03-10\n", "several with"),
        ("involvements", INVOLVEMENTS.replace("P1", "P9"), "'P9'"),
        ("involvements", INVOLVEMENTS.replace("I3", "I9"), "'I9'"),
    ],
)
def test_each_kind_of_defect_is_refused_with_the_value_that_was_found(tmp_path, lake, table, text, words):
    problems = refused(write_program(tmp_path / "raw", **{table: text}), lake)
    assert any(words in str(problem) for problem in problems), [str(problem) for problem in problems]


def test_a_file_in_another_encoding_is_refused_and_a_byte_order_mark_is_not(tmp_path, lake):
    source = write_program(tmp_path / "raw")
    file = source / "participants.portal.csv"
    text = file.read_text().replace("Aurora", "Aurória")
    file.write_bytes(text.encode("latin-1"))
    assert "UTF-8" in refused(source, lake)[0].expected
    file.write_bytes(text.encode("utf-8-sig"))
    assert ingest(source, lake, now=NOW).tables["participants"].new == 3


def test_a_first_batch_without_incidents_is_refused(tmp_path, lake):
    source = write_program(tmp_path / "raw")
    (source / "incidents.portal.csv").unlink()
    assert "incidents" in {problem.table for problem in refused(source, lake)}


def test_a_file_that_is_no_table_is_refused_with_the_names_there_are(tmp_path, lake):
    source = write_program(tmp_path / "raw")
    (source / "customers.csv").write_text("a\n1\n")
    with pytest.raises(MappingError, match=r"customers\.csv"):
        ingest(source, lake, now=NOW)


def test_truth_is_never_read(tmp_path, lake):
    source = write_program(tmp_path / "raw")
    (source / "truth").mkdir()
    (source / "truth" / "incidents.csv").write_text("truth_id\n1\n")
    assert ingest(source, lake, now=NOW).tables["incidents"].new == 3


def test_files_of_another_program_are_refused_by_a_lake_that_holds_one(tmp_path, lake):
    for name in ("one", "other"):
        source = write_program(tmp_path / name)
        (source / "program.toml").write_text(f'name = "{name}"\nsimulated = true\n')
    ingest(tmp_path / "one", lake, now=NOW)
    with pytest.raises(LakeError, match="Expected more of 'one'"):
        ingest(tmp_path / "other", lake, now=NOW)
