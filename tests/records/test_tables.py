"""The tables, their schemas and their page agree."""

from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from records.known import empty_table
from records.schemas import schema
from records.tables import TABLES
from records.tables_page import render_page


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_fits_its_schema_and_every_key_is_a_required_column(name):
    schema(name).validate(empty_table(name))
    assert all(TABLES[name].column(key).required for key in TABLES[name].key)
    assert TABLES[name].column_names[-3:] == ("known_at", "source", "record_id")


def test_a_severity_out_of_range_does_not_fit():
    row = {
        "incident_id": "I1",
        "occurred_on": pd.Timestamp("2024-01-01"),
        "severity": 11.0,
        "known_at": pd.Timestamp("2024-01-02"),
        "source": "s",
        "record_id": "r",
    }
    frame = pd.concat([empty_table("incidents"), pd.DataFrame([row])]).astype(empty_table("incidents").dtypes.to_dict())
    with pytest.raises(pandera.errors.SchemaErrors, match="severity"):
        schema("incidents").validate(frame, lazy=True)


def test_the_page_of_the_record_is_the_one_that_the_tables_make():
    page = Path(__file__).parents[2] / "docs" / "records.md"
    assert page.read_text(encoding="utf-8") == render_page(), "run: python -m records.tables_page"
