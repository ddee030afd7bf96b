"""What stands around the whole service: one error shape, the time limit, the body limit, headers.

BentoML, FastAPI and Starlette each answer failures in their own words, some outside of any
middleware that a service can add. The guard is the outermost application, so nothing leaves the
service that it has not seen. A failure below ``/console`` becomes a page, any other the JSON shape.

Its timer is canceled with the answer. BentoML's own is not: about 5 KB of every request stay in
memory for the timer's whole length, so :class:`GuardedService` takes BentoML's out.
"""

import asyncio
import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access.door import PRESENT
from serving.access.present import set_present
from serving.failure_log import keep_values_out_of_logs, log_failure
from serving.problems import (
    BodyTooLarge,
    Internal,
    Problem,
    TookTooLong,
    WrongMediaType,
    problem_for_status,
    problem_from_validation,
)
from serving.request_id import HEADER, request_id, take_request_id

BODY_LIMIT = 2_000_000
"""Bytes of a request body: 10,000 identifiers of up to 100 characters fit."""

DISCARD_LIMIT, DISCARD_SECONDS = 32_000_000, 2.0
"""How much, and for how long, a body over the limit is still read so that its sender gets to the answer."""

PAGES = "/console"
DATA_SUFFIXES = (".csv", ".json", ".md")

KEPT_HEADERS = (b"allow", b"retry-after", b"www-authenticate", b"set-cookie")
"""Headers of a failure that stay when it is reshaped."""
FORM_KIND = b"application/x-www-form-urlencoded"

SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

RenderPage = Callable[[int, Mapping[str, Any]], str]
"""Makes the page of a failure from its status and ``{"code", "message", "details"}``."""


class Guard:
    """The outermost application.

    Parameters
    ----------
    app : ASGI application
        The service.
    timeout_seconds : callable
        The time for one answer, asked for at each request.
    render_page : callable
        Makes the page for a failure below ``/console``.
    """

    def __init__(self, app: ASGIApp, *, timeout_seconds: Callable[[], float], render_page: RenderPage) -> None:
        self.app = app
        self.timeout_seconds = timeout_seconds
        self.render_page = render_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        take_request_id(scope["headers"])
        body = _LimitedBody(receive, BODY_LIMIT)
        answer = _Answer(send)
        problem = _refusal(scope) or await self._run(scope, body, answer)
        if body.exceeded:
            problem = BodyTooLarge(BODY_LIMIT)
        if answer.begun:
            return
        if isinstance(problem, BodyTooLarge):
            await body.discard_rest()
        if problem is not None:
            await self._send(scope, send, problem.status, problem.body["error"], answer.kept_headers)
        elif answer.status:
            status, error = _reshaped(answer.status, answer.body)
            await self._send(scope, send, status, error, answer.kept_headers)

    async def _run(self, scope: Scope, body: "_LimitedBody", answer: "_Answer") -> Problem | None:
        seconds = self.timeout_seconds()
        task = asyncio.ensure_future(self.app(scope, body.receive, answer.send))
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if not done and answer.begun:
                done, _ = await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            answer.closed = True
            task.add_done_callback(_retrieve)
            task.cancel()
            return TookTooLong(seconds)
        error = task.exception()
        if error is None or isinstance(error, Problem):
            return error
        log_failure(error, str(scope["method"]))
        return Internal()

    async def _send(
        self, scope: Scope, send: Send, status: int, error: Mapping[str, Any], kept: list[tuple[bytes, bytes]]
    ) -> None:
        path = str(scope["path"])
        is_page = path.startswith(PAGES) and not path.endswith(DATA_SUFFIXES)
        if is_page:
            if scope.get(PRESENT) is not None:
                set_present(scope[PRESENT])
            content, kind = self.render_page(status, error).encode(), b"text/html; charset=utf-8"
        else:
            content, kind = json.dumps({"error": error}).encode(), b"application/json"
        headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode()), *kept]
        await send({"type": "http.response.start", "status": int(status), "headers": _with_security(headers)})
        await send({"type": "http.response.body", "body": content})


