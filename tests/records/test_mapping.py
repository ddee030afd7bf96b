"""Foreign files come in by a written mapping, and whatever it cannot place is refused."""

from pathlib import Path

import pandas as pd
import pytest

from records.errors import BatchRefused, MappingError
from records.ingest import ingest
from records.lake import Lake
from records.mapping import open_mapped

NOW = pd.Timestamp("2024-01-01")

FILE = """firm,when,told,level,kind
Ada,03/01/2021,,HIGH,leak
Ada,07/15/2021,07/20/2021,LOW,spill
Bea,02/01/2022,01/15/2022,HIGH,leak
"""

MAPPING = """
[program]
name = "Two firms"
[[rows]]
table = "participants"
file = "events.csv"
first_by = "known_at"
[rows.columns]
participant_id = "firm"
known_at = { column = "when", date_format = "%m/%d/%Y" }
[[rows]]
table = "incidents"
file = "events.csv"
source = "registry"
[rows.columns]
incident_id = { template = "{firm}/{when}" }
occurred_on = { column = "when", date_format = "%m/%d/%Y" }
severity = { column = "level", values = { HIGH = 8, LOW = 2 } }
incident_type = "kind"
[rows.columns.known_at]
column = "told"
date_format = "%m/%d/%Y"
otherwise = { column = "when", date_format = "%m/%d/%Y", plus_days = 10 }
not_before = { column = "when", date_format = "%m/%d/%Y" }
[[rows]]
table = "involvements"
file = "events.csv"
[rows.columns]
incident_id = { template = "{firm}/{when}" }
party_no = { constant = "1" }
participant_id = "firm"
known_at = { column = "when", date_format = "%m/%d/%Y", plus_days = 10 }
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "events.csv").write_text(FILE)
    (tmp_path / "mapping.toml").write_text(MAPPING)
    return tmp_path


def change(files: Path, old: str, new: str) -> Path:
    assert old in MAPPING
    (files / "mapping.toml").write_text(MAPPING.replace(old, new))
    return files / "mapping.toml"


def test_three_foreign_rows_become_two_participants_and_three_incidents(files, tmp_path):
    lake = Lake(tmp_path / "lake")
    ingest(files, lake, now=NOW, mapping=files / "mapping.toml")
    records = lake.read()
    incidents = records["incidents"].set_index("incident_id")
    assert sorted(records["participants"]["participant_id"]) == ["Ada", "Bea"]
    assert incidents.loc["Ada/03/01/2021", "known_at"] == pd.Timestamp("2021-03-11")
    assert incidents.loc["Ada/07/15/2021", "known_at"] == pd.Timestamp("2021-07-20")
    # Told before it happened is impossible: the day it happened is the earliest it can have been known.
    assert incidents.loc["Bea/02/01/2022", "known_at"] == pd.Timestamp("2022-02-01")
    assert list(incidents.loc[["Ada/03/01/2021", "Ada/07/15/2021"], "severity"]) == [8, 2]
    assert set(incidents["source"]) == {"registry"}
    assert lake.program.name == "Two firms"


def test_a_participant_is_known_from_its_first_row(files):
    (participants, *_) = open_mapped(files, files / "mapping.toml").rows
    assert dict(participants.frame.set_index("participant_id")["known_at"])["Ada"] == pd.Timestamp("2021-03-01")


def test_the_one_file_itself_may_be_named_as_the_source(files):
    assert len(open_mapped(files / "events.csv", files / "mapping.toml").rows) == 3


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"kind"', '"kinds"', "Did you mean 'kind'"),
        ("incident_type =", "incident_typ =", "Did you mean 'incident_type'"),
        ('table = "incidents"', 'table = "incident"', "Did you mean 'incidents'"),
        ('file = "events.csv"\nsource', 'file = "event.csv"\nsource', "Expected the file event.csv"),
        ("plus_days = 10 }\nnot_before", "plus_day = 10 }\nnot_before", "plus_days"),
        ("values =", 'template = "x", values =', "exactly one of"),
        ("[program]", "[programs]", "Expected \\[program\\]"),
        ('name = "Two firms"', 'title = "Two firms"', "under \\[program\\]"),
        ('first_by = "known_at"', 'first_by = "known"', "Did you mean 'known_at'"),
    ],
)
def test_a_mapping_that_names_what_is_not_there_is_refused_with_the_nearest(files, old, new, words):
    with pytest.raises(MappingError, match=words):
        open_mapped(files, change(files, old, new))


def test_a_value_without_an_entry_is_refused_unless_the_mapping_says_otherwise(files):
    with pytest.raises(BatchRefused, match="got 'LOW'"):
        _ = open_mapped(files, change(files, "HIGH = 8, LOW = 2 }", "HIGH = 8 }")).rows
    null = open_mapped(files, change(files, "HIGH = 8, LOW = 2 }", 'HIGH = 8 }, unmapped = "null"')).rows[1]
    assert null.frame["severity"].isna().sum() == 1


def test_a_date_in_another_format_is_refused_and_not_lost(files):
    (files / "events.csv").write_text(FILE.replace("03/01/2021", "2021-03-01"))
    with pytest.raises(BatchRefused, match="date in the format"):
        _ = open_mapped(files, files / "mapping.toml").rows


def test_rows_can_be_chosen_by_value_or_by_number(files):
    chosen = change(files, 'source = "registry"', 'source = "registry"\nwhere = { level = ["HIGH"] }')
    assert len(open_mapped(files, chosen).rows[1].frame) == 2
    (files / "events.csv").write_text(FILE.replace("HIGH", "3").replace("LOW", "1"))
    text = MAPPING.replace('source = "registry"', "where = { level = { at_least = 2 } }").replace(
        'severity = { column = "level", values = { HIGH = 8, LOW = 2 } }', 'severity = "level"'
    )
    (files / "mapping.toml").write_text(text)
    assert len(open_mapped(files, files / "mapping.toml").rows[1].frame) == 2


def test_every_fault_is_listed_at_once_with_its_entry(files):
    text = MAPPING.replace('"kind"', '"kinds"').replace('table = "involvements"', 'table = "involvement"')
    text = text.replace('first_by = "known_at"', 'first_by = "knownat"').replace(
        "plus_days = 10 }\nnot", 'plus_days = "10" }\nnot'
    )
    (files / "mapping.toml").write_text(text)
    with pytest.raises(MappingError) as refusal:
        open_mapped(files, files / "mapping.toml")
    words = str(refusal.value)
    assert "3 faults in mapping.toml" in words
    assert "[[rows]] 1 (participants): expected a mapped column for first_by" in words
    assert "[[rows]] 2 (incidents): expected plus_days of otherwise of known_at to be a whole number, got '10'" in words
    assert "[[rows]] 3 (involvement): expected a table" in words
    assert "Did you mean 'involvements'?" in words


def test_columns_and_files_that_are_not_there_are_listed_together(files):
    text = MAPPING.replace('"kind"', '"Kind"').replace('file = "events.csv"\n[rows', 'file = "event.csv"\n[rows')
    (files / "mapping.toml").write_text(text)
    with pytest.raises(MappingError) as refusal:
        open_mapped(files, files / "mapping.toml")
    assert "got 'Kind'. Did you mean 'kind'?" in str(refusal.value)
    assert "got none. Did you mean 'events.csv'?" in str(refusal.value)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('severity = { column = "level", date_format = ["%d/%m/%Y", "%m/%d/%Y"] }', "never read one text as two days"),
        ('severity = { column = "level", part = "a(b)(c)" }', "exactly one group"),
        ('severity = { column = "level", lookup = "firms" }', "name of [[lookups]], one of none; got 'firms'"),
        ('severity = { column = "level", unmapped = "null" }', "only beside values"),
        ('severity = { column = "level", number = { decimals = "," } }', "Did you mean 'decimal'?"),
        ('severity = { column = "level", time_zone = "Chicago" }', "a time zone such as America/Chicago"),
        ('severity = { column = "level", values = { } }', "a table from the file's values to ours"),
        ("severity = 7", "the name of a column or a table of keys"),
        ('severity = "level"\n[rows.combine]\nseverity = "mean"', "to be one of sum, min, max, got 'mean'"),
        ('severity = "level"\n[rows.combine]\nseverity = "max"', "how incident_type, known_at of several rows"),
        ('severity = "level"\n[rows.where]\nlevel = { at_lest = 3 }', "Did you mean 'at_least'?"),
    ],
)
def test_what_a_key_cannot_mean_is_said(files, entry, words):
    cut = MAPPING[: MAPPING.index('[[rows]]\ntable = "incidents"')]
    rows = '[[rows]]\ntable = "incidents"\nfile = "events.csv"\n[rows.columns]\nincident_id = "firm"\n'
    rows += 'occurred_on = "when"\nincident_type = "kind"\nknown_at = "when"\n'
    if "combine" in entry:
        rows = rows.replace('occurred_on = "when"\n', "")
    (files / "mapping.toml").write_text(cut + rows + entry)
    with pytest.raises(MappingError) as refusal:
        open_mapped(files, files / "mapping.toml")
    assert words in str(refusal.value)


LOOKED_UP = """
[[lookups]]
name = "firms"
file = "firms.csv"
key = { column = "name", case = "upper" }
value = "no"
[[rows]]
table = "participants"
file = "events.csv"
[rows.columns]
participant_id = { column = "firm", case = "upper", lookup = "firms", unmatched = "POLICY" }
known_at = { column = "when", date_format = "%m/%d/%Y" }
"""


@pytest.mark.parametrize(("policy", "expected"), [("null", ["7", "7", None]), ("keep", ["7", "7", "BEA"])])
def test_a_name_is_joined_to_its_number_and_the_mapping_says_what_becomes_of_others(files, policy, expected):
    (files / "firms.csv").write_text("no,name\n7,Ada\n12,Bea\n13,Bea\n")
    (files / "m.toml").write_text(LOOKED_UP.replace("POLICY", policy))
    (rows,) = open_mapped(files, files / "m.toml").rows
    assert [None if pd.isna(who) else who for who in rows.frame["participant_id"]] == expected


def test_a_name_that_two_numbers_share_is_no_match_and_the_refusal_says_so(files):
    (files / "firms.csv").write_text("no,name\n7,Adah\n12,Bea\n13,Bea\n")
    (files / "m.toml").write_text(LOOKED_UP.replace("POLICY", "refuse"))
    with pytest.raises(BatchRefused) as refusal:
        _ = open_mapped(files, files / "m.toml").rows
    assert "2 rows: expected a key of the lookup firms; got 'ADA', nearest 'ADAH' (events.csv row 1)" in str(
        refusal.value
    )
    assert (
        "1 row: expected a key of the lookup firms that names one value, not several; got 'BEA' (events.csv row 3)"
        in str(refusal.value)
    )


def test_a_row_that_cannot_be_compared_is_refused_and_not_left_out(files):
    text = MAPPING.replace('source = "registry"', "where = { level = { at_least = 2 } }")
    (files / "mapping.toml").write_text(text)
    with pytest.raises(BatchRefused, match="where level: 3 rows: expected a number, to compare it; got 'HIGH'"):
        _ = open_mapped(files, files / "mapping.toml").rows


def test_a_problem_names_the_row_of_the_file_even_where_rows_were_left_out(files):
    changed = change(
        files, 'source = "registry"', 'source = "registry"\nwhere = { kind = ["spill", "leak"], firm = ["Bea"] }'
    )
    (files / "events.csv").write_text(
        FILE.replace("HIGH,leak\n", "HIGH,leak\n").replace("Bea,02/01/2022", "Bea,31/31/2022")
    )
    with pytest.raises(BatchRefused, match=r"incidents.occurred_on: 1 row: .* \(events.csv row 3\)"):
        _ = open_mapped(files, changed).rows


def test_several_files_of_one_layout_are_one_entry_and_each_is_its_own_source(files):
    (files / "events_2.csv").write_text("firm,when,told,level,kind\nCem,04/01/2021,,LOW,leak\n")
    rows = open_mapped(files, change(files, 'file = "events.csv"\nsource = "registry"', 'file = "events*.csv"')).rows
    assert [(part.source, len(part.frame)) for part in rows if part.table == "incidents"] == [
        ("events", 3),
        ("events_2", 1),
    ]


def test_an_hour_in_local_time_becomes_utc_and_the_doubled_hour_the_later_one(files):
    (files / "events.csv").write_text("firm,when\nAda,2024-07-01 12:00\nBea,2024-11-03 01:30\n")
    (files / "m.toml").write_text("""
