"""Merges and duplicates applied at reading: the same, at every moment, as applying them to the record known then."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from worlds import day, incident, incidents_world, linked_records, moments, records_strategy, table

from records.known import Records, known_before
from records.resolved import COUNTS, entries_of, merge_cycles, resolve
from records.schemas import schema
from records.tables import TABLES

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
BOOKKEEPING = ["known_at", "source", "record_id", "retracted"]
Row = dict[str, Any]


# The slow and obvious definition: cut the stored record at one moment, follow each link, rename row by row.


def roots(edges: Mapping[str, str]) -> dict[str, str]:
    """Where each name ends; names in a circle stay."""
    found = {}
    for name in edges:
        here, seen = name, []
        while here in edges and here not in seen and not in_circle(edges, here):
            seen.append(here)
            here = edges[here]
        found[name] = here
    return found


def in_circle(edges: Mapping[str, str], name: str) -> bool:
    here = edges.get(name)
    for _ in edges:
        if here == name:
            return True
        here = edges.get(here) if here is not None else None
    return False


def resolved_now(stored: Records, as_of: pd.Timestamp) -> dict[str, list[Row]]:
    known = known_before(stored, as_of)
    now = {name: frame.drop(columns=BOOKKEEPING).to_dict("records") for name, frame in known.tables.items()}
    begun = [row for row in now.get("merges", []) if row["effective_on"] <= as_of]
    root = roots({row["participant_id"]: row["into_participant_id"] for row in begun})
    told = {row["incident_id"] for row in now["incidents"]}
    links = [row for row in now.get("duplicates", []) if {row["incident_id"], row["duplicate_of"]} <= told]
    origin = roots({row["incident_id"]: row["duplicate_of"] for row in links})
    return merged_now(now, root) | deduplicated_now(merged_now(now, root), origin)


def merged_now(now: Mapping[str, list[Row]], root: Mapping[str, str]) -> dict[str, list[Row]]:
    out = dict(now)
    for name, rows in now.items():
        if name in ("participants", "statuses"):
            out[name] = [
                row for row in rows if root.get(row["participant_id"], row["participant_id"]) == row["participant_id"]
            ]
        elif name in ("involvements", "validations", "actions"):
            out[name] = [
                {**row, "participant_id": root.get(row["participant_id"], row["participant_id"])} for row in rows
            ]
        elif name in ("identifiers", "partnerships", "exposures"):
            out[name] = by_key(name, rows, ("participant_id", "partner_id"), root)
    return out


def by_key(name: str, rows: list[Row], columns: tuple[str, ...], root: Mapping[str, str]) -> list[Row]:
    named: dict[tuple[Any, ...], list[tuple[bool, int, Row]]] = {}
    for place, row in enumerate(rows):
        new = row | {column: root.get(row[column], row[column]) for column in columns if column in row}
        moved = any(new[column] != row[column] for column in columns if column in row)
        if name == "involvements" and moved:
            new["party_no"] = f"{row['incident_id']}/{row['party_no']}"
        if not (name == "partnerships" and moved and new["participant_id"] == new["partner_id"]):
            named.setdefault(tuple(new[column] for column in TABLES[name].key), []).append((moved, place, new))
    together = [[row for *_, row in sorted(found, key=lambda each: each[:2])] for found in named.values()]
    if name == "exposures":
        return [rows[0] | {count: added([row[count] for row in rows]) for count in COUNTS} for rows in together]
    return [rows[0] for rows in together]


def added(values: list[float]) -> float:
    known = [value for value in values if not pd.isna(value)]
    return float(sum(known)) if known else np.nan


def deduplicated_now(now: Mapping[str, list[Row]], origin: Mapping[str, str]) -> dict[str, list[Row]]:
    out = {"involvements": by_key("involvements", now["involvements"], ("incident_id",), origin), "incidents": []}
    for row in now["incidents"]:
        if origin.get(row["incident_id"], row["incident_id"]) == row["incident_id"]:
            entries = [
                each
                for each in now["incidents"]
                if origin.get(each["incident_id"], each["incident_id"]) == row["incident_id"]
            ]
            out["incidents"].append(row if len(entries) == 1 else row | told_together(entries))
    if "actions" in now:
        out["actions"] = [
            {**row, "incident_id": origin.get(row["incident_id"], row["incident_id"])} for row in now["actions"]
        ]
    return out


def told_together(entries: list[Row]) -> Row:
    found, told = [], []
    for row in entries:
        by_others = not pd.isna(row["discovery"]) and row["discovery"] != "self_report"
        found.append(
            row["discovered_on"] if not pd.isna(row["discovered_on"]) else row["reported_on"] if by_others else pd.NaT
        )
        own = row["discovery"] == "self_report"
        told.append(
            row["self_reported_on"] if not pd.isna(row["self_reported_on"]) else row["reported_on"] if own else pd.NaT
        )
    discovered, self_reported = (
        pd.Series(found, dtype="datetime64[us]").min(),
        pd.Series(told, dtype="datetime64[us]").min(),
    )
    return {
        "discovered_on": discovered,
        "self_reported_on": self_reported,
        "self_reported_before_discovery": any(row["self_reported_before_discovery"] for row in entries)
        or bool(self_reported < discovered),
    }


def content(rows: list[Row], name: str) -> list[tuple[str, ...]]:
    columns = [column for column in TABLES[name].column_names if column not in BOOKKEEPING]
    return sorted(tuple("" if pd.isna(row[column]) else str(row[column]) for column in columns) for row in rows)


@settings(LAW, max_examples=40)
@given(linked_records(), moments())
def test_the_resolved_record_cut_at_a_moment_is_the_cut_record_resolved(stored: Records, as_of: pd.Timestamp) -> None:
    cut, expected = known_before(resolve(stored), as_of), resolved_now(stored, as_of)
    for name in stored.tables:
        assert content(cut[name].to_dict("records"), name) == content(expected[name], name), name


@settings(LAW, max_examples=15)
@given(linked_records(), moments())
def test_what_becomes_known_later_does_not_change_the_resolved_past(stored: Records, as_of: pd.Timestamp) -> None:
    past = Records({name: frame[frame["known_at"] < as_of] for name, frame in stored.tables.items()})
    whole, alone = known_before(resolve(stored), as_of), known_before(resolve(past), as_of)
    for name in stored.tables:
        assert content(whole[name].to_dict("records"), name) == content(alone[name].to_dict("records"), name), name


@settings(LAW, max_examples=15)
@given(linked_records())
def test_resolved_rows_are_rows_of_the_record_with_numbers_of_their_own(stored: Records) -> None:
    resolved = resolve(stored)
    for name, frame in resolved.tables.items():
        schema(name).validate(frame)
        assert frame["record_id"].is_unique
    assert resolved.as_stored is stored
    assert resolved.last_known_at == stored.last_known_at


@settings(LAW, max_examples=15)
@given(records_strategy())
def test_a_record_without_links_is_itself(stored: Records) -> None:
    linkless = Records(stored.tables | {"merges": table("merges", []), "duplicates": table("duplicates", [])})
    assert resolve(stored) is stored
    assert resolve(linkless) is linkless


def two_firms() -> Records:
    """B has an incident, a visit's action and a partnership with A; it is merged into A from day 50 to day 100."""
    told = incident("I1", 10, 11, ["B"])
    merge = {"participant_id": "B", "into_participant_id": "A", "effective_on": day(50), "known_at": day(40)}
    return incidents_world(
        told,
        participants=[{"participant_id": name, "known_at": day(0)} for name in ("A", "B")],
        merges=[merge, {**merge, "retracted": True, "known_at": day(100)}],
        partnerships=[{"participant_id": "A", "partner_id": "B", "valid_from": day(0), "known_at": day(1)}],
        exposures=[
            {"participant_id": who, "month": day(0), "shipments": count, "crossings": crossed, "known_at": day(31)}
            for who, count, crossed in (("A", 3.0, np.nan), ("B", 4.0, 2.0))
        ],
    )


