"""The random parts: quantiles that increase with the mean, strata that repeat, names that differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from records.simulate.names import misspell, name_firms, name_outsiders
from records.simulate.streams import (
    CONCERNS,
    binomial_quantile,
    poisson_quantile,
    spawn_streams,
    stratified_choice,
    stratified_normal,
)

UNIFORM = st.floats(1e-6, 1 - 1e-6)


@given(UNIFORM, st.floats(1e-6, 8))
def test_the_poisson_quantile_is_the_textbooks(uniform, mean):
    assert poisson_quantile(np.array([uniform]), np.array([mean]))[0] == stats.poisson.ppf(uniform, mean)


@given(UNIFORM, st.floats(0.001, 5), st.floats(0.001, 3))
def test_with_common_random_numbers_a_larger_mean_never_gives_fewer_events(uniform, mean, more):
    low, high = poisson_quantile(np.array([uniform, uniform]), np.array([mean, mean + more]))
    assert low <= high


@given(UNIFORM, st.integers(1, 12), st.floats(0.01, 0.95))
def test_the_binomial_quantile_is_the_textbooks(uniform, trials, chance):
    got = binomial_quantile(np.array([uniform]), np.array([trials]), np.array([chance]))[0]
    assert got in (stats.binom.ppf(uniform - 1e-9, trials, chance), stats.binom.ppf(uniform + 1e-9, trials, chance))


@given(st.integers(0, 1000))
def test_stratified_draws_hardly_vary_in_mean_and_spread(seed):
    values = stratified_normal(np.random.default_rng(seed), 2000)
    assert abs(values.mean()) < 0.01
    assert values.std() == pytest.approx(1, abs=0.02)
    chosen = stratified_choice(np.random.default_rng(seed), np.array([0.5, 0.3, 0.2]), 100)
    assert np.abs(np.bincount(chosen, minlength=3) - [50, 30, 20]).max() <= 1


def test_each_concern_has_a_stream_of_its_own():
    first = {name: stream.random() for name, stream in spawn_streams(5).items()}
    assert len(set(first.values())) == len(CONCERNS)
    assert first == {name: stream.random() for name, stream in spawn_streams(5).items()}


def test_names_are_distinct_and_a_misspelling_stays_recognizable():
    rng = np.random.default_rng(3)
    names = name_firms(
        rng, ["US", "MX", "CN", "DE"] * 1500, ["importer", "highway_carrier", "broker", "sea_carrier"] * 1500
    )
    assert len(set(names)) == len(names)
    assert not set(name_outsiders(rng, 300)) & set(names)
    assert all(len(misspell(rng, name)) >= 0.5 * len(name) for name in names[:300])
    assert any(letter in "áéíóúñü" for name in names for letter in name)
