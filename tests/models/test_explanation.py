"""Reasons add up, are ordered, stay within their limits and say what the catalog says."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_slices import COUNTS, TYPE, blended_model, make_matrix, quick_model, slices

from features.catalog import FAMILIES
from models.explanation import (
    FLOOR,
    FactorReason,
    factor_reasons,
    group_contributions,
    most_important,
    reason_records,
    stored_reasons,
)
from models.peers import EVERYONE, peer_medians

MODELS = pytest.mark.parametrize("make", [quick_model, blended_model], ids=["trees", "blend"])


def grouped_of(model, matrix: pd.DataFrame):
    values = model.values(matrix)
    return group_contributions(model, values, model.margin_of(values), model.peers)


@MODELS
@given(st.integers(1, 20), st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_stored_reasons_add_up_to_the_margin_by_group_and_by_feature(make, rows: int, seed: int):
    matrix = make_matrix(rows, seed)
    grouped, margin = grouped_of(make(), matrix), make().margin(matrix)
    for row in range(rows):
        reasons = json.loads(stored_reasons(grouped, row, {}))
        assert abs(grouped.base + sum(reason["contribution"] for reason in reasons) - margin[row]) < 1e-6
        for reason in reasons:
            total = sum(feature["contribution"] for feature in reason["features"])
            assert abs(total - reason["contribution"]) < 1e-6


@MODELS
@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_every_group_is_there_once_by_size_with_ties_in_catalog_order(make, seed: int):
    grouped = grouped_of(make(), make_matrix(5, seed))
    expected = {entry["family"] for entry in make().catalog}
    order = list(FAMILIES)
    for row in range(5):
        records = reason_records(grouped, row, {})
        assert {record["family"] for record in records} == expected
        keys = [(-abs(record["contribution"]), order.index(record["family"])) for record in records]
        assert keys == sorted(keys)


@MODELS
def test_without_a_raising_group_the_probability_is_lower_and_the_other_way_round(make):
    matrix = make_matrix(60, 4)
    grouped, probability = grouped_of(make(), matrix), make().probability(make().margin(matrix))
    for row in range(60):
        for record in reason_records(grouped, row, {}):
            if abs(record["contribution"]) > 1e-3:
                lower = record["probability_without"] < probability[row]
                assert lower == (record["contribution"] > 0)


def factor(family: str, contribution: float) -> FactorReason:
    return FactorReason(family, family, contribution, "", 0.5, (), ())


def test_at_most_five_reasons_a_side_and_none_under_the_floor():
    families = list(FAMILIES)
    factors = [factor(families[place], 1.0 - 0.1 * place) for place in range(7)]
    factors += [factor(families[7], -FLOOR / 2), factor(families[8], FLOOR / 2), factor(families[9], -0.2)]
    raising, mitigating = most_important(factors)
    assert [each.family for each in raising] == families[:5]
    assert [each.family for each in mitigating] == [families[9]]


def test_nothing_over_the_floor_gives_no_reason():
    assert most_important([factor("exposure", 0.01)]) == ((), ())


def test_two_participants_with_different_drivers_get_different_reasons():
    matrix = make_matrix(2, 1)
    matrix.loc[0, COUNTS[0]], matrix.loc[1, COUNTS[0]] = 6.0, 0.0
    grouped = grouped_of(quick_model(), matrix)
    first, second = (reason_records(grouped, row, {}) for row in (0, 1))
    assert first[0]["phrase"].startswith("6 incidents")
    assert first[0]["contribution"] > 0
    assert [record["phrase"] for record in first] != [record["phrase"] for record in second]


def test_features_carry_value_unit_phrase_and_peer_median():
    matrix = make_matrix(1, 1)
    matrix[COUNTS[0]], matrix[TYPE] = np.float32(4.0), np.float32(2.0)
    grouped = grouped_of(quick_model(), matrix)
    features = [feature for reason in factor_reasons(grouped, 0, {}) for feature in reason.features]
    own = next(feature for feature in features if feature.name == COUNTS[0])
    assert own.value == 4.0
    assert own.unit == "count"
    assert own.phrase.startswith("4 incidents")
    _, calibration = slices()
    latest = calibration.matrix[calibration.as_of == calibration.as_of.max()]
    assert own.peer_median == latest.loc[latest[TYPE] == 2.0, COUNTS[0]].median()


def test_an_unknown_value_is_said_to_be_unknown_and_is_not_0():
    matrix = make_matrix(1, 1).assign(**{COUNTS[0]: np.float32(np.nan)})
    features = [
        feature for reason in factor_reasons(grouped_of(quick_model(), matrix), 0, {}) for feature in reason.features
    ]
    own = next(feature for feature in features if feature.name == COUNTS[0])
    assert own.value is None
    assert "not known" in own.phrase


def test_evidence_is_that_of_the_groups_features_each_incident_once():
    grouped = grouped_of(quick_model(), make_matrix(1, 1))
    evidence = {COUNTS[0]: ["I3", "I2"], COUNTS[1]: ["I2", "I1"]}
    reason = next(reason for reason in reason_records(grouped, 0, evidence) if reason["family"] == "incident_history")
    assert reason["evidence"] == ["I3", "I2", "I1"]


def test_peers_are_those_of_the_same_type_and_everyone_where_it_is_unknown():
    rows = np.array([[0, 1], [0, 3], [0, 5], [1, 10], [1, np.nan], [np.nan, 100]], dtype=np.float32)
    peers = peer_medians(rows, 0)
    assert peers.medians["0"] == (0.0, 3.0)
    assert peers.medians["1"] == (1.0, 10.0)
    assert peers.of(rows)[:, 1].tolist() == [3.0, 3.0, 3.0, 10.0, 10.0, 5.0]
    assert peers.medians[EVERYONE][1] == 5.0


def test_without_types_everyone_is_everyones_peer():
    rows = np.array([[1.0], [2.0], [9.0]], dtype=np.float32)
    assert peer_medians(rows, None).of(rows)[:, 0].tolist() == [2.0, 2.0, 2.0]
