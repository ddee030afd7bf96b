"""Who saw an incident, told in five rows; then simulated programs whose true total is known."""

import pytest
from simulated_record import END, simulated_record
from worlds import day, incident, table, world

from records.quality import measure_quality
from records.quality.captures import _histories
from records.quality.check import Findings
from records.quality.expectations import Expectations
from records.quality.known_tables import open_known
from records.workbench import open_workbench


def seen(tables):
    """Histories of the incidents of a little record, over all time."""
    with open_workbench(tables) as connection:
        open_known(connection, tuple(tables), day(2000))
        findings = Findings(connection, tuple(tables), Expectations())
        found = _histories(findings, day(0), day(2000))
    return {" + ".join(sorted(history)): count for history, count in found.items()}


def told(*rows, **tables):
    return world(
        incidents=[row for row, _ in rows], involvements=[party for _, parties in rows for party in parties], **tables
    ).tables


def test_a_version_by_another_source_makes_it_a_source_of_the_incident():
    first = incident("I1", 100, 110, source="port", discovery="port_exam")
    later = incident("I1", 100, 150, source="office", discovery="port_exam")[0], []
    assert seen(told(first, later)) == {"office + port_exam": 1}


def test_an_entry_joined_as_a_duplicate_adds_its_source_and_the_incident_counts_once():
    rows = [incident("I1", 100, 110, source="port"), incident("I2", 101, 120, source="office")]
    link = {"incident_id": "I2", "duplicate_of": "I1", "weight": 0.9, "known_at": day(121), "source": "linkage"}
    assert seen(told(*rows)) == {"port": 1, "office": 1}
    assert seen(told(*rows) | {"duplicates": table("duplicates", [link])}) == {"office + port": 1}
    undone = link | {"retracted": True, "known_at": day(130)}
    assert seen(told(*rows) | {"duplicates": table("duplicates", [link, undone])}) == {"port": 1, "office": 1}


def test_a_portal_that_passes_on_what_others_found_is_no_source():
    rows = [
        incident("I1", 100, 110, source="portal", discovery="port_exam"),
        incident("I2", 100, 110, source="portal", discovery="self_report"),
    ]
    assert seen(told(*rows)) == {"port_exam": 1, "self_report": 1}


def test_what_the_program_derived_itself_is_no_source():
    row, parties = incident("I1", 100, 110, source="port")
    again = row | {"source": "review:someone", "known_at": day(140)}
    assert seen(told((row, parties), (again, []))) == {"port": 1}


def test_incidents_of_nobody_in_the_program_are_not_counted():
    assert seen(told(incident("I1", 100, 110, (None,), source="port"))) == {}


def test_a_record_with_one_source_gets_no_number():
    rows = [incident(f"I{place}", 100 + place, 110 + place, source="port") for place in range(30)]
    report = measure_quality(told(*rows), day(2000))
    assert report.unseen.estimate is None
    assert report.metric("unseen").status == "cannot tell"
    assert "two sources" in report.metric("unseen").note


def in_interval(seed, participants=4000, years=5):
    """Whether the interval of a simulated program holds the number of its true incidents in the window."""
    program = simulated_record.__wrapped__(participants, years, seed)
    names = ("participants", "incidents", "involvements", "duplicates")
    unseen = measure_quality({name: program.tables[name] for name in names}, END).unseen
    true = program.truth["incidents"].drop_duplicates("truth_id")
    true = true[(true["occurred_on"] >= unseen.window_start) & (true["occurred_on"] < unseen.window_end)]
    low, high = unseen.estimate.interval
    assert unseen.estimate.seen == pytest.approx(true["observed"].sum(), rel=0.03)
    return low <= len(true) <= high


def test_the_interval_holds_the_true_total_of_simulated_programs():
    assert in_interval(20_301, participants=3000)


@pytest.mark.long
def test_the_interval_holds_the_true_total_in_at_least_90_of_100_simulated_programs():
    assert sum(map(in_interval, range(20_300, 20_400))) >= 90
