"""The worked example of docs/records.md, told by real files through a real ingest."""

from pathlib import Path

import pandas as pd
import pytest

from records.ingest import ingest
from records.known import Records, known_before
from records.lake import Lake
from records.tables_page import EXAMPLE

FILES = {
    "participants.portal": """participant_id,legal_name,business_type,country,known_at
P2,Harbor Light Imports LLC,importer,US,2019-06-02
P9,Bright Cove Trading Inc,importer,US,2019-06-02
""",
    "incidents.port_exam": """incident_id,occurred_on,reported_on,incident_type,severity,discovery,port,mode,known_at
PX-1,2024-03-01,2024-03-02,drug,8,port_exam,2304,truck,2024-03-10
PX-1,2024-03-01,2024-03-02,drug,5,port_exam,2304,truck,2024-03-15
""",
    "involvements.port_exam": """incident_id,party_no,role,party_name,party_country,known_at
PX-1,1,importer,HARBOR LIGTH IMPORTS,US,2024-03-10
""",
    "incidents.self_report": """incident_id,occurred_on,reported_on,incident_type,severity,discovery,port,mode,known_at
SR-7,2024-03-01,2024-03-01,drug,8,self_report,2304,truck,2024-03-20
""",
    "involvements.self_report": """incident_id,party_no,participant_id,role,known_at
SR-7,1,P2,importer,2024-03-20
""",
    "merges.portal": """participant_id,into_participant_id,effective_on,known_at,retracted
P2,P9,2024-07-01,2024-07-05,false
P2,P9,2024-07-01,2024-10-01,true
""",
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Records:
    folder = tmp_path_factory.mktemp("example")
    source = folder / "files"
    source.mkdir()
    for name, text in FILES.items():
        (source / f"{name}.csv").write_text(text, encoding="utf-8")
    lake = Lake(folder / "lake")
    ingest(source, lake, now=pd.Timestamp("2024-12-01"))
    return lake.read()


def what_the_record_says(record: Records, as_of: str) -> str:
    known = known_before(record, pd.Timestamp(as_of))
    parties = known["involvements"].dropna(subset=["participant_id"])
    told = parties.merge(known["incidents"], on="incident_id").drop_duplicates(["incident_id", "participant_id"])
    found = [
        f"{row.participant_id} has {row.incident_id}, severity {row.severity:g}"
        + (", self-reported before discovery" if row.self_reported_before_discovery else "")
        for row in told.sort_values(["incident_id"]).itertuples()
    ]
    return "; ".join(found) or "nothing"


@pytest.mark.parametrize(("as_of", "says"), EXAMPLE)
def test_the_record_says_at_each_moment_what_the_page_tells(record: Records, as_of: str, says: str) -> None:
    assert what_the_record_says(record, as_of) == says


def test_a_link_by_name_has_its_weight_and_becomes_known_just_after_the_report(tmp_path: Path, record: Records) -> None:
    links = record["involvements"].query("source == 'linkage'")
    assert list(links["participant_id"])[:1] == ["P2"]
    assert links["link_weight"].between(0.9, 1).all()
    assert links["known_at"].iloc[0] == pd.Timestamp("2024-03-10 00:00:00.000001")
