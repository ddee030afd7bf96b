"""A party is linked by number first, then by name; never when two participants fit; never before both were known."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import IDENTIFIERS, INVOLVEMENTS, PARTICIPANTS, write_program

from records.ingest import ingest
from records.known import current, known_before
from records.lake import Lake
from records.linkage import normalize_name

NOW = pd.Timestamp("2024-01-01")


def linked(tmp_path, **files) -> pd.DataFrame:
    lake = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "raw", **files), lake, now=NOW)
    return current(lake.read())["involvements"].set_index("incident_id")


def test_a_number_links_with_certainty_and_a_misspelled_name_with_its_similarity(tmp_path):
    involvements = linked(tmp_path)
    assert dict(involvements["participant_id"]) == {"I1": "P1", "I2": "P1", "I3": "P2"}
    assert involvements.loc["I2", "link_weight"] == 1
    assert 0.93 <= involvements.loc["I3", "link_weight"] < 1


def test_the_party_stays_open_before_the_link_became_known(tmp_path):
    late = IDENTIFIERS.replace("2018-03-01,2018-03-02", "2018-03-01,2023-01-01")
    other_name = INVOLVEMENTS.replace("TRANSPORTES NUBELAR", "Unknown Hauler")
    lake = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "raw", identifiers=late, involvements=other_name), lake, now=NOW)
    for moment, expected in (("2022-12-31", True), ("2023-01-01", True), ("2023-01-02", False)):
        rows = known_before(lake.read(), pd.Timestamp(moment))["involvements"].set_index("incident_id")
        assert pd.isna(rows.loc["I2", "participant_id"]) == expected


def test_a_number_links_only_while_it_is_valid(tmp_path):
    ended = (
        IDENTIFIERS.replace("valid_from,known_at", "valid_from,valid_to,known_at")
        .replace("2018-03-01,2018-03-02", "2018-03-01,2021-01-01,2018-03-02")
        .replace("2019-06-01,2019-06-02", "2019-06-01,,2019-06-02")
    )
    involvements = linked(
        tmp_path, identifiers=ended, involvements=INVOLVEMENTS.replace("TRANSPORTES NUBELAR", "Unknown Hauler")
    )
    assert pd.isna(involvements.loc["I2", "participant_id"])


def test_a_name_that_two_participants_share_links_to_neither(tmp_path):
    twins = PARTICIPANTS.replace("Aurora Brokerage Inc,broker", "Harbor Light Imports LLC,importer")
    assert pd.isna(linked(tmp_path, participants=twins).loc["I3", "participant_id"])


def test_of_two_sister_firms_the_one_with_the_legal_form_and_the_business_of_the_report_is_linked(tmp_path):
    sisters = PARTICIPANTS.replace("Aurora Brokerage Inc", "Harbor Light Imports Inc")
    assert linked(tmp_path, participants=sisters).loc["I3", "participant_id"] == "P2"


def test_an_identifier_that_arrives_later_links_what_was_left_open(tmp_path):
    lake = Lake(tmp_path / "lake")
    nameless = INVOLVEMENTS.replace("TRANSPORTES NUBELAR", "Unknown Hauler")
    without = IDENTIFIERS.replace("P1,scac,TNBL", "P1,scac,OTHR")
    ingest(write_program(tmp_path / "raw", identifiers=without, involvements=nameless), lake, now=NOW)
    more = tmp_path / "more"
    more.mkdir()
    (more / "identifiers.portal.csv").write_text(
        "participant_id,scheme,value,valid_from,known_at\nP1,scac,TNBL,2018-03-01,2023-05-01\n"
    )
    report = ingest(more, lake, now=NOW)
    assert report.links.by_identifier == 1
    assert current(lake.read())["involvements"].set_index("incident_id").loc["I2", "participant_id"] == "P1"


@given(name=st.text(max_size=30))
def test_normalizing_a_name_twice_changes_nothing_more(name):
    once = normalize_name(name)
    assert normalize_name(once) == once


@pytest.mark.parametrize(
    "name", ["Transportes Núbelar, S.A. de C.V.", "TRANSPORTES NUBELAR", "transportes-nubelar sa de cv"]
)
def test_accents_case_punctuation_and_legal_form_do_not_matter(name):
    assert normalize_name(name) == "transportes nubelar"
