"""A card says what was measured, and what was not: of any model, from synthetic rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_slices import QUICK, blended_model, quick_model, slices

from models.documents import Document, Gap, Listing, Table
from models.figures import draw_png
from models.registry import Promotion
from records.lake import Program
from training.card.assessment import build_assessment
from training.card.card import NOT_YET_JUDGED, build_card
from training.card.reason_plots import _swarm, _thirds, reason_drawings
from training.card.results import capacities_of, middle_capacity
from training.card.source import CardSource, program_of, program_tags, told_of_program
from training.card.words import capacity_name, difference, figure, slice_name
from training.checks.verdict import CheckResult, ReleaseReport
from training.learning_curve import CurvePoint, curve_drawing, learning_curve
from training.learning_rows import LearningRows
from training.splits import Split, SplitPlan
from training.train_config import TrainConfig

ORIGIN = pd.Timestamp("2024-01-01")
SPLIT = Split(ORIGIN, pd.Timedelta(days=90), (ORIGIN - pd.DateOffset(years=3),), (ORIGIN - pd.DateOffset(years=2),))
FORCED = Promotion("3", "2", "2024-02-01T00:00:00", "we know better [overruled: check 2 failed]", "A. B.", forced=True)
REPORT = ReleaseReport(
    "d",
    "synthetic",
    (
        CheckResult(2, "Better than every simple rule", "failed", "it is not.", {}, "Serve the rule.", required=True),
        CheckResult(6, "Reasons add up and have words", "passed", "they do."),
    ),
)


def source(**changes: object) -> CardSource:
    told = CardSource(
        quick_model(), SPLIT, {"immature": 4, "censored": 5}, {"average_precision": 0.4, "recall_at_50": 0.2}
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def text_of(document: Document, title: str) -> str:
    return replace(document, sections=(document.section(title),)).to_markdown()


@pytest.mark.parametrize("build", [build_card, build_assessment])
@pytest.mark.parametrize(
    ("program", "words"),
    [
        (Program("Program A", simulated=True), "SYNTHETIC DATA"),
        (Program("Program B", simulated=False), "Real records"),
        (None, "Nobody told whether this record is real or simulated"),
    ],
)
def test_what_the_data_are_is_said_first_and_nothing_else_of_it(build, program, words) -> None:
    document = build(source(program=program))
    assert any(notice.startswith(words) for notice in document.notices)
    told = [
        notice for notice in document.notices if notice.startswith(("SYNTHETIC DATA", "Real records", "Nobody told"))
    ]
    assert len(told) == 1
    assert document.simulated == (None if program is None else program.simulated)
    # Only simulated data ask for a test on real ones.
    assert ("A test on the program's real records" in document.to_markdown()) == (
        build is build_assessment and program is not None and program.simulated
    )


def test_program_tags_say_the_same_when_they_are_read() -> None:
    for program in (Program("A", simulated=True), Program("B", simulated=False)):
        assert program_of(program_tags(program)) == program
        assert told_of_program({**program_tags(program), "kind": "train"}) == program_tags(program)
    assert program_of({}) is None


def test_a_version_without_a_backtest_is_called_not_yet_judged_and_shows_no_interval() -> None:
    card = build_card(source(unjudged="Too few positives."))
    assert f"{NOT_YET_JUDGED} Too few positives." in card.notices
    analyses = text_of(card, "Quantitative analyses")
    assert "On the calibration slice only" in analyses
    assert "| Average precision | 0.4000 |" in analyses
    assert "| Recall at 50 places | 0.2000 |" in analyses
    assert "Not yet checked" in text_of(card, "Release checks and promotion")


def test_the_headings_are_those_of_the_literature() -> None:
    assert [each.title for each in build_card(source()).sections] == [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Release checks and promotion",
        "Ethical considerations",
        "Caveats and recommendations",
    ]
    page = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")
    assert all(f"**{each.title}**" in page for each in build_card(source()).sections)


def test_checks_in_the_way_and_a_forced_promotion_are_told_with_their_reasons() -> None:
    told = source(report=REPORT, promotions=(FORCED,))
    release = text_of(build_card(told), "Release checks and promotion")
    assert "Of 2 checks: 1 passed, 1 failed. In the way of a release: 2." in release
    assert "| 2024-02-01 | 2 | yes | A. B. | we know better [overruled: check 2 failed] |" in release
    governance = text_of(build_assessment(told), "Governance (GAO-21-519SP)")
    assert "Champion since 2024-02-01, overruling checks, signed by A. B." in governance
    assert "in the way stand 2 (Better than every simple rule)" in governance


def test_every_duty_leaves_something_to_a_person_and_the_overview_counts_it() -> None:
    draft = build_assessment(source(report=REPORT))
    assert draft.notices[0].startswith("DRAFT")
    overview = draft.section("Overview").blocks[0]
    assert isinstance(overview, Table)
    for (title, evidence, left), section in zip(overview.rows, draft.sections[1:], strict=True):
        assert title == section.title
        assert int(left) == sum(isinstance(block, Gap) for block in section.blocks) > 0
        assert int(evidence) == sum(len(block.items) for block in section.blocks if isinstance(block, Listing))


def test_the_card_of_any_model_has_its_own_digest_and_settings() -> None:
    for model in (quick_model(), blended_model()):
        card = build_card(source(model=model))
        assert card.model_digest == model.digest
        for name, value in model.spec.to_dict().items():
            assert f"| {name} | {value} |" in text_of(card, "Model details")


@pytest.mark.parametrize("model", [quick_model, blended_model])
def test_each_mark_of_the_reasons_is_a_contribution_of_that_feature(model) -> None:
    told, part = model(), slices()[1]
    summary, *dependences = reason_drawings(told, part)
    rows = part.matrix[part.as_of == part.as_of.max()]
    _, contributions = told.contributions(rows)
    by_name = dict(zip(told.features, contributions.T, strict=True))
    for series in summary.figure.series:
        for x, y in zip(series.x, series.y, strict=True):
            assert np.isclose(by_name[summary.figure.lanes[round(y)]], x, rtol=1e-3, atol=1e-6).any()
    strength = [np.abs(by_name[name]).mean() for name in summary.figure.lanes]
    assert strength == sorted(strength, reverse=True)
    for lane, drawing in zip(summary.figure.lanes, dependences, strict=False):
        assert drawing.figure.name == f"dependence_{lane}"
        values = rows[lane].to_numpy()
        for x in drawing.figure.series[0].x:
            assert np.isclose(values, x, rtol=1e-3).any()
    assert draw_png(summary.figure).startswith(b"\x89PNG")


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_marks_of_a_lane_stay_in_it_and_thirds_follow_the_value(values: list[float]) -> None:
    told = np.array(values)
    assert np.abs(_swarm(told)).max() < 0.5
    order = np.argsort(told, kind="stable")
    assert (np.diff(_thirds(told)[order]) >= 0).all()


CURVE_CONFIG = TrainConfig(plan=SplitPlan(), spec=QUICK, seed=3)


def test_the_learning_curve_ends_at_the_whole_program_and_repeats() -> None:
    rows = LearningRows(*slices(), {})
    points = learning_curve(rows, CURVE_CONFIG, data_version="synthetic")
    whole = len(np.unique(rows.fit.groups))
    assert [point.participants for point in points] == [round(share * whole) for share in (0.1, 0.25, 0.5, 1.0)]
    assert points[-1].asked == len(points[-1].found) == 1
    assert learning_curve(rows, CURVE_CONFIG, data_version="synthetic") == points
    drawing = curve_drawing(points)
    assert drawing is not None
    line = drawing.figure.series[0]
    assert line.y[-1] == pytest.approx(points[-1].found[0])
    assert all(low <= value <= high for low, value, high in zip(line.lower, line.y, line.upper, strict=True))
    # A tenth of a program knows less than the whole.
    assert line.y[0] < line.y[-1]


def test_a_part_too_thin_to_learn_from_is_named_and_none_at_all_gives_no_figure() -> None:
    thin = CurvePoint(0.1, 12, (), 3)
    assert curve_drawing((thin,)) is None
    drawing = curve_drawing((thin, CurvePoint(1.0, 120, (0.5,), 1)))
    assert drawing is not None
    assert "Too few incidents to learn from in some draws of 12 participants." in drawing.meaning
    one = slices()[0]
    nobody = LearningRows(one.rows(~one.positive | (np.cumsum(one.positive) <= 1)), slices()[1], {})
    assert not learning_curve(nobody, CURVE_CONFIG, data_version="synthetic")[0].found


def test_figures_have_a_real_minus_and_a_dash_for_what_is_not_known() -> None:
    assert figure(0.41234, 0.35, 0.47) == "0.412 (0.350 to 0.470)"
    assert difference(-0.01, -0.02, 0.03) == "−0.010 (−0.020 to +0.030)"
    assert figure(float("nan")) == figure(None) == difference(None, None, None) == "–"
    assert figure(1.0, float("nan"), float("nan")) == "1.000"
    assert (capacity_name("100"), capacity_name("5pct")) == ("100 places", "5 % of the cohort")
    assert slice_name("active_1825d") == "with an incident in the last 1,825 days"


def test_capacities_are_those_that_were_judged() -> None:
    summary = pd.DataFrame({"metric": ["auc", "precision_at_50", "precision_at_100", "precision_at_5pct"]})
    assert capacities_of(summary) == ("50", "100", "5pct")
    assert middle_capacity(("50", "100", "200", "5pct")) == "100"
    assert middle_capacity(("1pct", "5pct")) == "5pct"
    assert middle_capacity(()) is None
