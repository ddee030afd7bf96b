"""Parts of the pipeline incidents: gas alone, and gas transmission with every operator that has pipe."""

from pathlib import Path

import pandas as pd
import pytest

from records.mapping import open_mapped

ROOT = Path(__file__).parents[2]
PHMSA = ROOT.parent / "shared" / "data" / "phmsa"

pytestmark = pytest.mark.skipif(not PHMSA.is_dir(), reason="the public pipeline incidents are not beside the checkout")


def rows_of(name):
    mapped = open_mapped(PHMSA, ROOT / "docs" / "examples" / name, chunk_rows=10_000).rows
    parts = {}
    for part in mapped:
        parts.setdefault(part.table, []).append(part.frame)
    return {table: pd.concat(frames, ignore_index=True) for table, frames in parts.items()}


def test_gas_is_every_incident_but_those_on_hazardous_liquids():
    raw = pd.read_parquet(PHMSA / "incidents.parquet")
    rows = rows_of("phmsa-gas.toml")
    assert len(rows["incidents"]) == (raw["system"] != "HL").sum()
    assert not rows["incidents"]["incident_id"].str.startswith("HL").any()


def test_with_miles_every_operator_with_pipe_is_there_and_the_incidents_of_others_belong_to_nobody():
    raw, miles = pd.read_parquet(PHMSA / "incidents.parquet"), pd.read_csv(PHMSA / "operator_miles.csv")
    transmission = raw[raw["system"] == "GT"]
    rows = rows_of("phmsa-exposure.toml")
    assert set(rows["participants"]["participant_id"]) == set(miles["operator_id"].astype(str))
    linked = rows["involvements"]["participant_id"]
    assert len(linked) == len(transmission)
    assert linked.notna().sum() == transmission["operator_id"].isin(miles["operator_id"]).sum()


def test_each_year_tells_each_operators_miles_once_and_without_miles_nothing_else_changes():
    miles = pd.read_csv(PHMSA / "operator_miles.csv")
    told, untold = rows_of("phmsa-exposure.toml"), rows_of("phmsa-transmission.toml")
    shipments = told.pop("exposures")["shipments"].astype(float)
    yearly = shipments.groupby(shipments.index // len(miles)).sum()
    assert yearly.to_numpy() == pytest.approx(miles["total_miles"].sum())
    assert set(told) == set(untold)
    for table, frame in untold.items():
        pd.testing.assert_frame_equal(frame, told[table])
