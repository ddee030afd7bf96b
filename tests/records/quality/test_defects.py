"""The report's numbers are the simulator's planted defects: rule by rule the very same rows."""

from functools import cache

import pytest
from simulated_record import END, simulated_record

from records.quality import Expectations, measure_quality

PROGRAM = (2500, 6, 20011)


@cache
def measured():
    """The report of a program with known truth, and the keys of the rows behind each figure."""
    behind = {}

    def collect(metric, rows):
        behind.setdefault(metric, set()).update(rows["key"])

    tables = simulated_record(*PROGRAM).tables
    report = measure_quality(tables, END, Expectations(action_days=0), search=True, sink=collect)
    return report, behind


def planted(kind, detail=None):
    rows = simulated_record(*PROGRAM).truth["defects"]
    rows = rows[rows["kind"] == kind]
    rows = rows if detail is None else rows[rows["detail"] == detail]
    return set(rows["key"].str.replace("|", " ", regex=False))


def standing():
    """Entries that are not retracted at the end."""
    rows = simulated_record(*PROGRAM).tables["incidents"].sort_values(["known_at", "record_id"])
    latest = rows.drop_duplicates("incident_id", keep="last")
    return set(latest.loc[~latest["retracted"], "incident_id"])


RULES = {
    "QR007": ("inconsistent", "action_before_incident"),
    "QR005": ("inconsistent", "found_before_it_occurred"),
    "missing.standing": ("status_without_action", None),
    "complete.incidents.severity": ("missing_value", "severity"),
    "complete.incidents.reported_on": ("missing_value", "reported_on"),
}


@pytest.mark.parametrize("metric", sorted(RULES))
def test_a_rule_names_exactly_the_rows_that_were_planted(metric):
    wanted = planted(*RULES[metric])
    assert wanted, "a program without this defect proves nothing"
    assert measured()[1][metric] == wanted


def test_incidents_without_action_are_exactly_those_of_which_no_entry_has_one():
    original = simulated_record(*PROGRAM).truth["duplicates"].set_index("incident_id")["duplicate_of"].to_dict()
    stands, bare = standing(), planted("incident_without_action")
    parties = simulated_record(*PROGRAM).truth["links"]
    about = stands & set(parties["incident_id"])
    groups = {}
    for entry in about:
        head = original.get(entry, entry)
        groups.setdefault(head if head in stands else entry, set()).add(entry)
    assert measured()[1]["missing.action"] == {head for head, entries in groups.items() if entries <= bare}


def test_joined_duplicates_are_exactly_the_planted_ones_that_stand():
    stands = standing()
    original = simulated_record(*PROGRAM).truth["duplicates"]
    both = original["incident_id"].isin(stands) & original["duplicate_of"].isin(stands)
    assert measured()[1]["duplicate.joined"] == set(original.loc[both, "incident_id"])


def test_with_the_true_duplicates_joined_nearly_none_is_left_to_find():
    report = measured()[0]
    left = report.metric("duplicate.open").numerator
    assert left <= max(2, 0.05 * report.metric("duplicate.joined").numerator)


def test_actions_told_twice_are_found_within_the_precision_of_the_finder():
    found, wanted = measured()[1]["duplicate.actions"], planted("duplicate_action")
    assert len(found & wanted) / len(found) > 0.8
    assert len(found & wanted) / len(wanted) > 0.8


def test_the_headline_counts_each_entry_once():
    report, behind = measured()
    incidents = {f"i {key}" for field in ("severity", "reported_on") for key in behind[f"complete.incidents.{field}"]}
    fields = ("criterion", "reason", "decided_by", "participant_id")
    actions = {f"a {key}" for field in fields for key in behind.get(f"complete.actions.{field}", ())}
    headline = {item.id: item for item in report.headline}
    assert headline["incomplete"].count == len(incidents | actions)
    assert headline["missing"].count == len(behind["missing.action"]) + len(behind["missing.standing"])
    assert headline["incomplete"].of == report.rows["incidents"] + report.rows["actions"]


def test_every_row_behind_a_figure_is_given():
    report, behind = measured()
    for metric in report.metrics:
        if metric.numerator is None or metric.kind in ("arrival", "lateness", "unseen"):
            continue
        wrong = metric.denominator - metric.numerator if metric.kind == "incomplete" else metric.numerator
        assert len(behind.get(metric.id, ())) == wrong, metric.id


def test_a_source_is_late_by_as_much_as_the_program_is_by_truth():
    late = {source.source: source for source in measured()[0].sources}
    medians = {"port_exam": 5, "field_office": 21, "self_report": 22, "other_agency": 35}
    for source, days in medians.items():
        assert late[source].median_delay_days == pytest.approx(days, rel=0.8), source