def at(records: Records, name: str, number: float) -> pd.DataFrame:
    return known_before(resolve(records), day(number))[name]


def test_a_merge_begins_on_its_first_effective_day_and_ends_when_it_is_undone() -> None:
    owner = [at(two_firms(), "involvements", number)["participant_id"].item() for number in (49.9, 50, 100, 100.1)]
    assert owner == ["B", "A", "A", "B"]
    there = [at(two_firms(), "participants", number)["participant_id"].tolist() for number in (49.9, 50, 100.1)]
    assert there == [["A", "B"], ["A"], ["A", "B"]]


def test_months_of_merged_accounts_are_added_up_and_their_partnership_vanishes() -> None:
    merged = at(two_firms(), "exposures", 60)
    assert merged[["participant_id", "shipments", "crossings"]].values.tolist() == [["A", 7.0, 2.0]]
    assert merged["discrepancies"].isna().all()
    assert [len(at(two_firms(), "partnerships", number)) for number in (49, 60, 101)] == [1, 0, 1]
    assert at(two_firms(), "exposures", 101)["shipments"].tolist() == [3.0, 4.0]


def test_a_merge_announced_for_a_later_day_does_not_move_the_end_of_the_record() -> None:
    merge = {"participant_id": "P2", "into_participant_id": "P1", "effective_on": day(900), "known_at": day(20)}
    records = incidents_world(incident("I1", 10, 11, ["P2"]), merges=[merge])
    assert resolve(records).last_known_at == day(20)
    assert at(records, "involvements", 900)["participant_id"].tolist() == ["P1"]


