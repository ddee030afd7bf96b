"""What was looked at, told row by row; and the weights that follow from it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from records.known import Records, empty_table
from training.detection.correction import LEAST, MOST, at_common_effort, effective_size, effort_weights, truncated
from training.detection.effort import effort_in_windows, has_effort

ORIGIN = pd.Timestamp("2023-01-01")
END = pd.Timestamp("2024-06-01")


def table(name: str, rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    shaped = empty_table(name)
    columns = {
        column: frame[column] if column in frame else pd.Series([None] * len(frame), dtype=object)
        for column in shaped.columns
    }
    filled = {
        column: values.fillna(False) if shaped[column].dtype == bool else values for column, values in columns.items()
    }
    return pd.DataFrame({column: values.astype(shaped[column].dtype) for column, values in filled.items()})


def month(who: str, first: str, known: str = "2023-07-01", **counts: float) -> dict:
    row = {"participant_id": who, "month": first, "known_at": known, "source": "s", "record_id": f"{who}{first}{known}"}
    return row | counts


def incident(number: str, who: str, day: str, discovery: str | None) -> tuple[dict, dict]:
    common = {"incident_id": number, "known_at": "2023-09-01", "source": "s"}
    return (
        common | {"occurred_on": day, "discovery": discovery, "record_id": f"i{number}"},
        common | {"party_no": "1", "participant_id": who, "record_id": f"v{number}"},
    )


@pytest.fixture
def record() -> Records:
    months = [
        month("P1", "2023-01-01", shipments=40, crossings=60, exams_targeted=3, exams_random=1, discrepancies=1),
        month("P1", "2023-02-01", shipments=50, crossings=10, exams_targeted=0, exams_random=0, discrepancies=0),
        month("P1", "2022-12-01", shipments=500, crossings=500, exams_targeted=50, exams_random=9),
        month("P1", "2024-01-01", shipments=500, crossings=500, exams_targeted=50, exams_random=9),
        month("P2", "2023-03-01", shipments=100),
        month("P2", "2023-04-01", known="2024-07-01", shipments=100, exams_targeted=7, exams_random=7),
    ]
    told = [
        incident("I1", "P1", "2023-05-01", "port_exam"),
        incident("I2", "P1", "2023-06-01", "self_report"),
        incident("I3", "P2", "2023-06-01", None),
        incident("I4", "P1", "2022-12-31", "port_exam"),
    ]
    people = [
        {"participant_id": who, "known_at": "2020-01-01", "source": "s", "record_id": who} for who in ("P1", "P2")
    ]
    return Records(
        {
            "participants": table("participants", people),
            "exposures": table("exposures", months),
            "incidents": table("incidents", [each for each, _ in told]),
            "involvements": table("involvements", [each for _, each in told]),
        }
    )


def test_a_window_sums_what_it_holds_and_what_was_known_by_then(record):
    found = effort_in_windows(record, ["P1", "P2", "P3"], [ORIGIN] * 3, 365, record_end=END)
    assert list(found.movements) == [60 + 50, 100, 0]
    assert list(found.examinations) == [4, 0, 0]
    assert list(found.discrepancies) == [1, 0, 0]
    assert found.rate[0] == pytest.approx(4 / 110)
    assert found.random_share[0] == 0.25


def test_examinations_that_nobody_reported_are_not_known_and_not_zero(record):
    found = effort_in_windows(record, ["P1", "P2"], [ORIGIN] * 2, 365, record_end=END)
    assert list(found.told) == [True, False]
    assert np.isnan(found.rate[1])


def test_incidents_count_by_who_found_them_and_by_neither_when_nobody_says(record):
    found = effort_in_windows(record, ["P1", "P2"], [ORIGIN] * 2, 365, record_end=END)
    assert list(found.by_exam) == [1, 0]
    assert list(found.otherwise) == [1, 0]


def test_a_record_that_reports_no_movements_counts_examinations_a_window(record):
    bare = record["exposures"].assign(shipments=np.nan, crossings=np.nan)
    found = effort_in_windows(Records({**record.tables, "exposures": bare}), ["P1"], [ORIGIN], 365, record_end=END)
    assert not found.per_movement
    assert found.rate[0] == 4


def test_a_record_without_examinations_says_so(record):
    silent = record["exposures"].assign(exams_targeted=np.nan, exams_random=np.nan)
    assert has_effort(record)
    assert not has_effort(Records({**record.tables, "exposures": silent}))
    assert not has_effort(Records({name: frame for name, frame in record.tables.items() if name != "exposures"}))


RELATIVE = arrays.arrays(np.float64, 12, elements=st.floats(0.01, 50))
WEIGHT = arrays.arrays(np.float64, 12, elements=st.floats(0.1, 3))
POSITIVE = arrays.arrays(np.bool_, 12)


@given(POSITIVE, WEIGHT, RELATIVE)
def test_a_finding_keeps_its_weight_and_none_weighs_by_how_hard_one_looked(positive, weight, relative):
    found = effort_weights(positive, weight, relative)
    assert (found[positive] == weight[positive]).all()
    assert np.allclose(found[~positive], (weight * relative)[~positive])
    assert np.allclose(effort_weights(positive, weight, np.ones(12)), weight)


@given(RELATIVE)
def test_no_weight_is_outside_the_stated_bounds_and_order_is_kept(relative):
    held = truncated(relative)
    assert ((held >= LEAST) & (held <= MOST)).all()
    assert (np.diff(held[np.argsort(relative, kind="stable")]) >= 0).all()


@given(WEIGHT)
def test_the_effective_size_is_at_most_the_number_and_reaches_it_for_equal_weights(weight):
    assert 1 <= effective_size(weight) <= 12 + 1e-9
    assert effective_size(np.full(12, weight[0])) == pytest.approx(12)
    assert effective_size(np.zeros(0)) == 0


@given(arrays.arrays(np.float64, 12, elements=st.floats(0, 0.99)), RELATIVE)
def test_a_probability_at_common_effort_is_one_and_falls_with_the_effort_behind_it(probability, relative):
    told = at_common_effort(probability, relative)
    assert ((told >= 0) & (told <= 1)).all()
    assert np.allclose(at_common_effort(probability, np.ones(12)), probability)
    assert (at_common_effort(probability, relative * 2) <= told + 1e-12).all()
    # The other way round: thinning what would be found at the common effort gives the score again.
    kept = told < 1 - 1e-9
    assert np.allclose(-np.expm1(np.log1p(-told[kept]) * relative[kept]), probability[kept], atol=1e-6)
