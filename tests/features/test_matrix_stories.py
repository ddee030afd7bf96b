"""Five-row stories: one thing happens, and the matrix says what was known of it."""

import numpy as np
import pandas as pd
import pytest
from worlds import DAY_ZERO, Row, day, incident, incidents_world, spine_of, world

from features.cohort import at_risk
from features.errors import UnknownParticipants
from features.history import involvement_versions
from features.matrix import build_matrix, evidence, prepare
from records.known import Records
from records.resolved import resolve


def value(records: Records, feature: str, who: str, number: float) -> float:
    return float(build_matrix(records, spine_of((who, number)), features=[feature]).iloc[0, 0])


def test_an_incident_counts_from_the_moment_after_it_became_known() -> None:
    records = incidents_world(incident("I1", 10, 40.5))
    assert value(records, "incidents_all", "P1", 40.5) == 0
    assert value(records, "incidents_all", "P1", 40.5 + 1 / 86_400) == 1


def test_a_window_of_365_days_holds_what_occurred_365_days_before() -> None:
    records = incidents_world(incident("I1", 10, 11))
    assert value(records, "incidents_prior_365d", "P1", 375) == 1
    assert value(records, "incidents_prior_365d", "P1", 375 + 1 / 86_400) == 0


def test_an_incident_known_after_its_window_never_enters_it_but_counts_in_a_longer_one() -> None:
    records = incidents_world(incident("I1", 10, 500))
    assert value(records, "incidents_prior_365d", "P1", 501) == 0
    assert value(records, "incidents_prior_1095d", "P1", 501) == 1


def test_a_retraction_takes_an_incident_back_only_once_it_is_known() -> None:
    told, parties = incident("I1", 10, 11)
    records = incidents_world((told, parties), ({**told, "retracted": True, "known_at": day(100)}, []))
    assert [value(records, "incidents_prior_1095d", "P1", at) for at in (11, 12, 100, 101)] == [0, 1, 1, 0]
    assert value(records, "incidents_decayed_730d", "P1", 101) == 0
    assert np.isnan(value(records, "days_since_last_incident", "P1", 101))


def test_an_amended_severity_replaces_the_earlier_one() -> None:
    told, parties = incident("I1", 10, 11, severity=3.0)
    records = incidents_world((told, parties), ({**told, "severity": 8.0, "known_at": day(100)}, []))
    assert [value(records, "severity_sum_prior_365d", "P1", at) for at in (100, 101)] == [3, 8]


def test_a_party_linked_later_counts_from_then_for_the_linked_participant() -> None:
    told, parties = incident("I1", 10, 11)
    unlinked = {**parties[0], "participant_id": None}
    linked = {**parties[0], "participant_id": "P2", "known_at": day(200)}
    records = incidents_world((told, [unlinked, linked]))
    assert [value(records, "incidents_all", "P2", at) for at in (12, 200, 201)] == [0, 0, 1]


def test_a_participant_named_twice_in_one_incident_counts_once() -> None:
    records = incidents_world(incident("I1", 10, 11, ["P1", "P1", "P2"]))
    assert value(records, "incidents_all", "P1", 12) == 1
    assert len(involvement_versions(records)) == 2


def test_ungraded_incidents_have_an_unknown_severity_and_not_zero() -> None:
    records = incidents_world(incident("I1", 10, 11))
    assert np.isnan(value(records, "severity_sum_prior_365d", "P1", 12))
    assert value(records, "severity_sum_prior_365d", "P2", 12) == 0, "no incident: nothing is unknown"


def test_peers_leave_the_participant_itself_out() -> None:
    profile = {"business_type": "importer", "country": "MX", "known_at": DAY_ZERO}
    people = [{"participant_id": name, **profile} for name in ("P1", "P2", "P3")]
    told = [incident("I1", 10, 11, ["P1"]), incident("I2", 10, 11, ["P2"])]
    records = incidents_world(*told, participants=people)
    assert value(records, "business_type_incidents_per_100_prior_365d", "P1", 12) == 50
    assert value(records, "business_type_incidents_per_100_prior_365d", "P3", 12) == 100


def test_a_small_peer_group_leans_on_its_business_type_as_on_twenty_firms() -> None:
    profile = {"business_type": "importer", "known_at": DAY_ZERO}
    countries = {"P1": "MX", "P2": "MX", "P3": "US"}
    people = [{"participant_id": who, "country": country, **profile} for who, country in countries.items()]
    records = incidents_world(incident("I1", 10, 11, ["P2"]), participants=people)
    # One peer with one incident, and a business type of one incident in two firms: (1 + 20 / 2) / (1 + 20).
    assert value(records, "peer_incidents_per_100_prior_365d", "P1", 12) == np.float32(100 * 11 / 21)


