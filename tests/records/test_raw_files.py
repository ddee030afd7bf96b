"""Every kind of file gives the same rows, whole and in pieces; what is not readable is refused with its row."""

import datetime as dt
import gzip
import json

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import records.raw.csv_rows
import records.raw.json_rows
from records.errors import BatchRefused, MappingError
from records.raw_files import find_native_files, open_raw, read_raw

CELLS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=6))
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=5)


def refusal(path, **options):
    with pytest.raises(BatchRefused) as caught:
        list(open_raw(path, "incidents", **options))
    return caught.value.problems[0]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(frame):
    return [tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in frame.itertuples(index=False)]


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_csv_and_json_lines_give_back_every_text_that_was_written(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("raw")
    quoted = [",".join('"' + (cell or "").replace('"', '""') + '"' for cell in row) for row in rows]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        csv = write(folder / "incidents.csv", "\n".join(["a,b", *quoted, ""]).encode(encoding))
        assert cells(read_raw(csv, "incidents")) == rows
    lines = [json.dumps({"a": row[0], "b": row[1]}) for row in rows]
    if lines:
        assert cells(read_raw(write(folder / "incidents.jsonl", "\n".join(lines)), "incidents")) == rows


def test_a_file_read_in_pieces_says_where_each_piece_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(records.raw.csv_rows, "BLOCK_BYTES", 64)
    monkeypatch.setattr(records.raw.json_rows, "CHUNK_ROWS", 7)
    csv = write(tmp_path / "a.csv", "a,b\n" + "".join(f'{row},"x\ny"\n' for row in range(1, 41)))
    lines = write(tmp_path / "a.jsonl", "\n\n".join(json.dumps({"a": row}) for row in range(1, 41)))
    for path in (csv, lines):
        pieces = list(open_raw(path, "incidents"))
        assert len(pieces) > 3
    told = [first + place for frame, first in open_raw(csv, "incidents") for place in frame.index]
    assert told == list(range(1, 41))
    # Every second line is blank, and a row is where its line is.
    told = [first + place for frame, first in open_raw(lines, "incidents") for place in frame.index]
    assert told == list(range(1, 80, 2))


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        (b"", 1, "an empty file"),
        (b"\n\n", 1, "an empty file"),
        (b"a,b\n1,2\n3\n4,5\n6,7,8\n", 2, "1 cells"),
        (b"a,a\n1,2\n", 1, "'a' several times"),
        ("a,b\n1,2\n3,Auróra\n".encode("latin-1"), 2, "looks like Windows-1252: 'Auróra'"),
        (b"a,b\n1,2\n3,\0\n", 2, "a byte of zero"),
        ("a,b\n1,2\n".encode("utf-16-le"), 0, "UTF-16 without a mark"),
        (b"PK\x03\x04\0\0", 1, "an Excel workbook"),
        (b'a,b\n1,2\n3,"' + b"x" * 9_000_000, 2, "in a row that begins here"),
        (b'a,b\n1,2\n3,"4\n5,6\n', 2, "in a row that begins here"),
    ],
)
def test_a_csv_that_is_not_one_is_refused_with_its_row(tmp_path, content, row, words):
    problem = refusal(write(tmp_path / "incidents.portal.csv", content))
    assert words in problem.example
    assert problem.row == row
    assert problem.file == "incidents.portal.csv"


def test_ragged_rows_are_counted_and_their_file_is_read_to_the_end(tmp_path):
    path = write(tmp_path / "a.csv", "a,b\n1\n2,3\n4\n")
    pieces = open_raw(path, "incidents")
    assert cells(next(pieces)[0]) == [("2", "3")]
    with pytest.raises(BatchRefused, match="2 rows: expected 2 cells in a row"):
        next(pieces)


