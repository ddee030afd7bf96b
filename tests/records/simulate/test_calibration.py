"""The recorded totals are the audit's, for every seed; scenarios differ in structure, not in size."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from records.simulate.calibration import target_for
from records.simulate.program import simulate_program

WINDOW = pd.Timestamp("2019-10-01")


def measure(out: Path) -> dict[str, float]:
    """The window's totals, from the truth's view of the record: duplicates once, parties linked rightly."""
    happened = pd.read_parquet(out / "truth" / "incidents.parquet")
    recorded = happened[happened["observed"] & (happened["occurred_on"] >= WINDOW)]
    once = recorded.drop_duplicates("incident_id")
    counts = recorded.groupby("participant_id").size()
    return {
        "involved": len(counts),
        "incidents": len(once),
        "drug share": (once["incident_type"] == "drug").mean(),
        "median": counts.median(),
        "p90": counts.quantile(0.9),
        "p99": counts.quantile(0.99),
        "24 or more": int((counts >= 24).sum()),
        "positive a year": np.mean(
            [
                recorded[recorded["occurred_on"].between(a, a + pd.Timedelta(days=364))]["participant_id"].nunique()
                for a in pd.date_range(WINDOW, periods=5, freq="YS-OCT")
            ]
        ),
    }


def assert_like_the_audit(got: dict[str, float]) -> None:
    assert got["involved"] == pytest.approx(480, rel=0.12)
    assert got["incidents"] == pytest.approx(2200, rel=0.12)
    assert 0.45 <= got["drug share"] <= 0.499
    assert got["p90"] == pytest.approx(11, rel=0.45)
    assert got["p99"] == pytest.approx(30, rel=0.3)
    assert got["24 or more"] >= 1


@pytest.mark.parametrize("seed", [1])
def test_the_recorded_totals_are_the_audits(seed, tmp_path):
    summary = simulate_program(tmp_path / "program", seed=seed)
    got = measure(tmp_path / "program")
    assert_like_the_audit(got)
    assert (summary.involved, summary.incidents) == (got["involved"], got["incidents"])
    assert summary.drug_share == pytest.approx(got["drug share"])


@pytest.mark.long
def test_over_five_seeds_the_mean_is_within_five_percent_and_each_within_twelve(tmp_path):
    rows = {}
    for seed in range(1, 6):
        simulate_program(tmp_path / str(seed), seed=seed)
        rows[seed] = measure(tmp_path / str(seed))
        assert_like_the_audit(rows[seed])
    table = pd.DataFrame(rows).T
    print("\n" + table.round(3).to_string())
    assert table["involved"].mean() == pytest.approx(480, rel=0.05)
    assert table["incidents"].mean() == pytest.approx(2200, rel=0.05)


def test_the_target_is_in_proportion_down_to_a_floor():
    assert target_for(11_700, 5).incidents == pytest.approx(2200)
    assert target_for(23_400, 5).involved == pytest.approx(960)
    assert target_for(200, 4).involved == 20
    assert target_for(200, 4).incidents == 90


@pytest.mark.parametrize(("participants", "years", "seed"), [(200, 4, 1), (200, 4, 3), (300, 8, 2), (1000, 6, 2)])
def test_small_programs_meet_their_targets_too(participants, years, seed, tmp_path):
    got = simulate_program(tmp_path / "program", participants=participants, years=years, seed=seed)
    target = target_for(participants, min(years, 5))
    assert got.incidents == pytest.approx(target.incidents, rel=0.15)
    assert got.involved == pytest.approx(target.involved, rel=0.15)
