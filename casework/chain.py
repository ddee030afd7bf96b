"""What an entry of the ledger is, and the hash that binds it to all before it.

``hash = SHA-256("trustlane ledger 1" NUL previous NUL body)`` where ``body`` is canonical JSON (RFC 8785) and holds
the entry's own place, so that an entry that stands elsewhere tells on itself.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from casework.errors import LedgerError

DOMAIN = b"trustlane ledger 1"
FIRST = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True)
class Event:
    """What happened, before it has a place in the ledger.

    Attributes
    ----------
    kind : str
        What happened, as ``case_opened``.
    entity : str
        To what, as ``case:C-1``.
    actor : str
        Account id of the person, or the name of the program's own part. Never a person's name.
    request : str
        Id of the request that did it; a request has one entry.
    details : mapping
        Values of JSON. Whatever a person typed is a :class:`casework.texts.Private`.
    """

    kind: str
    entity: str
    actor: str
    request: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One row of the ledger as it is stored."""

    sequence: int
    kind: str
    entity: str
    request: str
    body: str
    previous: str
    hash: str

    @property
    def content(self) -> dict[str, Any]:
        """The body as values: sequence, at, kind, entity, actor, request, details."""
        return dict(json.loads(self.body))

    @property
    def details(self) -> dict[str, Any]:
        """What belongs to the event; texts of persons as their digests."""
        return dict(self.content["details"])

    @property
    def at(self) -> datetime:
        """When it was written, UTC without a zone."""
        return datetime.fromisoformat(self.content["at"].removesuffix("Z"))


def chain(event: Event, *, at: datetime, sequence: int, previous: str) -> Entry:
    """The entry of ``event`` at its place.

    Raises
    ------
    LedgerError
        When the event has an empty part, or a value that JSON cannot hold exactly.
    """
    empty = [name for name in ("kind", "entity", "actor", "request") if not getattr(event, name)]
    if empty:
        raise LedgerError(f"Expected an event with {', '.join(empty)}, got nothing there. No entry is anonymous.")
    content: dict[str, Any] = {
        "sequence": sequence,
        "at": at.isoformat(timespec="microseconds") + "Z",
        "kind": event.kind,
        "entity": event.entity,
        "actor": event.actor,
        "request": event.request,
        "details": dict(event.details),
    }
    try:
        body = rfc8785.dumps(content)
    except rfc8785.CanonicalizationError as error:
        raise LedgerError(f"Expected values that JSON holds exactly, got: {error}. Give numbers as text.") from error
    return Entry(sequence, event.kind, event.entity, event.request, body.decode(), previous, entry_hash(previous, body))


def entry_hash(previous: str, body: bytes) -> str:
    """The hash that binds ``body`` to all before it, as 64 hexadecimal digits."""
    return hashlib.sha256(b"\0".join((DOMAIN, previous.encode(), body))).hexdigest()
