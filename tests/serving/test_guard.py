"""Nothing leaves the service that is not in the one shape, and nothing that was sent comes back."""

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from serving.failure_log import WithoutPersonalData
from serving.guard import BODY_LIMIT, Guard
from serving.problems import NoModel, Problem

SECRET = "Transportes Nubelar"


def guarded(app: Any, seconds: float = 5) -> Guard:
    return Guard(app, timeout_seconds=lambda: seconds, render_page=lambda status, error: f"<h1>{error['code']}</h1>")


async def ask(
    guard: Guard, path: str = "/score", method: str = "GET", chunks: tuple[bytes, ...] = (b"",), **headers: str
) -> tuple[int, dict[str, str], bytes]:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "query_string": b"",
    }
    waiting = list(chunks)
    sent: list[Any] = []

    async def receive() -> Any:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await guard(scope, receive, send)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    given = {name.decode(): value.decode() for name, value in starts[0]["headers"]}
    return starts[0]["status"], given, b"".join(message.get("body", b"") for message in sent)


def code_of(body: bytes) -> str:
    content = json.loads(body)
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message", "details"}
    return str(content["error"]["code"])


def answering(status: int, content: Any) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = PlainTextResponse(content, status) if isinstance(content, str) else JSONResponse(content, status)
        await response(scope, receive, send)

    return app


@pytest.mark.parametrize(
    ("status", "content", "told", "code"),
    [
        (404, "Not Found", 404, "not_found"),
        (405, "Method Not Allowed", 405, "method_not_allowed"),
        (429, {"error": "Too many requests"}, 429, "too_many_requests"),
        (500, {"error": SECRET}, 500, "internal"),
        (504, {"error": SECRET}, 500, "internal"),
        (
            400,
            {"error": "1", "detail": [{"type": "missing", "loc": ["as_of"], "msg": "Field required"}]},
            422,
            "invalid_request",
        ),
        (400, {"error": "1", "detail": [{"type": "json_invalid", "loc": [], "msg": SECRET}]}, 400, "malformed_json"),
        (400, [{"error": SECRET}], 400, "invalid_request"),
        (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", SECRET], "msg": "no"}]}, 422, "invalid_request"),
    ],
)
def test_a_frameworks_failure_is_told_in_our_shape(status: int, content: Any, told: int, code: str) -> None:
    given, headers, body = asyncio.run(ask(guarded(answering(status, content))))
    assert (given, code_of(body)) == (told, code)
    assert headers["content-type"] == "application/json"
    assert SECRET not in body.decode()


def test_our_own_problem_passes_unchanged() -> None:
    status, _, body = asyncio.run(ask(guarded(answering(503, NoModel().body))))
    assert (status, json.loads(body)) == (503, NoModel().body)


def test_a_problem_that_is_raised_is_told() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise NoModel

    status, _, body = asyncio.run(ask(guarded(app)))
    assert (status, code_of(body)) == (503, "no_model")


def test_a_crash_says_nothing_of_its_cause_to_the_caller_or_of_people_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(SECRET)

    with caplog.at_level(logging.ERROR):
        status, _, body = asyncio.run(ask(guarded(app)))
    assert (status, code_of(body)) == (500, "internal")
    assert SECRET not in body.decode()
    assert SECRET not in caplog.text
    assert "ValueError" in caplog.text
    assert "test_guard.py" in caplog.text


def test_log_records_of_frameworks_lose_the_values_that_caused_them() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        record = logging.LogRecord("x", 40, "f", 1, "Exception on %s", ("/score",), (KeyError, error, None))
    assert WithoutPersonalData().filter(record)
    assert SECRET not in logging.Formatter().format(record)
    assert "Exception on /score" in record.getMessage()


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    cancelled = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def both() -> tuple[int, dict[str, str], bytes]:
        answer = await ask(guarded(app, seconds=0.02))
        await asyncio.sleep(0)
        return answer

    status, _, body = asyncio.run(both())
    assert (status, code_of(body)) == (504, "timeout")
    assert cancelled


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def test_a_body_over_the_limit_is_refused_by_what_it_says_and_by_what_it_is() -> None:
    half = b"x" * (BODY_LIMIT // 2 + 1)
    said = asyncio.run(ask(guarded(reads_all), method="POST", content_length=str(BODY_LIMIT + 1)))
    lied = asyncio.run(ask(guarded(reads_all), method="POST", chunks=(half, half), content_length="10"))
    for status, _, body in (said, lied):
        assert (status, code_of(body)) == (413, "body_too_large")
    fits = asyncio.run(ask(guarded(reads_all), method="POST", chunks=(half,)))
    assert fits[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/vnd.bentoml+pickle"])
def test_only_json_is_read(kind: str) -> None:
    status, _, body = asyncio.run(ask(guarded(reads_all), method="POST", content_type=kind))
    assert (status, code_of(body)) == (415, "unsupported_media_type")


def test_a_failure_below_the_console_is_a_page_and_a_download_is_not() -> None:
    page = asyncio.run(ask(guarded(answering(404, "Not Found")), path="/console/none"))
    download = asyncio.run(ask(guarded(answering(404, "Not Found")), path="/console/queue.csv"))
    assert (page[1]["content-type"], page[2]) == ("text/html; charset=utf-8", b"<h1>not_found</h1>")
    assert code_of(download[2]) == "not_found"


@pytest.mark.parametrize("status", [200, 404, 500])
def test_every_answer_carries_the_security_headers(status: int) -> None:
    _, headers, _ = asyncio.run(ask(guarded(answering(status, "text"))))
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_every_problem_has_a_code_of_its_own() -> None:
    kinds, codes = [Problem], {}
    while kinds:
        kind = kinds.pop()
        kinds.extend(kind.__subclasses__())
        codes.setdefault(kind.code, []).append(kind)
    assert {code: found for code, found in codes.items() if len(found) > 1}.keys() <= {"internal"}