def test_the_last_visit_is_the_last_in_the_version_known_then() -> None:
    def visit(name: str, performed: float, known: float, outcome: str) -> dict[str, object]:
        row = {"validation_id": name, "participant_id": "P1", "performed_on": day(performed)}
        return row | {"known_at": day(known), "outcome": outcome}

    rows = [visit("V1", 50, 60, "pass"), visit("V2", 80, 90, "fail"), visit("V2", 40, 200, "fail")]
    records = world(validations=rows)
    assert value(records, "days_since_last_validation", "P1", 100) == 20
    assert value(records, "days_since_last_validation", "P1", 201) == 151, "V2 was moved before V1"
    assert value(records, "last_validation_outcome_code", "P1", 201) == 0


def test_a_finding_is_open_until_the_day_before_it_is_corrected() -> None:
    visit = {"validation_id": "V1", "participant_id": "P1", "performed_on": day(5), "known_at": day(6)}
    finding = {"finding_id": "F1", "validation_id": "V1", "due_on": day(30), "known_at": day(6), "must": True}
    records = world(validations=[visit], findings=[{**finding, "corrected_on": day(50)}])
    assert [value(records, "open_must_findings", "P1", at) for at in (6, 7, 49, 50)] == [0, 1, 1, 0]
    assert [value(records, "overdue_findings", "P1", at) for at in (30, 31, 50)] == [0, 1, 0]
    assert value(records, "days_since_oldest_open_finding", "P1", 31) == 26


def test_a_partner_counts_while_the_partnership_holds() -> None:
    edge = {"participant_id": "P2", "partner_id": "P1", "valid_from": day(5), "valid_to": day(100), "known_at": day(6)}
    records = incidents_world(incident("I1", 10, 11, ["P2"]), partnerships=[edge])
    assert value(records, "partner_incidents_prior_365d", "P1", 99) == 1
    assert np.isnan(value(records, "partner_incidents_prior_365d", "P1", 100)), (
        "the last day is the one before valid_to"
    )


def test_evidence_names_the_incidents_behind_a_value_newest_first() -> None:
    records = incidents_world(
        incident("I1", 10, 11, incident_type="drug"),
        incident("I2", 300, 301, incident_type="drug"),
        incident("I3", 350, 351, incident_type="weapons"),
        incident("I4", 360, 900, incident_type="drug"),
    )
    names = ["drug_incidents_prior_365d", "incidents_all", "days_since_last_incident", "tenure_days"]
    found = evidence(records, "P1", day(400), names)
    assert found == {
        "drug_incidents_prior_365d": ["I2"],
        "incidents_all": ["I3", "I2", "I1"],
        "days_since_last_incident": ["I3"],
        "tenure_days": [],
    }


def test_evidence_counts_what_the_matrix_counts() -> None:
    told = [incident(f"I{number}", 40 * number, 40 * number + 7) for number in range(1, 20)]
    prepared = prepare(incidents_world(*told))
    names = [f"incidents_prior_{days}d" for days in (90, 180, 365, 1095)]
    row = build_matrix(prepared, spine_of(("P1", 700.0)), features=names).iloc[0]
    found = evidence(prepared, "P1", day(700), names)
    assert {name: len(found[name]) for name in names} == row.to_dict()


def test_those_at_risk_are_certified_or_validated_as_known_then() -> None:
    def standing(who: str, since: float, status: str, known: float) -> dict[str, object]:
        return {"participant_id": who, "effective_on": day(since), "status": status, "known_at": day(known)}

    rows = [
        standing("P1", 5, "certified", 6),
        standing("P2", 5, "certified", 6),
        standing("P2", 50, "suspended", 60),
        standing("P3", 5, "applicant", 6),
        standing("P4", 90, "validated", 6),
    ]
    records = world(statuses=rows)
    cohorts = {at: at_risk(records, day(at))["participant_id"].tolist() for at in (6, 7, 60, 61, 90)}
    assert cohorts == {6: [], 7: ["P1", "P2"], 60: ["P1", "P2"], 61: ["P1"], 90: ["P1", "P4"]}


