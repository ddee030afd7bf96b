"""Laws of the bootstrap, its coverage where the truth is known, and stories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.intervals import blocks, draw_participants, mean_over_origins, percentile_interval
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
