"""Laws that every kind of candidate keeps, then what is particular to each."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from dated_slices import QUICK_TREES, dated_slices
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines import BASELINES, all_baselines
from models.candidates.catalog_logistic import CatalogLogistic
from models.candidates.from_baseline import BaselineCandidate
from models.candidates.hazard import HazardTrees, period_ends, stack_periods
from models.candidates.kinds import KINDS, as_candidate, candidate_from_table
from models.candidates.poisson import PoissonTrees
from models.candidates.stack import Stack, blend_weights
from models.errors import MatrixRefused, SliceTooThin, SpecRefused
from models.spec import ModelSpec
from training.backtest_config import BacktestConfig
from training.errors import ConfigRefused

CANDIDATES = {
    "classifier": QUICK_TREES,
    "poisson": PoissonTrees(QUICK_TREES, negative_share=0.5),
    "hazard": HazardTrees(trees=QUICK_TREES, negative_share=0.5),
    "catalog_logistic": CatalogLogistic(regularization=0.01),
    "stack": Stack({"counts": PoissonTrees(QUICK_TREES), "index": BaselineCandidate("weighted_index", "platt")}),
    **{name: BaselineCandidate(name) for name in BASELINES},
}


@cache
def ranker(kind):
    fit, calibration, _ = dated_slices()
    return as_candidate(CANDIDATES[kind]).fit(fit, calibration, seed=3, horizon_days=365)


def test_every_kind_is_tried_here():
    assert set(CANDIDATES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_candidate_forecasts_in_the_order_of_its_list_and_at_the_right_level(kind):
    later = dated_slices()[2]
    said = ranker(kind).rank(later.matrix)
    order = np.argsort(said.rank_value, kind="stable")
    assert np.isfinite(said.rank_value).all()
    assert ((said.probability > 0) & (said.probability < 1)).all()
    assert (np.diff(said.probability[order]) >= -1e-12).all()
    assert said.probability.mean() == pytest.approx(later.positive.mean(), rel=0.12)
    assert said.expected_incidents.mean() == pytest.approx(later.incidents.mean(), rel=0.2)
    assert (said.expected_incidents >= said.probability - 1e-12).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_slices_and_seed_give_the_same_list_and_a_row_depends_on_itself_only(kind):
    fit, calibration, later = dated_slices()
    some = later.matrix.iloc[:200]
    again = as_candidate(CANDIDATES[kind]).fit(fit, calibration, seed=3, horizon_days=365).rank(some)
    whole = ranker(kind).rank(later.matrix)
    for name in ("rank_value", "probability", "expected_incidents"):
        assert np.allclose(getattr(again, name), getattr(whole, name)[:200], rtol=1e-9, atol=1e-12), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_candidate_survives_its_table(kind):
    spec = CANDIDATES[kind]
    assert candidate_from_table(spec.to_dict()) == spec
    config = BacktestConfig(candidates={kind if kind in BASELINES else "mine": spec})
    assert BacktestConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize("baseline", all_baselines(), ids=lambda baseline: baseline.name)
def test_a_baseline_as_candidate_ranks_as_the_baseline_does(baseline):
    fit, calibration, later = dated_slices()
    plain = baseline.fit(fit.joined(calibration)).rank_value(later.matrix)
    said = ranker(baseline.name).rank(later.matrix).rank_value
    order = np.argsort(plain, kind="stable")
    assert (np.diff(said[order]) >= 0).all()
    assert len(np.unique(said)) == len(np.unique(plain))


def test_thinned_zeros_leave_the_expected_counts_where_they_were():
    fit, calibration, later = dated_slices()
    whole = PoissonTrees(QUICK_TREES).fit(fit, calibration, seed=3, horizon_days=365)
    thin = PoissonTrees(QUICK_TREES, negative_share=0.3).fit(fit, calibration, seed=3, horizon_days=365)
    one, other = whole.scorer.margin(later.matrix), thin.scorer.margin(later.matrix)
    assert np.exp(one).mean() == pytest.approx(later.incidents.mean(), rel=0.1)
    assert np.exp(other).mean() == pytest.approx(np.exp(one).mean(), rel=0.1)


def test_one_hazard_model_is_calibrated_at_every_horizon():
    later = dated_slices()[2]
    model = ranker("hazard")
    before = np.zeros(len(later))
    for days in (0, 45, 90, 180, 270, 365):
        probability = model.probability_within(later.matrix, days)
        assert (probability >= before).all()
        assert probability.mean() == pytest.approx((later.event_days < days).mean(), rel=0.12, abs=1e-12)
        before = probability
    assert np.allclose(before, model.rank(later.matrix).probability)
    with pytest.raises(ValueError, match="from 0 to the horizon of 365; got 400"):
        model.probability_within(later.matrix, 400)


def test_rows_are_stacked_until_their_first_incident():
    # Five participants: on day 0, on day 89, on day 90, on the last day, never.
    stack = stack_periods(np.array([0.0, 89.0, 90.0, 364.0, np.nan]), (90, 180, 270, 365))
    assert np.bincount(stack.row).tolist() == [1, 1, 2, 4, 4]
    assert stack.period[stack.happened].tolist() == [0, 0, 1, 3]
    assert stack.row[stack.happened].tolist() == [0, 1, 2, 3]


@given(st.integers(1, 800), st.integers(1, 400))
def test_periods_end_with_the_horizon_and_rise(horizon_days, period_days):
    ends = period_ends(horizon_days, period_days)
    assert ends[-1] == horizon_days
    assert (np.diff((0, *ends)) > 0).all()
    assert np.diff((0, *ends)).max() < 1.5 * period_days + 1


def test_a_hazard_without_days_of_incidents_says_where_they_come_from():
    fit, calibration, _ = dated_slices()
    with pytest.raises(SliceTooThin, match=r"training\.learning_rows"):
        HazardTrees(trees=QUICK_TREES).fit(replace(fit, event_days=None), calibration, seed=1, horizon_days=365)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_no_weight_of_a_blend_is_below_zero_and_noise_gets_less(seed):
    rng = np.random.default_rng(seed)
    signal, noise = rng.normal(-1, 2, 3000), rng.normal(-1, 2, 3000)
    positive = rng.random(3000) < 1 / (1 + np.exp(-signal))
    weights = blend_weights(np.column_stack([signal, noise, -signal]), positive, np.ones(3000))
    assert (weights >= 0).all()
    assert weights[0] > weights[1] + 0.3
    assert weights[0] > weights[2] + 0.3


def test_few_positives_leave_the_weights_of_a_blend_nearly_equal():
    log_odds = np.random.default_rng(1).normal(-3, 1, (60, 2))
    positive = np.arange(60) < 2
    assert np.abs(blend_weights(log_odds, positive, np.ones(60)) - 0.5).max() < 0.3


def test_the_parts_of_a_blend_add_up_to_its_margin():
    later = dated_slices()[2]
    fitted = ranker("stack")
    base, parts = fitted.scorer.contributions(later.matrix)
    assert [member.name for member in fitted.scorer.part.members] == ["counts", "index"]
    assert np.allclose(base + parts.sum(axis=1), fitted.rank(later.matrix).rank_value)


def test_a_blend_with_a_hazard_is_judged_by_the_sum_of_its_members_log_odds():
    fit, calibration, later = dated_slices()
    members = {"hazard": HazardTrees(trees=QUICK_TREES), "index": BaselineCandidate("weighted_index", "platt")}
    fitted = Stack(members).fit(fit, calibration, seed=3, horizon_days=365)
    parts = fitted.scorer.parts(later.matrix)
    assert list(parts.columns) == ["hazard", "index"]
    assert np.allclose(parts.sum(axis=1), fitted.rank(later.matrix).rank_value)


def test_the_whole_catalog_logistic_gives_reasons_that_add_up():
    later = dated_slices()[2]
    scorer = ranker("catalog_logistic").scorer
    base, parts = scorer.contributions(later.matrix)
    assert np.allclose(base + parts.sum(axis=1), scorer.margin(later.matrix))
    with pytest.raises(MatrixRefused, match="incidents_all"):
        scorer.margin(later.matrix.drop(columns="incidents_all"))


def test_a_table_without_a_kind_is_the_classifier_as_it_always_was():
    assert candidate_from_table({"rounds": 9}) == ModelSpec(rounds=9)
    assert candidate_from_table({"kind": "classifier", "rounds": 9}) == ModelSpec(rounds=9)
    assert "kind" not in ModelSpec().to_dict()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "forest"}, "Expected a kind among classifier, poisson.*got 'forest'"),
        ({"kind": "poisson", "replicas": 3}, "Unknown here: replicas. Known: rounds"),
        ({"kind": "hazard", "period_days": 0}, "period_days of at least 1; got 0"),
        ({"kind": "hazard", "negative_share": 0}, "negative_share in .0, 1.; got 0"),
        ({"kind": "catalog_logistic", "C": 1}, "Unknown here: C. Known: regularization"),
        ({"kind": "catalog_logistic", "regularization": 0.0}, "regularization over 0"),
        ({"kind": "recency", "column": "x"}, "Unknown for a baseline: column"),
        ({"kind": "recency", "calibration": "none"}, "Expected a calibration among platt"),
        ({"kind": "stack", "members": {"one": {}}}, "at least two members.*got 1"),
        ({"kind": "stack", "member": {}}, "Unknown for a stack: member"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_table_that_describes_nothing_is_refused_with_what_is_known(table, words):
    with pytest.raises(SpecRefused, match=words):
        candidate_from_table(table)
    with pytest.raises(ConfigRefused, match=r"candidates\.mine: "):
        BacktestConfig.from_dict({"candidates": {"mine": table}})


def test_nothing_but_the_baseline_stands_in_its_row_and_a_backtests_own_rows_are_taken():
    with pytest.raises(ConfigRefused, match="called as a baseline only of its kind"):
        BacktestConfig(candidates={"recency": ModelSpec()})
    with pytest.raises(ConfigRefused, match="not called random or last_list"):
        BacktestConfig(candidates={"last_list": ModelSpec()})