[[rows]]
table = "participants"
file = "events.csv"
[rows.columns]
participant_id = "firm"
known_at = { column = "when", time_zone = "America/Chicago" }
""")
    (rows,) = open_mapped(files, files / "m.toml").rows
    assert list(rows.frame["known_at"]) == [pd.Timestamp("2024-07-01 17:00"), pd.Timestamp("2024-11-03 07:30")]


def test_a_database_is_named_in_the_mapping_or_as_the_source_and_its_password_never_shown(files, monkeypatch):
    entry = '[[rows]]\ntable = "participants"\nquery = "select 1"\nsource = "s"\n'
    entry += '[rows.columns]\nparticipant_id = "x"\nknown_at = "y"\n'
    (files / "m.toml").write_text(entry)
    with pytest.raises(MappingError, match="expected database beside query"):
        open_mapped(files, files / "m.toml")
    (files / "m.toml").write_text(MAPPING)
    with pytest.raises(MappingError, match="expected a query, because SOURCE is a database"):
        open_mapped("sqlite:///x.db", files / "m.toml")
    monkeypatch.setenv("OFFICE_PASSWORD", "hush")
    (files / "m.toml").write_text(
        entry.replace('source = "s"', 'source = "s"\ndatabase = "sqlite:///$OFFICE_PASSWORD.db"')
    )
    with pytest.raises(MappingError, match="SQLite file"):
        open_mapped(files, files / "m.toml")
