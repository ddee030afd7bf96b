"""Laws of tuning: on planted origins where the right answer is known, then on a small program."""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_program import small_program

from models.candidates.kinds import as_candidate
from models.experiments import connect, log_run, open_tracking, quietly
from models.spec import ModelSpec
from records.known import Records
from training import bench as bench_module
from training.backtest_config import BacktestConfig
from training.errors import ConfigRefused, OriginRefused, TooFewPositives
from training.thin_origins import LeftOut
from training.train_config import TrainConfig
from training.tuning import Search, leaves_in_all, reached, score_of, tune
from training.tuning_config import TuningConfig
from training.tuning_report import (
    EXPERIMENT,
    candidate_toml,
    trial_content,
    trials_table,
    tuning_content,
    tuning_text,
    write_chosen,
)
from training.tuning_rows import cut_before, inner_origins, untouched_origins
from training.tuning_space import SPACE, search_space, spec_of, start_of
from training.tuning_study import open_search

ORIGINS = tuple(pd.Timestamp(f"{year}-01-01") for year in (2015, 2016, 2017))
UNTOUCHED = (pd.Timestamp("2019-01-01"),)
ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """The process is told to end."""


@dataclass
class Planted:
    """An origin at which a low learning rate and few leaves rank best, told by a formula in place of a fit."""

    origin: pd.Timestamp
    level: float = 0.3
    judged_specs: list[ModelSpec] = field(default_factory=list)
    ends_at: int | None = None

    def judged(self, spec: ModelSpec, *, seed: int, horizon_days: int) -> float:
        if len(self.judged_specs) == self.ends_at:
            raise Killed
        self.judged_specs.append(spec)
        return self.level - abs(np.log(spec.learning_rate / 0.03)) / 20 - (spec.leaves - 3) / 200


def planted(ends_at: int | None = None) -> list[Planted]:
    ground = [Planted(origin, 0.3 + number / 50) for number, origin in enumerate(ORIGINS)]
    ground[1].ends_at = ends_at
    return ground


def searched(folder, trials, *, ground=None, kept=None, late=lambda: False, **own):
    config = TuningConfig.from_dict({"tuning": {"trials": trials, **own}})
    kept = [] if kept is None else kept
    with open_search(folder, "planted", config) as study:
        keep = lambda found, trial: kept.append(trial_content(found, trial))  # noqa: E731
        return Search(config, study, "planted", ground or planted(), UNTOUCHED, keep).run(late)


