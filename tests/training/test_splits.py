"""Laws of the training dates, then dates on a calendar."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import ConfigRefused, OriginRefused
from training.splits import SplitPlan, last_mature_date, split_at, yearly_origins

FIRST = pd.Timestamp("2010-01-01")
PLANS = st.builds(
    SplitPlan,
    horizon_days=st.sampled_from([90, 180, 365]),
    step_months=st.integers(1, 6),
    calibration_dates=st.integers(1, 4),
    embargo_days=st.sampled_from([0, 90, 365]),
    history_days=st.integers(0, 700),
    most_dates=st.integers(2, 60),
)
ORIGINS = st.integers(0, 5000).map(lambda days: FIRST + pd.Timedelta(days=days))
MARGINS = st.integers(0, 400).map(lambda days: pd.Timedelta(days=days))


def try_split(origin, plan, margin):
    try:
        return split_at(origin, plan, first_known=FIRST, margin=margin)
    except OriginRefused:
        return None


@settings(deadline=None)
@given(ORIGINS, PLANS, MARGINS)
def test_every_training_label_is_known_before_the_origin(origin, plan, margin):
    split = try_split(origin, plan, margin)
    for date in split.dates if split else ():
        assert date + pd.Timedelta(days=plan.horizon_days) + margin < origin
        assert date >= FIRST + pd.Timedelta(days=plan.history_days)


@settings(deadline=None)
@given(ORIGINS, PLANS, MARGINS)
def test_calibration_is_later_than_the_fit_by_the_embargo(origin, plan, margin):
    split = try_split(origin, plan, margin)
    if split:
        assert min(split.calibration) - max(split.fit) >= pd.Timedelta(days=max(plan.embargo_days, 1))
        assert list(split.dates) == sorted(set(split.dates))
        assert len(split.calibration) == plan.calibration_dates
        assert len(split.dates) <= plan.most_dates


@settings(deadline=None)
@given(ORIGINS, PLANS, MARGINS)
def test_the_newest_possible_date_is_used(origin, plan, margin):
    split = try_split(origin, plan, margin)
    if split:
        last = split.calibration[-1]
        assert last == last_mature_date(origin, plan.horizon_days, margin)
        assert last + pd.Timedelta(days=plan.horizon_days + 1) + margin >= origin


@settings(deadline=None)
@given(ORIGINS, PLANS, MARGINS, st.integers(1, 6))
def test_yearly_origins_are_mature_and_can_be_trained_for(record_end, plan, margin, most):
    try:
        origins = yearly_origins(record_end, plan, first_known=FIRST, margin=margin, most=most)
    except OriginRefused:
        return
    assert 1 <= len(origins) <= most
    for origin in origins:
        assert origin + pd.Timedelta(days=plan.horizon_days) + margin < record_end
        assert try_split(origin, plan, margin) is not None


def test_the_worked_example_of_the_module():
    split = split_at(
        pd.Timestamp("2020-01-01"), SplitPlan(calibration_dates=2), first_known=FIRST, margin=pd.Timedelta(days=60)
    )
    assert split.calibration == (pd.Timestamp("2018-08-01"), pd.Timestamp("2018-11-01"))
    assert split.fit[-1] == pd.Timestamp("2018-05-01")
    assert split.fit[0] == pd.Timestamp("2011-02-01")


def test_an_origin_before_there_is_anything_to_learn_says_from_when_on():
    with pytest.raises(OriginRefused, match=r"Choose an origin from about 2013-\d\d-\d\d on"):
        split_at(pd.Timestamp("2011-06-01"), SplitPlan(), first_known=FIRST, margin=pd.Timedelta(days=30))


def test_the_origin_that_the_refusal_names_is_possible():
    margin, plan = pd.Timedelta(days=30), SplitPlan()
    with pytest.raises(OriginRefused) as refusal:
        split_at(pd.Timestamp("2011-06-01"), plan, first_known=FIRST, margin=margin)
    possible = pd.Timestamp(str(refusal.value).split("from about ")[1][:10])
    assert split_at(possible + pd.Timedelta(days=4), plan, first_known=FIRST, margin=margin).fit


def test_an_impossible_plan_is_refused_with_every_entry():
    with pytest.raises(ConfigRefused, match="step_months at least 1, got 0; calibration_dates at least 1, got 0"):
        SplitPlan(step_months=0, calibration_dates=0)
