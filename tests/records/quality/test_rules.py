"""Every numbered rule finds the row that breaks it, and nothing in a record that is in order."""

import pandas as pd
import pytest
from worlds import day, incident, table, world

from records.quality import Expectations, measure_quality
from records.quality.check import Findings
from records.quality.known_tables import open_known
from records.quality.rules import RULES
from records.workbench import open_workbench

AS_OF = day(2000)
NUMBERED = {rule.id: rule for rule in RULES}


def order():
    """A record of every table in which nothing is wrong."""
    row, parties = incident(
        "I1", 100, 110, reported_on=day(105), discovery="port_exam", discovered_on=day(104), severity=5.0
    )
    return {
        "participants": [
            {"participant_id": name, "enrolled_on": day(10), "known_at": day(11)} for name in ("P1", "P2")
        ],
        "incidents": [row],
        "involvements": parties,
        "identifiers": [_number("P1", "E1", 10, 200), _number("P2", "E1", 200, None)],
        "statuses": [_standing("P1", 5, "applicant"), _standing("P1", 10, "certified")],
        "exposures": [_month("P1", "2018-05-01", discrepancies=1.0)],
        "validations": [_visit("V1", "P1", performed_on=day(300), outcome="pass_with_findings")],
        "findings": [_finding("F1", "V1", due_on=day(330), corrected_on=day(320))],
        "partnerships": [
            {
                "participant_id": "P1",
                "partner_id": "P2",
                "valid_from": day(20),
                "valid_to": day(90),
                "known_at": day(21),
            }
        ],
        "actions": [_action("A1", "P1", "I1", 120)],
        "merges": [
            {"participant_id": "P2", "into_participant_id": "P1", "effective_on": day(900), "known_at": day(900)}
        ],
        "duplicates": [],
    }


def _number(who, value, since, until):
    row = {"participant_id": who, "scheme": "ein", "value": value, "valid_from": day(since), "known_at": day(since)}
    return row if until is None else row | {"valid_to": day(until)}


def _standing(who, since, status, **more):
    return {"participant_id": who, "effective_on": day(since), "status": status, "known_at": day(since + 1)} | more


def _month(who, month, **more):
    row = {"participant_id": who, "month": pd.Timestamp(month), "exams_targeted": 1.0, "known_at": day(400)}
    return row | more


def _visit(name, who, **more):
    return {"validation_id": name, "participant_id": who, "due_on": day(310), "known_at": day(305)} | more


def _finding(name, visit, **more):
    return {"finding_id": name, "validation_id": visit, "known_at": day(306)} | more


def _action(name, who, about, decided, **more):
    row = {"action_id": name, "participant_id": who, "incident_id": about, "kind": "outreach"}
    return row | {"decided_on": day(decided), "known_at": day(decided + 1)} | more


def _told(name, **columns):
    row, parties = incident(name, 100, 110, **columns)
    return {"incidents": [row], "involvements": parties}


