"""The index in the manner of the Safety Measurement System: stories of five carriers."""

import numpy as np
import pytest
from history_rows import matrix_of, slice_of
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines.weighted_index import NOT_RATED, PeerMeasures, WeightedIndex


def carriers(**columns):
    size = len(next(iter(columns.values())))
    base = {
        "severity_sum_prior_365d": np.zeros(size),
        "severity_sum_prior_1095d": np.zeros(size),
        "shipments_prior_365d": np.full(size, 99.0),
        "business_type_code": np.zeros(size),
        "days_of_record": np.full(size, 1000.0),
    }
    return matrix_of(**(base | columns))


def fitted(matrix, **settings_):
    return WeightedIndex(**settings_).fit(slice_of(matrix, np.zeros(len(matrix))))


def test_last_years_points_weigh_five_times_those_of_the_years_before():
    # Points of the last year, points of three years: 2.5 * 4 = 10 beats 0.5 * 10 = 5 beats 0.
    matrix = carriers(
        severity_sum_prior_365d=np.array([4.0, 0.0, 0.0]), severity_sum_prior_1095d=np.array([4.0, 10.0, 0.0])
    )
    fresh, old, clean = fitted(matrix).rank_value(matrix)
    assert fresh == pytest.approx(5 / 6)
    assert old == pytest.approx(3 / 6)
    assert clean == 0


def test_the_same_points_on_more_shipments_rank_lower():
    matrix = carriers(
        severity_sum_prior_365d=np.full(3, 4.0),
        severity_sum_prior_1095d=np.full(3, 4.0),
        shipments_prior_365d=np.array([20.0, 100.0, 500.0]),
    )
    assert list(np.diff(fitted(matrix).rank_value(matrix)) < 0) == [True, True]


def test_a_carrier_is_compared_with_its_peers_and_a_small_group_with_everyone():
    # Six sea carriers with many points, six truckers with few: the same points are much for a trucker.
    points = np.array([50, 60, 70, 80, 90, 100, 1, 2, 3, 4, 5, 6], dtype=float)
    kind = np.repeat([0.0, 1.0], 6)
    matrix = carriers(severity_sum_prior_365d=points, severity_sum_prior_1095d=points, business_type_code=kind)
    asked = carriers(
        severity_sum_prior_365d=np.array([50.0, 50.0]),
        severity_sum_prior_1095d=np.array([50.0, 50.0]),
        business_type_code=np.array([0.0, 1.0]),
    )
    sea, truck = fitted(matrix, least_peers=6).rank_value(asked)
    assert sea == pytest.approx(1 / 12)
    assert truck > 11 / 12
    one, other = fitted(matrix, least_peers=7).rank_value(asked)
    assert one == other


def test_a_thin_record_is_not_rated_and_ranks_below_the_clean():
    matrix = carriers(
        severity_sum_prior_365d=np.array([9.0, 0.0]),
        severity_sum_prior_1095d=np.array([9.0, 0.0]),
        days_of_record=np.array([179.0, 180.0]),
    )
    index = fitted(matrix)
    assert list(index.rank_value(matrix)) == [NOT_RATED, 0.0]
    _, parts = index.contributions(matrix)
    assert parts.loc[0, "days_of_record"] == NOT_RATED
    assert parts.drop(columns="days_of_record").loc[0].abs().sum() == 0


def test_without_severity_every_incident_has_one_point():
    matrix = matrix_of(incidents_prior_365d=np.array([2.0, 0.0]), incidents_prior_1095d=np.array([2.0, 1.0]))
    busy, old = fitted(matrix).rank_value(matrix)
    assert busy > old > 0


@settings(deadline=None)
@given(
    st.lists(st.floats(0.01, 1e4), max_size=30),
    st.integers(0, 30),
    st.lists(st.floats(0.0, 1e5), min_size=2, max_size=20),
)
def test_a_percentile_is_a_share_and_rises_with_the_measure(above, quiet, asked):
    peers = PeerMeasures(len(above) + quiet, tuple(sorted(above)))
    share = peers.percentile(np.sort(np.array(asked)))
    assert (np.diff(share) >= 0).all()
    assert ((share >= 0) & (share < 1)).all()
    assert (share[np.sort(asked) == 0] == 0).all()
