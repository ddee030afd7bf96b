"""Rows that programs send: `/what_if` stores nothing, `/incidents` stores once, and both check alike."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from features.amended import amended
from features.matrix import build_matrix, prepare
from models.scoring import explain_participant
from records.lake import Lake
from records.sent_rows import INSTANT, append_rows, suppose_rows
from records.writing import only_writer
from serving.settings import read_settings
from serving.wiring import Holder

TODAY = "2024-11-05"


def drug_incident(participant_id: str, number: str = "H-1") -> dict[str, Any]:
    return {
        "incidents": [
            {
                "incident_id": number,
                "occurred_on": "2024-08-12",
                "incident_type": "drug",
                "severity": 8,
                "discovery": "port_exam",
            }
        ],
        "involvements": [{"incident_id": number, "party_no": "1", "participant_id": participant_id, "role": "carrier"}],
    }


@pytest.fixture(scope="module")
def someone(client: TestClient) -> str:
    """A participant in the middle of the list, with no incident in the last year."""
    return str(client.post("/queue", json={"capacity": 300}).json()["queue"][-1]["participant_id"])


@pytest.fixture
def own_lake(tmp_path: Path, world: Any, reload: Callable[..., TestClient]) -> Path:
    """A copy of the record that the service reads from now on, and may write to."""
    folder = tmp_path / "lake"
    shutil.copytree(world.folder / "lake", folder)
    reload(lake=str(folder))
    return folder


def test_a_supposed_incident_raises_the_score_and_stores_nothing(client: TestClient, someone: str) -> None:
    ask = {"participant_ids": [someone]}
    before = client.post("/score", json=ask).json()
    answer = client.post("/what_if", json={"participant_id": someone, **drug_incident(someone)}).json()
    assert answer["before"]["margin"] == before["scores"][0]["margin"]
    assert answer["after"]["margin"] > answer["before"]["margin"]
    assert answer["after"]["rank"] < answer["before"]["rank"]
    own = next(change for change in answer["changes"] if change["family"] == "incident_history")
    assert any(feature["value_before"] != feature["value_after"] for feature in own["features"])
    assert answer["data_version"] == before["data_version"]
    assert client.post("/score", json=ask).json() == before, "the next score is the same to the bit"


def test_what_is_supposed_is_what_would_come_true(
    client: TestClient, own_lake: Path, someone: str, tmp_path: Path
) -> None:
    from serving.service import HOLDER

    workspace = HOLDER.get()
    as_of = workspace.moment(None)
    supposed = client.post("/what_if", json={"participant_id": someone, **drug_incident(someone)}).json()
    rows = {name: pd.DataFrame(rows) for name, rows in drug_incident(someone).items()}
    lake = Lake(own_lake)
    append_rows(rows, lake, source="supposed", now=as_of - INSTANT)
    true = explain_participant(workspace.usable_model(), prepare(lake.read()), someone, as_of)
    assert supposed["after"]["margin"] == true.margin
    assert supposed["after"]["probability"] == true.probability
    assert (supposed["after"]["lower"], supposed["after"]["upper"]) == (true.lower, true.upper)


def test_an_amended_record_gives_the_same_bits_as_one_prepared_from_the_start(client: TestClient, someone: str) -> None:
    from serving.service import HOLDER

    workspace = HOLDER.get()
    as_of = workspace.moment(None)
    workspace.cohort(as_of)
    rows = {name: pd.DataFrame(rows) for name, rows in drug_incident(someone).items()}
    supposed = suppose_rows(rows, workspace.records, as_of)
    spine = pd.DataFrame({"participant_id": workspace.cohort(as_of).view.participant_ids[:200], "as_of": as_of})
    again, anew = amended(workspace.prepared, supposed), prepare(supposed)
    assert np.array_equal(build_matrix(again, spine), build_matrix(anew, spine), equal_nan=True)
    assert supposed["exposures"] is workspace.records["exposures"], "what did not change is lent, not copied"


def test_an_incident_that_is_told_is_in_the_next_score_and_told_again_changes_nothing(
    client: TestClient, own_lake: Path, someone: str
) -> None:
    before = client.post("/score", json={"participant_ids": [someone]}).json()
    told = client.post("/incidents", json=drug_incident(someone)).json()
    assert [(row["table"], row["new"], row["unchanged"]) for row in told["stored"]] == [
        ("incidents", 1, 0),
        ("involvements", 1, 0),
    ]
    after = client.post("/score", json={"participant_ids": [someone]}).json()
    assert after["data_version"] == told["data_version"] != before["data_version"]
    assert after["as_of"] == told["as_of"] == "2024-11-06"
    then = client.post("/score", json={"participant_ids": [someone], "as_of": before["as_of"]}).json()
    assert then["scores"] == before["scores"], "an earlier date does not know of it"
    explained = client.post("/explain", json={"participant_id": someone}).json()
    assert "H-1" in str(explained["factors"])
    again = client.post("/incidents", json=drug_incident(someone)).json()
    assert again["data_version"] == told["data_version"]
    assert [(row["new"], row["unchanged"]) for row in again["stored"]] == [(0, 1), (0, 1)]
    assert again["stored"][0]["record_ids"] == told["stored"][0]["record_ids"]


def test_another_worker_sees_what_this_one_stored(client: TestClient, own_lake: Path, someone: str) -> None:
    other = Holder()
    other.load(read_settings())
    first = other.get().records.data_version
    told = client.post("/incidents", json=drug_incident(someone, "H-2")).json()
    assert told["data_version"] != first
    assert other.is_behind()
    renewed = other.get()
    assert renewed.records.data_version == told["data_version"]
    anew = Lake(own_lake).read()
    for name in anew.tables:
        pd.testing.assert_frame_equal(renewed.records[name], anew[name])


def test_an_amendment_and_a_retraction_are_versions_of_the_same_incident(
    client: TestClient, own_lake: Path, someone: str
) -> None:
    client.post("/incidents", json=drug_incident(someone, "H-3"))
    graver = drug_incident(someone, "H-3")["incidents"][0] | {"severity": 10}
    assert client.post("/incidents", json={"incidents": [graver]}).json()["stored"][0]["amended"] == 1
    gone = graver | {"retracted": True}
    assert client.post("/incidents", json={"incidents": [gone]}).json()["stored"][0]["retracted"] == 1
    explained = client.post("/explain", json={"participant_id": someone}).json()
    assert "H-3" not in str(explained["factors"])


@pytest.mark.parametrize("path", ["/incidents", "/what_if"])
def test_every_problem_of_the_rows_is_told_at_once_without_repeating_them(
    client: TestClient, someone: str, path: str
) -> None:
    rows = drug_incident(someone)
    rows["incidents"][0] |= {"severity": 11, "mode": "<script>", "occurred_on": "2031-02-30"}
    more = {"participant_id": someone} if path == "/what_if" else {}
    answer = client.post(path, json={**rows, **more})
    assert answer.status_code == 422
    problems = {each["field"] for each in answer.json()["error"]["details"]["problems"]}
    assert {"incidents.0.severity", "incidents.0.mode", "incidents.0.occurred_on"} <= problems
    assert "script" not in answer.text
    stranger = drug_incident("NOBODY")
    answer = client.post(path, json={**stranger, **more})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "involvements.0.participant_id"
    assert client.post(path, json=more).status_code == 422, "no rows at all"


def test_an_id_that_was_stored_with_other_content_is_refused(client: TestClient, own_lake: Path, someone: str) -> None:
    row = drug_incident(someone, "H-4")["incidents"][0] | {"record_id": "mine-1"}
    assert client.post("/incidents", json={"incidents": [row]}).status_code == 200
    answer = client.post("/incidents", json={"incidents": [row | {"severity": 2}]})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "incidents.0.record_id"


def test_another_writer_and_a_lake_that_cannot_be_written_to_are_told_in_the_one_shape(
    client: TestClient, own_lake: Path, someone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.row_answers.WAIT_SECONDS", 0.1)
    with only_writer(own_lake, 1):
        busy = client.post("/incidents", json=drug_incident(someone))
    assert (busy.status_code, busy.json()["error"]["code"]) == (503, "record_busy")
    assert int(busy.headers["Retry-After"]) > 0
    (own_lake / ".lock").unlink()
    (own_lake / ".lock").mkdir()
    refused = client.post("/incidents", json=drug_incident(someone))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "record_not_writable")
