"""The worked example of inspections: what is seen depends on who looks, so looking is counted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from records.mapping import open_mapped

ROOT = Path(__file__).parents[2]
CHICAGO = ROOT.parent / "shared" / "data" / "chicago_food"


@pytest.mark.skipif(not CHICAGO.is_dir(), reason="the public food inspections are not beside the checkout")
def test_each_inspection_is_counted_once_and_each_critical_violation_is_an_incident():
    raw = pd.read_parquet(CHICAGO / "inspections.parquet")
    mapped = open_mapped(CHICAGO, ROOT / "docs" / "examples" / "chicago.toml", chunk_rows=10_000).rows
    rows = {part.table: part.frame for part in mapped}
    assert len(rows["participants"]) == raw["License"].nunique() == 12_367
    assert len(rows["incidents"]) == (raw["criticalCount"] > 0).sum() == 3_729
    months = rows["exposures"]
    assert months["exams_random"].sum() == len(raw) == 27_600
    assert months["discrepancies"].sum() == (raw["Results"] != "Pass").sum()
    counted = raw.groupby([raw["License"].astype(str), raw["date"].dt.to_period("M").dt.to_timestamp()]).size()
    assert np.array_equal(
        months.sort_values(["participant_id", "month"])["exams_random"].to_numpy(), counted.sort_index().to_numpy()
    )
    # A month is known when it is over, whenever in it the inspection was.
    assert ((months["known_at"] - months["month"]).dt.days.between(28, 31)).all()
