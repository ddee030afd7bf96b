"""Who is examined, and what findings owe to it, recovered from rows whose chances are known."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.spec import TrainingSlice
from training.detection.discovery import fit_discovery
from training.detection.effort import Effort
from training.detection.errors import EffortUnknown
from training.detection.propensity import FURTHEST, Propensity, fit_propensity, logistic_line, poisson_line

MEAN = 0.04
OFFICES = np.exp(np.array([-1.2, -0.4, 0.3, 1.1]))


def slice_of(year: int, seed: int, rows: int = 4000) -> tuple[TrainingSlice, Effort, np.ndarray]:
    """Rows whose rate of examination follows the tier and the rate of the year before, in noise."""
    rng = np.random.default_rng(seed)
    habit = rng.integers(0, 4, rows)
    moved = rng.lognormal(5.5, 1.0, rows).round() + 1
    rate = MEAN * OFFICES[habit]
    matrix = pd.DataFrame(
        {
            "shipments_prior_365d": moved,
            "exams_per_100_shipments_prior_365d": 100 * rng.poisson(rate * moved) / moved,
            "tenure_days": 500 * habit + rng.random(rows) * 300,
            "incidents_prior_365d": rng.poisson(0.1, rows) * 1.0,
        }
    ).astype("float32")
    quarters = np.array([f"{year}-{month:02d}-01" for month in (1, 4, 7, 10)], dtype="datetime64[us]")
    part = TrainingSlice(
        matrix,
        rng.random(rows) < 0.1,
        np.zeros(rows),
        np.ones(rows),
        np.array([f"P{n % 1000}" for n in range(rows)], dtype=object),
        quarters[np.arange(rows) // 1000],
    )
    random = rng.poisson(moved * 0.004).astype(float)
    targeted = rng.poisson(moved * np.maximum(rate - 0.004, 0)).astype(float)
    nothing = np.zeros(rows)
    return part, Effort(targeted, random, nothing, moved, np.ones(rows, dtype=bool), nothing, nothing, True), rate


@cache
def fitted() -> Propensity:
    (fit, seen, _), (later, later_seen, _) = slice_of(2019, 1), slice_of(2021, 2)
    return fit_propensity((fit, seen), (later, later_seen), seed=3)


def test_known_rates_are_recovered_on_rows_that_it_never_saw():
    part, _, rate = slice_of(2022, 9)
    told = fitted().rate(part.matrix)
    assert np.corrcoef(np.log(told), np.log(rate))[0, 1] > 0.95
    by_rate = pd.Series(told / rate).groupby(rate).mean()
    assert by_rate.to_numpy() == pytest.approx(np.ones(4), abs=0.15)


def test_the_calibration_slope_says_that_differences_hold_later():
    assert fitted().line[1] == pytest.approx(1, abs=0.1)
    assert fitted().mean == pytest.approx(MEAN * OFFICES.mean(), rel=0.1)


def test_the_chance_of_any_examination_comes_true():
    part, seen, _ = slice_of(2022, 9)
    chance, examined = fitted().chance(part.matrix), seen.examinations > 0
    fifths = pd.qcut(pd.Series(chance), 5, duplicates="drop")
    table = pd.DataFrame({"told": chance, "seen": examined}).groupby(fifths, observed=True).mean()
    assert table["told"].to_numpy() == pytest.approx(table["seen"].to_numpy(), abs=0.05)


def test_own_incidents_are_no_part_of_it():
    assert "incidents_prior_365d" not in fitted().features
    part, _, _ = slice_of(2022, 9)
    more = part.matrix.assign(incidents_prior_365d=np.float32(50))
    assert (fitted().rate(more) == fitted().rate(part.matrix)).all()


def test_rates_stay_within_the_stated_bounds():
    part, _, _ = slice_of(2022, 9)
    extreme = part.matrix.assign(exams_per_100_shipments_prior_365d=np.float32(1e6), tenure_days=np.float32(1e6))
    told = fitted().rate(extreme)
    assert (told <= FURTHEST * fitted().mean * 1.0001).all()
    assert (told >= fitted().mean / FURTHEST * 0.9999).all()


def test_the_same_rows_and_seed_give_the_same_propensity():
    (fit, seen, _), (later, later_seen, _) = slice_of(2019, 1), slice_of(2021, 2)
    again = fit_propensity((fit, seen), (later, later_seen), seed=3)
    assert again.trees.text == fitted().trees.text
    assert (again.line, again.chance_line) == (fitted().line, fitted().chance_line)


def test_rows_with_hardly_an_examination_are_refused():
    (fit, seen, _), (later, later_seen, _) = slice_of(2019, 1), slice_of(2021, 2)
    none = seen.rows(np.ones(len(fit), dtype=bool))
    none.targeted[:], none.random[:] = 0, 0
    with pytest.raises(EffortUnknown, match="at least 200 examinations in the fitting rows; got 0"):
        fit_propensity((fit, none), (later, later_seen), seed=3)


@pytest.mark.parametrize(("share", "elasticity"), [(0.3, 0.6), (0.7, 1.0), (0.9, 1.3)])
def test_how_findings_follow_effort_is_recovered_from_who_found_them(share, elasticity):
    rng = np.random.default_rng(11)
    rate = MEAN * np.exp(rng.normal(0, 1, 80_000))
    by_exam = rng.poisson(0.2 * share * (rate / MEAN) ** elasticity).astype(float)
    otherwise = rng.poisson(0.2 * (1 - share), 80_000).astype(float)
    found = fit_discovery(rate, by_exam, otherwise, np.ones(80_000), MEAN)
    assert (found.share, found.elasticity) == (pytest.approx(share, abs=0.03), pytest.approx(elasticity, abs=0.07))
    assert found.relative(np.array([MEAN]))[0] == pytest.approx(1)


def test_where_only_examinations_find_anything_findings_are_in_proportion_to_them():
    found = fit_discovery(np.full(50, MEAN), np.ones(50), np.zeros(50), np.ones(50), MEAN)
    assert found.relative(np.array([MEAN / 2, MEAN, 3 * MEAN])) == pytest.approx([0.5, 1, 3])
    assert "in proportion" in found.basis


def test_where_nobody_says_who_found_it_nothing_is_corrected():
    found = fit_discovery(np.full(50, MEAN), np.zeros(50), np.ones(50), np.ones(50), MEAN)
    assert found.relative(np.array([MEAN / 2, 3 * MEAN])) == pytest.approx([1, 1])
    assert "not to depend" in found.basis


def test_lines_are_found_and_do_not_run_away():
    rng = np.random.default_rng(1)
    x = rng.normal(size=5000)
    assert poisson_line(x, rng.poisson(np.exp(0.3 + 0.8 * x)) * 1.0, np.ones(5000)) == pytest.approx(
        (0.3, 0.8), abs=0.05
    )
    intercept, slope = logistic_line(x, np.ones(5000, dtype=bool), np.ones(5000))
    assert np.isfinite([intercept, slope]).all()
    assert intercept > 5
