"""The page of results says what the kept answers say, and nothing else."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.judging.__main__ import Budget, answer_open
from benchmarks.judging.answers import Answer
from benchmarks.judging.cells import Real, Simulated, read_cells
from benchmarks.judging.floors import missed, read_published
from benchmarks.judging.keeping import is_done, keep, read_kept
from benchmarks.judging.losses import comparisons, count_words, loss_lines
from benchmarks.judging.measuring import measure
from benchmarks.judging.over_seeds import OverSeeds, mean_with_interval
from benchmarks.judging.page import render_page
from benchmarks.judging.tables import number
from models.baselines import BASELINES
from records.simulate.scenarios import SCENARIOS
from training.backtest_config import BacktestConfig

ROOT = Path(__file__).parents[2]
CELLS = read_cells()
BY_NAME = {cell.name: cell for cell in CELLS}
RANKINGS = ("champion", "hazard", "gamma_poisson", "recency", "random", "attainable")
figures = st.floats(-5, 5, allow_nan=False)


def answer(name="gao-2001", *, precision=0.4, difference=(0.05, 0.01, 0.09), attainable=0.5):
    """A kept answer in which every pair differs alike."""
    value = {"attainable": attainable}
    summary = [
        ["all", ranking, metric, value.get(ranking, precision), 0.3, 0.6]
        for ranking in RANKINGS
        for metric in ("average_precision", "auc", "recall_at_100", "incidents_caught_at_10pct")
    ]
    pairs = [("champion", other) for other in RANKINGS[1:4]] + [("hazard", other) for other in RANKINGS[2:4]]
    cell = BY_NAME[name]
    return {
        "cell": name,
        "question": json.loads(json.dumps(cell.question)),
        "data_version": "d",
        "code": {"training.backtest": "c"},
        "versions": {"numpy": "2"},
        "machine": {"processor": "p"},
        "load_before_and_after": [0.1, 1.0],
        "seconds": {"backtest": 10.0},
        "processor_seconds": {"backtest": 12.0},
        "stages": {"fit": 9.0},
        "origins": ["2021-06-01", "2022-06-01", "2023-06-01"],
        "absolute_deviation": {"champion": 0.1},
        "counts": {"all": {"participants": 100.0, "positive": 10.0, "not_yet_known": 0.0, "base_rate": 0.1}},
        "summary": summary,
        "differences": [
            ["all", one, other, metric, *difference]
            for one, other in pairs
            for metric in ("average_precision", "auc", "recall_at_100")
        ],
    }


def test_the_page_is_written_from_the_answers():
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert page == render_page(CELLS, read_kept()), "run: python -m benchmarks.judging page"


def test_the_plan_holds_ten_seeds_of_the_audit_every_other_scenario_and_every_public_history():
    simulated = [cell.source for cell in CELLS if isinstance(cell.source, Simulated) and cell.name != "speed"]
    assert [each.seed for each in simulated if each.scenario == "gao"] == list(range(2001, 2011))
    assert {each.scenario for each in simulated} == set(SCENARIOS) - {"default"}
    real = {cell.name: cell for cell in CELLS if isinstance(cell.source, Real)}
    spans = {name: (cell.config.origins[0].year, cell.config.origins[-1].year) for name, cell in real.items()}
    assert spans["phmsa"] == (2012, 2016)
    assert spans["phmsa-gas"] == (2017, 2021)
    assert spans["phmsa-exposure"] == (2016, 2021)
    assert "chicago" in real
    assert len(BY_NAME) == len(CELLS)


def test_no_program_is_asked_in_vain_and_every_candidate_and_baseline_is_judged():
    for cell in CELLS:
        assert set(cell.config.candidates) == {
            "champion", "hazard", "poisson", "catalog_logistic", "stack", "gamma_poisson",
        }  # fmt: skip
    assert "gamma_poisson" in BASELINES


def test_every_answer_that_is_kept_was_asked_for():
    assert set(read_kept()) <= set(BY_NAME)


@given(st.lists(figures, min_size=2, max_size=12))
def test_the_interval_over_seeds_is_that_of_a_mean_of_independent_values(values):
    told = mean_with_interval(values)
    assert told.value == pytest.approx(np.mean(values))
    assert told.lower <= told.value <= told.upper
    if np.std(values) > 1e-6:
        test = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
        assert (told.lower, told.upper) == pytest.approx((test.low, test.high))


@given(figures, figures, figures)
def test_a_difference_read_the_other_way_round_is_its_negative(value, lower, upper):
    told = Answer(answer(difference=(value, lower, upper)))
    forth, back = (told.difference(*pair, "auc") for pair in (("champion", "hazard"), ("hazard", "champion")))
    assert (back.value, back.lower, back.upper) == (-forth.value, -forth.upper, -forth.lower)


@given(st.lists(st.tuples(figures, st.floats(0.01, 2)), min_size=2, max_size=10))
def test_each_program_is_counted_once_as_won_lost_or_undecided(drawn):
    told = OverSeeds("gao", tuple(Answer(answer(difference=(v, v - half, v + half))) for v, half in drawn))
    tally = told.tally("champion", "hazard", "auc")
    assert (tally.won, tally.lost) == (sum(v > half for v, half in drawn), sum(v < -half for v, half in drawn))
    assert tally.won + tally.lost + tally.undecided == len(drawn)


@pytest.mark.parametrize(
    ("difference", "lost"), [((-0.05, -0.09, -0.01), True), ((-0.05, -0.09, 0.01), False), ((0.05, 0.01, 0.09), False)]
)
def test_a_loss_is_told_when_its_interval_lies_below_zero_and_only_then(difference, lost):
    told = Answer(answer(difference=difference))
    lines = loss_lines([told])
    assert bool(lines) == lost
    assert not lost or "AUC of champion minus gamma_poisson −0.050 [−0.090, −0.010]" in lines[0]
    below = len([each for each in comparisons(told) if each.against in ("gamma_poisson", "recency")]) if lost else 0
    assert f"wholly below in {below} " in count_words([told])


def test_the_interval_of_a_share_over_seeds_stays_a_share():
    told = OverSeeds("gao", (Answer(answer(precision=0.99)), Answer(answer(precision=0.6)))).figure("champion", "auc")
    assert (told.value, told.upper) == (pytest.approx(0.795), 1.0)
    assert told.lower == 0.0


def test_a_share_of_the_attainable_is_taken_program_by_program():
    told = OverSeeds("gao", (Answer(answer(precision=0.4)), Answer(answer(precision=0.2, attainable=0.4))))
    assert told.share("champion", "attainable").value == pytest.approx((0.4 / 0.5 + 0.2 / 0.4) / 2)
    assert told.share("champion", "attainable").lower < told.share("champion", "attainable").upper


def test_a_floor_that_is_not_reached_is_told_and_one_that_is_not_allowed_is_no_floor():
    told = Answer(answer("chicago", precision=0.55))
    lines = missed([told], read_published())
    assert len(lines) == 1
    assert "0.576" in lines[0]


def test_every_figure_by_another_hand_belongs_to_a_program_and_names_its_source():
    published = read_published()
    for floor in published.floors:
        assert isinstance(BY_NAME[floor.cell].source, Real)
        assert floor.source in published.sources
        assert bool(floor.by) != bool(floor.what)


def test_a_program_that_cannot_be_judged_says_why_and_one_that_did_not_run_is_named():
    kept = {
        "gao-2001": answer(),
        "small_program-2017": {**answer("gao-2002"), "refused": "Expected at least 5 positive"},
    }
    page = render_page(CELLS, kept)
    assert "small_program-2017 could not be judged, and says why: Expected at least 5 positive" in page
    (absent,) = re.findall(r"^Not run yet: (.*)\.$", page, flags=re.MULTILINE)
    assert absent.split(", ") == [cell.name for cell in CELLS if cell.name not in kept]


def test_a_stopped_run_goes_on_where_it_was_and_a_changed_question_is_asked_again(tmp_path):
    asked = []

    def judge(cell):
        asked.append(cell.name)
        return answer(cell.name)

    cells, never = [BY_NAME["gao-2001"], BY_NAME["gao-2002"]], Budget(60, lambda: 0.0)
    answer_open(cells[:1], tmp_path, tmp_path, never, judge)
    answer_open(cells, tmp_path, tmp_path, never, judge)
    assert asked == ["gao-2001", "gao-2002"]
    changed = read_kept(tmp_path)["gao-2001"]
    changed["question"]["config"]["replicates"] = 1
    keep(changed, tmp_path)
    assert not is_done(cells[0], tmp_path)
    answer_open(cells, tmp_path, tmp_path, never, judge)
    assert asked == ["gao-2001", "gao-2002", "gao-2001"]


def test_nothing_begins_when_the_time_is_over_or_the_data_are_not_there(tmp_path, capsys):
    moments = iter([0.0, 61.0])
    answer_open([BY_NAME["gao-2001"]], tmp_path, tmp_path, Budget(60, lambda: next(moments)), answer)
    answer_open([BY_NAME["chicago"]], tmp_path, tmp_path, Budget(60, lambda: 0.0), answer)
    told = capsys.readouterr().out
    assert "gao-2001: left for another run" in told
    assert f"chicago: skipped, there is no {tmp_path / 'chicago_food'}" in told
    assert read_kept(tmp_path) == {}


def test_what_is_kept_is_read_again_as_it_was(tmp_path):
    keep(answer(), tmp_path)
    assert read_kept(tmp_path) == {"gao-2001": answer()}


@pytest.mark.parametrize(("value", "words"), [(-0.0001, "0.000"), (-0.05, "−0.050"), (0.05, "+0.050")])
def test_a_number_has_a_minus_where_it_is_below_zero_as_shown(value, words):
    assert number(value, sign=True) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(359.0, "within the promised 6 minutes"), (361.0, "above the promised")]
)
def test_the_speed_of_a_backtest_is_held_against_what_is_promised(seconds, words):
    kept = {"speed": {**answer("speed"), "seconds": {"backtest": seconds}}}
    page = render_page(CELLS, kept)
    assert words in page
    assert "| fit | 9 |" in page


@pytest.mark.long
def test_a_small_program_is_judged_from_nothing_and_its_answer_fills_the_page(tmp_path):
    cell = BY_NAME["small_program-2017"]
    few = {"champion": {}, "gamma_poisson": {"kind": "gamma_poisson"}}
    asked = {**cell.config.to_dict(), "candidates": few, "replicates": 20, "last_origins": 1}
    told = measure(replace(cell, config=BacktestConfig.from_dict(asked)), tmp_path, tmp_path, lambda words: None)
    keep(told, tmp_path / "kept")
    page = render_page(CELLS, read_kept(tmp_path / "kept"))
    assert "### small_program, seed 2017" in page or "could not be judged, and says why" in page
    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]