def tried(found):
    return [(each.found, dict(each.average_precision), each.score) for each in found.trials if each.state != "failed"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return searched(tmp_path_factory.mktemp("whole"), 12)


def test_the_specification_of_the_configuration_is_tried_first_so_that_the_best_is_never_worse(whole):
    found = whole
    assert found.trials[0].spec == ModelSpec() == found.start.spec
    assert reached(found.best) >= reached(found.start)


def test_a_search_finds_what_was_planted(tmp_path):
    found = searched(tmp_path, 25)
    assert reached(found.best) > reached(found.start)
    assert 0.02 <= found.best.spec.learning_rate < 0.045


def test_a_search_in_two_pieces_tries_what_one_in_a_go_does_and_repeats_nothing(tmp_path, whole):
    ground = planted()
    first = searched(tmp_path / "pieces", 2, ground=ground)
    both = searched(tmp_path / "pieces", 12, ground=ground)
    assert tried(both)[:2] == tried(first)
    assert len(ground[0].judged_specs) == 12, "trials that are done are not judged again"
    assert tried(both) == tried(whole)


@pytest.mark.parametrize("ends_at", [0, 1, 4])
def test_a_trial_that_is_cut_short_is_failed_and_tried_again_and_the_search_goes_on_as_if_nothing_had_been(
    tmp_path, whole, ends_at
):
    kept = []
    with pytest.raises(Killed):
        searched(tmp_path / "killed", 12, ground=planted(ends_at), kept=kept)
    assert kept[-1].tags["state"] == "failed"
    found = searched(tmp_path / "killed", 12)
    assert tried(found) == tried(whole)
    failed = [each for each in found.trials if each.state == "failed"]
    assert len(failed) == 1
    assert sum(each.found == failed[0].found for each in found.trials) == 2


def test_a_trial_that_a_killed_process_left_running_is_failed_logged_and_tried_again_once(tmp_path):
    config = TuningConfig.from_dict({"tuning": {"trials": 4}})
    with open_search(tmp_path, "planted", config) as study:
        study.resume()
        left = study.ask()
        left.lags({ORIGINS[0]: 0.2})
    kept = []
    found = searched(tmp_path, 4, kept=kept)
    assert [each.tags["state"] for each in kept] == ["failed"] + ["finished"] * 4
    assert [metric.value for metric in kept[0].metrics] == [0.2]
    assert found.trials[1].found == found.trials[0].found
    again = searched(tmp_path, 5)
    assert [each.state for each in again.trials].count("failed") == 1
    assert len(again.trials) == 6


def test_a_trial_that_lags_behind_is_given_up_half_way_and_logged_as_that(tmp_path):
    kept, ground = [], planted()
    found = searched(tmp_path, 15, ground=ground, kept=kept, prune_after=1)
    given_up = [each for each in found.trials if each.state == "pruned"]
    assert given_up
    assert all(1 <= len(each.average_precision) < len(ORIGINS) and each.score is None for each in given_up)
    assert len(ground[2].judged_specs) == len(found.finished), "the last origin is spared"
    content = next(each for each in kept if each.tags["state"] == "pruned")
    assert [metric.name for metric in content.metrics] == ["average_precision"] * len(content.metrics)
    assert content.metrics[0].step == 20150101
    assert "score" in [metric.name for metric in kept[0].metrics]


def test_the_budget_ends_the_search_but_not_before_one_trial_is_finished(tmp_path):
    assert len(searched(tmp_path, None, late=lambda: True).trials) == 1
    calls = iter([False, False, True])
    assert len(searched(tmp_path, None, late=lambda: next(calls)).trials) == 3, "one was there, two were in time"


def test_another_configuration_or_record_is_another_search_but_another_budget_is_not(tmp_path):
    name = searched(tmp_path, 1).study
    assert searched(tmp_path, 2, minutes=1.0).study == name
    assert len({name, *(searched(tmp_path, 1, **own).study for own in ({"penalty": 1.0}, {"seed": 8}))}) == 3


def test_another_seed_tries_something_else(tmp_path):
    assert tried(searched(tmp_path, 3))[1:] != tried(searched(tmp_path, 3, seed=8))[1:]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.floats(0, 3))
def test_a_score_is_the_mean_less_a_penalty_for_spread(values, penalty):
    score = score_of(values, penalty)
    assert score <= np.mean(values) + 1e-12, "spread never helps"
    assert score_of([values[0]] * 3, penalty) == pytest.approx(values[0]), "without spread the mean is the score"
    assert score == pytest.approx(pd.Series(values).mean() - penalty * pd.Series(values).std())


def test_the_chosen_one_is_the_smallest_within_one_standard_error_of_the_best(whole):
    found = whole
    values = pd.Series(list(found.best.average_precision.values()))
    least = reached(found.best) - values.sem()
    assert found.standard_error == pytest.approx(values.sem())
    assert reached(found.chosen) >= least
    for each in found.finished:
        assert leaves_in_all(each) >= leaves_in_all(found.chosen) or reached(each) < least


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 900), st.integers(2, 40), st.floats(1e-3, 1), st.floats(0.5, 500), st.floats(0, 1), st.booleans())
def test_the_ranges_always_hold_the_start_and_its_other_settings_stay(rounds, leaves, rate, l2, linear, monotone):
    start = ModelSpec(
        rounds=rounds, leaves=leaves, learning_rate=rate, l2=l2, linear_weight=linear, monotone=monotone, threads=3
    )
    space = search_space(start)
    assert set(space) == set(SPACE)
    for name, span in space.items():
        assert span._contains(span.to_internal_repr(getattr(start, name))), name
        assert span.low <= SPACE[name].low < SPACE[name].high <= span.high
    assert spec_of(start, start_of(start)) == start
    assert spec_of(start, start_of(ModelSpec())).monotone == monotone


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"tuning": {"inner": 1}}, "inner at least 2"),
        ({"tuning": {"minutes": 0}}, "minutes over 0"),
        ({"tuning": {"untouched": 0}}, "untouched at least 1"),
        ({"tuning": {"patience": 3}}, "unknown tuning.patience"),
        ({"candidates": {"a": {}, "b": {}}}, "one candidate of the kind classifier"),
        ({"candidates": {"a": {"kind": "gamma_poisson"}}}, "one candidate of the kind classifier"),
        ({"origins": ["2015-01-01"], "tuning": {"untouched": 2}}, "untouched at most the number of origins"),
    ],
)
def test_a_configuration_that_cannot_be_searched_is_refused_in_words(own, words):
    with pytest.raises(ConfigRefused, match=words):
        TuningConfig.from_dict(own)


