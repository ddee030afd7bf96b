"""Each scenario differs from the default in the way its name says."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from records.simulate.program import simulate_program
from records.simulate.scenarios import MEANINGS, SCENARIOS


@cache
def world(scenario: str) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "program"
        simulate_program(out, participants=3000, years=6, seed=7, scenario=scenario)
        happened = pd.read_parquet(out / "truth" / "incidents.parquet")
        duplicates = pd.read_parquet(out / "truth" / "duplicates.parquet")
        incidents = pd.concat([pd.read_csv(path, dtype="str") for path in out.glob("incidents.*")])
        parties = pd.concat([pd.read_csv(path, dtype="str") for path in out.glob("involvements.*")])
        people = pd.read_csv(out / "participants.portal.csv", dtype="str").drop_duplicates("participant_id")
    first = incidents.sort_values("known_at").drop_duplicates("incident_id")
    # A cross reference repeats what stood there.
    told = incidents.drop(columns=["known_at", "discovered_on", "self_reported_on"])
    delay = pd.to_datetime(first["known_at"]) - pd.to_datetime(first["occurred_on"])
    return {
        "observed": happened["observed"].mean(),
        "joint": happened.duplicated("truth_id").mean(),
        "duplicates": len(duplicates),
        "contents": len(told.drop_duplicates()) / len(first),
        "median delay": delay.median() / pd.Timedelta(days=1),
        "p95 delay": delay.quantile(0.95) / pd.Timedelta(days=1),
        "named": parties["participant_id"].notna().mean(),
        "newcomers": (people["enrolled_on"] >= "2018-10-01").mean(),
    }


def test_every_scenario_has_a_meaning_in_words():
    assert set(SCENARIOS) == set(MEANINGS)
    assert {"default", "low_noise", "heavy_contagion", "late_reports", "cold_start"} <= set(SCENARIOS)


def test_low_noise_records_more_sooner_and_once():
    default, quiet = world("default"), world("low_noise")
    assert quiet["observed"] > default["observed"] + 0.2
    assert quiet["median delay"] < default["median delay"] / 2
    assert quiet["duplicates"] == 0 < default["duplicates"]
    assert quiet["contents"] == 1 < default["contents"]
    assert quiet["named"] > 0.8 > default["named"]


def test_heavy_contagion_involves_partners_more_often():
    assert world("heavy_contagion")["joint"] > 1.5 * world("default")["joint"]


def test_late_reports_come_later():
    assert world("late_reports")["median delay"] > 2.5 * world("default")["median delay"]
    assert world("late_reports")["p95 delay"] > 2 * world("default")["p95 delay"]


def test_the_default_record_is_late_by_weeks_not_years():
    assert 30 < world("default")["p95 delay"] < 250


def test_cold_start_has_many_newcomers():
    assert world("cold_start")["newcomers"] == pytest.approx(0.45, abs=0.04)
    assert world("default")["newcomers"] < 0.2