def test_a_later_version_of_a_merge_may_name_another_survivor() -> None:
    merge = {"participant_id": "P3", "into_participant_id": "P1", "effective_on": day(20), "known_at": day(20)}
    moved = {**merge, "into_participant_id": "P2", "effective_on": day(40), "known_at": day(30)}
    records = incidents_world(incident("I1", 10, 11, ["P3"]), merges=[merge, moved])
    found = [at(records, "involvements", number)["participant_id"].item() for number in (20, 21, 31, 40)]
    assert found == ["P3", "P1", "P3", "P2"], "between the news and its first day the account stands alone"


def test_circles_of_merges_are_named_and_not_in_force() -> None:
    pairs = [("P1", "P2"), ("P2", "P3"), ("P3", "P1"), ("P4", "P1")]
    merges = [
        {"participant_id": one, "into_participant_id": other, "effective_on": day(1), "known_at": day(20)}
        for one, other in pairs
    ]
    records = incidents_world(incident("I1", 10, 11, ["P2", "P4"]), merges=merges)
    assert merge_cycles(records["merges"]) == [("P1", "P2", "P3")]
    assert sorted(at(records, "involvements", 30)["participant_id"]) == ["P1", "P2"], (
        "what leads to a circle ends there"
    )
    assert merge_cycles(table("merges", [{**merges[0], "into_participant_id": "P1"}])) == [("P1",)]
    assert merge_cycles(table("merges", merges[:2])) == []
    assert merge_cycles(table("merges", [])) == []


