"""Laws of the baselines, recovery of a known program, then five participants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines import CountBaseline, GammaPoisson, SmallLogistic, all_baselines
from models.errors import MatrixRefused
from models.spec import TrainingSlice


def matrix_of(**columns):
    size = len(next(iter(columns.values())))
    base = {
        "incidents_prior_365d": np.zeros(size),
        "incidents_prior_1095d": np.zeros(size),
        "incidents_all": np.zeros(size),
        "incidents_decayed_730d": np.zeros(size),
        "days_since_last_incident": np.full(size, np.nan),
    }
    return pd.DataFrame(base | columns).astype("float32")


def slice_of(matrix, incidents):
    size = len(matrix)
    return TrainingSlice(
        matrix=matrix,
        positive=np.asarray(incidents) > 0,
        incidents=np.asarray(incidents, dtype=float),
        weight=np.ones(size),
        groups=np.arange(size).astype(str),
        as_of=np.full(size, np.datetime64("2020-01-01", "us")),
    )


def program(seed, size=20_000, *, shape=0.3, rate=2.0, power=0.0):
    """Participants with Gamma rates, a decayed history simulated over ten years, and the year after."""
    rng = np.random.default_rng(seed)
    shipments = np.exp(rng.normal(4, 1, size))
    exposure = ((1 + shipments) / np.exp(np.log1p(shipments).mean())) ** power
    frailty = rng.gamma(shape, 1 / rate, size) * exposure
    years = 10
    yearly = rng.poisson(frailty[:, None], (size, years))
    age = np.arange(years)[::-1] + 0.5
    decayed = (yearly * 2.0 ** (-age / 2)).sum(axis=1)
    matrix = matrix_of(
        incidents_prior_365d=yearly[:, -1],
        incidents_prior_1095d=yearly[:, -3:].sum(axis=1),
        incidents_all=yearly.sum(axis=1),
        incidents_decayed_730d=decayed,
        days_since_last_incident=np.where(yearly.any(axis=1), 365 * (np.argmax(yearly[:, ::-1] > 0, 1) + 0.5), np.nan),
        shipments_prior_365d=shipments,
        days_of_record=np.full(size, 3650.0),
    )
    return slice_of(matrix, rng.poisson(frailty)), frailty


COUNTS = st.lists(st.integers(0, 20), min_size=2, max_size=12)


@settings(deadline=None)
@given(COUNTS, st.randoms(use_true_random=False))
def test_a_rank_value_depends_on_the_own_row_only(counts, random):
    matrix = matrix_of(incidents_decayed_730d=np.array(counts, dtype=float), incidents_all=np.array(counts))
    matrix["days_of_record"] = np.float32(1000)
    shuffled = list(range(len(counts)))
    random.shuffle(shuffled)
    for baseline in FITTED:
        whole = baseline.rank_value(matrix)
        assert (baseline.rank_value(matrix.iloc[shuffled]) == whole[shuffled]).all()
        assert baseline.rank_value(matrix.iloc[[0]])[0] == pytest.approx(whole[0], rel=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_more_incidents_and_fresher_ones_never_rank_lower(counts):
    counts = np.sort(np.array(counts, dtype=float))
    matrix = matrix_of(incidents_prior_365d=counts, incidents_decayed_730d=counts, incidents_all=counts)
    matrix["days_since_last_incident"] = (1000 - 40 * counts).astype("float32")
    matrix["days_of_record"] = np.float32(1000)
    for baseline in FITTED[:4]:
        assert (np.diff(baseline.rank_value(matrix)) >= 0).all(), baseline.name


FITTED = [baseline.fit(program(1, size=400)[0]) for baseline in all_baselines()]


def test_every_baseline_of_the_contract_is_there():
    names = [baseline.name for baseline in all_baselines()]
    assert names == ["prior_year_count", "recency", "decayed_count", "gamma_poisson", "logistic"]


@pytest.mark.parametrize("power", [0.0, 0.7])
def test_gamma_poisson_recovers_the_rates_of_a_gamma_poisson_program(power):
    train, frailty = program(7, power=power)
    fitted = GammaPoisson().fit(train)
    expected = fitted.rank_value(train.matrix)
    assert fitted.power == pytest.approx(power, abs=0.12)
    assert expected.mean() == pytest.approx(frailty.mean(), rel=0.05)
    # What is expected of those with a history comes true; decay blurs old single incidents below them.
    for band in np.array_split(np.argsort(expected), 10)[8:]:
        assert expected[band].mean() == pytest.approx(frailty[band].mean(), rel=0.1)


def test_gamma_poisson_draws_a_short_history_towards_the_mean():
    fitted = GammaPoisson(shape=0.3, rate=2.0)
    matrix = matrix_of(
        incidents_decayed_730d=np.array([0.0, 0.0, 1.0]), days_of_record=np.array([10.0, 3650.0, 3650.0])
    )
    new, clean, known = fitted.rank_value(matrix)
    assert clean < new < known
    assert new == pytest.approx(0.3 / 2.0, rel=0.02)


def test_gamma_poisson_takes_everybody_as_watched_when_entry_is_by_incident():
    train, _ = program(3)
    late = train.matrix.assign(days_of_record=np.where(train.matrix["incidents_all"] > 1, 3650, 1).astype("float32"))
    assert GammaPoisson().fit(slice_of(late, train.incidents)).watched_forever


def test_logistic_orders_by_log_odds_and_matches_the_share_of_positives():
    train, _ = program(5)
    log_odds = SmallLogistic().fit(train).rank_value(train.matrix)
    probability = 1 / (1 + np.exp(-log_odds))
    assert probability.mean() == pytest.approx(train.positive.mean(), abs=1e-3)
    top = np.argsort(log_odds)[-2000:]
    assert probability[top].mean() == pytest.approx(train.positive[top].mean(), abs=0.05)


def test_no_incident_ever_ranks_last_by_recency_and_ties_stay_ties():
    matrix = matrix_of(days_since_last_incident=np.array([400.0, np.nan, 3.0, np.nan]))
    value = CountBaseline("recency", "days_since_last_incident", sign=-1.0).rank_value(matrix)
    assert list(np.argsort(-value, kind="stable")) == [2, 0, 1, 3]
    assert value[1] == value[3]


def test_a_matrix_without_the_column_is_refused_by_name():
    with pytest.raises(MatrixRefused, match="incidents_prior_365d"):
        CountBaseline("prior_year_count", "incidents_prior_365d").rank_value(pd.DataFrame({"other": [1.0]}))
