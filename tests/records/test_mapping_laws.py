"""What holds for every mapping: names do not matter, chunks do not matter, kinds of files do not matter."""

import json

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from worlds import records_strategy

from records.door import admit
from records.mapping import open_mapped
from records.mapping.values import as_dates, as_numbers, as_text
from records.tables import TABLES

NOW = pd.Timestamp("2100-01-01")
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(value):
    """A stored value as a program's CSV writes it."""
    if value is None or pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else str(value)


def native_text(frame):
    return frame.drop(columns=["record_id"]).map(written).astype(object).where(lambda cells: cells.notna(), None)


def admitted(parts):
    """Admitted rows by table, in the order of their keys."""
    rows = {}
    for part in parts:
        arrival = admit(part.frame, part.table, source=part.source, file=part.file, now=NOW)
        assert not part.problems
        rows.setdefault(part.table, []).append(arrival.rows)
    return {
        name: pd.concat(frames).sort_values(list(TABLES[name].column_names), ignore_index=True)
        for name, frames in rows.items()
    }


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, frame in ours.items():
        pd.testing.assert_frame_equal(frame, theirs[name])


@FEW
@given(records=records_strategy(), shuffle=st.randoms(use_true_random=False))
def test_a_mapping_that_renames_the_columns_of_a_native_program_gives_the_record_of_the_native_files(
    tmp_path_factory, records, shuffle
):
    folder = tmp_path_factory.mktemp("program")
    native, lines = {}, []
    for name, frame in records.tables.items():
        text = native_text(frame)
        native[name] = admit(text, name, source="s", file="f", now=NOW).rows
        renamed = {column: f"{column[::-1]} ({place})" for place, column in enumerate(text.columns)}
        order = list(text.columns)
        shuffle.shuffle(order)
        text[order].rename(columns=renamed).to_csv(folder / f"x-{name}.csv", index=False)
        lines += ["[[rows]]", f'table = "{name}"', f'file = "x-{name}.csv"', "[rows.columns]"]
        lines += [f"{column} = {json.dumps(foreign)}" for column, foreign in renamed.items()]
    (folder / "m.toml").write_text("\n".join(lines))
    expected = {
        name: rows.sort_values(list(TABLES[name].column_names), ignore_index=True) for name, rows in native.items()
    }
    assert_same(admitted(open_mapped(folder, folder / "m.toml").chunks()), expected)


VISITS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 60),
        st.sampled_from(["0.1", "0.2", "0.7", "1e16", "-1e16", ""]),
        st.sampled_from(["ok", "bad", "?", ""]),
    ),
    min_size=1,
    max_size=14,
)
MONTHLY = """
[[lookups]]
name = "firms"
file = "firms.csv"
key = { column = "letter", case = "lower" }
value = "number"
[[rows]]
table = "participants"
file = "visits.csv"
first_by = "known_at"
[rows.columns]
participant_id = { column = "who", case = "lower", lookup = "firms", unmatched = "keep" }
legal_name = { template = "{who}: {result}" }
known_at = { column = "day", date_format = "%j %Y" }
[[rows]]
table = "exposures"
file = "visits.csv"
where = { result = { not = ["?"] } }
combine = { shipments = "sum", crossings = "sum", exams_random = "max", known_at = "max" }
[rows.columns]
participant_id = "who"
month = { column = "day", date_format = "%j %Y", floor = "month" }
shipments = { constant = 1 }
crossings = "weight"
exams_random = { column = "result", values = { ok = 1, bad = 2 }, unmapped = "null" }
known_at = { column = "day", date_format = "%j %Y", plus_months = 1, floor = "month" }
"""


@FEW
@given(visits=VISITS, size=st.integers(1, 15))
def test_where_a_chunk_ends_never_matters(tmp_path_factory, visits, size):
    folder = tmp_path_factory.mktemp("visits")
    rows = [(who, f"{day:03d} 2024", weight, result) for who, day, weight, result in visits]
    pd.DataFrame(rows, columns=["who", "day", "weight", "result"]).to_csv(folder / "visits.csv", index=False)
    (folder / "firms.csv").write_text("letter,number\nA,0007\nb,12\n")
    (folder / "m.toml").write_text(MONTHLY)

    def mapped(chunk_rows):
        return [part.frame for part in open_mapped(folder, folder / "m.toml", chunk_rows=chunk_rows).chunks()]

    for whole, pieces in zip(mapped(None), mapped(size), strict=True):
        pd.testing.assert_frame_equal(whole, pieces)


