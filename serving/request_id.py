"""The number of a request: taken from the caller where it is plain, else made; in every answer and log line."""

import re
import uuid
from collections.abc import Iterable
from contextvars import ContextVar

HEADER = b"x-request-id"
PLAIN = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a caller's own number may be: anything else could be text for someone who reads the log."""

_REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The number of the present request; empty outside of one."""
    return _REQUEST_ID.get()


def take_request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Give the present request the number that its sender chose, or a new one; the guard's to call."""
    sent = [value for name, value in headers if name.lower() == HEADER]
    fits = len(sent) == 1 and PLAIN.fullmatch(sent[0]) is not None
    number = sent[0].decode("ascii") if fits else uuid.uuid4().hex
    _REQUEST_ID.set(number)
    return number