class _Answer:
    """Lets good answers and pages through with the security headers; holds a failure until it can be reshaped."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        self.closed = False
        self.status = 0
        self.body = b""
        self.kept_headers: list[tuple[bytes, bytes]] = []

    async def send(self, message: Message) -> None:
        if self.closed:
            return
        if message["type"] == "http.response.start" and message["status"] >= 400 and not _is_page(message):
            self.status = message["status"]
            self.kept_headers = [pair for pair in message["headers"] if pair[0].lower() in KEPT_HEADERS]
        elif self.status:
            self.body += message.get("body", b"")
        else:
            if message["type"] == "http.response.start":
                self.begun = True
                message = {**message, "headers": _with_security(message["headers"])}
            await self._send(message)


class _LimitedBody:
    """Counts the body as it comes, whatever the sender said of its length, and cuts it at the limit."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._length = 0
        self._complete = False
        self.exceeded = False

    async def discard_rest(self) -> None:
        """Read on for a moment, keeping nothing: a sender that is cut off would see a broken pipe and no answer."""

        async def discard() -> None:
            left = DISCARD_LIMIT
            while left > 0 and not self._complete:
                left -= len((await self._next()).get("body", b""))

        with suppress(TimeoutError):
            await asyncio.wait_for(discard(), DISCARD_SECONDS)

    async def _next(self) -> Message:
        message = await self._receive()
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def receive(self) -> Message:
        message = await self._next()
        self._length += len(message.get("body", b""))
        if self._length > self._limit:
            self.exceeded = True
            return {"type": "http.disconnect"}
        return message


def _is_page(message: Message) -> bool:
    """Whether a failure is a page of ours already: a form that was not taken; no framework here answers in HTML."""
    kind = next((value for name, value in message["headers"] if name.lower() == b"content-type"), b"")
    return bool(kind.startswith(b"text/html"))


def _refusal(scope: Scope) -> Problem | None:
    """What the headers alone rule out."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_LIMIT:
        return BodyTooLarge(BODY_LIMIT)
    kind = headers.get(b"content-type", b"application/json").split(b";")[0].strip().lower()
    is_form = kind == FORM_KIND and str(scope["path"]).startswith(f"{PAGES}/")
    if scope["method"] == "POST" and kind != b"application/json" and not is_form:
        return WrongMediaType()
    return None


def _reshaped(status: int, body: bytes) -> tuple[int, Mapping[str, Any]]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if isinstance(content, dict):
        error = content.get("error")
        if isinstance(error, dict) and set(error) == {"code", "message", "details"}:
            return status, error
        found = content.get("detail")
        if status in (400, 422) and isinstance(found, list):
            problem = problem_from_validation(found)
            return problem.status, problem.body["error"]
    problem = problem_for_status(status)
    return (status if status < 500 else problem.status), problem.body["error"]


def _with_security(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    extra = [pair for pair in SECURITY_HEADERS if pair[0] not in present]
    extra.append((HEADER, request_id().encode("ascii")))
    if b"cache-control" not in present:
        extra.append((b"cache-control", b"no-store"))
    return [*headers, *extra]


def _retrieve(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()


def prepare_metrics() -> None:
    """Give the metrics a folder where ``bentoml serve`` has not: an application in a process of its own.

    The client of Prometheus decides when it is first imported whether its metrics go to the folder. Whatever imported
    it earlier in this process (a Dask cluster, say) decided for no, and ``/metrics``, which reads the folder, would be
    empty: so it is asked to decide again. Metrics that exist by then stay where they are; none of them is ours.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="trustlane-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    from prometheus_client import values  # only now: it reads the folder's name when it is imported

    if values.ValueClass is values.MutexValue:
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


class GuardedService(bentoml.Service[Any]):  # type: ignore[misc]  # its package has no type information
    """A BentoML service whose application stands inside a :class:`Guard`."""

    guard: Callable[[ASGIApp], Guard]

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application as both servers and in-process tests use it."""
        prepare_metrics()
        app = super().to_asgi(is_main=is_main)
        if isinstance(app, Starlette):
            app.user_middleware = [
                item for item in app.user_middleware if getattr(item.cls, "__name__", "") != "TimeoutMiddleware"
            ]
        keep_values_out_of_logs()
        return type(self).guard(app)