def told_three_times() -> Records:
    """A port's entry, a field office's and a self-report of one incident, linked as they come in; one link undone."""
    port = incident("I1", 10, 11, ["P1"], discovery="port_exam", reported_on=day(11), source="port")
    office = incident("I2", 10, 20, ["P1", "P2"], discovery="field_office", reported_on=day(10), source="office")
    own = incident("I3", 10, 30, ["P1"], discovery="self_report", reported_on=day(9), source="portal")
    links = [
        {"incident_id": "I2", "duplicate_of": "I1", "weight": 0.9, "known_at": day(20)},
        {"incident_id": "I3", "duplicate_of": "I2", "weight": 0.8, "known_at": day(30)},
        {"incident_id": "I3", "duplicate_of": "I2", "weight": 0.8, "known_at": day(60), "retracted": True},
    ]
    about = [
        {"action_id": "A1", "participant_id": "P1", "incident_id": "I3", "kind": "outreach", "decided_on": day(40)}
    ]
    return incidents_world(port, office, own, duplicates=links, actions=[{**about[0], "known_at": day(40)}])


def test_an_incident_told_three_times_is_one_with_the_dates_of_all_its_entries() -> None:
    one = at(told_three_times(), "incidents", 50)
    assert one["incident_id"].tolist() == ["I1"]
    assert one["discovered_on"].item() == day(10)
    assert one["self_reported_on"].item() == day(9)
    assert one["self_reported_before_discovery"].item()
    parties = at(told_three_times(), "involvements", 50)
    assert sorted(zip(parties["party_no"], parties["participant_id"], strict=True)) == [
        ("1", "P1"),
        ("I2/1", "P1"),
        ("I2/2", "P2"),
        ("I3/1", "P1"),
    ]
    assert at(told_three_times(), "actions", 50)["incident_id"].tolist() == ["I1"]


def test_an_undone_duplicate_link_gives_the_repetition_and_the_earlier_dates_back() -> None:
    two = at(told_three_times(), "incidents", 61).set_index("incident_id")
    assert two.index.tolist() == ["I1", "I3"]
    assert pd.isna(two.loc["I1", "self_reported_on"])
    assert not two.loc["I1", "self_reported_before_discovery"]
    assert at(told_three_times(), "actions", 61)["incident_id"].tolist() == ["I3"]


def test_a_retracted_original_lets_its_repetition_stand_alone() -> None:
    stored = told_three_times()
    gone = table("incidents", [{"incident_id": "I1", "occurred_on": day(10), "known_at": day(45), "retracted": True}])
    incidents = pd.concat([stored["incidents"], gone.assign(record_id="last")], ignore_index=True)
    records = Records({**stored.tables, "incidents": incidents})
    assert at(records, "incidents", 50)["incident_id"].tolist() == ["I2"]
    assert at(records, "actions", 50)["incident_id"].tolist() == ["I2"]


def test_the_entries_of_an_incident_are_told_with_their_sources_and_weights() -> None:
    for records in (told_three_times(), resolve(told_three_times())):
        found = entries_of(records, "I3", day(50))
        assert found["incident_id"].tolist() == ["I1", "I2", "I3"]
        assert found["source"].tolist() == ["port", "office", "portal"]
        assert found["known_at"].tolist() == [day(11), day(20), day(30)]
        assert found["weight"].fillna(-1).tolist() == [-1, 0.9, 0.8]
        assert entries_of(records, "I1", day(61))["incident_id"].tolist() == ["I1", "I2"]
        assert entries_of(records, "I3", day(61))["incident_id"].tolist() == ["I3"]
        assert entries_of(records, "I3", day(30)).empty


def test_a_chain_of_a_thousand_merges_and_a_circle_as_long_end() -> None:
    names = [f"A{number:04d}" for number in range(1001)]
    chain = [
        {"participant_id": one, "into_participant_id": other, "effective_on": day(1), "known_at": day(5 + place / 1000)}
        for place, (one, other) in enumerate(pairwise(names))
    ]
    records = incidents_world(incident("I1", 1, 2, [names[0]]), merges=chain)
    assert at(records, "involvements", 10)["participant_id"].tolist() == [names[-1]]
    closing = {**chain[0], "participant_id": names[-1], "into_participant_id": names[0], "known_at": day(9)}
    assert [len(circle) for circle in merge_cycles(table("merges", [*chain, closing]))] == [1001]
