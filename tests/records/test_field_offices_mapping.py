"""Two field offices send what they have. The mapping of docs/examples/field-offices tells one story out of it."""

from pathlib import Path

import pandas as pd
import pytest

from records.door import admit
from records.ingest import ingest
from records.known import known_before
from records.lake import Lake
from records.mapping import open_mapped

OFFICES = Path(__file__).parents[2] / "docs" / "examples" / "field-offices"
NOW = pd.Timestamp("2024-06-01")


@pytest.fixture(scope="module")
def rows():
    found = {}
    for part in open_mapped(OFFICES, OFFICES / "field-offices.toml").chunks():
        arrival = admit(part.frame, part.table, source=part.source, file=part.file, now=NOW)
        assert not part.problems
        assert not arrival.problems
        found.setdefault(part.table, []).append(arrival.rows)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}


def told(frame, *columns):
    """The rows as tuples, nulls as None and moments as text."""
    cells = frame[list(columns)].astype(object)
    return [tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in cells.itertuples(index=False)]


def test_the_register_is_a_workbook_whose_numbers_are_accounts(rows):
    assert told(rows["participants"], "participant_id", "legal_name", "business_type", "country", "known_at") == [
        ("7", "Rio Bravo Carriers LLC", "highway_carrier", "US", "2019-05-02 00:00:00"),
        ("12", "Ostra Imports Inc", "importer", "US", "2020-11-18 00:00:00"),
        ("31", "Caribe Freight", "consolidator", "PR", "2022-02-09 00:00:00"),
        ("44", "Transportes del Norte", "mexican_long_haul_carrier", "MX", "2023-09-02 00:00:00"),
    ]
    assert told(rows["identifiers"], "participant_id", "scheme", "value") == [
        ("7", "scac", "RBCL"),
        ("31", "scac", "CBFT"),
        ("44", "scac", "TDNO"),
    ]


def test_every_case_of_both_offices_is_there_with_its_amendment_and_its_retraction(rows):
    columns = ("incident_id", "occurred_on", "incident_type", "severity", "retracted", "known_at", "source")
    assert told(rows["incidents"], *columns) == [
        ("laredo-0041", "2024-01-12 00:00:00", "drug", "8.0", "False", "2024-01-16 15:30:00", "laredo"),
        ("laredo-0041", "2024-01-12 00:00:00", "drug", "5.0", "False", "2024-03-05 20:00:00", "laredo"),
        ("laredo-0042", "2024-02-03 00:00:00", "seal_tamper", "2.0", "False", "2024-02-05 14:15:00", "laredo"),
        ("laredo-0042", "2024-02-03 00:00:00", "seal_tamper", "2.0", "True", "2024-02-20 16:00:00", "laredo"),
        ("laredo-0043", "2024-02-28 00:00:00", "human_smuggling", "8.0", "False", "2024-03-01 23:45:00", "laredo"),
        ("SJ-1", "2024-01-05 00:00:00", "drug", "8.0", "False", "2024-01-11 00:00:00", "san-juan"),
        ("SJ-2", "2024-01-12 00:00:00", "drug", "7.5", "False", "2024-01-19 00:00:00", "san-juan"),
        ("SJ-3", "2024-02-20 00:00:00", "seal_tamper", "3.0", "False", "2024-02-27 00:00:00", "san-juan"),
        ("SJ-4", "2024-02-21 00:00:00", "human_smuggling", "9.0", "False", "2024-02-28 00:00:00", "san-juan"),
    ]


def test_pounds_with_thousands_and_kilograms_with_a_decimal_comma_become_kilograms(rows):
    kilograms = rows["incidents"].drop_duplicates("incident_id").set_index("incident_id")["quantity_kg"]
    assert kilograms["laredo-0041"] == pytest.approx(1000, abs=0.1)
    assert kilograms["SJ-1"] == 1250.5
    assert kilograms["SJ-2"] == 500


def test_a_firm_that_is_only_named_gets_its_account_and_an_unknown_name_is_left_to_linkage(rows):
    assert told(rows["involvements"], "incident_id", "participant_id", "party_name") == [
        ("laredo-0041", "7", "Rio Bravo Carriers LLC"),
        ("laredo-0042", "12", "Ostra Imports Inc"),
        ("laredo-0043", "31", "Caribe Freight"),
        ("SJ-1", "12", "OSTRA IMPORTS, INC."),
        ("SJ-2", "7", "RIO BRAVO CARRIERS LLC"),
        ("SJ-3", "31", "Caribe Freight"),
        ("SJ-4", None, "Transp. del Norte SA de CV"),
    ]


def test_the_incident_that_both_tell_is_told_once_and_the_months_are_closed_before_they_count(rows):
    assert told(rows["duplicates"], "incident_id", "duplicate_of", "weight", "source") == [
        ("SJ-2", "laredo-0041", "1.0", "san-juan")
    ]
    assert told(rows["exposures"], "participant_id", "month", "crossings", "exams_random", "known_at") == [
        ("7", "2024-01-01 00:00:00", "120.0", None, "2024-02-03 00:00:00"),
        ("7", "2024-02-01 00:00:00", "131.0", None, "2024-03-03 00:00:00"),
        ("31", "2024-01-01 00:00:00", "18.0", "2.0", "2024-02-03 00:00:00"),
    ]


def test_the_record_says_at_each_moment_what_the_offices_had_said_by_then(tmp_path):
    lake = Lake(tmp_path / "lake")
    report = ingest(OFFICES, lake, now=NOW, mapping=OFFICES / "field-offices.toml")
    incidents = report.tables["incidents"]
    assert (incidents.new, incidents.amended, incidents.retracted) == (7, 1, 1)

    def severity(as_of, incident):
        known = known_before(lake.read(), pd.Timestamp(as_of))["incidents"].set_index("incident_id")
        return known["severity"].get(incident)

    assert severity("2024-01-16", "laredo-0041") is None
    assert severity("2024-03-05 20:00", "laredo-0041") == 8
    assert severity("2024-03-06", "laredo-0041") == 5
    assert severity("2024-02-10", "laredo-0042") == 2
    assert severity("2024-02-21", "laredo-0042") is None
    again = ingest(OFFICES, lake, now=NOW, mapping=OFFICES / "field-offices.toml")
    assert again.tables["incidents"].unchanged == 9
    assert again.tables["incidents"].new == 0
