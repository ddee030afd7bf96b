"""A draft is made by looking: it finds the keys, says why, hides nothing, and works once its holes are filled."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from drafted_mappings import columns_of, drafted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from worlds import records_strategy

from records.door import admit
from records.ingest import ingest
from records.lake import Lake
from records.mapping import open_mapped
from records.mapping.drafting.looks import Look, read_dates, read_numbers
from records.mapping.drafting.words import name_score, nearest_value, plain_words
from records.mapping.plan import columns_read
from records.tables import BUSINESS_TYPES, INCIDENT_TYPES
from trustlane import main

ROOT = Path(__file__).parents[2]
OFFICES = ROOT / "docs" / "examples" / "field-offices"
NOW = pd.Timestamp("2026-01-01")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=records_strategy())
def test_files_in_our_own_layout_are_drafted_one_to_one(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("native")
    for name, frame in records.tables.items():
        frame.to_parquet(folder / f"{name}.office.parquet")
    (folder / "program.toml").write_text('name = "Ours"\nsimulated = true\n')
    text, plan = drafted(folder, folder)
    assert plan.program.name == "Ours"
    assert plan.program.simulated
    assert {entry.table for entry in plan.rows} == set(records.tables)
    for entry in plan.rows:
        assert entry.source == "office"
        assert entry.columns == {name: name for name in records[entry.table].columns}
    assert "Nothing is left open." in text
    for part in open_mapped(folder, folder / "draft.toml").chunks():
        rows = admit(part.frame, part.table, source=part.source, file=part.file, now=pd.Timestamp("2100-01-01")).rows
        assert list(rows["record_id"]) == list(records[part.table]["record_id"])


def test_a_day_and_a_month_that_no_value_tells_apart_are_left_to_a_person(tmp_path):
    rows = "case no,event date,firm,type\n1,01/02/2024,Ada,drug\n2,03/04/2024,Bea,drug\n"
    (tmp_path / "events.csv").write_text(rows)
    text, plan = drafted(tmp_path, tmp_path)
    assert "occurred_on" not in columns_of(plan, "incidents")
    assert "reads as %m/%d/%Y and as %d/%m/%Y: no value tells day from month" in " ".join(text.split())
    (tmp_path / "events.csv").write_text(rows + "3,13/04/2024,Bea,drug\n")
    _, plan = drafted(tmp_path, tmp_path)
    assert columns_of(plan, "incidents")["occurred_on"] == {"column": "event date", "date_format": "%d/%m/%Y"}


def test_a_value_that_nothing_is_near_to_is_a_hole_and_refused_until_it_is_filled(tmp_path):
    (tmp_path / "members.csv").write_text(
        "Member ID,Company,Type of business,Since\n1,Ada,Importer,2020-01-01\n2,Bea,Zoo,2020-01-02\n"
    )
    (tmp_path / "incidents_2024.csv").write_text(
        "Report Number,date_of_incident,Member ID,entered\nR1,2024-01-02,1,2024-01-05\n"
    )
    text, plan = drafted(tmp_path, tmp_path)
    assert columns_of(plan, "participants")["business_type"]["values"] == {"Importer": "importer"}
    assert '# "Zoo" = ...' in text
    assert "say what 'Zoo' of 'Type of business' means" in text
    assert columns_of(plan, "incidents")["incident_id"] == "Report Number"
    assert columns_of(plan, "incidents")["occurred_on"] == "date_of_incident"
    assert columns_of(plan, "incidents")["known_at"] == {"column": "entered", "plus_days": 1}
    with pytest.raises(Exception, match="got 'Zoo'"):
        _ = open_mapped(tmp_path, tmp_path / "draft.toml").rows


def test_several_rows_of_one_incident_with_other_firms_are_its_parties(tmp_path):
    (tmp_path / "cases.csv").write_text(
        "case id,event date,company id,company name,recorded\n"
        "9,2024-01-02,A1,Ada,2024-01-03 10:00\n9,2024-01-02,B2,Bea,2024-01-04 10:00\n"
        "10,2024-02-02,A1,Ada,2024-02-03 10:00\n"
    )
    _, plan = drafted(tmp_path, tmp_path)
    (incidents,) = [entry for entry in plan.rows if entry.table == "incidents"]
    assert incidents.first_by == "known_at"
    assert columns_of(plan, "involvements")["party_no"] == "company id"
    report = ingest(tmp_path, Lake(tmp_path / "lake"), now=NOW, mapping=tmp_path / "draft.toml")
    assert {name: counts.new for name, counts in report.tables.items()} == {
        "participants": 2,
        "incidents": 2,
        "involvements": 3,
    }


def test_the_tables_of_a_database_are_drafted_as_queries(tmp_path):
    address = f"sqlite:///{tmp_path / 'office.db'}"
    engine = create_engine(address)
    events = {
        "CaseNo": [1, 2],
        "EventDate": ["2024-01-02", "2024-01-03"],
        "OPERATOR_ID": [7, 8],
        "Entered": ["2024-01-05"] * 2,
    }
    pd.DataFrame(events).to_sql("safety incidents", engine, index=False)
    engine.dispose()
    _, plan = drafted(address, tmp_path)
    assert {entry.origin.query for entry in plan.rows} == {'SELECT * FROM "safety incidents"'}
    rows = {part.table: part.frame for part in open_mapped(address, tmp_path / "draft.toml").rows}
    assert list(rows["incidents"]["incident_id"]) == ["1", "2"]
    assert list(rows["involvements"]["participant_id"]) == ["7", "8"]


@given(st.lists(st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2030-12-31").date()), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_date_is_never_read_as_another_day_without_saying_so(days):
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%b-%Y", "%Y%m%d"):
        values = pd.Series([day.strftime(form) for day in days])
        reading = read_dates(values, "event date")
        assert reading is not None
        right = [pd.Timestamp(day) for day in days]
        assert reading.options or list(reading.dates(values)) == right


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands"),
    [
        (["7", "12.5"], ".", ""),
        (["1,234.5", "12"], ".", ","),
        (["1.234,5", "12"], ",", "."),
        (["1 234 567,5"], ",", " "),
        (["12,5"], ",", "."),
    ],
)
def test_the_notation_of_numbers_is_told_by_all_of_them(cells, decimal, thousands):
    reading = read_numbers(pd.Series(cells))
    assert (reading.decimal, reading.thousands, reading.unsure) == (decimal, thousands, False)
    assert read_numbers(pd.Series([*cells, "about 7"])) is None
    assert read_numbers(pd.Series(["1,234"])).unsure


def test_names_are_compared_by_their_words():
    assert plain_words("dateOfIncident") == plain_words("Date of incident") == ("date", "incident")
    assert plain_words("OPERATOR_ID") == ("operator", "id")
    for foreign, ours in [
        ("Report Number", "incident_id"),
        ("OPERATOR_ID", "participant_id"),
        ("date_of_incident", "occurred_on"),
        ("license", "participant_id"),
        ("Razón social", "legal_name"),
        ("Fecha de registro", "known_at"),
    ]:
        assert name_score(foreign, ours) > 0.8, foreign
    assert name_score("color", "severity") == 0


def test_values_find_their_nearest_word_or_none():
    assert nearest_value("Trucker", BUSINESS_TYPES) == ("highway_carrier", "likely")
    assert nearest_value("Importer", BUSINESS_TYPES) == ("importer", "sure")
    assert nearest_value("imporer", BUSINESS_TYPES) == ("importer", "a guess")
    assert nearest_value("Polizón", INCIDENT_TYPES) == ("human_smuggling", "likely")
    assert nearest_value("Zoo", BUSINESS_TYPES) is None


def test_a_column_of_nothing_is_no_date_and_no_number():
    look = Look("x", pd.Series(["N/A", None, "-"], dtype="str"))
    assert look.date is None
    assert look.number is None
    assert not look.is_unique


def test_the_verb_writes_a_draft_once_and_never_over_what_a_person_decided(tmp_path):
    run = CliRunner()
    printed = run.invoke(main, ["mapping", "init", str(OFFICES)])
    assert printed.exit_code == 0
    assert printed.output.startswith("# A draft")
    out = tmp_path / "new" / "draft.toml"
    done = run.invoke(main, ["mapping", "init", str(OFFICES), "--out", str(out)])
    assert done.exit_code == 0
    assert out.read_text(encoding="utf-8") == printed.output
    out.write_text("mine")
    assert run.invoke(main, ["mapping", "init", str(OFFICES), "--out", str(out)]).exit_code == 1
    assert out.read_text() == "mine"
    assert run.invoke(main, ["mapping", "init", str(tmp_path / "empty")]).exit_code == 1


def test_every_column_that_a_draft_reads_is_in_its_file(tmp_path):
    _, plan = drafted(OFFICES, tmp_path)
    assert all(
        columns_read(expression)
        for entry in plan.rows
        for expression in entry.columns.values()
        if "constant" not in str(expression)
    )
    open_mapped(OFFICES, tmp_path / "draft.toml")
