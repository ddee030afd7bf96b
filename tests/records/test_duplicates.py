"""An incident told by several sources is found, joined to the entry known first, and left apart when told so."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import day, table

from records.duplicates import find_duplicate_actions, find_duplicates
from records.ingest import ingest
from records.known import empty_table
from records.lake import Lake
from records.simulate.program import simulate_program


def told(name: str, discovery: str, occurred: float, known: float, **columns: Any) -> dict[str, Any]:
    """One entry: drugs on a truck at one port, unless said otherwise."""
    same = {"incident_type": "drug", "severity": 8.0, "port": "2304", "mode": "truck", "country_of_origin": "MX"}
    dates = {"occurred_on": day(occurred), "reported_on": day(known), "known_at": day(known)}
    return {"incident_id": name, "discovery": discovery, "source": discovery, **dates, **same, **columns}


def find(entries: list[dict[str, Any]], links: pd.DataFrame | None = None, who: str = "P1") -> pd.DataFrame:
    parties = [
        {"incident_id": name, "party_no": "1", "participant_id": who, "known_at": known}
        for name, known in {row["incident_id"]: row["known_at"] for row in reversed(entries)}.items()
    ]
    earlier = empty_table("duplicates") if links is None else links
    return find_duplicates(table("incidents", entries), table("involvements", parties), earlier)


def pairs(found: pd.DataFrame) -> list[tuple[str, str]]:
    return list(found[["incident_id", "duplicate_of"]].itertuples(index=False, name=None))


PORT, OFFICE = told("PX", "port_exam", 100, 105), told("FO", "field_office", 101, 120)
SELF = told("SR", "self_report", 100, 110)


def test_three_sources_of_one_incident_join_the_entry_known_first() -> None:
    found = find([PORT, OFFICE, SELF])
    assert pairs(found) == [("FO", "PX"), ("SR", "PX")]
    assert found["weight"].between(0.5, 1).all()
    assert (found["source"] == "linkage").all()
    assert list(found["known_at"]) == [day(120) + pd.Timedelta(1, "us"), day(110) + pd.Timedelta(1, "us")]


@pytest.mark.parametrize(
    "other",
    [
        told("PX2", "port_exam", 100, 106),
        told("FO", "field_office", 140, 150),
        told(
            "FO", "field_office", 103, 120, incident_type="currency", severity=2.0, port="2704", mode="sea",
            country_of_origin="CN",
        ),
        told("FO", "field_office", 101, 120, retracted=True),
    ],
    ids=["the same source twice", "forty days later", "nothing alike", "retracted"],
)  # fmt: skip
def test_what_is_not_the_same_incident_stays_apart(other: dict[str, Any]) -> None:
    assert pairs(find([PORT, other])) == []


def test_running_again_adds_nothing_and_a_link_taken_back_never_returns() -> None:
    found = find([PORT, OFFICE])
    assert find([PORT, OFFICE], found).empty
    back = found.assign(retracted=True, known_at=day(200), source="review:ann", record_id="back")
    assert find([PORT, OFFICE], pd.concat([found, back], ignore_index=True)).empty


@given(
    order=st.permutations(range(6)),
    shifts=st.lists(st.integers(0, 6), min_size=3, max_size=3),
    lates=st.lists(st.integers(8, 60), min_size=6, max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter_and_no_root_is_known_after_its_repetition(
    order: list[int], shifts: list[int], lates: list[int]
) -> None:
    channels = ("port_exam", "field_office", "self_report")
    entries = [
        told(f"{channel[:2]}{case}", channel, 100 + 40 * case + shift, 100 + 40 * case + lates[3 * case + place])
        for case in range(2)
        for place, (channel, shift) in enumerate(zip(channels, shifts, strict=True))
    ]
    found = find(entries)
    assert find([entries[place] for place in order]).equals(found)
    known = {row["incident_id"]: row["known_at"] for row in entries}
    roots = set(found["duplicate_of"])
    for repetition, root in pairs(found):
        assert known[root] <= known[repetition]
        assert repetition not in roots, "a chain is told by its first entry"
        assert repetition[-1] == root[-1], "two incidents forty days apart were taken for one"


def link(name: str, original: str, known: float, **columns: Any) -> dict[str, Any]:
    return {"incident_id": name, "duplicate_of": original, "known_at": day(known), "source": "review:ann", **columns}


def test_entries_that_a_person_kept_apart_do_not_meet_through_a_third() -> None:
    apart = table("duplicates", [link("FO", "PX", 150), link("FO", "PX", 200, retracted=True)])
    found = pairs(find([PORT, OFFICE, SELF], apart))
    assert len(found) == 1
    assert found != [("FO", "PX")]


def test_a_link_that_a_person_made_is_never_rewritten() -> None:
    other = told("PX9", "port_exam", 300, 305)
    decided = table("duplicates", [link("FO", "PX9", 310)])
    assert "FO" not in find([PORT, OFFICE, SELF, other], decided)["incident_id"].tolist()


def test_no_link_closes_a_circle_with_one_that_a_person_made_the_other_way() -> None:
    against_time = table("duplicates", [link("PX", "FO", 150)])
    assert find([PORT, OFFICE], against_time).empty
    assert find([PORT, OFFICE, SELF], against_time).empty


def test_an_entry_that_turns_out_to_be_earlier_becomes_the_original_of_all() -> None:
    found = find([OFFICE, SELF])
    assert pairs(found) == [("FO", "SR")]
    more = find([OFFICE, SELF, PORT], found)
    assert pairs(more) == [("FO", "PX"), ("SR", "PX")]
    assert (more["known_at"] > found["known_at"].max() - pd.Timedelta(1, "D")).any()
    again = pd.concat([found, more], ignore_index=True)
    assert find([OFFICE, SELF, PORT], again).empty


def test_who_stands_in_an_entry_already_does_not_tell_it_a_second_time() -> None:
    cross_reference = PORT | {"source": "field_office", "known_at": day(112)}
    assert find([PORT, cross_reference, OFFICE]).empty


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.permutations(range(36)))
@settings(max_examples=25, deadline=None)
def test_the_many_incidents_of_a_busy_participant_never_become_one(lots: list[int], order: list[int]) -> None:
    """A month of incidents, one every other day, of other kinds, gravity and conveyances, told by three sources."""
    entries = [
        told(
            f"{channel[:2]}{case:02}", channel, 100 + 12 * case + 2 * place, 130 + 12 * case + 2 * place,
            incident_type=("drug", "currency", "seal_tamper")[place], severity=float(9 - 3 * place),
            conveyance_number=f"TR{case:02}{place}{lots[case]:03}", quantity_kg=(40.0, None, None)[place],
        )
        for case in range(12)
        for place, channel in enumerate(("port_exam", "field_office", "self_report"))
    ]  # fmt: skip
    assert find([entries[place] for place in order]).empty


def test_a_name_that_stands_in_every_report_joins_nothing() -> None:
    entries = [told(f"I{k}", ("port_exam", "field_office")[k % 2], 100 + k % 5, 120 + k) for k in range(90)]
    parties = [
        {"incident_id": row["incident_id"], "party_no": "1", "party_name": "UNKNOWN", "known_at": row["known_at"]}
        for row in entries
    ]
    incidents = table("incidents", entries)
    assert find_duplicates(incidents, table("involvements", parties), empty_table("duplicates")).empty
    few = find_duplicates(incidents.head(2), table("involvements", parties[:2]), empty_table("duplicates"))
    assert pairs(few) == [("I1", "I0")]


def test_incidents_of_others_change_nothing() -> None:
    alone = find([PORT, OFFICE])
    incidents = table(
        "incidents", [PORT, OFFICE, told("X1", "port_exam", 100, 104), told("X2", "field_office", 300, 310)]
    )
    parties = [
        {"incident_id": name, "party_no": "1", "participant_id": who, "known_at": known}
        for name, who, known in (
            ("PX", "P1", day(105)), ("FO", "P1", day(120)), ("X1", "P2", day(104)), ("X2", "P2", day(310))
        )
    ]  # fmt: skip
    found = find_duplicates(incidents, table("involvements", parties), empty_table("duplicates"))
    assert pairs(found) == pairs(alone)
    assert list(found["weight"]) == list(alone["weight"])


def test_a_decision_entered_twice_is_proposed_and_a_later_step_is_not() -> None:
    def action(name: str, kind: str, decided: float, incident: str = "I1") -> dict[str, Any]:
        dates = {"decided_on": day(decided), "known_at": day(decided + 1)}
        return {"action_id": name, "participant_id": "P1", "incident_id": incident, "kind": kind, **dates}

    rows = [action("A1", "outreach", 10), action("A2", "outreach", 12), action("A3", "outreach", 80)]
    found = find_duplicate_actions(table("actions", rows))
    assert list(found[["action_id", "duplicate_of"]].itertuples(index=False, name=None)) == [("A2", "A1")]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """A simulated program, its incidents and the links that ingest found."""
    folder = tmp_path_factory.mktemp("twice")
    simulate_program(folder / "raw", seed=61, participants=4000, years=6)
    lake = Lake(folder / "lake")
    ingest(folder / "raw", lake, now=pd.Timestamp("2026-11-24"))
    stored = lake.read_stored()
    return folder / "raw", stored["incidents"], stored["duplicates"]


def test_nearly_all_repetitions_of_a_simulated_program_are_found_and_hardly_a_wrong_one(
    program: tuple[Path, pd.DataFrame, pd.DataFrame],
) -> None:
    raw, incidents, duplicates = program
    last = incidents.sort_values(["known_at", "record_id"]).drop_duplicates("incident_id", keep="last")
    standing = set(last.loc[~last["retracted"], "incident_id"])
    truth = pd.read_parquet(raw / "truth" / "duplicates.parquet")
    true = {pair for pair in pairs(truth) if pair[0] in standing}
    found = set(pairs(duplicates))
    assert len(true) > 40
    assert 2 * len(found & true) / (len(found) + len(true)) >= 0.9


def test_the_audits_participant_keeps_all_of_its_incidents(program: tuple[Path, pd.DataFrame, pd.DataFrame]) -> None:
    raw, _, duplicates = program
    case = json.loads((raw / "truth" / "facts.json").read_text(encoding="utf-8"))["audit_case"]
    happened = pd.read_parquet(raw / "truth" / "incidents.parquet")
    mine = set(happened.loc[happened["participant_id"] == case, "incident_id"].dropna())
    assert len(mine) > 25
    assert len(mine & set(duplicates["incident_id"])) <= 1
