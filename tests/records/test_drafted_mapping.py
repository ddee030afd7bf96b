"""The drafts for the three worked examples find the key columns and work once a person has filled their holes."""

from pathlib import Path

import pandas as pd
import pytest
from drafted_mappings import columns_of, drafted

from records.ingest import ingest
from records.lake import Lake

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
OFFICES = ROOT / "docs" / "examples" / "field-offices"
NOW = pd.Timestamp("2026-01-01")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public data are not beside the checkout")


@needs_data
def test_the_draft_for_pipeline_incidents_finds_the_keys_and_makes_repeated_numbers_unique(tmp_path):
    text, plan = drafted(DATA / "phmsa", tmp_path)
    incidents = columns_of(plan, "incidents")
    assert incidents["incident_id"] == {"template": "{system}-{report_id}"}
    assert incidents["occurred_on"] == {"column": "date", "floor": "day"}
    assert incidents["known_at"]["column"] == "report_received"
    # Where the day of receipt is missing, the draft errs late: not the median of 28 days but the 95th percentile.
    assert incidents["known_at"]["otherwise"] == {"column": "date", "plus_days": 64}
    assert columns_of(plan, "involvements")["participant_id"] == "operator_id"
    assert columns_of(plan, "participants")["participant_id"] == "operator_id"
    assert "# severity = ..." in text
    assert "operator_miles.csv: a register of firms, but the incidents name firms that are not in it" in text
    report = ingest(DATA / "phmsa", Lake(tmp_path / "lake"), now=NOW, mapping=tmp_path / "draft.toml")
    assert report.tables["incidents"].new == 17_312
    assert report.tables["participants"].new == 1_286


@needs_data
def test_the_draft_for_inspections_asks_which_of_them_are_incidents_and_works_when_told(tmp_path):
    text, plan = drafted(DATA / "chicago_food", tmp_path)
    assert columns_of(plan, "incidents")["incident_id"] == "Inspection_ID"
    assert columns_of(plan, "incidents")["occurred_on"] == "date"
    assert columns_of(plan, "involvements")["participant_id"] == "License"
    assert columns_of(plan, "participants")["participant_id"] == "License"
    assert "are all rows incidents?" in text
    (tmp_path / "draft.toml").write_text(text.replace("# where = ", "where = "))
    report = ingest(DATA / "chicago_food", Lake(tmp_path / "lake"), now=NOW, mapping=tmp_path / "draft.toml")
    assert report.tables["incidents"].new == 3_729
    assert report.tables["participants"].new == 12_367


def test_the_draft_for_two_field_offices_reads_like_the_mapping_that_a_person_wrote(tmp_path):
    text, plan = drafted(OFFICES, tmp_path)
    assert columns_of(plan, "participants")["participant_id"] == "Account"
    assert columns_of(plan, "participants")["legal_name"] == "Firm name"
    assert columns_of(plan, "identifiers")["value"] == "SCAC"
    laredo, san_juan = (columns_of(plan, "incidents", source) for source in ("laredo_2024", "sanjuan"))
    assert laredo["incident_id"] == "Case No"
    assert laredo["occurred_on"] == {"column": "Event Date", "date_format": "%m/%d/%Y"}
    assert laredo["quantity_kg"]["times"] == 0.45359237
    assert laredo["retracted"]["values"] == {"Open": False, "Amended": False, "Void": True}
    assert san_juan["incident_id"] == "Expediente"
    assert san_juan["severity"]["number"] == {"decimal": ",", "thousands": "."}
    assert san_juan["incident_type"]["values"]["Precinto roto"] == "seal_tamper"
    assert san_juan["occurred_on"]["replace"]["ene"] == "01"
    assert columns_of(plan, "involvements", "sanjuan")["participant_id"]["lookup"] == "accounts"
    assert columns_of(plan, "exposures")["month"] == {"column": "month", "date_format": "%Y-%m"}
    assert "such rows are versions, the later amends" in text
    report = ingest(OFFICES, Lake(tmp_path / "lake"), now=NOW, mapping=tmp_path / "draft.toml")
    counts = report.tables["incidents"]
    assert (counts.new, counts.amended, counts.retracted) == (7, 1, 1)
