"""The record as the program found it: telling moves nothing, being found counts whoever told first."""

import pandas as pd
import pytest
from hypothesis import given, settings
from worlds import day, records_strategy, table

from records.as_found import AS_FOUND, COUNTED, as_found, told_only, treated
from records.errors import TreatmentUnknown
from records.known import Records, known_before

TOLD = {"incident_id": "I1", "occurred_on": day(1), "discovery": "self_report", "known_at": day(3)}
FOUND = {**TOLD, "discovered_on": day(20), "self_reported_before_discovery": True, "known_at": day(30)}


def incidents_at(records: Records, number: float) -> list[str]:
    return list(known_before(as_found(records), day(number))["incidents"]["incident_id"])


def test_what_only_the_participant_told_does_not_stand_until_someone_else_is_on_record_as_having_found_it():
    records = Records({"incidents": table("incidents", [TOLD, FOUND])})
    assert incidents_at(records, 10) == []
    assert incidents_at(records, 31) == ["I1"]


def test_an_incident_that_others_found_or_of_which_nothing_is_said_stands():
    rows = [
        {**TOLD, "incident_id": "exam", "discovery": "port_exam"},
        {**TOLD, "incident_id": "empty", "discovery": None},
        {**TOLD, "incident_id": "told", "self_reported_before_discovery": True, "discovery": None},
    ]
    assert incidents_at(Records({"incidents": table("incidents", rows)}), 10) == ["empty", "exam"]


def test_a_decision_about_an_incident_stands_from_its_discovery_on_and_others_as_they_did():
    decided = [
        {"action_id": "A1", "incident_id": "I1", "known_at": day(5)},
        {"action_id": "A2", "incident_id": "I2", "known_at": day(5)},
        {"action_id": "A3", "incident_id": None, "known_at": day(5)},
        {"action_id": "A4", "incident_id": "I1", "known_at": day(40)},
    ]
    never = {**TOLD, "incident_id": "I2"}
    records = Records({"incidents": table("incidents", [TOLD, FOUND, never]), "actions": table("actions", decided)})
    actions = as_found(records)["actions"].set_index("action_id")["known_at"]
    assert dict(actions) == {"A1": day(30), "A3": day(5), "A4": day(40)}


@settings(max_examples=40)
@given(records_strategy())
def test_what_became_known_later_does_not_reach_back(records):
    as_of = day(731.0)
    tables = {name: records[name] for name in ("incidents", "actions") if name in records}
    seen = {name: frame[frame["known_at"] < as_of] for name, frame in tables.items()}
    whole, cut = known_before(as_found(Records(tables)), as_of), known_before(as_found(Records(seen)), as_of)
    for name in tables:
        pd.testing.assert_frame_equal(whole[name], cut[name])


@settings(max_examples=40)
@given(records_strategy())
def test_nothing_told_only_is_left_and_doing_it_twice_changes_nothing(records):
    once = as_found(Records({"incidents": records["incidents"]}))
    left = known_before(once, day(5000.0))["incidents"]
    assert not told_only(left).any()
    assert as_found(once)["incidents"].equals(once["incidents"])


def test_a_record_without_self_reports_is_the_same_object_and_an_unknown_treatment_is_refused():
    records = Records({"incidents": table("incidents", [{**TOLD, "discovery": "port_exam"}])})
    assert treated(records, AS_FOUND) is records
    assert treated(Records({"incidents": table("incidents", [TOLD])}), COUNTED)["incidents"]["retracted"].sum() == 0
    with pytest.raises(TreatmentUnknown, match=r"Expected self_reports to be as_found or counted; got 'none'"):
        treated(records, "none")