def test_a_start_that_no_logarithm_takes_is_refused():
    with pytest.raises(ConfigRefused, match="l2 over 0; got 0"):
        search_space(ModelSpec(l2=0.0))


def test_a_configuration_reads_back_from_its_plain_values():
    config = TuningConfig.from_dict({"plan": {"horizon_days": 180}, "tuning": {"trials": 3, "penalty": 1.0}})
    assert TuningConfig.from_dict(config.to_dict()) == config
    assert config.within(minutes=2.0, trials=None) == replace(config, minutes=2.0)


def test_what_is_written_is_read_by_a_backtest_and_by_training(tmp_path):
    found = searched(tmp_path, 3)
    write_chosen(found, tmp_path / "out" / "tuned.toml")
    backtest = BacktestConfig.from_toml(tmp_path / "out" / "tuned.toml")
    trained = TrainConfig.from_toml(tmp_path / "out" / "tuned.toml")
    assert backtest.candidates == {"tuned": found.chosen.spec}
    assert as_candidate(trained.spec) == as_candidate(found.chosen.spec)
    assert backtest.plan == trained.plan == found.config.backtest.plan
    assert tomllib.loads(candidate_toml(found, found.best))["candidates"]["tuned"] == found.best.spec.to_dict()


def test_training_refuses_two_models_and_takes_a_classifier_by_its_kind():
    with pytest.raises(ConfigRefused, match=r"Expected one model to train; got a, model"):
        TrainConfig.from_dict({"candidates": {"a": {}}, "model": {}})
    assert TrainConfig.from_dict({"candidates": {"a": {"kind": "classifier", "rounds": 9}}}).spec.rounds == 9


def test_every_trial_and_the_whole_stand_in_mlflow(tmp_path):
    kept = []
    found = searched(tmp_path, 3, kept=kept)
    tracking = open_tracking(f"sqlite:///{tmp_path}/mlruns/mlflow.db")
    for content in (*kept, tuning_content(found)):
        log_run(tracking, content)
    with quietly():
        client = connect(tracking)
        runs = client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id])
        trials = {run.data.tags["trial"]: run for run in runs if "trial" in run.data.tags}
        assert sorted(trials) == ["0", "1", "2"]
        history = client.get_metric_history(trials["0"].info.run_id, "average_precision")
        assert sorted(each.step for each in history) == [20150101, 20160101, 20170101]
        whole = next(run for run in runs if "best" in run.data.tags)
        assert {"best.toml", "chosen.toml", "report.txt"} <= {
            file.path for file in client.list_artifacts(whole.info.run_id)
        }
    assert trials["0"].data.params["rounds"] == "150"
    assert whole.data.metrics["score.best"] == pytest.approx(found.best.score)
    assert "Nothing known from 2019-01-01 on was read" in tuning_text(found)
    assert list(trials_table(found)["state"]) == ["finished"] * 3


SMALL = {
    "plan": {"horizon_days": 180, "history_days": 180, "calibration_dates": 3, "step_months": 3},
    "candidates": {"quick": {"rounds": 30, "leaves": 4, "learning_rate": 0.15, "min_child_rows": 20}},
    "origins": ["2022-12-01", "2023-12-01"],
    "tuning": {"trials": 3, "untouched": 1, "inner": 2},
}


POISON = ("participant_id", "severity", "occurred_on", "status", "shipments")


def poisoned(records: Records, moment: pd.Timestamp, columns=POISON) -> Records:
    """Whatever became known from a moment on is told of somebody else, backwards and without a grain of truth."""
    tables = {}
    for name, frame in records.tables.items():
        late = (frame["known_at"] >= moment).to_numpy()
        told = frame.copy()
        for column in told.columns.intersection(list(columns)):
            told.loc[late, column] = told.loc[late, column].to_numpy()[::-1]
        tables[name] = told
    stored = None if records.stored is None else poisoned(records.stored, moment, columns)
    return Records(tables, records.data_version, stored)


def small_search(records, folder, trials=3):
    config = TuningConfig.from_dict(SMALL).within(trials=trials)
    return tune(records, config, folder=folder, keep=lambda found, trial: None, clock=lambda: 0.0)


