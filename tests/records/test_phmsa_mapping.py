"""The worked example in docs/examples reads the real file it was written for."""

from pathlib import Path

import pandas as pd
import pytest

from records.ingest import ingest
from records.lake import Lake

ROOT = Path(__file__).parents[2]
PHMSA = ROOT.parent / "shared" / "data" / "phmsa"


@pytest.mark.skipif(not PHMSA.is_dir(), reason="the public pipeline incidents are not beside the checkout")
def test_seventeen_thousand_real_incidents_of_1286_operators_land(tmp_path):
    lake = Lake(tmp_path / "lake")
    report = ingest(PHMSA, lake, now=pd.Timestamp("2026-01-01"), mapping=ROOT / "docs" / "examples" / "phmsa.toml")
    assert report.tables["incidents"].new == 17_312
    assert report.tables["participants"].new == 1_286
    assert report.quality.unlinked_share == 0
    assert report.quality.sources[0].median_delay_days == pytest.approx(28, abs=1)