def test_without_statuses_everyone_known_is_at_risk() -> None:
    later = [{"participant_id": "B", "known_at": day(10)}, {"participant_id": "A", "known_at": day(0)}]
    records = world(participants=later)
    assert at_risk(records, day(10))["participant_id"].tolist() == ["A"]
    assert at_risk(records, day(11))["participant_id"].tolist() == ["A", "B"]


def test_the_matrix_keeps_the_spine_s_index_and_is_float32() -> None:
    spine = spine_of(("P2", 5.0), ("P1", 5.0)).set_axis([17, 4])
    built = build_matrix(incidents_world(incident("I1", 1, 2)), spine)
    assert built.index.tolist() == [17, 4]
    assert set(built.dtypes) == {np.dtype("float32")}
    assert built["incidents_all"].tolist() == [0, 1]


def test_an_empty_spine_gives_an_empty_matrix() -> None:
    spine = spine_of(("P1", 5.0)).iloc[:0]
    assert build_matrix(incidents_world(), spine).shape[0] == 0


@pytest.mark.parametrize("rows", [0, 1])
def test_a_record_with_hardly_any_rows_still_builds(rows: int) -> None:
    told = [incident("I1", 1, 2)][:rows]
    built = build_matrix(incidents_world(*told, partnerships=[], exposures=[], actions=[]), spine_of(("P1", 5.0)))
    assert built["incidents_all"].tolist() == [rows]
    assert built["partners_known"].tolist() == [0]
    assert pd.isna(built["shipments_prior_365d"]).all()


def merged_from_50_to_100(*told: tuple[Row, list[Row]], **tables: list[Row]) -> Records:
    """P2 is merged into P1 from day 50 to day 100."""
    merge = {"participant_id": "P2", "into_participant_id": "P1", "effective_on": day(50), "known_at": day(50)}
    return resolve(incidents_world(*told, merges=[merge, {**merge, "retracted": True, "known_at": day(100)}], **tables))


def test_an_account_merged_away_is_in_no_cohort_and_cannot_be_asked_for() -> None:
    records = merged_from_50_to_100()
    cohorts = [at_risk(records, day(number))["participant_id"].tolist() for number in (50, 51, 101)]
    assert cohorts == [["P1", "P2", "P3", "P4"], ["P1", "P3", "P4"], ["P1", "P2", "P3", "P4"]]
    with pytest.raises(UnknownParticipants, match="on record at their as_of"):
        build_matrix(records, spine_of(("P2", 51)))
    assert value(records, "days_of_record", "P2", 101) == 101, "the record began with the account, not with the undoing"


def test_the_survivor_has_the_incidents_of_both_while_the_merge_is_in_force() -> None:
    records = merged_from_50_to_100(incident("I1", 10, 11, ["P1"]), incident("I2", 12, 13, ["P2"]))
    assert [value(records, "incidents_all", "P1", at) for at in (50, 51, 100, 101)] == [1, 2, 2, 1]
    assert evidence(records, "P1", day(51), ["incidents_all"])["incidents_all"] == ["I2", "I1"]
    assert evidence(records, "P1", day(101), ["incidents_all"])["incidents_all"] == ["I1"]


def test_an_incident_told_twice_counts_once_while_the_link_holds() -> None:
    link = {"incident_id": "I2", "duplicate_of": "I1", "weight": 0.9, "known_at": day(20)}
    told = [incident("I1", 10, 11, ["P1"], severity=4.0), incident("I2", 10, 20, ["P1", "P2"], severity=5.0)]
    records = resolve(incidents_world(*told, duplicates=[link, {**link, "retracted": True, "known_at": day(90)}]))
    assert [value(records, "incidents_all", "P1", at) for at in (20, 21, 90, 91)] == [1, 1, 1, 2]
    assert value(records, "severity_sum_prior_365d", "P1", 21) == 4
    assert value(records, "incidents_all", "P2", 21) == 1, "a party that only the repetition names is involved"


def test_two_visits_on_one_day_keep_their_order_when_a_merge_is_undone() -> None:
    """V1 became known after V2; after the undoing both are known again at one moment."""
    visits = [
        {
            "validation_id": name,
            "participant_id": "P2",
            "performed_on": day(10),
            "outcome": outcome,
            "known_at": day(known),
        }
        for name, outcome, known in (("V1", "pass", 30), ("V2", "fail", 20))
    ]
    records = merged_from_50_to_100(validations=visits)
    assert [value(records, "last_validation_outcome_code", "P2", at) for at in (40, 101)] == [2, 2]