@FEW
@given(visits=VISITS)
def test_a_participant_enters_with_its_first_row_and_counts_add_up(tmp_path_factory, visits):
    folder = tmp_path_factory.mktemp("visits")
    rows = [(who, f"{day:03d} 2024", weight, result) for who, day, weight, result in visits]
    pd.DataFrame(rows, columns=["who", "day", "weight", "result"]).to_csv(folder / "visits.csv", index=False)
    (folder / "firms.csv").write_text("letter,number\nA,A\nb,B\nc,C\n")
    (folder / "m.toml").write_text(MONTHLY)
    people, months = (part.frame for part in open_mapped(folder, folder / "m.toml").chunks())
    first = {}
    for who, day, _, _ in visits:
        first[who] = min(day, first.get(who, 99))
    assert {
        who: known.day_of_year for who, known in zip(people["participant_id"], people["known_at"], strict=True)
    } == first
    assert months["shipments"].sum() == sum(result != "?" for *_, result in visits)
    assert not months.duplicated(["participant_id", "month"]).any()


CELLS = [(7, "Ada", "2024-03-01", 2.5), (12, "Bea", "2024-03-02", None)]
NAMES = ["no", "firm", "day", "weight"]


def write_csv(folder):
    (folder / "e.csv").write_text("no,firm,day,weight\n7,Ada,2024-03-01,2.5\n12,Bea,2024-03-02,\n")
    return folder, 'file = "e.csv"'


def write_parquet(folder):
    frame = pd.DataFrame(CELLS, columns=NAMES)
    frame.assign(no=frame["no"].astype("float64"), day=pd.to_datetime(frame["day"])).to_parquet(folder / "e.parquet")
    return folder, 'file = "e.parquet"'


def write_json_lines(folder):
    text = "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in CELLS)
    (folder / "e.jsonl").write_text(text)
    return folder, 'file = "e.jsonl"'


def write_excel(folder):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Events")
    sheet.append(NAMES)
    for number, firm, day, weight in CELLS:
        sheet.append([float(number), firm, pd.Timestamp(day).to_pydatetime(), weight])
    book.save(folder / "e.xlsx")
    return folder, 'file = "e.xlsx"\nsheet = "Events"'


def write_database(folder):
    address = f"sqlite:///{folder / 'e.db'}"
    engine = create_engine(address)
    pd.DataFrame(CELLS, columns=NAMES).to_sql("events", engine, index=False)
    engine.dispose()
    return address, 'query = "select * from events order by no"'


@pytest.mark.parametrize("write", [write_csv, write_parquet, write_json_lines, write_excel, write_database])
def test_the_same_rows_mean_the_same_in_every_kind_of_file(write, tmp_path):
    source, origin = write(tmp_path)
    (tmp_path / "m.toml").write_text(f"""
[[rows]]
table = "incidents"
{origin}
source = "s"
where = {{ no = [7, "12"] }}
[rows.columns]
incident_id = "no"
incident_type = {{ column = "no", values = {{ "7" = "drug", "12" = "weapons" }} }}
port = {{ template = "{{no}}/{{firm}}/{{day}}" }}
occurred_on = "day"
quantity_kg = "weight"
known_at = {{ column = "day", plus_days = 1 }}
""")
    rows = (
        admitted(open_mapped(source, tmp_path / "m.toml").chunks())["incidents"]
        .set_index("incident_id")
        .loc[["7", "12"]]
    )
    assert list(rows["incident_type"]) == ["drug", "weapons"]
    assert list(rows["port"]) == ["7/Ada/2024-03-01", "12/Bea/2024-03-02"]
    assert list(rows["occurred_on"]) == [pd.Timestamp("2024-03-01"), pd.Timestamp("2024-03-02")]
    assert rows["quantity_kg"].iloc[0] == 2.5
    assert pd.isna(rows["quantity_kg"].iloc[1])


def test_whole_numbers_of_any_type_are_one_id_and_zeros_of_a_text_stay():
    assert list(as_text(pd.Series(["007", "7.0"]))) == ["007", "7.0"]
    for values in (pd.Series([7.0, None]), pd.Series([7, None], dtype="Int64"), pd.Series([7, None], dtype=object)):
        text = as_text(values)
        assert text.iloc[0] == "7"
        assert pd.isna(text.iloc[1])
    moments = pd.Series([pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01 10:30")])
    assert list(as_text(moments)) == ["2024-01-01", "2024-01-01T10:30:00"]


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_a_number_is_read_in_its_own_notation_and_refused_in_another(whole, hundredths):
    value = whole + hundredths / 100
    german = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    numbers, lost = as_numbers(pd.Series([german]), decimal=",", thousands=".")
    assert numbers.iloc[0] == pytest.approx(value)
    assert not lost.any()
    # Read as English, 1,50 would be 150 and 1.234,50 would be nothing: neither is taken.
    assert as_numbers(pd.Series([german]), decimal=".", thousands=",")[1].all()


@given(st.dates(pd.Timestamp("1900-03-01").date(), pd.Timestamp("2099-12-31").date()))
def test_a_date_is_the_same_day_as_serial_number_and_in_every_format(day):
    serial = (pd.Timestamp(day) - pd.Timestamp("1899-12-30")).days
    cells = pd.Series([str(serial), day.isoformat(), day.strftime("%d.%m.%Y"), day], dtype=object)
    moments, lost = as_dates(cells, ["excel", "iso", "%d.%m.%Y"])
    assert not lost.any()
    assert set(moments) == {pd.Timestamp(day)}
