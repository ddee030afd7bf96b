"""A decision is a signed row; taking it back gives the version before it; linkage leaves it alone."""

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_rows import link, party
from programs import INVOLVEMENTS, PARTICIPANTS, write_program
from worlds import day, table

from records.errors import ReviewRefused
from records.ingest import ingest
from records.lake import Lake
from records.linkage.review import Decision, decide, find_proposals, record_decision, undo, undo_decision
from trustlane import main

NOW = pd.Timestamp("2024-01-01")
SAID = ["participant_id", "link_weight", "source", "party_name", "retracted"]
TWINS = PARTICIPANTS.replace("Aurora Brokerage Inc,broker", "Harbor Light Imports LLC,importer")


@pytest.fixture
def lake(tmp_path) -> Lake:
    """A lake with one question: I3 names a firm of which there are two."""
    made = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "raw", participants=TWINS), made, now=NOW)
    return made


def latest(lake: Lake, incident: str = "I3") -> pd.Series:
    rows = lake.read_stored()["involvements"]
    return rows[rows["incident_id"] == incident].sort_values("known_at").iloc[-1]


@given(choices=st.lists(st.sampled_from(["P1", "P2", None, "undo"]), max_size=6))
@settings(max_examples=60, deadline=None)
def test_taking_a_decision_back_gives_the_version_before_it(choices):
    versions = table("involvements", [party(party_name="Nubelar")])
    standing = [versions.iloc[-1]]
    for place, choice in enumerate(choices):
        moment = day(200 + place)
        if choice == "undo" and len(standing) == 1:
            with pytest.raises(ReviewRefused, match="nothing to take back"):
                undo(versions, by="Ana", reason="wrong", known_at=moment)
            continue
        if choice == "undo":
            row = undo(versions, by="Ana", reason="wrong", known_at=moment)
            standing.pop()
        else:
            row = decide(versions, Decision("I1", "1", choice, "Ana", "seen the papers"), moment)
            standing.append(row.iloc[0])
        pd.testing.assert_series_equal(row.iloc[0][SAID], standing[-1][SAID], check_names=False)
        assert row["known_at"].iloc[0] > versions["known_at"].max()
        versions = pd.concat([versions, row], ignore_index=True)
    assert versions["record_id"].is_unique


def test_a_decided_party_is_never_touched_again():
    versions = table("involvements", [party(party_name="Harbor Light Imports LLC")])
    for choice in ("P1", None):
        row = decide(versions, Decision("I1", "1", choice, "Ana", "seen the papers"), day(200))
        assert link(row).links.empty
        assert link(row).proposals.empty


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("  ", "why"), ("Ana", "")])
def test_no_decision_is_anonymous_or_without_a_reason(by, reason):
    with pytest.raises(ReviewRefused, match="signed and has a reason"):
        Decision("I1", "1", "P1", by, reason)


def test_a_decision_lands_in_the_lake_is_not_asked_again_and_can_be_taken_back(lake):
    assert set(find_proposals(lake).proposals["participant_id"]) == {"P2", "P3"}
    record_decision(lake, Decision("I3", "1", "P3", "Ana Ruiz", "letter of 2 May"), NOW)
    assert latest(lake)[["participant_id", "source", "link_reason"]].tolist() == [
        "P3",
        "review:Ana Ruiz",
        "letter of 2 May",
    ]
    assert find_proposals(lake).proposals.empty
    undo_decision(lake, "I3", "1", by="Bo", reason="wrong letter", now=NOW)
    assert pd.isna(latest(lake)["participant_id"])
    assert latest(lake)["link_reason"] == "undone by Bo: wrong letter"
    assert set(find_proposals(lake).proposals["participant_id"]) == {"P2", "P3"}


def test_ids_that_the_record_does_not_hold_are_refused_in_words(lake):
    with pytest.raises(ReviewRefused, match="List the open ones"):
        record_decision(lake, Decision("I9", "1", "P3", "Ana", "why"), NOW)
    with pytest.raises(ReviewRefused, match="Expected a participant of the record"):
        record_decision(lake, Decision("I3", "1", "P9", "Ana", "why"), NOW)


def run(lake: Lake, *words: str):
    return CliRunner().invoke(main, ["link", "review", "--lake", str(lake.path), *words])


def test_the_verb_lists_decides_and_takes_back(lake):
    listed = run(lake)
    assert listed.exit_code == 0
    assert "1 parties wait" in listed.output
    done = run(lake, "--incident", "I3", "--party", "1", "--to", "P2", "--by", "Ana", "--reason", "call")
    assert done.exit_code == 0, done.output
    assert latest(lake)["participant_id"] == "P2"
    undone = run(lake, "--incident", "I3", "--party", "1", "--undo", "--by", "Ana", "--reason", "hung up")
    assert undone.exit_code == 0, undone.output
    assert pd.isna(latest(lake)["participant_id"])
    none = run(lake, "--incident", "I3", "--party", "1", "--to", "none", "--by", "Ana", "--reason", "outsider")
    assert none.exit_code == 0, none.output
    assert latest(lake)["source"] == "review:Ana"
    assert run(lake, "--incident", "I3", "--party", "1", "--to", "P2", "--reason", "x").exit_code == 2
    assert run(lake, "--incident", "I3", "--party", "1", "--to", "P9", "--by", "A", "--reason", "x").exit_code == 1


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(tmp_path):
    lake = Lake(tmp_path / "lake")
    formula = INVOLVEMENTS.replace("Harbor Ligth Imports LLC", "=Harbor Ligth Imports LLC")
    ingest(write_program(tmp_path / "raw", participants=TWINS, involvements=formula), lake, now=NOW)
    assert run(lake, "--out", str(tmp_path / "asked.csv")).exit_code == 0
    assert "'=Harbor" in (tmp_path / "asked.csv").read_text()


def test_a_person_at_a_terminal_answers_one_after_the_other(lake, monkeypatch):
    monkeypatch.setattr("serving.link_review.at_a_terminal", lambda: True)
    answered = CliRunner().invoke(main, ["link", "review", "--lake", str(lake.path)], input="Ana\n1\nletter\n")
    assert answered.exit_code == 0, answered.output
    assert "1 decided, 0 left" in answered.output
    assert latest(lake)["participant_id"] == "P2"
    assert latest(lake)["source"] == "review:Ana"
