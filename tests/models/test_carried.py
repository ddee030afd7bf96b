"""What is known of a participant only adds up: no day, fact or incident more takes a score away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.carried import Carried, carried_by

CATALOG = (
    {"name": "incidents_prior_365d", "family": "incident_history", "window_days": 365},
    {"name": "incidents_prior_90d", "family": "incident_history", "window_days": 90},
    {"name": "shipments_prior_365d", "family": "exposure", "window_days": 365},
    {"name": "exams_prior_365d", "family": "examinations", "window_days": 365},
    {"name": "partner_incidents_prior_365d", "family": "partners", "window_days": 365},
    {"name": "country_code", "family": "profile", "window_days": None},
)
CARRIED = Carried((0.3, 0.1, 0.2, 0.2, 0.1, 0.1), 0.5)
UNKNOWN = np.nan
CELLS = st.one_of(st.just(np.nan), st.just(0.0), st.floats(0.1, 50))
ROWS = st.lists(CELLS, min_size=6, max_size=6)
DAYS = st.floats(0, 3000)


def share(row, days):
    return float(CARRIED.share(CATALOG, np.array([row]), np.array([float(days)]))[0])


@given(ROWS, DAYS, st.floats(0, 400))
def test_a_longer_record_never_carries_less(row, days, more):
    assert share(row, days + more) >= share(row, days)


@given(ROWS, DAYS, st.integers(0, 5), st.one_of(st.just(0.0), st.floats(0.1, 50)))
def test_a_fact_that_becomes_known_never_takes_a_score_away(row, days, place, value):
    told = [*row]
    told[place] = value if np.isnan(row[place]) else row[place]
    assert share(told, days) >= share(row, days)
    before, after = (CARRIED.lack(CATALOG, np.array(each), days) for each in (row, told))
    assert before or not after


@given(ROWS, DAYS, st.integers(0, 3))
def test_an_incident_or_a_shipment_speaks_at_once(row, days, place):
    quiet, told = [*row], [*row]
    quiet[place], told[place] = 0.0, 1.0
    assert share(told, days) >= share(quiet, days)


@given(ROWS, DAYS)
def test_the_words_and_the_mark_agree_and_the_share_lies_between_0_and_1(row, days):
    assert 0.0 <= share(row, days) <= 1.0
    enough = CARRIED.enough(CATALOG, np.array([row]), np.array([days]))[0]
    assert enough == (CARRIED.lack(CATALOG, np.array(row), days) == "")


@given(st.lists(st.tuples(ROWS, DAYS), min_size=2, max_size=8))
def test_a_row_has_the_same_bits_alone_and_in_a_batch(rows):
    values, days = np.array([row for row, _ in rows]), np.array([day for _, day in rows])
    assert CARRIED.share(CATALOG, values, days)[-1] == share(*rows[-1])


def test_a_newcomer_of_26_days_without_trade_is_not_rated_and_reads_what_is_missing():
    row = [0.0, 0.0, UNKNOWN, UNKNOWN, UNKNOWN, 7.0]
    assert share(row, 26) == pytest.approx(0.3 * 26 / 365 + 0.1 * 26 / 90 + 0.1)
    assert CARRIED.lack(CATALOG, np.array(row), 26.4) == (
        "26 days of record carry 15 % of what a score is read from; a score needs 50 %, and most is missing of "
        "own incidents and trade volume"
    )


def test_the_same_newcomer_is_rated_once_its_trade_and_examinations_are_known():
    assert CARRIED.lack(CATALOG, np.array([0.0, 0.0, 12.0, 3.0, 1.0, 7.0]), 26) == ""


def test_a_newcomer_with_an_incident_is_known_by_it():
    quiet, told = [0.0, 0.0, 5.0, UNKNOWN, UNKNOWN, 7.0], [1.0, 1.0, 5.0, UNKNOWN, UNKNOWN, 7.0]
    assert CARRIED.lack(CATALOG, np.array(quiet), 30)
    assert CARRIED.lack(CATALOG, np.array(told), 30) == ""


def test_an_old_member_that_nothing_happened_to_is_known():
    assert share([0.0] * 6, 400) == pytest.approx(1.0)


def test_of_someone_not_on_record_nothing_is_known():
    assert share([1.0] * 6, np.nan) == 0.0


def test_columns_count_by_what_they_add_and_how_often_they_are_known():
    values = np.array([[1.0, np.nan, 0.0], [1.0, np.nan, 0.0], [1.0, 5.0, np.nan], [1.0, np.nan, 0.0]])
    weights = carried_by((0.4, 0.4, 0.2), values).weights
    assert weights == pytest.approx(np.array([0.4, 0.1, 0.15]) / 0.65)
    assert sum(carried_by((0.0, 0.0, 0.0), values).weights) == pytest.approx(1.0)
    assert Carried.from_dict(CARRIED.to_dict()) == CARRIED
