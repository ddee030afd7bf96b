"""scikit-learn's own checks of the estimator, then the model that it is meant to be."""

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from models.candidates.log_logistic import LogLogistic, linear_part, signed_log


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks_pass():
    results = check_estimator(LogLogistic(), on_fail=None)
    failed = [(result["check_name"], result["exception"]) for result in results if result["status"] == "failed"]
    assert failed == []
    assert sum(result["status"] == "passed" for result in results) >= 50


def rows(seed=1, size=800):
    rng = np.random.default_rng(seed)
    values = rng.exponential(5, (size, 4)) * np.where(rng.random((size, 4)) < 0.1, np.nan, 1)
    log_odds = np.log1p(np.nan_to_num(values[:, 0])) - 2 + 0.8 * np.isnan(values[:, 1])
    return values, rng.random(size) < 1 / (1 + np.exp(-log_odds))


def test_it_is_a_pipeline_of_scikit_learns_parts():
    values, positive = rows()
    theirs = make_pipeline(
        FunctionTransformer(signed_log),
        SimpleImputer(strategy="mean", add_indicator=True),
        LogisticRegression(C=1.0, tol=1e-8, max_iter=2000),
    )
    ours = LogLogistic(C=1.0)
    shaped = StandardScaler().fit_transform(signed_log(values)) * 1.0
    # Scaled beforehand, so that the mean and the penalty are the same; log of log would not be.
    theirs = make_pipeline(*[step for _, step in theirs.steps[1:]]).fit(shaped, positive)
    assert np.allclose(
        ours.fit(values, positive).decision_function(values), theirs.decision_function(shaped), atol=1e-4
    )


def test_contributions_add_up_with_codes_and_gaps():
    values, positive = rows()
    coded = np.column_stack([values, np.random.default_rng(2).integers(0, 5, len(values))])
    model = LogLogistic(C=0.5, categorical=(4,)).fit(coded, positive)
    base, parts = model.contributions(coded)
    assert np.allclose(base + parts.sum(axis=1), model.decision_function(coded))
    assert parts.shape == coded.shape
    assert np.abs(parts[:, 4]).max() > 0


def test_a_level_never_seen_is_no_error_and_rare_levels_share_a_column():
    values, positive = rows(size=4000)
    code = np.where(np.arange(4000) < 3, 7.0, np.arange(4000) % 3)
    model = LogLogistic(categorical=(4,)).fit(np.column_stack([values, code]), positive)
    new = np.column_stack([values[:2], [7.0, 99.0]])
    same = np.column_stack([values[:2], [99.0, 7.0]])
    assert np.allclose(model.decision_function(new), model.decision_function(same))


@pytest.mark.parametrize("rare", [False, True], ids=["common levels", "rare levels"])
@pytest.mark.parametrize("gaps", [0, 2, 500], ids=["no gaps", "rare gaps", "common gaps"])
def test_its_terms_as_text_give_the_same_log_odds_with_rare_unknown_and_missing_codes(rare, gaps):
    values, positive = rows(size=4000)
    code = np.where((np.arange(4000) < 3) & rare, 7.0, np.arange(4000) % 3)
    code[len(code) - gaps :] = np.nan
    coded, weight = np.column_stack([values, code]), np.random.default_rng(3).random(4000)
    model = LogLogistic(C=0.5, categorical=(4,)).fit(coded, positive, sample_weight=weight)
    part = linear_part(model, coded, weight)
    new = np.vstack([coded[:40], coded[-40:], np.column_stack([values[:3], [7.0, 99.0, np.nan]])])
    contributions = part.contributions(new)
    assert np.allclose(part.intercept + contributions.sum(axis=1), model.decision_function(new), atol=1e-10)
    # The intercept is the margin of an average row: departures of each column are 0 in the mean.
    assert np.abs(np.average(part.contributions(coded), axis=0, weights=weight)).max() < 1e-9


def test_a_stronger_penalty_shrinks_towards_the_base_rate():
    values, positive = rows()
    spread = [LogLogistic(C=c).fit(values, positive).decision_function(values).std() for c in (1e-4, 1e-2, 1.0)]
    assert spread == sorted(spread)
    assert LogLogistic(C=1e-6).fit(values, positive).predict_proba(values)[:, 1].mean() == pytest.approx(
        positive.mean(), abs=0.01
    )