LINE = [
    incident(f"Q{place}", 100 + place, 110 + place, incident_type="drug", quantity_kg=10.0 + place % 5)
    for place in range(25)
]
BROKEN = {
    "QR001": _told("X", reported_on=day(99)),
    "QR002": _told("X", reported_on=day(111)),
    "QR003": _told("X", occurred_on=pd.Timestamp("1902-03-01")),
    "QR004": {"actions": [_action("X", "P1", "I1", 130, decided_on=day(9000))]},
    "QR005": _told("X", discovered_on=day(99)),
    "QR006": _told(
        "X",
        self_reported_before_discovery=True,
        self_reported_on=day(106),
        discovered_on=day(104),
        discovery="port_exam",
    ),
    "QR007": {"actions": [_action("X", "P1", "I1", 99)]},
    "QR008": {"statuses": [_standing("P2", 9, "certified")]},
    "QR009": {"statuses": [_standing("P2", 9000, "certified", known_at=day(12))]},
    "QR010": {"findings": [_finding("X", "V1", corrected_on=day(299))]},
    "QR011": {"identifiers": [_number("P1", "E2", 50, 40)]},
    "QR012": {
        "partnerships": [
            {
                "participant_id": "P1",
                "partner_id": "P2",
                "valid_from": day(50),
                "valid_to": day(40),
                "known_at": day(51),
            }
        ]
    },
    "QR020": {"incidents": [incident("X", 100, 110)[0]]},
    "QR021": {"involvements": incident("X", 100, 110)[1]},
    "QR022": {"incidents": [incident("X", 9, 110)[0]], "involvements": incident("X", 9, 110)[1]},
    "QR023": {"incidents": [incident("X", 100, 110)[0]], "involvements": incident("X", 100, 110, ("P9",))[1]},
    "QR024": {"actions": [_action("X", "P1", "I9", 130)]},
    "QR025": {"actions": [_action("X", "P2", "I1", 130)]},
    "QR026": {"exposures": [_month("P9", "2018-06-01")]},
    "QR027": {"actions": [_action("X", "P9", None, 130)]},
    "QR028": {"statuses": [_standing("P9", 50, "certified")]},
    "QR029": {"validations": [_visit("X", "P9")]},
    "QR030": {"findings": [_finding("X", "V9")]},
    "QR031": {"identifiers": [_number("P2", "E9", 50, None), _number("P1", "E9", 60, 70)]},
    "QR032": {
        "merges": [{"participant_id": "P1", "into_participant_id": "P9", "effective_on": day(1), "known_at": day(2)}]
    },
    "QR040": {
        "statuses": [
            _standing("P2", 50, "certified", source="portal"),
            _standing("P2", 50, "suspended", source="office", known_at=day(60)),
        ]
    },
    "QR041": {"statuses": [_standing("P2", 50, "removed"), _standing("P2", 60, "certified")]},
    "QR042": {"exposures": [_month("P1", "2018-06-01", discrepancies=2.0)]},
    "QR043": {"exposures": [_month("P1", "2018-06-02")]},
    "QR044": {"validations": [_visit("X", "P1", outcome="pass")]},
    "QR045": {
        "validations": [_visit("X", "P1", performed_on=day(300), outcome="pass")],
        "findings": [_finding("Y", "X")],
    },
    "QR046": {
        "partnerships": [{"participant_id": "P1", "partner_id": "P1", "valid_from": day(50), "known_at": day(51)}]
    },
    "QR047": {"duplicates": [{"incident_id": "I1", "duplicate_of": "I9", "weight": 1.0, "known_at": day(120)}]},
    "QR090": {
        "incidents": [row for row, _ in LINE] + [incident("X", 100, 110, incident_type="drug", quantity_kg=9e5)[0]],
        "involvements": [party for _, rows in LINE for party in rows] + incident("X", 100, 110)[1],
    },
}


def _ask(rules, more=()):
    """What the given rules find in a record that is in order but for some more rows."""
    told = order()
    for name, rows in dict(more).items():
        told[name] = told[name] + rows
    tables = {name: table(name, rows) for name, rows in told.items()}
    with open_workbench(tables) as connection:
        open_known(connection, tuple(tables), AS_OF)
        findings = Findings(connection, tuple(tables), Expectations())
        return [findings.ask(rule) for rule in rules]


def test_a_record_in_order_breaks_no_rule():
    assert {metric.id: metric.examples for metric in _ask(RULES) if metric.numerator} == {}


def test_every_rule_has_a_number_of_its_own_and_a_story_here():
    numbers = [rule.id for rule in RULES]
    assert sorted(set(numbers)) == sorted(numbers)
    assert set(numbers) == set(BROKEN)


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_a_rule_finds_the_row_that_breaks_it(rule):
    (metric,) = _ask([NUMBERED[rule]], BROKEN[rule])
    assert metric.numerator == (2 if rule == "QR031" else 1), metric.examples
    assert metric.status == "missed"
    assert metric.examples[0]["detail"]


def test_a_rule_without_its_table_is_not_applicable_and_says_what_is_missing():
    metric = measure_quality(world().tables, AS_OF).metric("QR010")
    assert (metric.status, metric.value) == ("not applicable", None)
    assert metric.note == "the program does not send findings and validations"


def test_a_party_that_nobody_linked_yet_makes_no_action_inconsistent():
    unlinked = {"incidents": [incident("X", 100, 110)[0]], "involvements": incident("X", 100, 110, (None,))[1]}
    (metric,) = _ask([NUMBERED["QR025"]], unlinked | {"actions": [_action("X", "P2", "X", 130)]})
    assert metric.numerator == 0
