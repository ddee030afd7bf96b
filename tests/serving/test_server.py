"""One real server over a real connection, started as a user of BentoML would start it."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest


def ask(address: str, body: bytes | None = None) -> tuple[int, Any, str]:
    request = urllib.request.Request(address, data=body, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def test_the_deployment_hook_pins_the_champion_and_the_server_answers(server: str) -> None:
    status, _, text = ask(f"{server}/queue", b'{"capacity": 3}')
    assert status == 200
    queue = json.loads(text)
    assert queue["model_version"] == "trustlane-risk/1"
    assert len(queue["queue"]) == 3
    one = queue["queue"][0]["participant_id"]
    status, _, text = ask(f"{server}/score", json.dumps({"participant_ids": [one]}).encode())
    assert (status, json.loads(text)["scores"][0]["probability"]) == (200, queue["queue"][0]["probability"])


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/nothing", None, 404, "not_found"),
        ("/score", None, 405, "method_not_allowed"),
        ("/score", b"{", 400, "malformed_json"),
        ("/score", b'{"participant_ids": []}', 422, "invalid_request"),
        ("/score", b'{"participant_ids": ["secret-name"]}', 404, "unknown_participant"),
        ("/explain", b'{"participant_id": "P", "as_of": "2031-01-01"}', 422, "as_of_out_of_range"),
        ("/score", b'{"participant_ids": ["' + b"x" * 2_000_001 + b'"]}', 413, "body_too_large"),
    ],
)
def test_failures_have_the_one_shape_on_the_wire(
    server: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    given, headers, text = ask(server + path, body)
    assert (given, json.loads(text)["error"]["code"]) == (status, code)
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_health_and_figures_are_served(server: str) -> None:
    assert ask(f"{server}/livez")[0] == 200
    assert ask(f"{server}/readyz")[0] == 200
    figures = ask(f"{server}/metrics")[2]
    assert "trustlane_model_info{" in figures
    assert "bentoml_service_request_total" in figures


def test_the_log_holds_nothing_that_was_sent(server: str, world: Any) -> None:
    ask(f"{server}/score", b'{"participant_ids": ["secret-name"]}')
    ask(f"{server}/score", b'{"participant_ids": "secret-name", "secret-name": "secret-name"}')
    ask(f"{server}/console/participants/secret-name")
    assert "secret-name" not in (world.folder / "server.log").read_text(encoding="utf-8")
