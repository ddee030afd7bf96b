"""Marks stand where their numbers say, and bars add up to the score."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.console.record_chart import NOW, record_chart
from serving.console.score_chart import BOTTOM, TOP, score_chart
from serving.console.waterfall import waterfall
from serving.console.yield_charts import band_chart, calibration_chart
from serving.evaluation import Evaluation, read_evaluation
from serving.history import PastScore, past_moments

moments = st.dates(min_value=pd.Timestamp("2010-01-01").date(), max_value=pd.Timestamp("2040-01-01").date())


@pytest.fixture(scope="module")
def explained(client: TestClient) -> Any:
    from serving.service import HOLDER

    workspace = HOLDER.get()
    as_of = workspace.moment(None)
    ids = workspace.cohort(as_of).frame["participant_id"]
    chosen = [*ids.head(6), *ids.tail(2)]
    return workspace, [workspace.explain(participant_id, as_of) for participant_id in chosen]


def test_each_bar_begins_where_the_one_before_ended_and_the_last_ends_at_the_score(explained: Any) -> None:
    workspace, told = explained
    for one in told:
        picture = waterfall(workspace.model, one.base, one.factors, one.probability)
        ends = [picture.start, *(bar.end for bar in picture.bars)]
        assert [bar.start for bar in picture.bars] == ends[:-1]
        assert ends[-1] == picture.end
        assert all((bar.log_odds > 0) == (bar.factor.contribution > 0) for bar in picture.bars)
        assert all(0 <= bar.left <= bar.left + bar.width <= 100 for bar in picture.bars)


def test_the_odds_of_all_bars_lead_from_the_average_to_the_score(explained: Any) -> None:
    workspace, told = explained
    for one in told:
        picture = waterfall(workspace.model, one.base, one.factors, one.probability)
        start, end = picture.start_probability, one.probability
        odds = start / (1 - start) * 2.718281828459045 ** sum(bar.log_odds for bar in picture.bars)
        assert odds == pytest.approx(end / (1 - end), rel=1e-6)


def test_bars_that_raise_come_before_bars_that_lower_and_the_strongest_first(explained: Any) -> None:
    workspace, told = explained
    for one in told:
        parts = [
            bar.factor.contribution for bar in waterfall(workspace.model, one.base, one.factors, one.probability).bars
        ]
        raising, lowering = [part for part in parts if part > 0], [part for part in parts if part < 0]
        assert parts == [*sorted(raising, reverse=True), *sorted(lowering)]


def test_every_incident_of_five_years_is_a_mark_known_after_it_occurred(explained: Any) -> None:
    from serving.console.facts import participant_facts

    workspace, told = explained
    seen = 0
    for one in told:
        facts = participant_facts(workspace.records, one.participant_id, one.as_of)
        chart = record_chart(facts)
        assert len(chart.marks) + chart.earlier == len(facts.incidents)
        assert all(0 <= mark.x <= mark.known_x <= NOW for mark in chart.marks)
        assert all(item.known_on < one.as_of for item in facts.incidents)
        seen += len(chart.marks)
    assert seen


@given(st.lists(st.floats(0.0001, 0.9), min_size=2, max_size=12), st.floats(1, 3))
def test_steps_stay_inside_the_plot_and_the_band_holds_the_line(shares: list[float], width: float) -> None:
    dates = pd.date_range("2024-01-01", periods=len(shares), freq="MS")
    scores = [
        PastScore(date, share, share / width, min(1.0, share * width))
        for date, share in zip(dates, shares, strict=True)
    ]
    chart = score_chart(scores, [])
    assert TOP <= chart.upper_y <= chart.now_y <= chart.lower_y <= BOTTOM
    assert chart.line.count("L") == 2 * (len(shares) - 1)
    assert 0 <= chart.now_x <= 100


@given(moments, moments)
def test_past_moments_end_at_the_date_and_never_precede_the_record(as_of: Any, first: Any) -> None:
    end, start = pd.Timestamp(max(as_of, first)), pd.Timestamp(min(as_of, first))
    found = past_moments(end, start)
    assert found[-1] == end
    assert found == sorted(set(found))
    assert all(start <= moment <= end for moment in found)
    assert len(found) <= 12


BAND = {"from_probability": 0.2, "to_probability": 0.4, "rows": 50, "predicted": 0.3, "observed": 0.28}


def test_a_group_whose_interval_misses_the_diagonal_is_marked() -> None:
    groups = (
        {"rows": 9, "predicted": 0.1, "observed": 0.1, "lower": 0.05, "upper": 0.2},
        {"rows": 9, "predicted": 0.1, "observed": 0.3, "lower": 0.2, "upper": 0.4},
    )
    chart = calibration_chart(groups)
    assert [point.holds for point in chart.points] == [True, False]
    assert chart.holding == 1


def test_a_band_without_its_interval_is_not_drawn() -> None:
    whole = BAND | {"lower": 0.2, "upper": 0.4}
    found = read_evaluation({"yield_by_band": [whole, BAND, None, {}]})
    assert found is not None
    assert found.bands == (whole,)
    chart = band_chart(found)
    assert [row.name for row in chart.rows] == ["20–40%"]
    assert read_evaluation({"yield_by_band": "no"}) is None
    assert Evaluation("", "", (), (), {}).average is None
