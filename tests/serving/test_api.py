"""The endpoints for programs: what they promise, and what bad input gets."""

import json
import shutil
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

TODAY = "2024-11-05"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def queue(client: TestClient) -> Any:
    return client.post("/queue", json={"capacity": 20}).json()


def refusal(response: Any) -> dict[str, Any]:
    content = response.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message", "details"}
    assert "Traceback" not in response.text
    return dict(content["error"], status=response.status_code)


def test_the_service_is_alive_ready_and_counted(client: TestClient) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
    figures = client.get("/metrics").text
    assert "trustlane_ready 1.0" in figures
    assert "trustlane_model_info{" in figures


def test_the_model_says_what_it_is_and_which_dates_can_be_asked_for(client: TestClient) -> None:
    model = client.get("/model").json()
    assert model["model_version"] == "trustlane-risk/1"
    assert len(model["model_digest"]) == 64
    assert model["simulated"] is True
    assert model["last_as_of"] == TODAY
    assert model["first_as_of"] < model["default_as_of"] < model["last_as_of"]
    assert model["evaluation"]["yield_by_band"]


def test_the_default_date_is_the_day_after_a_record_that_ended_before_today(client: TestClient, queue: Any) -> None:
    assert queue["as_of"] == client.get("/model").json()["default_as_of"] == "2024-10-01"


def test_every_answer_carries_model_digest_data_and_date(client: TestClient, queue: Any) -> None:
    one = queue["queue"][0]["participant_id"]
    answers = [
        queue,
        client.post("/score", json={"participant_ids": [one]}).json(),
        client.post("/explain", json={"participant_id": one}).json(),
    ]
    kept = {
        tuple(answer[name] for name in ("model_version", "model_digest", "data_version", "as_of")) for answer in answers
    }
    assert len(kept) == 1
    assert all(next(iter(kept)))


def test_one_participant_is_scored_alike_in_the_queue_alone_and_in_a_crowd(client: TestClient, queue: Any) -> None:
    ids = [place["participant_id"] for place in queue["queue"]]
    crowd = client.post("/score", json={"participant_ids": ids}).json()["scores"]
    alone = client.post("/score", json={"participant_ids": [ids[3]]}).json()["scores"]
    assert [score["participant_id"] for score in crowd] == ids
    assert alone == [crowd[3]]
    placed = {name: value for name, value in queue["queue"][3].items() if name not in ("place", "drawn")}
    assert placed == crowd[3]


def test_one_named_twice_is_answered_twice(client: TestClient, queue: Any) -> None:
    one = queue["queue"][0]["participant_id"]
    scores = client.post("/score", json={"participant_ids": [one, one]}).json()["scores"]
    assert len(scores) == 2
    assert scores[0] == scores[1]


def test_base_and_contributions_give_the_margin(client: TestClient, queue: Any) -> None:
    for place in queue["queue"][:6]:
        told = client.post("/explain", json={"participant_id": place["participant_id"]}).json()
        parts = sum(factor["contribution"] for factor in told["factors"])
        assert told["base"] + parts == pytest.approx(told["margin"], abs=1e-6)
        assert abs(told["residual"]) <= 1e-6
        for factor in told["factors"]:
            inner = sum(feature["contribution"] for feature in factor["features"])
            assert inner == pytest.approx(factor["contribution"], abs=1e-6)
        assert told["lower"] <= told["probability"] <= told["upper"]
        assert (told["probability"], told["rank"]) == (place["probability"], place["rank"])


def test_the_queue_holds_the_capacity_with_the_share_drawn_at_random(client: TestClient, queue: Any) -> None:
    places = queue["queue"]
    assert [place["place"] for place in places] == list(range(1, 21))
    assert sum(place["drawn"] == "audit" for place in places) == 3
    by_rank = [place["rank"] for place in places if place["drawn"] == "rank"]
    assert by_rank == list(range(1, 18))
    assert client.post("/queue", json={"capacity": 20}).json() == queue


def test_the_settings_hold_where_nothing_is_asked(client: TestClient) -> None:
    answer = client.post("/queue", json={}).json()
    assert (answer["capacity"], answer["audit_share"], len(answer["queue"])) == (8, 0.15, 8)


def test_an_earlier_date_gives_another_list(client: TestClient, queue: Any) -> None:
    earlier = client.post("/queue", json={"as_of": "2023-06-01", "capacity": 20}).json()
    assert earlier["as_of"] == "2023-06-01"
    assert earlier["queue"] != queue["queue"]


def test_an_unknown_participant_is_named(client: TestClient, queue: Any) -> None:
    known = queue["queue"][0]["participant_id"]
    told = refusal(client.post("/score", json={"participant_ids": [known, "nobody-2", "nobody-1"]}))
    assert (told["status"], told["code"]) == (404, "unknown_participant")
    assert told["details"]["participant_ids"] == ["nobody-1", "nobody-2"]
    told = refusal(client.post("/explain", json={"participant_id": "nobody-1"}))
    assert (told["status"], told["details"]["participant_ids"]) == (404, ["nobody-1"])


