"""Laws of a backtest on a small program of real tables, then stories of configuration, result and refusals."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.baselines import BASELINES, positives_by_lot
from models.spec import ModelSpec
from records.columns import DTYPES
from records.known import Records
from records.tables import TABLES
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig
from training.bench import require_positives
from training.errors import ConfigRefused, OriginRefused, RankingRefused, TooFewPositives, TruthMismatch
from training.intervals import draw_participants
from training.judging import Cohort, Key, judge
from training.truth import true_rankings

START, PEOPLE, YEARS = pd.Timestamp("2015-01-01"), 150, 7


def table(name, rows):
    """A stored table from the columns that matter."""
    columns = {column.name: DTYPES[column.kind] for column in TABLES[name].all_columns}
    frame = pd.DataFrame(rows).reindex(columns=list(columns))
    frame["record_id"] = [f"{name}-{number}" for number in range(len(frame))]
    frame["source"] = "test"
    flags = [column for column, kind in columns.items() if kind == "bool"]
    frame[flags] = frame[flags].astype("boolean").fillna(False).astype(bool)
    return frame.astype(columns)


def small_program(seed=5):
    """Participants with a lasting frailty; incidents known 10 to 40 days late. Also the truth, month by month."""
    rng = np.random.default_rng(seed)
    names = [f"p{number:03d}" for number in range(PEOPLE)]
    monthly = rng.gamma(0.4, 0.12, PEOPLE)
    months = pd.date_range(START, periods=12 * YEARS, freq="MS")
    rows = []
    for name, rate in zip(names, monthly, strict=True):
        for month in months:
            for _ in range(rng.poisson(rate)):
                occurred = month + pd.Timedelta(days=int(rng.integers(0, 28)))
                rows.append((name, occurred, occurred + pd.Timedelta(days=int(rng.integers(10, 40)))))
    incidents = pd.DataFrame(rows, columns=["participant_id", "occurred_on", "known_at"])
    incidents["incident_id"] = [f"i{number}" for number in range(len(incidents))]
    incidents["severity"] = 3.0
    people = pd.DataFrame({"participant_id": names, "known_at": START, "country": "MX"})
    records = Records(
        {
            "participants": table("participants", people),
            "incidents": table("incidents", incidents.drop(columns="participant_id")),
            "involvements": table("involvements", incidents.drop(columns="occurred_on").assign(party_no="1")),
        },
        "small",
    )
    truth = pd.DataFrame(
        {
            "participant_id": np.repeat(names, len(months)),
            "month": np.tile(months, PEOPLE),
            "intensity": np.repeat(monthly, len(months)),
            "detection": 1.0,
        }
    )
    return records, truth


QUICK = ModelSpec(rounds=20, leaves=4, min_child_rows=20, replicas=0, threads=1)
CONFIG = BacktestConfig(
    origins=(pd.Timestamp("2019-01-01"), pd.Timestamp("2020-01-01")),
    candidates={"quick": QUICK},
    capacities=(10, 30),
    shares=(0.1,),
    replicates=60,
)


@pytest.fixture(scope="module")
def program():
    return small_program()


@pytest.fixture(scope="module")
def truth_dir(program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    program[1].to_parquet(folder / "intensity.parquet")
    return folder


@pytest.fixture(scope="module")
def result(program, truth_dir):
    return run_backtest(program[0], CONFIG, truth_dir=truth_dir)


def test_candidate_baselines_truth_and_random_are_judged_at_every_origin(result):
    wanted = {
        "quick",
        *BASELINES,
        "last_list",
        "random",
        "truth",
        "truth_recorded",
    }
    everyone = result.metrics[(result.metrics["slice"] == "all") & (result.metrics["metric"] == "average_precision")]
    for origin, rows in everyone.groupby("origin"):
        assert set(rows["ranking"]) == wanted, origin
    assert len(result.origins) == 2


def test_the_figures_can_be_computed_again_from_the_predictions(result):
    from sklearn.metrics import average_precision_score, roc_auc_score

    for origin, rows in result.predictions.groupby("origin"):
        assert (rows["weight"] == 1.0).all()
        positive, margin = rows["label"] == "positive", rows["rank_value_quick"]
        told = result.metrics[(result.metrics["origin"] == origin) & (result.metrics["ranking"] == "quick")]
        told = told[told["slice"] == "all"].set_index("metric")["value"]
        assert told["auc"] == pytest.approx(roc_auc_score(positive, margin))
        if margin.is_unique:
            assert told["average_precision"] == pytest.approx(average_precision_score(positive, margin))


def test_the_summary_is_the_mean_over_origins_and_a_difference_is_a_difference(result):
    per_origin = result.metrics[(result.metrics["slice"] == "all") & (result.metrics["metric"] == "auc")]
    means = per_origin.groupby("ranking")["value"].mean()
    for ranking in ("quick", "decayed_count"):
        assert result.mean(ranking, "auc") == pytest.approx(means[ranking])
    pairs = result.differences
    row = pairs[(pairs["slice"] == "all") & (pairs["against"] == "decayed_count") & (pairs["metric"] == "auc")].iloc[0]
    assert row["value"] == pytest.approx(means["quick"] - means["decayed_count"])
    assert row["lower"] <= row["value"] <= row["upper"]


def test_the_truth_ranks_better_than_anything_and_random_is_a_coin(result):
    truth = result.mean("truth", "auc")
    assert all(result.mean(name, "auc") <= truth + 0.02 for name in ("quick", "gamma_poisson", "logistic", "recency"))
    assert result.mean("random", "auc") == pytest.approx(0.5)
    assert result.mean("quick", "auc") > 0.65


def test_a_backtest_is_the_same_when_repeated(program, result):
    again = run_backtest(program[0], CONFIG)
    mine = result.predictions["rank_value_quick"]
    assert (again.predictions["rank_value_quick"] == mine).all()


def test_nothing_learned_after_an_origin_moves_its_ranking(program):
    """Poison: every row known from the origin on is changed; the ranks stay bit-identical."""
    records, _ = program
    origin = pd.Timestamp("2019-01-01")
    config = BacktestConfig(origins=(origin,), candidates={"quick": QUICK}, replicates=0)
    late = {name: frame["known_at"] >= origin for name, frame in records.tables.items()}
    people = records["participants"]["participant_id"]
    tables = dict(records.tables)
    involved = tables["involvements"].copy()
    involved.loc[late["involvements"], "participant_id"] = (
        people.iloc[:40].sample(int(late["involvements"].sum()), replace=True, random_state=1).to_numpy()
    )
    poisoned = Records(tables | {"involvements": involved}, records.data_version)
    one, other = (run_backtest(each, config).predictions for each in (records, poisoned))
    ranks = [name for name in one.columns if name.startswith("rank_value_")]
    pd.testing.assert_frame_equal(one[ranks], other[ranks])
    assert (one["label"] != other["label"]).any()


def test_origins_are_found_when_none_are_given(program):
    config = BacktestConfig(last_origins=1, candidates={"quick": QUICK}, replicates=0)
    result = run_backtest(program[0], config)
    origin = result.origins["origin"].iloc[0]
    assert pd.Timestamp("2020-10-01") <= origin <= pd.Timestamp("2020-12-31")
    assert result.metrics["lower"].isna().all()


def test_the_table_shows_candidate_baselines_truth_and_differences(result):
    text = result.text()
    for words in ("quick − gamma_poisson", "truth", "Not yet known", "base rate", "without_history"):
        assert words in text
    assert "quick − random" not in text
    k = result.config.capacities[0]
    known = result.counts[result.counts["slice"] == "all"]
    low, high = positives_by_lot(
        list(zip(known["positive"] + known["negative"], known["positive"], strict=True)), places=k
    )
    found = known["positive"].sum()
    assert f"95 % of lists drawn by lot: at {k} precision {low / (k * len(known)):.3f}" in text
    assert f"recall {low / found:.3f} to {high / found:.3f}" in text


def test_the_result_is_written_whole(result, tmp_path):
    written = result.write(tmp_path / "out")
    assert all(path.is_file() for path in written)
    stored = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert stored["data_version"] == "small"
    assert BacktestConfig.from_dict(stored["config"]) == result.config
    frame = pd.read_csv(tmp_path / "out" / "metrics.csv")
    assert list(frame.columns) == ["origin", "slice", "ranking", "metric", "value", "lower", "upper"]
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert len(predictions) == len(result.predictions)


def test_progress_rises_to_its_end(program):
    heard = []
    config = BacktestConfig(origins=CONFIG.origins[:1], candidates={"quick": QUICK}, replicates=0)
    run_backtest(program[0], config, report=lambda stage, done, total: heard.append((done, total)))
    assert [done for done, _ in heard] == [0, 1, 2]
    assert {total for _, total in heard} == {2}


def test_an_origin_whose_future_is_not_in_the_record_is_refused_with_the_last_possible_one(program):
    config = BacktestConfig(origins=(pd.Timestamp("2021-06-01"),), candidates={"quick": QUICK})
    with pytest.raises(OriginRefused, match=r"got 2021-06-01.*last possible origin is 2020-1\d-\d\d"):
        run_backtest(program[0], config)


def test_an_origin_before_there_is_anything_to_learn_is_refused(program):
    config = BacktestConfig(origins=(pd.Timestamp("2015-06-01"),), candidates={"quick": QUICK})
    with pytest.raises(OriginRefused, match="Choose an origin from about"):
        run_backtest(program[0], config)


def test_too_few_positives_are_refused_with_how_many_there_are(program):
    records, _ = program
    few = records["involvements"]["participant_id"].isin(["p000", "p001"])
    thin = Records({**records.tables, "involvements": records["involvements"][few]}, "thin")
    with pytest.raises(TooFewPositives, match="Expected at least 20 positive rows"):
        run_backtest(thin, BacktestConfig(origins=CONFIG.origins[:1], candidates={"quick": QUICK}))


def test_the_truth_of_another_program_is_refused(program, tmp_path):
    with pytest.raises(TruthMismatch, match=r"intensity\.parquet"):
        run_backtest(program[0], CONFIG, truth_dir=tmp_path)
    other = program[1].assign(participant_id=lambda frame: "x" + frame["participant_id"])
    with pytest.raises(TruthMismatch, match="that of others"):
        true_rankings(other, pd.Series(["p001"]), pd.Timestamp("2019-01-01"), 365)


def test_a_month_counts_by_its_days_inside_the_horizon():
    months = pd.to_datetime(["2020-04-01", "2020-05-01", "2020-06-01", "2020-07-01"])
    truth = pd.DataFrame({"participant_id": "a", "month": months, "intensity": 30.0, "detection": [0.5, 0.5, 1.0, 1.0]})
    found = true_rankings(truth, pd.Series(["a", "b"]), pd.Timestamp("2020-04-16"), 60)
    # April 16 to June 14: half of April, all of May, 14 of 30 days of June.
    assert found["truth"] == pytest.approx([15 + 30 + 14, 0])
    assert found["truth_recorded"] == pytest.approx([7.5 + 15 + 14, 0])


def cohort_of(positive, weight, **rankings):
    size = len(positive)
    return Cohort(
        origin=START,
        participant_ids=np.array([f"p{n}" for n in range(size)], dtype=object),
        positive=np.array(positive, dtype=bool),
        incidents=np.array(positive, dtype=float),
        weight=np.array(weight, dtype=float),
        slices={"all": np.ones(size, dtype=bool)},
        rankings={name: np.array(value, dtype=float) for name, value in rankings.items()},
        probabilities={},
        expected_counts={},
    )


def test_those_not_yet_known_among_the_first_are_told():
    cohort = cohort_of([1, 0, 0, 1], [0, 1, 0, 1], mine=[4, 3, 2, 1])
    config = BacktestConfig(capacities=(1, 3), shares=())
    figures = judge(cohort, config, None)
    assert figures[Key("all", "mine", "not_yet_known_at_1")].value == 1
    assert figures[Key("all", "mine", "not_yet_known_at_3")].value == 2
    assert figures[Key("all", "mine", "recall_at_3")].value == 0


def test_two_equal_rankings_differ_by_nothing_in_every_replicate():
    rng = np.random.default_rng(2)
    rank = rng.random(80)
    cohort = cohort_of(rng.random(80) < 0.3, np.ones(80), mine=rank, other=2 * rank)
    draws = draw_participants(cohort.participant_ids, replicates=40, seed=3)
    figures = judge(cohort, BacktestConfig(capacities=(10,)), draws)
    for metric in ("average_precision", "auc", "recall_at_10"):
        mine, other = (figures[Key("all", name, metric)].replicates for name in ("mine", "other"))
        assert len(mine) == 40
        assert (mine == other).all()


def test_the_example_file_is_a_valid_configuration(request):
    path = request.config.rootpath / "docs" / "examples" / "phmsa-backtest.toml"
    config = BacktestConfig.from_toml(path)
    assert [f"{origin:%Y}" for origin in config.origins] == ["2012", "2013", "2014", "2015", "2016"]
    assert config.candidates == {"champion": ModelSpec()}


def test_unknown_entries_are_named_with_what_is_known():
    with pytest.raises(ConfigRefused, match=r"unknown plan\.horizon\. Expected among horizon_days"):
        BacktestConfig.from_dict({"plan": {"horizon": 90}})
    with pytest.raises(ConfigRefused, match=r"candidates\.mine.*depth"):
        BacktestConfig.from_dict({"candidates": {"mine": {"depth": 3}}})
    with pytest.raises(ConfigRefused, match="expected a date YYYY-MM-DD; got 'soon'"):
        BacktestConfig.from_dict({"origins": ["soon"]})
    with pytest.raises(ConfigRefused, match="shares over 0 and at most 1"):
        BacktestConfig.from_dict({"shares": [2.0]})


def test_a_file_that_is_not_there_or_not_toml_is_refused(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("origins = [")
    for path in (broken, tmp_path / "absent.toml"):
        with pytest.raises(ConfigRefused, match="Expected a TOML file at"):
            BacktestConfig.from_toml(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_rank_value_that_is_no_number_is_refused_with_whose_it_is(bad):
    with pytest.raises(RankingRefused, match=r"rank value by mine at 2015-01-01.*got (nan|inf) for p1, 1 wrong of 3"):
        cohort_of([1, 0, 0], [1, 1, 1], mine=[1, bad, 0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.2, -0.1])
def test_a_probability_outside_0_and_1_is_refused(bad):
    good = cohort_of([1, 0, 0], [1, 1, 1], mine=[1, 2, 0])
    with pytest.raises(RankingRefused, match=r"probability by mine.*among numbers from 0 to 1"):
        replace(good, probabilities={"mine": np.array([0.5, 0.2, bad])})
    with pytest.raises(RankingRefused, match="for each of 3 participants"):
        replace(good, probabilities={"mine": np.array([0.5, 0.2])})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_an_expected_count_that_is_none_is_refused(bad):
    good = cohort_of([1, 0, 0], [1, 1, 1], mine=[1, 2, 0])
    with pytest.raises(RankingRefused, match=r"expected count by mine.*finite numbers of at least 0"):
        replace(good, expected_counts={"mine": np.array([0.5, 0.2, bad])})


def test_minus_infinity_ranks_last_and_is_no_mistake():
    cohort = cohort_of([1, 0, 0], [1, 1, 1], mine=[-np.inf, 2, 0])
    figures = judge(cohort, BacktestConfig(capacities=(2,), shares=()), None)
    assert figures[Key("all", "mine", "recall_at_2")].value == 0


def test_an_origin_whose_cohort_is_all_positive_is_refused():
    names = [f"p{number}" for number in range(6)]
    labels = pd.DataFrame({"label": "positive", "weight": np.ones(len(names))})
    with pytest.raises(TooFewPositives, match=r"at least 5 positive participants and some negative.*got 6 of 6"):
        require_positives(START, labels)
    few = labels.assign(label=["positive"] * 4 + ["negative"] * 2)
    with pytest.raises(TooFewPositives, match=r"at least 5 positive participants.*got 4 of 6"):
        require_positives(START, few)


def test_an_origin_before_the_record_begins_is_refused(program):
    config = BacktestConfig(origins=(pd.Timestamp("2010-01-01"),), candidates={"quick": QUICK})
    with pytest.raises(OriginRefused, match=r"origin after the record begins \(2015-01-01\); got 2010-01-01"):
        run_backtest(program[0], config)


def test_forecasts_waiting_and_labels_are_told_of_every_candidate(result):
    told = set(result.summary.loc[(result.summary["ranking"] == "quick"), "metric"])
    wanted = {
        "log_loss_skill",
        "brier_skill",
        "count_deviance_skill",
        "calibration_slope",
        "expected_over_observed_at_30",
    }
    wanted |= {"days_earlier_at_10", "share_moved_later_at_30", "severity_caught_at_10", "recall_upper_at_10"}
    assert wanted <= told
    assert set(result.censoring["ranking"]) == set(result.label_versions["ranking"])
    assert (result.origins["usual_order"] == "last year's list").all()
    assert (result.origins["margin_days_lower"] <= result.origins["margin_days"]).all()
    assert {"expected_quick", "probability_quick"} <= set(result.predictions.columns)


def test_last_years_list_is_no_days_earlier_than_itself(result):
    assert result.mean("prior_year_count", "days_earlier_at_10") == pytest.approx(0, abs=1e-9)
    assert result.mean("truth", "days_earlier_at_10") > 0
