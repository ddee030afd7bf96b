"""Who works on which case: a lease that ends by itself, rest until a day, many cases at once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from casework.case_store import case_of, move_case, waiting_cases
from casework.cases import Case
from casework.chain import Event
from casework.errors import CaseworkError, MoveRefused
from casework.ledger import check_same, entry_of
from casework.states import Person
from casework.texts import Private

LEASE_MINUTES = 60
SNOOZE_REASONS = ("awaiting_information", "awaiting_other_agency", "joint_visit_planned", "capacity")


def take(connection: Connection, case_id: str, *, person: Person, request: str, version: int, at: datetime) -> Case:
    """Hold a case for :data:`LEASE_MINUTES`; taking it again holds it longer.

    Raises
    ------
    MoveRefused
        When somebody else holds it.
    """

    def derive(case: Case) -> dict[str, Any]:
        _refuse_held(case, person, at)
        return {"held_until": (at + timedelta(minutes=LEASE_MINUTES)).isoformat()}

    return move_case(connection, case_id, "take", {}, derive, person=person, request=request, version=version, at=at)


def take_next(
    connection: Connection,
    order: Sequence[str],
    *,
    person: Person,
    request: str,
    at: datetime,
    among: Collection[str] | None = None,
) -> Case | None:
    """Hold the first case that nobody holds and that does not rest.

    Parameters
    ----------
    order : sequence of str
        Participants, the first to be examined first, as the queue gives them. Cases of others come after them, the
        gravest first, so that none waits for ever.
    among : collection of str, optional
        Participants that the person may see; everybody when None.

    Returns
    -------
    Case or None
        None when nothing is left to take. The same request gives the same case.
    """
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, Event("take", kept.entity, person.account, request, {}))
        return case_of(connection, kept.entity.removeprefix("case:"))
    place = {participant: number for number, participant in enumerate(order)}
    free = [
        case
        for case in waiting_cases(connection)
        if not (case.holder and case.held_until > at.isoformat())
        and not case.snoozed(at.date())
        and case.supervisor in ("", person.account)
        and (among is None or case.participant_id in among)
        and not (case.state == "proposed" and case.decision["author"] == person.account)
    ]
    if not free:
        return None
    first = min(
        free,
        key=lambda case: (
            place.get(case.participant_id, len(place)),
            -case.gravest["severity"],
            case.opened_at,
            case.case_id,
        ),
    )
    return take(connection, first.case_id, person=person, request=request, version=first.version, at=at)


def release(connection: Connection, case_id: str, *, person: Person, request: str, version: int, at: datetime) -> Case:
    """Give a case back."""

    def derive(case: Case) -> dict[str, Any]:
        _refuse_held(case, person, at)
        return {}

    return move_case(connection, case_id, "release", {}, derive, person=person, request=request, version=version, at=at)


def snooze(
    connection: Connection,
    case_id: str,
    *,
    until: date,
    reason: str,
    text: str,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Let a case rest until a day. A further incident wakes it."""
    if reason not in SNOOZE_REASONS or not text.strip():
        raise MoveRefused(f"Expected a reason of {', '.join(SNOOZE_REASONS)} and words; got {reason!r}. Say why.")
    if not at.date() < until:
        raise MoveRefused(f"Expected a day after today, got {until}. A rest always ends.")
    asked = {"until": until.isoformat(), "reason": reason, "text": Private(text)}

    def derive(case: Case) -> dict[str, Any]:
        _refuse_held(case, person, at)
        return {}

    return move_case(
        connection, case_id, "snooze", asked, derive, person=person, request=request, version=version, at=at
    )


@dataclass(frozen=True)
class Done:
    """What came of one item of a bulk action: the case, or why it was refused."""

    case_id: str
    case: Case | None
    refusal: str


def in_bulk(
    connection: Connection, case_ids: Sequence[str], request: str, act: Callable[[Connection, str, str], Case]
) -> tuple[Done, ...]:
    """The same action on many cases, each with its own entry, its own request id and its own outcome.

    Parameters
    ----------
    act : callable
        Gets the connection, a case id and that item's request id; one that is refused takes nothing with it.
    """
    done = []
    for case_id in dict.fromkeys(case_ids):
        try:
            with connection.begin_nested():
                done.append(Done(case_id, act(connection, case_id, f"{request}/{case_id}"), ""))
        except CaseworkError as error:
            done.append(Done(case_id, None, str(error)))
    return tuple(done)


def _refuse_held(case: Case, person: Person, at: datetime) -> None:
    if case.held_by_other(person.account, at):
        raise MoveRefused(
            f"Expected case {case.case_id} free, got one that {case.holder} holds until {case.held_until}. "
            "Take another, or wait."
        )
