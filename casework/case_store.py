"""Cases in the database: each change is an entry of the ledger and a row, in one transaction."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, delete, insert, select, update

from casework.cases import Case, evolve
from casework.chain import Entry, Event
from casework.errors import StaleCase, UnknownCase
from casework.ledger import LEDGER, append, check_same, entries, entry_of
from casework.states import WAITING, Person, check_move

CASES = Table(
    "cases",
    MetaData(),
    Column("case_id", Text, primary_key=True),
    Column("participant_id", Text),
    Column("state", String),
    Column("version", Integer),
    Column("content", Text),
)
ASKED_AT_ONCE = 500
Derive = Callable[[Case], Mapping[str, Any]]


def case_of(connection: Connection, case_id: str) -> Case:
    """A case as it stands.

    Raises
    ------
    UnknownCase
        When none has this id.
    """
    content = connection.execute(select(CASES.c.content).where(CASES.c.case_id == case_id)).scalar()
    if content is None:
        raise UnknownCase(f"Expected the id of a case, got {case_id}. Look it up in the list.")
    return _read(content)


def cases_of(connection: Connection, participant_id: str) -> tuple[Case, ...]:
    """All cases of a participant, the first opened first."""
    found = connection.execute(select(CASES.c.content).where(CASES.c.participant_id == participant_id)).scalars()
    return tuple(sorted(map(_read, found), key=lambda case: (case.opened_at, case.case_id)))


def cases_of_many(connection: Connection, participant_ids: Sequence[str]) -> dict[str, tuple[Case, ...]]:
    """The cases of each of these participants that has one, the first opened first."""
    found: dict[str, list[Case]] = {}
    for start in range(0, len(participant_ids), ASKED_AT_ONCE):
        part = participant_ids[start : start + ASKED_AT_ONCE]
        wanted = select(CASES.c.content).where(CASES.c.participant_id.in_(part))
        for case in map(_read, connection.execute(wanted).scalars()):
            found.setdefault(case.participant_id, []).append(case)
    return {name: tuple(sorted(each, key=lambda case: (case.opened_at, case.case_id))) for name, each in found.items()}


def waiting_cases(connection: Connection) -> Iterator[Case]:
    """All cases that are not decided, in the order of their ids."""
    wanted = select(CASES.c.content).where(CASES.c.state.in_(WAITING)).order_by(CASES.c.case_id)
    return map(_read, connection.execute(wanted).scalars())


def move_case(
    connection: Connection,
    case_id: str,
    name: str,
    asked: Mapping[str, Any],
    derive: Derive,
    *,
    person: Person,
    request: str,
    version: int,
    at: datetime,
) -> Case:
    """Move a case, once, on the version that the person saw.

    Parameters
    ----------
    connection : Connection
        From :func:`casework.database.writing`.
    case_id, name : str
        Which case, and a move of :data:`casework.states.MOVES`.
    asked : mapping
        What the person gave; kept as it is.
    derive : callable
        Gives the further details of the entry from the case as it stands, or refuses.
    person, request, version, at
        Who, the id of the request, the version that was looked at, and now.

    Returns
    -------
    Case
        As it stands after the move, or, when the request was done before, as it stands now.

    Raises
    ------
    StaleCase
        When the case has another version; the error carries the case.
    """
    event = Event(name, f"case:{case_id}", person.account, request, {"asked": asked})
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, event)
        return case_of(connection, case_id)
    case = case_of(connection, case_id)
    if case.version != version:
        raise StaleCase(
            f"Expected version {case.version} of case {case_id}, got {version}: somebody moved it first. "
            "Look at it again and decide anew.",
            case,
        )
    check_move(name, case.state, person)
    details = {"asked": asked, **derive(case)}
    return store_event(connection, case, Event(name, event.entity, person.account, request, details), at=at)


def store_event(connection: Connection, case: Case | None, event: Event, *, at: datetime) -> Case:
    """Append an event of a case and store the case after it."""
    entry = append(connection, event, at=at)
    after = _after(case, entry)
    row = {
        "participant_id": after.participant_id,
        "state": after.state,
        "version": after.version,
        "content": _text(after),
    }
    if case is None:
        connection.execute(insert(CASES).values(case_id=after.case_id, **row))
    else:
        connection.execute(update(CASES).where(CASES.c.case_id == after.case_id).values(**row))
    return after


def rebuild(connection: Connection) -> int:
    """Make all cases again from the ledger; gives their number."""
    connection.execute(delete(CASES))
    folded = fold(connection)
    for case in folded.values():
        row = {"participant_id": case.participant_id, "state": case.state, "version": case.version}
        connection.execute(insert(CASES).values(case_id=case.case_id, content=_text(case), **row))
    return len(folded)


def differing_cases(connection: Connection) -> tuple[str, ...]:
    """Ids of cases whose row is not what the ledger says."""
    folded = {case_id: _text(case) for case_id, case in fold(connection).items()}
    stored = {row.case_id: row.content for row in connection.execute(select(CASES.c.case_id, CASES.c.content))}
    return tuple(sorted(name for name in folded.keys() | stored.keys() if folded.get(name) != stored.get(name)))


def fold(connection: Connection) -> dict[str, Case]:
    """All cases as the ledger tells them."""
    cases: dict[str, Case] = {}
    for entry in entries(connection):
        if entry.entity.startswith("case:"):
            case_id = entry.entity.removeprefix("case:")
            cases[case_id] = _after(cases.get(case_id), entry)
    return cases


def entries_of_kinds(connection: Connection, *kinds: str) -> list[Entry]:
    """Entries of these kinds in order."""
    wanted = select(LEDGER).where(LEDGER.c.kind.in_(kinds)).order_by(LEDGER.c.sequence)
    return [Entry(*row) for row in connection.execute(wanted)]


def _after(case: Case | None, entry: Entry) -> Case:
    content = entry.content
    return evolve(case, entry.kind, content["details"], content["actor"], entry.at)


def _text(case: Case) -> str:
    return rfc8785.dumps(asdict(case)).decode()


def _read(content: str) -> Case:
    values = json.loads(content)
    for name in ("incidents", "earlier_decisions", "plan"):
        values[name] = tuple(values[name])
    return Case(**values)
