"""The published estimates on the CDNOW sample, then laws and a recovered program."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from history_rows import matrix_of, slice_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1
from scipy.stats import beta

from models.baselines.bg_nbd import BgNbd, expected_while_active, fit_bg_nbd, log_likelihood, still_active

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt.gz"
PUBLISHED = (0.243, 4.414, 0.793, 2.426)


def histories(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    """Repeat transactions by day, of the first 39 weeks, in weeks since each customer's first."""
    with gzip.open(path, "rt") as lines:
        rows = pd.DataFrame([line.split() for line in lines]).iloc[:, [1, 2]]
    days = rows.set_axis(["customer", "day"], axis=1).drop_duplicates()
    days["day"] = pd.to_datetime(days["day"], format="%Y%m%d")
    start = pd.Timestamp("1997-01-01")
    end = start + pd.Timedelta(days=39 * 7 - 1)
    first = days.groupby("customer")["day"].min()
    seen = days[days["day"] <= end].groupby("customer")["day"].agg(["count", "max"])
    weeks = pd.Timedelta(weeks=1)
    later = days[days["day"] > end].groupby("customer").size().reindex(first.index).fillna(0)
    table = pd.DataFrame({"first": first, "later": later})
    count = (seen["count"] - 1).to_numpy(dtype=float)
    last = ((seen["max"] - first) / weeks).to_numpy(dtype=float)
    return count, last, ((end - first) / weeks).to_numpy(dtype=float), table


@pytest.mark.skipif(not SAMPLE.is_file(), reason=f"the public CDNOW sample is not at {SAMPLE}")
def test_the_published_estimates_come_out_of_the_published_sample():
    """Fader, Hardie and Lee (2005), table 2: 2,357 customers, 39 weeks; log-likelihood -9582.4."""
    count, last, watched, _ = histories(SAMPLE)
    assert len(count) == 2357
    found = fit_bg_nbd(count, last, watched)
    assert found == pytest.approx(PUBLISHED, abs=0.002)
    assert log_likelihood(found, count, last, watched).sum() == pytest.approx(-9582.4, abs=0.1)


@pytest.mark.skipif(not SAMPLE.is_file(), reason=f"the public CDNOW sample is not at {SAMPLE}")
def test_the_customer_of_the_published_note_is_expected_to_buy_as_published():
    """Fader, Hardie and Lee (2005), Implementing the BG/NBD Model in Excel: x = 2, t_x = 30.43, T = 38.86, 39 weeks."""
    count, last, watched = np.array([2.0]), np.array([30.43]), np.array([38.86])
    expected = still_active(PUBLISHED, count, last, watched) * expected_while_active(PUBLISHED, count, watched, 39.0)
    assert expected[0] == pytest.approx(1.226, abs=0.001)


def test_the_transformed_expectation_is_the_published_formula():
    r, alpha, a, b = PUBLISHED
    count, watched, ahead = np.arange(6.0), np.linspace(5, 40, 6), 13.0
    share = ahead / (alpha + watched + ahead)
    written = (
        (a + b + count - 1)
        / (a - 1)
        * (
            1
            - ((alpha + watched) / (alpha + watched + ahead)) ** (r + count)
            * hyp2f1(r + count, b + count, a + b + count - 1, share)
        )
    )
    assert np.allclose(expected_while_active(PUBLISHED, count, watched, ahead), written, rtol=1e-10)


def test_thousands_of_incidents_do_not_overflow():
    found = expected_while_active((0.3, 1.0, 0.5, 8.0), np.array([0.0, 5000.0]), np.array([10.0, 10.0]), 1.0)
    assert np.isfinite(found).all()
    assert found[1] > 300


@settings(deadline=None, max_examples=300)
@given(
    st.tuples(*[st.floats(-10, 8)] * 4),
    st.sampled_from([0.0, 1.0, 2.0, 5.0, 40.0]),
    st.floats(0.01, 9),
)
def test_wherever_a_fit_may_end_the_expectation_is_a_number_and_never_above_that_of_one_who_never_stops(
    logarithms, count, watched
):
    r, alpha, a, b = np.exp(logarithms)
    found = expected_while_active((r, alpha, a, b), np.array([count]), np.array([watched]), 1.0)[0]
    never_stops = (r + count) / (alpha + watched)
    assert -1e-6 <= found <= never_stops * (1 + 1e-6) + 1e-6


