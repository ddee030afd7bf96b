"""A real history that nobody simulated: US pipeline incidents by operator, judged at yearly origins."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from records.columns import DTYPES
from records.known import Records
from records.tables import TABLES
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig

ROOT = Path(__file__).resolve().parents[2]
INCIDENTS = ROOT.parent / "shared" / "data" / "phmsa" / "incidents.parquet"

pytestmark = pytest.mark.skipif(not INCIDENTS.is_file(), reason=f"needs the pipeline incidents at {INCIDENTS}")


def table(name, columns):
    """A stored table from the columns that matter."""
    kinds = {column.name: DTYPES[column.kind] for column in TABLES[name].all_columns}
    frame = pd.DataFrame(columns).reindex(columns=list(kinds))
    flags = [column for column, kind in kinds.items() if kind == "bool"]
    frame[flags] = frame[flags].astype("boolean").fillna(False).astype(bool)
    return frame.assign(source="phmsa", record_id=[f"{name}-{row}" for row in range(len(frame))]).astype(kinds)


@pytest.fixture(scope="module")
def records():
    """Operators become participants with their first incident; a report without a date is known after 28 days."""
    raw = pd.read_parquet(INCIDENTS).dropna(subset=["operator_id"])
    occurred = raw["date"].dt.floor("D")
    known = np.maximum(raw["report_received"].fillna(raw["date"] + pd.Timedelta(days=28)), occurred)
    operator = raw["operator_id"].astype("int64").astype(str)
    incident = raw["system"] + "-" + raw["report_id"].astype(str)
    first = pd.DataFrame({"participant_id": operator, "legal_name": raw["operator_name"], "known_at": known})
    first = first.sort_values("known_at", kind="stable").drop_duplicates("participant_id")
    severity = raw["significant"].map({"YES": 6.0, "NO": 3.0})
    facts = {"incident_id": incident, "occurred_on": occurred, "incident_type": raw["cause"], "severity": severity}
    return Records(
        {
            "participants": table("participants", first.assign(country="US")),
            "incidents": table("incidents", {**facts, "reported_on": raw["report_received"], "known_at": known}),
            "involvements": table(
                "involvements",
                {"incident_id": incident, "party_no": "1", "participant_id": operator, "known_at": known},
            ),
        },
        "phmsa",
    )


@pytest.fixture(scope="module")
def result(records):
    config = BacktestConfig.from_toml(ROOT / "docs" / "examples" / "phmsa-backtest.toml")
    return run_backtest(records, config)


def test_the_cohort_is_the_one_of_the_published_floors(result):
    """1,164 at risk with base rate .150; active in the last five years 406 with .388; by our dates a few less."""
    counts = result.counts.groupby("slice")[["participants", "base_rate"]].mean()
    assert counts.loc["all", "participants"] == pytest.approx(1164, rel=0.02)
    assert counts.loc["all", "base_rate"] == pytest.approx(0.150, abs=0.01)
    assert counts.loc["active_1825d", "participants"] == pytest.approx(406, rel=0.02)
    assert counts.loc["active_1825d", "base_rate"] == pytest.approx(0.388, abs=0.01)
    assert (result.counts["not_yet_known"] == 0).all()


def test_the_decayed_count_reaches_its_published_floor(result):
    """Another hand computed .920 and .826, and .81 of events in the top tenth: our cohort and metric agree."""
    assert result.mean("decayed_count", "auc") == pytest.approx(0.920, abs=0.006)
    assert result.mean("decayed_count", "auc", slice_name="active_1825d") == pytest.approx(0.826, abs=0.012)
    assert result.mean("decayed_count", "incidents_caught_at_10pct") == pytest.approx(0.81, abs=0.02)


def test_the_champion_reaches_the_wanted_area(result):
    assert result.mean("champion", "auc") >= 0.92
    assert result.mean("champion", "auc", slice_name="active_1825d") >= 0.83


@pytest.mark.parametrize("baseline", ["prior_year_count", "recency", "decayed_count", "gamma_poisson", "logistic"])
def test_the_champion_finds_more_than_every_baseline_in_the_mean_over_origins(result, baseline):
    for metric in ("average_precision", "auc"):
        assert result.mean("champion", metric) > result.mean(baseline, metric)


def test_the_champion_is_calibrated_to_a_tenth(result):
    assert result.mean("champion", "expected_over_observed") == pytest.approx(1, abs=0.1)
    assert result.mean("champion", "calibration_slope") == pytest.approx(1, abs=0.2)
