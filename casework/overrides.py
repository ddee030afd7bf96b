"""Overrides: a person sets aside where the score puts a participant; a second signs, and it ends by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from casework.case_store import entries_of_kinds
from casework.chain import Entry, Event
from casework.errors import MoveRefused, NotAllowed
from casework.ledger import append, check_same, entry_of
from casework.states import Person, require_level
from casework.texts import Private

DIRECTIONS = ("raise", "lower")
OVERRIDE_REASONS = ("information_outside_the_record", "record_known_wrong", "joint_operation", "other")
LONGEST_DAYS = 180


@dataclass(frozen=True)
class Override:
    """An override that two persons signed: from ``starts`` (included) to ``ends`` (not included)."""

    override_id: str
    participant_id: str
    direction: str
    reason: str
    starts: date
    ends: date


def propose_override(
    connection: Connection,
    participant_id: str,
    *,
    direction: str,
    reason: str,
    text: str,
    ends: date,
    person: Person,
    request: str,
    at: datetime,
) -> str:
    """Propose to raise or lower a participant in the queue; gives the id that the second person signs."""
    require_level(person, "analyst", "propose an override")
    last = at.date() + timedelta(days=LONGEST_DAYS)
    if direction not in DIRECTIONS or reason not in OVERRIDE_REASONS or not text.strip():
        raise MoveRefused(
            f"Expected {' or '.join(DIRECTIONS)}, a reason of {', '.join(OVERRIDE_REASONS)} and words; "
            f"got {direction!r} and {reason!r}."
        )
    if not at.date() < ends <= last:
        raise MoveRefused(f"Expected an end from tomorrow to {last}, got {ends}. An override always ends.")
    told = {"direction": direction, "reason": reason, "text": Private(text), "ends": ends.isoformat()}
    event = Event("override_proposed", f"participant:{participant_id}", person.account, request, told)
    return _once(connection, event, at).request


def approve_override(connection: Connection, override_id: str, *, person: Person, request: str, at: datetime) -> Entry:
    """Sign an override as the second person."""
    require_level(person, "supervisor", "approve an override")
    proposed = entry_of(connection, override_id)
    if proposed is None or proposed.kind != "override_proposed":
        raise MoveRefused(f"Expected the id of a proposed override, got {override_id}. Look it up.")
    if proposed.content["actor"] == person.account:
        raise NotAllowed(f"Expected another person than the author, got {person.account}. Ask a colleague.")
    return _once(
        connection, Event("override_approved", proposed.entity, person.account, request, {"of": override_id}), at
    )


def overrides(connection: Connection) -> Iterator[Override]:
    """All overrides that two persons signed, ended ones included: training flags what they touched."""
    kinds = entries_of_kinds(connection, "override_proposed", "override_approved")
    proposed = {entry.request: entry for entry in kinds if entry.kind == "override_proposed"}
    signed = {entry.details["of"]: entry.at.date() for entry in reversed(kinds) if entry.kind == "override_approved"}
    for override_id, starts in signed.items():
        entry = proposed[override_id]
        told = entry.details
        participant = entry.entity.removeprefix("participant:")
        ends = date.fromisoformat(told["ends"])
        yield Override(override_id, participant, told["direction"], told["reason"], starts, ends)


def overrides_in_force(connection: Connection, on: date) -> tuple[Override, ...]:
    """Those that hold on a day, by participant."""
    holding = [each for each in overrides(connection) if each.starts <= on < each.ends]
    return tuple(sorted(holding, key=lambda each: (each.participant_id, each.override_id)))


def _once(connection: Connection, event: Event, at: datetime) -> Entry:
    kept = entry_of(connection, event.request)
    if kept is None:
        return append(connection, event, at=at)
    check_same(connection, kept, event)
    return kept
