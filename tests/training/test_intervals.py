"""Laws of the bootstrap, its coverage where the truth is known, and stories."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.intervals import (
    LEAST_BLOCKS,
    blocks,
    blocks_of_origins,
    draw_participants,
    mean_over_origins,
    percentile_interval,
    pooled_interval,
)
from training.metrics import auc, gather

NAMES = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=20)


@settings(deadline=None)
@given(NAMES, st.integers(0, 99))
def test_each_replicate_draws_as_many_participants_as_there_are(names, seed):
    draws = draw_participants(names, replicates=7, seed=seed)
    assert (draws.times.sum(axis=0) == len(set(names))).all()


@settings(deadline=None)
@given(NAMES, st.integers(0, 99))
def test_a_participant_is_drawn_the_same_wherever_it_appears(names, seed):
    draws = draw_participants(names, replicates=5, seed=seed)
    rows = draws.of(names)
    for row, name in enumerate(names):
        assert (rows[row] == rows[names.index(name)]).all()
    again = draw_participants(names[::-1], replicates=5, seed=seed)
    assert (again.of(names) == rows).all()


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(1, 400), st.integers(1, 5000))
def test_blocks_cover_every_replicate_once(replicates, rows, cells):
    covered = [place for part in blocks(replicates, rows=rows, most_cells=cells) for place in range(replicates)[part]]
    assert covered == list(range(replicates))


def test_the_interval_covers_the_true_figure_about_as_often_as_it_says():
    """The same participants at three origins: AUC of a normal shift of 1 is 0.760."""
    rng, covered = np.random.default_rng(8), 0
    for trial in range(120):
        frailty = rng.normal(size=150)
        draws = draw_participants([str(n) for n in range(150)], replicates=200, seed=trial).times
        origins = []
        for _ in range(3):
            positive = frailty + 0.3 * rng.normal(size=150) > 0.8
            rank = positive + rng.normal(size=150)
            origins.append(auc(gather(rank, positive, multiplicity=draws)))
        low, high = percentile_interval(mean_over_origins(origins))
        covered += low <= 0.7602 <= high
    assert 0.89 <= covered / 120 <= 0.99


def test_rows_of_one_participant_are_not_counted_as_independent():
    """Ten origins that repeat one origin say no more than the one."""
    rng = np.random.default_rng(4)
    positive, rank = rng.random(200) < 0.3, rng.random(200)
    draws = draw_participants([str(n) for n in range(200)], replicates=300, seed=1).times
    one = auc(gather(rank, positive, multiplicity=draws))
    assert percentile_interval(mean_over_origins([one] * 10)) == pytest.approx(percentile_interval(one))


def test_an_origin_without_the_figure_is_left_out_of_the_mean():
    assert mean_over_origins([np.array([1.0, np.nan]), np.array([3.0, np.nan])])[0] == 2.0
    assert mean_over_origins([np.array([1.0, 5.0]), np.array([np.nan, 7.0])]).tolist() == [1.0, 6.0]
    assert np.isnan(percentile_interval([np.nan, np.nan])).all()


def test_replicates_are_moved_to_have_the_figure_as_their_mean():
    replicates = np.random.default_rng(1).normal(5.0, 1.0, 4000)
    low, high = percentile_interval(replicates, value=4.0)
    assert (low, high) == pytest.approx((4 - 1.96, 4 + 1.96), abs=0.1)
    assert np.isnan(percentile_interval(replicates, value=np.nan)).all()


def moments(*days):
    return [pd.Timestamp(day) for day in days]


def test_origins_whose_windows_overlap_make_one_block():
    assert list(blocks_of_origins(moments("2018-01-01", "2019-01-01", "2020-01-01"), 365)) == [0, 1, 2]
    assert list(blocks_of_origins(moments("2018-01-01", "2018-07-01", "2019-01-01", "2019-07-01"), 365)) == [0, 0, 1, 1]
    assert list(blocks_of_origins(moments("2018-01-01", "2018-04-01", "2018-07-01"), 90)) == [0, 1, 2]


def test_few_blocks_tell_the_interval_of_participants_alone():
    rng = np.random.default_rng(2)
    replicates = [rng.normal(size=300) for _ in range(LEAST_BLOCKS - 1)]
    values = np.arange(LEAST_BLOCKS - 1) * 100.0
    found = pooled_interval(values, replicates, np.arange(LEAST_BLOCKS - 1))
    assert found == pytest.approx(percentile_interval(mean_over_origins(replicates), value=values.mean()))


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 7), st.floats(0, 5), st.integers(0, 999))
def test_other_years_widen_an_interval_and_never_narrow_it(origins, spread, seed):
    rng = np.random.default_rng(seed)
    values, replicates = spread * rng.normal(size=origins), [rng.normal(size=200) for _ in range(origins)]
    low, high = pooled_interval(values, replicates, np.arange(origins))
    alone = percentile_interval(mean_over_origins(replicates), value=values.mean())
    assert low <= alone[0] + 1e-12
    assert high >= alone[1] - 1e-12
    assert low <= values.mean() <= high


def test_where_years_differ_much_the_interval_is_that_of_student():
    rng = np.random.default_rng(3)
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    low, high = pooled_interval(values, [1e-3 * rng.normal(size=4000) for _ in values], np.arange(5))
    half = 2.776 * values.std(ddof=1) / np.sqrt(5)
    assert (low, high) == pytest.approx((4 - half, 4 + half), rel=0.05, abs=0.05)


def test_origins_of_one_block_tell_no_more_than_one_of_them():
    rng = np.random.default_rng(4)
    values = np.array([1.0, 4.0, 2.0, 8.0])
    noise = [1e-3 * rng.normal(size=4000) for _ in values]
    once = pooled_interval(values, noise, np.arange(4))
    twice = pooled_interval(np.repeat(values, 2), [own for own in noise for _ in range(2)], np.repeat(np.arange(4), 2))
    assert once == pytest.approx(twice, rel=1e-6)


def test_an_origin_without_the_figure_is_left_out_of_the_interval_too():
    rng = np.random.default_rng(5)
    replicates = [rng.normal(size=200) for _ in range(4)]
    values = np.array([1.0, np.nan, 2.0, 4.0])
    replicates[1] = np.full(200, np.nan)
    found = pooled_interval(values, replicates, np.arange(4))
    kept = [replicates[place] for place in (0, 2, 3)]
    assert found == pytest.approx(pooled_interval(values[[0, 2, 3]], kept, np.arange(3)))
