"""Laws of ingest, over random batches of a few rows: what is known does not depend on how it was sent."""

import itertools
import json
import shutil

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import write_program

import records.ingest
import records.raw.csv_rows
from records.ingest import ingest
from records.known import known_before
from records.lake import Lake

NOW = pd.Timestamp("2024-01-01")
KNOWN = ("2022-03-01", "2022-06-01T12:00:00", "2023-01-01")
KINDS = ("csv", "csv.gz", "jsonl", "parquet", "xlsx")
FAST = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def incident_rows(draw):
    """Versions of few incidents: amendments and retractions are common, and no two contradict each other."""
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(["I1", "I4", "I5"]), st.sampled_from(KNOWN)), min_size=1, max_size=5, unique=True
        )
    )
    return [
        {
            "incident_id": key,
            "occurred_on": draw(st.sampled_from(["2021-01-01", "2021-02-28"])),
            "severity": draw(st.sampled_from([None, "1", "2.5"])),
            "port": draw(st.sampled_from([None, "0901", 'São, "Paulo"'])),
            "retracted": draw(st.sampled_from(["true", "false"])),
            "known_at": known,
        }
        for key, known in keys
    ]


def write_rows(folder, rows, kind, name="incidents.portal"):
    """The rows as a file of one kind."""
    folder.mkdir(parents=True, exist_ok=True)
    path, frame = folder / f"{name}.{kind}", pd.DataFrame(rows, dtype="str")
    if kind == "parquet":
        frame.astype({"severity": "float64"}).to_parquet(path)
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A lake that holds the small program, to be copied."""
    folder = tmp_path_factory.mktemp("base")
    ingest(write_program(folder / "raw"), Lake(folder / "lake"), now=NOW)
    return folder / "lake"


@pytest.fixture(autouse=True)
def without_quality(monkeypatch):
    """The figures come after the landing and take half of the time of so small a batch."""
    monkeypatch.setattr(records.ingest, "measure_quality", lambda *_, **__: None)


@pytest.fixture
def fresh(base, tmp_path):
    """A folder for files, and a copy of the lake, new at each call."""
    numbers = itertools.count()

    def make():
        folder = tmp_path / str(next(numbers))
        shutil.copytree(base, folder / "lake")
        return folder / "raw", Lake(folder / "lake")

    return make


def known(lake):
    """All incident versions in an order of their own."""
    return lake.read_stored()["incidents"].sort_values("record_id", ignore_index=True)


@FAST
@given(rows=incident_rows(), kind=st.sampled_from(KINDS), order=st.randoms(use_true_random=False))
def test_rows_in_any_order_and_kind_of_file_make_the_same_data_version(fresh, rows, kind, order):
    source, lake = fresh()
    write_rows(source, rows, "csv")
    expected = ingest(source, lake, now=NOW)
    turned = rows.copy()
    order.shuffle(turned)
    other_source, other = fresh()
    write_rows(other_source, turned, kind)
    report = ingest(other_source, other, now=NOW)
    assert report.data_version == expected.data_version
    assert report.tables == expected.tables
    pd.testing.assert_frame_equal(known(other), known(lake))


@FAST
@given(rows=incident_rows(), cut=st.integers(0, 5), pieces=st.booleans())
def test_rows_in_one_batch_or_two_are_the_same_record(fresh, rows, cut, pieces):
    source, lake = fresh()
    write_rows(source, rows, "csv")
    ingest(source, lake, now=NOW)
    other_source, other = fresh()
    with pytest.MonkeyPatch.context() as patch:
        if pieces:
            patch.setattr(records.raw.csv_rows, "BLOCK_BYTES", 80)
        for number, part in enumerate((rows[:cut], rows[cut:])):
            if part:
                write_rows(other_source / str(number), part, "csv")
                ingest(other_source / str(number), other, now=NOW)
    pd.testing.assert_frame_equal(known(other), known(lake))


@FAST
@given(rows=incident_rows())
def test_what_was_sent_before_is_unchanged_and_makes_no_new_commit(fresh, rows):
    source, lake = fresh()
    write_rows(source, rows, "csv")
    write_rows(source, rows, "jsonl")
    first = ingest(source, lake, now=NOW)
    commits = len(lake.history())
    again = ingest(source, lake, now=NOW)
    assert first.tables["incidents"].unchanged == len(rows)
    assert again.tables["incidents"].unchanged == 2 * len(rows)
    assert again.data_version == first.data_version
    assert len(lake.history()) == commits


@FAST
@given(rows=incident_rows())
def test_every_row_is_new_or_amends_or_retracts_and_each_key_is_new_once(fresh, rows):
    source, lake = fresh()
    write_rows(source, rows, "csv")
    counts = ingest(source, lake, now=NOW).tables["incidents"]
    assert counts.retracted == sum(row["retracted"] == "true" for row in rows)
    assert counts.new + counts.amended + counts.retracted == len(rows)
    # I1 is in the lake before; every other key can be new only once.
    assert counts.new <= len({row["incident_id"] for row in rows} - {"I1"})


@FAST
@given(batches=st.lists(incident_rows(), min_size=2, max_size=2))
def test_the_record_after_every_batch_can_be_read_for_ever(fresh, batches):
    source, lake = fresh()
    seen = [lake.read_stored()]
    for number, rows in enumerate(batches):
        # A source of its own each, and moments of its own, so that batches do not contradict each other.
        moved = [row | {"known_at": f"2023-0{number + 2}-01T00:00:0{place}"} for place, row in enumerate(rows)]
        write_rows(source / str(number), moved, "csv")
        ingest(source / str(number), lake, now=NOW)
        seen.append(lake.read_stored())
    assert [commit.data_version for commit in lake.history()] == [records.data_version for records in seen]
    for before in seen:
        again = lake.read_stored(before.data_version)
        for name, frame in before.tables.items():
            pd.testing.assert_frame_equal(again[name], frame)
        was, now = known_before(before, pd.Timestamp("2023-01-02")), known_before(again, pd.Timestamp("2023-01-02"))
        pd.testing.assert_frame_equal(was["incidents"], now["incidents"])
