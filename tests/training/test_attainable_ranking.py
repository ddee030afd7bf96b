"""The attainable ranking in a backtest: beside the truth, above every baseline, below what nobody can know."""

import pandas as pd
import pytest
from simulated_record import simulated_record

from models.spec import ModelSpec
from records.ingest import ingest
from records.known import Records
from records.lake import Lake
from records.simulate.program import simulate_program
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig
from training.truth import attainable_ranking, read_model


def test_a_truth_that_no_simulator_wrote_has_no_model(tmp_path):
    assert read_model(tmp_path) is None


def test_it_is_told_in_the_order_asked_for_and_nothing_is_expected_of_strangers():
    world = simulated_record(500, 5, 3)
    records, people = Records(world.tables), world.tables["participants"]["participant_id"].unique()
    asked = pd.Series([people[7], "nobody", people[3]])
    found = attainable_ranking(records, world.constants, asked, pd.Timestamp("2022-01-01"), 365)["attainable"]
    turned = attainable_ranking(records, world.constants, asked[::-1], pd.Timestamp("2022-01-01"), 365)["attainable"]
    assert found[1] == 0 < found[0]
    assert list(found) == list(turned[::-1])


@pytest.mark.long
@pytest.mark.parametrize("seed", [21, 22])
def test_a_backtest_prints_it_between_the_baselines_and_the_truth(seed, tmp_path):
    simulate_program(tmp_path / "raw", participants=2500, seed=seed)
    lake = Lake(tmp_path / "lake")
    ingest(tmp_path / "raw", lake, now=pd.Timestamp("2025-01-01"))
    quick = ModelSpec(rounds=40, leaves=4, replicas=0)
    config = BacktestConfig(replicates=0, last_origins=3, candidates={"quick": quick})
    result = run_backtest(lake.read(), config, truth_dir=tmp_path / "raw" / "truth")
    print(result.text())
    for metric in ("average_precision", "auc"):
        attainable = result.mean("attainable", metric)
        assert attainable > result.mean("decayed_count", metric) + 0.03
        assert attainable > result.mean("gamma_poisson", metric) + 0.03
        assert attainable < result.mean("truth_recorded", metric)
