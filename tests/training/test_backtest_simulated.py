"""Three programs with known truth and seeds that nobody used while developing: the champion must earn its place."""

import pandas as pd
import pytest

from records.ingest import ingest
from records.lake import Lake
from records.simulate.program import simulate_program
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig

SEEDS = (9101, 9202, 9303)
BASELINES = ("prior_year_count", "recency", "decayed_count", "gamma_poisson", "logistic")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=SEEDS)
def result(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    simulate_program(folder / "raw", seed=request.param)
    lake = Lake(folder / "lake")
    ingest(folder / "raw", lake, now=pd.Timestamp("2025-01-01"))
    found = run_backtest(lake.read(), BacktestConfig(replicates=300), truth_dir=folder / "raw" / "truth")
    print(found.text())
    return found


def test_the_champion_has_the_best_average_precision_in_the_mean_over_origins(result):
    champion = result.mean("champion", "average_precision")
    assert all(champion > result.mean(name, "average_precision") for name in BASELINES)


def test_nothing_beats_the_truth(result):
    truth = result.mean("truth", "average_precision")
    assert all(result.mean(name, "average_precision") < truth for name in ("champion", *BASELINES))


def test_leaving_participants_are_not_yet_known_and_never_negative(result):
    everyone = result.counts[result.counts["slice"] == "all"]
    assert (everyone["not_yet_known"] > 0).all()
    told = everyone["positive"] + everyone["negative"] + everyone["not_yet_known"]
    assert (told == everyone["participants"]).all()


def test_the_champion_is_calibrated_in_the_large(result):
    assert result.mean("champion", "expected_over_observed") == pytest.approx(1, abs=0.15)
    assert result.mean("champion", "calibration_slope") == pytest.approx(1, abs=0.25)


def test_without_history_the_champion_still_finds_risk_where_counts_cannot(result):
    assert result.mean("champion", "auc", slice_name="without_history") > 0.7
    assert result.mean("decayed_count", "auc", slice_name="without_history") == pytest.approx(0.5)