def test_a_chance_of_stopping_that_is_the_same_for_all_is_told_by_its_own_formula():
    """With a and b large, p = a / (a + b): the rate times the chance of going on, summed over the time ahead."""
    r, alpha, a, b = 0.5, 2.0, np.exp(8.0), np.exp(7.5)
    count, watched, stop = np.array([0.0, 1.0, 3.0]), np.array([5.0, 5.0, 5.0]), a / (a + b)
    expected = (1 - (1 + stop / (alpha + watched)) ** -(r + count)) / stop
    assert expected_while_active((r, alpha, a, b), count, watched, 1.0) == pytest.approx(expected, rel=0.002)


def test_a_history_without_events_is_active_and_a_long_silence_after_many_is_not():
    count, last = np.array([0.0, 10.0, 10.0]), np.array([0.0, 38.0, 8.0])
    none, fresh, silent = still_active(PUBLISHED, count, last, np.full(3, 39.0))
    assert none == 1
    assert fresh > 0.8
    assert silent < 0.05


def test_planted_parameters_are_recovered():
    rng = np.random.default_rng(5)
    size, (r, alpha, a, b) = 6000, (0.8, 2.0, 0.7, 3.0)
    rate, stop = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size)
    watched = rng.uniform(4, 12, size)
    count, last = np.zeros(size), np.zeros(size)
    for person in range(size):
        moment = 0.0
        while True:
            moment += rng.exponential(1 / rate[person])
            if moment > watched[person]:
                break
            count[person] += 1
            last[person] = moment
            if rng.random() < stop[person]:
                break
    found = fit_bg_nbd(count, last, watched)
    assert found[0] / found[1] == pytest.approx(r / alpha, rel=0.06)
    assert found[2] / (found[2] + found[3]) == pytest.approx(a / (a + b), rel=0.15)


def test_it_reads_the_latest_row_of_each_participant():
    matrix = matrix_of(
        incidents_all=np.array([1.0, 4.0, 0.0, 0.0]),
        days_since_last_incident=np.array([90.0, 30.0, np.nan, np.nan]),
        days_of_record=np.array([700.0, 1000.0, 700.0, 1000.0]),
    )
    rows = slice_of(matrix, np.zeros(4))
    dates = np.array(["2019-01-01", "2020-01-01"] * 2, dtype="datetime64[us]")
    twice = type(rows)(rows.matrix, rows.positive, rows.incidents, rows.weight, np.array(list("aabb")), dates)
    alone = slice_of(matrix.iloc[[1, 3]], np.zeros(2))
    assert BgNbd().fit(twice).parameters == pytest.approx(BgNbd().fit(alone).parameters, rel=1e-6)


@pytest.mark.parametrize(
    ("parameters", "count", "watched", "ahead"),
    [
        (PUBLISHED, 2.0, 38.86, 39.0),
        ((0.016, 4.5e-5, 198.7, 2.48), 1.0, 0.0137, 1.0),
        ((0.016, 4.5e-5, 198.7, 2.48), 0.0, 0.011, 1.0),
    ],
)
def test_expected_events_are_the_mean_over_the_chance_of_stopping(parameters, count, watched, ahead):
    """Also where nearly all stop at once and the clock has hardly run, as in Chicago's food inspections."""
    r, alpha, a, b = parameters

    def by_chance_of_stopping(p):
        went_on = ((alpha + watched) / (alpha + watched + p * ahead)) ** (r + count)
        return (1 - went_on) / p * beta.pdf(p, a, b + count)

    found = expected_while_active(parameters, np.array([count]), np.array([watched]), ahead)
    assert found == pytest.approx(quad(by_chance_of_stopping, 0, 1, epsabs=1e-12, limit=500)[0], rel=1e-6)
