"""Forms: read once at the door, checked to come from a page of ours, and read again by the page that they are for."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.types import Message, Receive, Scope

from serving.access.present import FORM_FIELD
from serving.access.secret import same

FORM = "trustlane.form"
"""Where the scope of a request holds the fields of its form."""
KIND = b"application/x-www-form-urlencoded"
MOST_FIELDS = 12_000


async def read_form(scope: Scope, receive: Receive) -> Receive:
    """Read the form into the scope; what gives the same body again to whoever reads it next."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
        if messages[-1]["type"] != "http.request":
            break
    body = b"".join(message.get("body", b"") for message in messages)
    kind = dict(scope["headers"]).get(b"content-type", b"").split(b";")[0].strip().lower()
    scope[FORM] = _fields(body) if kind == KIND else {}
    waiting = list(messages)

    async def again() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return again


def fields_of(scope: Scope) -> Mapping[str, list[str]]:
    """The fields of the request's form, each with its values in order."""
    found: Mapping[str, list[str]] = scope.get(FORM, {})
    return found


def field_of(scope: Scope, name: str) -> str:
    """The last value of a field; empty where it was not sent."""
    return (fields_of(scope).get(name) or [""])[-1]


def comes_from_here(scope: Scope) -> bool:
    """Whether a browser says that a page of this very host sent the request; one that says nothing is not refused."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None:
        return True
    try:
        sent_by = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(sent_by) and sent_by == headers.get(b"host", "").lower()


def carries(scope: Scope, token: str) -> bool:
    """Whether the form carries the token of the session."""
    return bool(token) and same(field_of(scope, FORM_FIELD), token)


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
