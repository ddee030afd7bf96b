"""Naive and corrected side by side on a program whose examinations aim at traits that risk does not follow."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from simulated_record import SimulatedRecord, simulated_record

from casework.queue import draw_queue
from models.candidates.catalog_logistic import CatalogLogistic
from records.known import Records
from training.backtest_config import BacktestConfig
from training.detection.correction import LEAST, MOST
from training.detection.detection_report import detection_content, detection_text, write_detection
from training.detection.errors import YardstickRefused
from training.detection.study import AUDIT_SLICE, CORRECTED, NAIVE, DetectionStudy, study_detection
from training.splits import SplitPlan

CONFIG = BacktestConfig(
    last_origins=1,
    plan=SplitPlan(step_months=6, calibration_dates=2),
    candidates={"small": CatalogLogistic()},
    capacities=(60, 125),
    replicates=50,
)
FRESH = (31, 32, 33, 34, 35)


@cache
def world(seed: int, scenario: str = "targeted_exams") -> SimulatedRecord:
    return simulated_record(2500, 8, seed, scenario=scenario)


def studied(seed: int, folder, scenario: str = "targeted_exams", **asked) -> DetectionStudy:
    told = world(seed, scenario)
    told.truth["intensity"].to_parquet(folder / "intensity.parquet")
    return study_detection(Records(told.tables), CONFIG, truth_dir=folder, **asked)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> DetectionStudy:
    return studied(2, tmp_path_factory.mktemp("truth"))


def mean(found: DetectionStudy, ranking: str, metric: str = "incidents_in_first_5pct") -> float:
    rows = found.closeness
    return float(rows.loc[(rows["ranking"] == ranking) & (rows["metric"] == metric), "value"].mean())


def test_the_corrected_ranking_is_nearer_to_the_true_intensity_than_the_naive_one(study):
    assert mean(study, CORRECTED) > mean(study, NAIVE)


def test_the_rate_of_examination_that_is_expected_is_the_one_that_comes(study):
    row = study.propensity.iloc[0]
    assert row["rate_slope"] == pytest.approx(1, abs=0.15)
    assert row["expected_examinations"] == pytest.approx(row["examinations"], rel=0.15)
    assert 0.3 < row["share_by_exam"] < 1
    assert 0.5 < row["elasticity"] < 1.6


def test_what_the_record_shows_follows_the_truth_of_detection(study):
    truth = world(2).truth["intensity"]
    origin = study.origins[0]
    year = truth[(truth["month"] >= origin) & (truth["month"] < origin + pd.Timedelta(days=365))]
    real = year.groupby("participant_id")["detection"].mean().reindex(study.readings["participant_id"])
    told = study.readings["relative_detection"]
    assert pd.Series(real.to_numpy()).corr(told, method="spearman") > 0.85
    assert told.between(LEAST, MOST).all()


def test_the_correction_takes_effort_out_of_the_ranking(study):
    row = study.explained[study.explained["measure"] == "relative detection"].set_index("ranking")
    assert row.loc[CORRECTED, "rank_correlation"] < row.loc[NAIVE, "rank_correlation"]


def test_the_two_stages_of_each_participant_agree_with_each_other(study):
    rows = study.readings
    assert rows["examination_chance"].between(0, 1).all()
    less = rows["relative_detection"] < 1
    assert (rows["probability_at_common_effort"] > rows["probability_of_a_finding"])[less].all()
    assert sorted(rows["rank_naive"]) == sorted(rows["rank_corrected"]) == list(range(1, len(rows) + 1))


def test_changes_by_group_add_up_to_the_places(study):
    by_grouping = study.groups.groupby("grouping")[["participants", "places_naive", "places_corrected"]].sum()
    assert (by_grouping["places_naive"] == 125).all()
    assert (by_grouping["places_corrected"] == 125).all()
    assert (by_grouping["participants"] == len(study.readings)).all()
    assert (study.changed["kept"] + study.changed["entered"] == study.changed["capacity"]).all()


def test_the_truth_moves_neither_fit(study):
    blind = study_detection(Records(world(2).tables), CONFIG)
    pd.testing.assert_frame_equal(blind.readings, study.readings)
    assert blind.closeness.empty


def test_the_report_says_it_in_words_and_files(study, tmp_path):
    words = detection_text(study)
    for part in ("Examination propensity", "rank correlation", "absolute contributions", "By rows drawn by chance"):
        assert part in words
    names = {path.name for path in write_detection(study, tmp_path)}
    assert {"explained.csv", "yardstick.csv", "readings.csv", "groups.csv", "detection.json", "report.md"} <= names
    told = json.loads((tmp_path / "detection.json").read_text(encoding="utf-8"))
    assert told["origins"] == [f"{study.origins[0]:%Y-%m-%d}"]
    assert words in (tmp_path / "report.md").read_text(encoding="utf-8")
    logged = detection_content(study)
    assert "readings" not in logged.tables
    assert all(np.isfinite(metric.value) for metric in logged.metrics)


def test_a_list_of_another_moment_is_refused():
    scores = pd.DataFrame(
        {"participant_id": ["P1", "P2"], "as_of": pd.Timestamp("2021-02-03"), "rated": True, "rank": [1, 2]}
    )
    whole = draw_queue(scores, capacity=1, seed=1)
    origin = pd.Timestamp("2022-01-01")
    with pytest.raises(YardstickRefused, match="got one of 2021-02-03"):
        study_detection(
            Records(world(2).tables),
            BacktestConfig(origins=(origin,), plan=CONFIG.plan, candidates=CONFIG.candidates),
            lists=[whole],
        )


@pytest.mark.long
def test_an_audit_slice_judges_with_an_interval_of_its_own(study, tmp_path):
    readings = study.readings.assign(rated=True, rank=study.readings["rank_naive"])
    whole = draw_queue(readings, capacity=1500, audit_share=0.6, seed=4)
    found = studied(2, tmp_path, lists=[whole])
    rows = found.yardstick[found.yardstick["yardstick"] == AUDIT_SLICE].set_index(["ranking", "metric"])
    assert rows["rows_drawn"].iloc[0] > 1000
    told = rows.loc[(NAIVE, "recall_at_125")]
    assert told["lower"] < told["value"] < told["upper"]


@pytest.mark.long
def test_over_fresh_seeds_the_corrected_ranking_is_nearer_and_does_no_harm_without_targeting(tmp_path):
    gains = {}
    for scenario in ("targeted_exams", "gao"):
        for seed in FRESH:
            folder = tmp_path / f"{scenario}{seed}"
            folder.mkdir()
            found = studied(seed, folder, scenario)
            for metric in ("incidents_in_first_5pct", "average_precision_of_top_2pct"):
                gain = mean(found, CORRECTED, metric) - mean(found, NAIVE, metric)
                gains.setdefault((scenario, metric), []).append(gain)
    print({name: np.round(found, 4) for name, found in gains.items()})
    assert np.mean(gains["targeted_exams", "average_precision_of_top_2pct"]) > 0
    assert np.mean(gains["targeted_exams", "incidents_in_first_5pct"]) > -0.005
    assert all(np.mean(found) > -0.01 for (scenario, _), found in gains.items() if scenario == "gao")
