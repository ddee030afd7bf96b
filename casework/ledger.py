"""The append-only ledger: every decision as an entry that is bound to all before it.

An entry is written in the same transaction as the change it tells of, inside
:func:`casework.database.writing`, which locks first.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, Text, bindparam, insert, select

from casework.chain import FIRST, Entry, Event, chain
from casework.errors import RequestReused
from casework.texts import ERASED, erase, seal, unseal

LEDGER = Table(
    "ledger",
    MetaData(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text),
    Column("entity", Text),
    Column("request", Text),
    Column("body", Text),
    Column("previous", String(64)),
    Column("hash", String(64)),
)
_OF_REQUEST = select(LEDGER).where(LEDGER.c.request == bindparam("request"))
_HEAD = select(LEDGER.c.sequence, LEDGER.c.hash).order_by(LEDGER.c.sequence.desc()).limit(1)
_HEAD_AND_REQUEST = _HEAD.add_columns(_OF_REQUEST.with_only_columns(LEDGER.c.sequence).scalar_subquery().label("had"))
_INSERT = insert(LEDGER)


def append(connection: Connection, event: Event, *, at: datetime) -> Entry:
    """Write one entry after the last one.

    Parameters
    ----------
    connection : Connection
        From :func:`casework.database.writing`. The entry counts once that transaction is kept.
    event : Event
        What happened.
    at : datetime
        Now, UTC without a zone.

    Raises
    ------
    RequestReused
        When the request already has an entry: look with :func:`entry_of` first.
    LedgerError
        When the event is incomplete or holds values that JSON cannot.
    """
    last = connection.execute(_HEAD_AND_REQUEST, {"request": event.request}).first()
    sequence, previous, had = last or (0, FIRST, None)
    if had is not None:
        raise RequestReused(f"Expected a new request id, got {event.request}, which has an entry. Give each its own.")
    sealed = Event(event.kind, event.entity, event.actor, event.request, seal(connection, event.details))
    entry = chain(sealed, at=at, sequence=sequence + 1, previous=previous)
    connection.execute(_INSERT, vars(entry))
    return entry


def head(connection: Connection) -> tuple[int, str]:
    """Place and hash of the last entry; 0 and zeros before the first."""
    row = connection.execute(_HEAD).first()
    return (int(row.sequence), str(row.hash)) if row else (0, FIRST)


def entry_of(connection: Connection, request: str) -> Entry | None:
    """The entry that a request left, if it left one."""
    row = connection.execute(_OF_REQUEST, {"request": request}).first()
    return Entry(*row) if row else None


def check_same(connection: Connection, entry: Entry, event: Event) -> None:
    """Refuse a request id that comes back with other content; a text erased since is taken for the same.

    Only the details that ``event`` gives are compared: an entry may hold more, found out when it was written.

    Raises
    ------
    RequestReused
        When kind, entity, actor or a detail differs.
    """
    told = (entry.kind, entry.entity, entry.content["actor"])
    kept = unseal(connection, {name: each for name, each in entry.details.items() if name in event.details})
    if told != (event.kind, event.entity, event.actor) or not _alike(kept, dict(event.details)):
        raise RequestReused(
            f"Expected request {event.request} to come back as it first came ({entry.kind} of {entry.entity}), "
            "got other content. Give a new request its own id."
        )


def entries(connection: Connection, entity: str | None = None) -> Iterator[Entry]:
    """Entries in order, all or those of one entity."""
    wanted = select(LEDGER).order_by(LEDGER.c.sequence)
    if entity is not None:
        wanted = wanted.where(LEDGER.c.entity == entity)
    with connection.execute(wanted.execution_options(yield_per=1_000)) as rows:
        for row in rows:
            yield Entry(*row)


def _alike(kept: object, given: object) -> bool:
    if kept == ERASED:
        return isinstance(given, str)
    if isinstance(kept, dict) and isinstance(given, dict):
        return kept.keys() == given.keys() and all(_alike(kept[name], given[name]) for name in kept)
    if isinstance(kept, list) and isinstance(given, list | tuple):
        return len(kept) == len(given) and all(map(_alike, kept, given))
    return kept == given


def erase_text(connection: Connection, digest: str, *, actor: str, request: str, reason: str, at: datetime) -> Entry:
    """Forget what a person typed, on a lawful demand; that it was done is an entry with its reason code."""
    entry = append(connection, Event("text_erased", f"text:{digest}", actor, request, {"reason": reason}), at=at)
    erase(connection, digest)
    return entry