def test_what_becomes_known_from_the_first_untouched_origin_on_moves_no_trial_by_a_bit(tmp_path):
    records, moment = small_program(), pd.Timestamp("2023-12-01")
    found = small_search(records, tmp_path / "true", trials=2)
    assert found.untouched == (moment,)
    assert len(found.inner) == 2
    assert all(origin + pd.Timedelta(days=180) < moment for origin in found.inner)
    assert len({each.score for each in found.finished}) > 1, "trials differ, or the law says nothing"
    other = poisoned(records, moment)
    late = records["involvements"]["known_at"] >= moment
    assert not other["involvements"][late].equals(records["involvements"][late])
    assert tried(small_search(other, tmp_path / "poisoned", trials=2)) == tried(found)
    earlier = poisoned(records, moment - pd.Timedelta(days=250), ["participant_id"])
    moved = small_search(earlier, tmp_path / "earlier", trials=1)
    assert tried(moved)[0] != tried(found)[0], "what is known before does move them"


def test_a_record_cut_at_a_moment_holds_nothing_known_later():
    moment = pd.Timestamp("2022-01-01")
    cut = cut_before(small_program(), moment)
    assert cut.last_known_at < moment
    assert cut.first_known_at == small_program().first_known_at
    assert cut.as_stored.last_known_at < moment


def test_the_last_yearly_origins_are_kept_out_and_too_few_are_refused():
    records = small_program()
    config = TuningConfig.from_dict({**SMALL, "origins": []})
    last = untouched_origins(records, config)
    assert len(last) == 1
    assert untouched_origins(records, replace(config, untouched=2)) == (last[0] - pd.DateOffset(years=1), last[0])
    with pytest.raises(OriginRefused, match=r"lower tuning.untouched"):
        untouched_origins(records, replace(config, untouched=20))
    with pytest.raises(OriginRefused):
        inner_origins(records, config, pd.Timestamp("2020-06-01"))


def test_the_verb_stands_on_its_page_with_every_entry():
    page = (ROOT / "docs" / "tuning.md").read_text(encoding="utf-8")
    for word in ("trustlane tune", "minutes", "trials", "penalty", "untouched", "inner", "prune_after", *SPACE):
        assert word in page
    assert "docs/tuning.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_trial_that_was_killed_while_it_was_drawn_up_is_told_and_never_taken_for_one_that_was_fitted(tmp_path):
    config = TuningConfig.from_dict({"tuning": {"trials": 3}})
    with open_search(tmp_path, "planted", config) as study:
        study.resume()
        half = study._study.ask()
        half.suggest_int("rounds", 50, 400, log=True)
    kept = []
    found = searched(tmp_path, 3, kept=kept)
    told = kept[0]
    assert told.tags["state"] == "failed"
    assert list(told.params) == ["rounds"]
    assert "stopped while it was drawn up" in told.note
    assert [each.whole for each in found.trials] == [False, True, True, True]
    assert found.start.spec == ModelSpec()
    assert found.best.whole
    assert len(trials_table(found)) == 4
    assert len(searched(tmp_path, 4).trials) == 5, "it is told once and not drawn up again"


def test_a_thin_inner_origin_is_left_out_in_words_and_fewer_than_two_are_refused(monkeypatch):
    records, moment = small_program(), pd.Timestamp("2023-12-01")
    config = TuningConfig.from_dict({**SMALL, "tuning": {"inner": 3}})
    whole = inner_origins(records, config, moment)
    assert (len(whole.origins), whole.left_out) == (3, ())
    positives = {each.origin: int(each.positive.sum()) for each in whole.origins}
    assert len(set(positives.values())) == 3, "one of them is the thinnest"
    thin = min(positives, key=positives.__getitem__)
    monkeypatch.setattr(bench_module, "LEAST_POSITIVES", positives[thin] + 1)
    fewer = inner_origins(records, config, moment)
    assert [each.origin for each in fewer.origins] == [origin for origin in positives if origin != thin]
    assert [each.origin for each in fewer.left_out] == [thin]
    assert fewer.left_out[0].line().startswith(f"Left out {thin:%Y-%m-%d}: Expected at least {positives[thin] + 1}")
    monkeypatch.setattr(bench_module, "LEAST_POSITIVES", max(positives.values()))
    with pytest.raises(TooFewPositives, match=r"at least 2 inner origins with enough positives .*; got 1\.\nLeft out"):
        inner_origins(records, config, moment)


def test_what_was_left_out_is_told_with_the_result(whole):
    thin = LeftOut(pd.Timestamp("2014-01-01"), "Expected at least 5; got 2.")
    assert "Left out 2014-01-01: Expected at least 5; got 2." in tuning_text(replace(whole, left_out=(thin,)))