def test_a_date_outside_the_record_is_refused_with_the_valid_range(client: TestClient) -> None:
    model = client.get("/model").json()
    before = date.fromisoformat(model["first_as_of"]) - timedelta(days=1)
    after = date.fromisoformat(TODAY) + timedelta(days=1)
    for as_of in (before, after, date(9999, 12, 31), date(1, 1, 1)):
        for path, body in (
            ("/score", {"participant_ids": ["P"]}),
            ("/explain", {"participant_id": "P"}),
            ("/queue", {}),
        ):
            told = refusal(client.post(path, json=body | {"as_of": as_of.isoformat()}))
            assert (told["status"], told["code"]) == (422, "as_of_out_of_range")
            assert told["details"] == {"first": model["first_as_of"], "last": TODAY}
    assert client.post("/queue", json={"as_of": model["first_as_of"]}).status_code == 200
    assert client.post("/queue", json={"as_of": TODAY}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/score", {}),
        ("/score", {"participant_ids": []}),
        ("/score", {"participant_ids": SCRIPT}),
        ("/score", {"participant_ids": [1]}),
        ("/score", {"participant_ids": [""]}),
        ("/score", {"participant_ids": [SCRIPT * 10]}),
        ("/score", {"participant_ids": ["P"] * 10_001}),
        ("/score", {"participant_ids": ["P"], SCRIPT: 1}),
        ("/score", {"participant_ids": ["P"], "as_of": SCRIPT}),
        ("/score", {"participant_ids": ["P"], "as_of": 0}),
        ("/score", {"participant_ids": ["P"], "as_of": "2024-02-30"}),
        ("/score", [SCRIPT]),
        ("/score", None),
        ("/explain", {"participant_id": None}),
        ("/explain", {"participant_id": ["P"]}),
        ("/queue", {"capacity": 0}),
        ("/queue", {"capacity": 1.5}),
        ("/queue", {"capacity": "12"}),
        ("/queue", {"capacity": 10_001}),
        ("/queue", {"audit_share": 1.1}),
        ("/queue", {"audit_share": -0.1}),
        ("/queue", {SCRIPT: SCRIPT}),
    ],
)
def test_what_does_not_fit_the_contract_is_refused_without_an_echo(client: TestClient, path: str, body: Any) -> None:
    response = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
    told = refusal(response)
    assert (told["status"], told["code"]) == (422, "invalid_request")
    assert told["details"]["problems"]
    assert SCRIPT not in response.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"participant_ids": [', b"participant_ids=P"])
def test_a_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    told = refusal(client.post("/score", content=body, headers={"content-type": "application/json"}))
    assert (told["status"], told["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/score", 405),
        ("PUT", "/score", 405),
        ("POST", "/model", 405),
        ("GET", "/console/queue.csv?capacity=0", 422),
    ],
)
def test_routes_that_are_not_there_are_told_in_the_same_shape(
    client: TestClient, method: str, path: str, status: int
) -> None:
    assert refusal(client.request(method, path))["status"] == status


def test_other_media_types_are_refused(client: TestClient) -> None:
    told = refusal(client.post("/score", content=b"x", headers={"content-type": "application/vnd.bentoml+pickle"}))
    assert (told["status"], told["code"]) == (415, "unsupported_media_type")


def test_the_openapi_document_is_complete(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    assert {"/score", "/explain", "/queue", "/model", "/livez", "/readyz", "/metrics", "/console"} <= set(
        document["paths"]
    )
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, (path, status)
    ours = (
        "ScoreRequest",
        "ExplainRequest",
        "QueueRequest",
        "Score",
        "Reason",
        "Factor",
        "FeatureReason",
        "QueuePlace",
    )
    for name in ours:
        found = [schema for title, schema in schemas.items() if title.startswith(name)]
        assert found, name
        for field, described in found[0]["properties"].items():
            inner = [described, *described.get("anyOf", []), described.get("items", {})]
            assert any("description" in part for part in inner) or "$ref" in json.dumps(described), (name, field)
    references = {part.split('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)


def test_without_a_champion_the_service_says_which_commands_help(reload: Any, tmp_path: Any) -> None:
    bare = reload(state=str(tmp_path))
    for told in (
        refusal(bare.get("/readyz")),
        refusal(bare.post("/score", json={"participant_ids": ["P"]})),
        refusal(bare.post("/queue", json={})),
        refusal(bare.get("/model")),
    ):
        assert (told["status"], told["code"]) == (503, "no_model")
        assert told["details"]["commands"] == ["trustlane train", "trustlane promote"]
    assert bare.get("/livez").status_code == 200
    page = bare.get("/console")
    assert page.status_code == 503
    assert "trustlane promote" in page.text
    assert bare.get("/console/participants").status_code == 200


def test_without_a_record_the_service_says_what_to_ingest(reload: Any, tmp_path: Any) -> None:
    bare = reload(lake=str(tmp_path / "none"))
    told = refusal(bare.post("/queue", json={}))
    assert (told["status"], told["code"]) == (503, "not_ready")
    assert "trustlane ingest" in told["message"]
    assert "trustlane ingest" in bare.get("/console").text


def test_a_model_of_another_catalog_is_refused_with_the_difference(reload: Any, monkeypatch: Any) -> None:
    from models.errors import CatalogMismatch

    def read_bundle(folder: Any) -> Any:
        raise CatalogMismatch(["incidents_all: unit was count, is days"])

    monkeypatch.setattr("serving.workspace.read_bundle", read_bundle)
    mismatched = reload()
    told = refusal(mismatched.get("/readyz"))
    assert (told["status"], told["code"]) == (503, "model_mismatch")
    assert told["details"]["differences"] == ["incidents_all: unit was count, is days"]
    assert "incidents_all: unit was count" in mismatched.get("/console").text


def test_a_bundle_that_was_changed_is_not_served(reload: Any, world: Any, tmp_path: Any) -> None:
    shutil.copytree(world.folder / "state", tmp_path / "state")
    booster = next((tmp_path / "state").glob("v*/booster-00.txt"))
    booster.write_text(booster.read_text(encoding="utf-8").replace("0.1", "0.2"), encoding="utf-8")
    told = refusal(reload(state=str(tmp_path / "state")).get("/readyz"))
    assert (told["status"], told["code"]) == (503, "not_ready")
    assert "booster-00.txt" in told["message"]
