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
