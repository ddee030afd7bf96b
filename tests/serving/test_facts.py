"""The facts of one participant: every version of a row is read before one is kept."""

from worlds import day, incident, incidents_world

from records.resolved import resolve
from serving.console.facts import participant_facts


def test_a_visit_that_was_moved_to_another_participant_is_no_longer_a_fact_of_the_first() -> None:
    visit = {"validation_id": "V1", "participant_id": "P1", "performed_on": day(10), "known_at": day(11)}
    moved = {**visit, "participant_id": "P2", "known_at": day(20)}
    records = incidents_world(validations=[visit, moved])
    assert [len(participant_facts(records, "P1", day(number)).validations) for number in (20, 21)] == [1, 0]
    assert [len(participant_facts(records, "P2", day(number)).validations) for number in (20, 21)] == [0, 1]


def test_a_withdrawn_link_takes_the_incident_off_the_page() -> None:
    told, parties = incident("I1", 10, 11)
    gone = {**parties[0], "known_at": day(30), "retracted": True}
    records = incidents_world((told, [*parties, gone]))
    assert [len(participant_facts(records, "P1", day(number)).incidents) for number in (30, 31)] == [1, 0]


def test_an_incident_of_a_merged_account_is_as_late_as_it_was() -> None:
    merge = {"participant_id": "P2", "into_participant_id": "P1", "effective_on": day(50), "known_at": day(50)}
    records = resolve(incidents_world(incident("I1", 10, 13, ["P2"]), merges=[merge]))
    (fact,) = participant_facts(records, "P1", day(60)).incidents
    assert fact.delay_days == 3
    assert participant_facts(records, "P2", day(60)).incidents == ()
    assert participant_facts(records, "P2", day(60)).profile == {}


def test_an_incident_told_twice_is_one_fact_that_was_not_amended() -> None:
    link = {"incident_id": "I2", "duplicate_of": "I1", "weight": 0.9, "known_at": day(20)}
    records = resolve(incidents_world(incident("I1", 10, 11), incident("I2", 10, 20), duplicates=[link]))
    (fact,) = participant_facts(records, "P1", day(30)).incidents
    assert (fact.incident_id, fact.amended, fact.retracted_on) == ("I1", False, None)