def test_a_packed_csv_is_read_and_a_torn_one_is_refused(tmp_path):
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)
    assert len(read_raw(write(tmp_path / "a.csv.gz", packed), "incidents")) == 50_000
    assert "ended" in refusal(write(tmp_path / "a.csv.gz", packed[: len(packed) // 2])).example


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[1]", "[1]"),
        ("{", "Expecting"),
        ('{"a": {"b": 1}}', "an object"),
        ('{"a": [1]}', "a list"),
        ('{"a": 1, "a": 2}', "several times"),
        ("3", "'3"),
    ],
)
def test_a_json_line_that_is_no_flat_object_is_refused_with_its_line(tmp_path, line, words):
    problem = refusal(write(tmp_path / "a.jsonl", '{"a": 1}\n\n' + line + "\n"))
    assert words in problem.example
    if "several" not in words:
        assert problem.row == 3


def test_numbers_in_json_lines_stay_as_they_are_written(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"a": 123456789012345678901234567890, "b": 1.50}\n{"c": true}')
    assert cells(read_raw(path, "incidents")) == [
        ("123456789012345678901234567890", "1.50", None),
        (None, None, "True"),
    ]


def test_json_lines_in_another_encoding_are_refused_with_the_line(tmp_path):
    problem = refusal(write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": "Auróra"}'.encode("latin-1")))
    assert (problem.row, "Auróra" in problem.example) == (2, True)


def test_parquet_keeps_types_and_whole_numbers_beside_empty_cells(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"id": pa.array([1, None, 9007199254740993]), "on": pa.array([dt.date(2024, 1, 2), None, None])})
    pq.write_table(table, path, row_group_size=1)
    assert cells(read_raw(path, "incidents")) == [("1", "2024-01-02"), (None, None), ("9007199254740993", None)]
    pq.write_table(pa.table({"id": [[1]]}), path)
    assert "list" in refusal(path).example
    assert "readable Parquet" in refusal(write(path, b"no")).expected


def workbook(path, rows, *, sheet="incidents", other=None):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    if other:
        book.create_sheet(other).append(["x"])
    book.save(path)
    return path


def test_a_workbook_gives_native_values_and_the_sheet_that_was_asked_for(tmp_path):
    rows = [["id", "on", "n"], [7, pd.Timestamp("2024-01-02").to_pydatetime(), 1.5], [None, None, None], ["x", None, 2]]
    path = workbook(tmp_path / "a.xlsx", rows, other="notes")
    frame = read_raw(path, "incidents")
    assert cells(frame) == [("7", "2024-01-02 00:00:00", "1.5"), ("x", None, "2")]
    assert cells(next(open_raw(path, "incidents", sheet="notes"))[0]) == []
    assert "incidents, notes" in refusal(path, sheet="Notes").example
    with pytest.raises(BatchRefused, match="only one sheet"):
        list(open_raw(path, "actions"))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "an empty sheet"),
        ([["a", "a"], [1, 2]], "several times"),
        ([["a"], [1], [1, 2]], "beyond the header"),
        ([["a"], [1], ["=1+1"]], "'=1+1' without one"),
        ([["a"], [1], ["#N/A"]], "#N/A"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(tmp_path, rows, words):
    assert words in refusal(workbook(tmp_path / "a.xlsx", rows)).example


def test_what_is_no_workbook_is_refused(tmp_path):
    assert "readable Excel" in refusal(write(tmp_path / "a.xlsx", b"no")).expected


def test_files_are_found_by_table_and_source_whatever_their_kind(tmp_path):
    for name in ("incidents.a.csv", "incidents.b.csv.gz", "incidents.c.jsonl", "incidents.d.xlsx", "actions.parquet"):
        write(tmp_path / name, b"")
    found = find_native_files(tmp_path)
    assert [(file.table, file.source) for file in found] == [
        ("actions", "actions"),
        ("incidents", "a"),
        ("incidents", "b"),
        ("incidents", "c"),
        ("incidents", "d"),
    ]
    assert [file.source for file in find_native_files(tmp_path / "incidents.b.csv.gz")] == ["b"]
    with pytest.raises(MappingError, match="got no file"):
        find_native_files(write(tmp_path / "notes.txt", b""))
