"""What an origin is arranged of: the usual order, severity, groups; each a story of a few participants."""

import numpy as np
import pandas as pd
from stored_tables import incident_records, stored

from records.known import Records
from training.severity import severity_in_window
from training.slices import LEAST_POSITIVES, main_slices, profile_groups, settle_groups
from training.usual_order import LAST_LIST, SCHEDULE, SINCE_VISIT, usual_order

ORIGIN = pd.Timestamp("2020-01-01")
NAMES = pd.Series(["a", "b", "c", "d"], dtype="str")
PEOPLE = [
    {"participant_id": name, "known_at": "2010-01-01", "country": country, "enrolled_on": "2009-06-01"}
    for name, country in zip(NAMES, ("MX", "US", "DE", None), strict=True)
]


def visit(participant, due, made, known):
    """One row of validations."""
    return {
        "validation_id": f"{participant}-{due}",
        "participant_id": participant,
        "due_on": due,
        "performed_on": made,
        "known_at": known,
    }


def dated(rows):
    """Rows with dates for their text."""
    frame = pd.DataFrame(rows)
    for column in {"due_on", "performed_on", "known_at", "enrolled_on"} & set(frame.columns):
        frame[column] = pd.to_datetime(frame[column])
    return frame


def ranked(records):
    """The rule, and names from the first to the last of the usual order."""
    order = usual_order(records, NAMES, ORIGIN)
    return order.rule, list(NAMES[np.argsort(-order.rank_value, kind="stable")])


def test_with_visits_planned_the_earliest_due_goes_first_and_then_who_waited_longest():
    visits = [
        visit("a", "2018-03-01", "2018-03-01", "2018-03-05"),
        visit("b", "2020-06-01", None, "2019-09-01"),
        visit("c", "2020-02-01", None, "2019-09-01"),
    ]
    # d was never visited and has waited since it was enrolled.
    records = incident_records([], participants=dated(PEOPLE), validations=dated(visits))
    assert ranked(records) == (SCHEDULE, ["c", "b", "d", "a"])


def test_without_plans_who_was_not_visited_longest_goes_first():
    visits = [
        visit("a", "2018-03-01", "2018-03-01", "2018-03-05"),
        visit("b", "2015-03-01", "2015-03-01", "2015-03-05"),
        visit("c", "2019-03-01", "2019-03-01", "2019-03-05"),
    ]
    records = incident_records([], participants=dated(PEOPLE), validations=dated(visits))
    assert ranked(records) == (SINCE_VISIT, ["d", "b", "a", "c"])


def test_a_visit_that_became_known_later_moves_nobody():
    visits = [visit("a", "2018-03-01", "2018-03-01", "2018-03-05")]
    late = [*visits, visit("b", "2019-12-01", "2019-12-01", "2020-01-02")]
    before, after = (
        usual_order(incident_records([], participants=dated(PEOPLE), validations=dated(each)), NAMES, ORIGIN)
        for each in (visits, late)
    )
    assert (before.rank_value == after.rank_value).all()


def test_a_program_that_keeps_no_visits_goes_by_last_years_incidents_and_leaves_ties():
    rows = [
        ("b", "2019-03-01", "2019-03-05", 1.0),
        ("b", "2019-04-01", "2019-04-05", 1.0),
        ("c", "2019-05-01", "2019-05-05", 1.0),
        ("d", "2018-05-01", "2018-05-05", 1.0),
        ("a", "2019-12-30", "2020-01-05", 1.0),
    ]
    order = usual_order(incident_records(rows, participants=dated(PEOPLE)), NAMES, ORIGIN)
    assert order.rule == LAST_LIST
    assert list(order.rank_value) == [0, 2, 1, 0]


def test_severity_is_that_of_incidents_in_the_window_as_graded_now():
    rows = [
        ("a", "2020-01-01", "2020-02-01", 4.0),
        ("a", "2020-06-01", "2020-07-01", 3.0),
        ("a", "2021-01-01", "2021-02-01", 9.0),
        ("b", "2019-12-31", "2020-02-01", 9.0),
        ("c", "2020-03-01", "2020-04-01", None),
    ]
    records = incident_records(rows, participants=dated(PEOPLE))
    regraded = records["incidents"].iloc[[1]].assign(severity=8.0, known_at=pd.Timestamp("2021-06-01"), record_id="x")
    amended = Records({**records.tables, "incidents": pd.concat([records["incidents"], regraded])})
    spine = pd.DataFrame({"participant_id": NAMES, "as_of": ORIGIN})
    end = pd.Timestamp("2022-01-01")
    assert list(severity_in_window(records, spine, 366, record_end=end)) == [7, 0, 0, 0]
    assert list(severity_in_window(amended, spine, 366, record_end=end)) == [12, 0, 0, 0]
    assert list(severity_in_window(amended, spine, 366, record_end=pd.Timestamp("2021-03-01"))) == [7, 0, 0, 0]
    ungraded = Records({**records.tables, "incidents": records["incidents"].assign(severity=np.nan)})
    assert severity_in_window(ungraded, spine, 366, record_end=end) is None


def test_with_and_without_history_are_everyone_once():
    rows = [("a", "2012-01-01", "2012-02-01", 1.0), ("b", "2019-01-01", "2020-02-01", 1.0)]
    slices = main_slices(incident_records(rows, participants=dated(PEOPLE)), NAMES, ORIGIN)
    assert list(slices["with_history"]) == [True, False, False, False]
    assert list(slices["without_history"]) == [False, True, True, True]
    assert not slices["active_1825d"].any()


def test_groups_are_what_was_on_record_at_the_origin():
    rows = [{**PEOPLE[0], "business_type": "importer", "size_band": "small"}, *PEOPLE[1:]]
    later = {**PEOPLE[0], "business_type": "broker", "country": "CA", "known_at": "2020-01-01"}
    records = Records({"participants": stored("participants", dated([*rows, later]))})
    kinds = profile_groups(records, NAMES, ORIGIN)
    assert list(kinds["business_type"]) == ["importer", "not known", "not known", "not known"]
    assert list(kinds["region"]) == ["Mexico", "United States", "elsewhere", "not known"]
    assert list(kinds["border"]) == ["southern corridor", "elsewhere", "elsewhere", "not known"]
    assert "field_office" not in kinds


def test_small_groups_are_joined_and_one_still_too_small_is_named():
    many = LEAST_POSITIVES
    kind = np.array(["big"] * many + ["mid"] * many + ["rare"] * 3 + ["rarer"] * 2, dtype=object)
    masks, too_small = settle_groups([{"type": kind}], [np.ones(len(kind), dtype=bool)])
    assert {name: int(mask.sum()) for name, mask in masks[0].items()} == {
        "type: big": many,
        "type: mid": many,
        "type: other": 5,
    }
    assert too_small == ["type: other"]


def test_positives_of_all_origins_together_make_a_group_large_enough():
    half = LEAST_POSITIVES // 2
    kind = np.array(["one"] * half + ["two"] * half, dtype=object)
    everyone = np.ones(2 * half, dtype=bool)
    masks, too_small = settle_groups([{"type": kind}, {"type": kind}], [everyone, everyone])
    assert [sorted(each) for each in masks] == [["type: one", "type: two"]] * 2
    assert too_small == []
    assert settle_groups([{"type": kind}], [everyone])[0] == [{}]
