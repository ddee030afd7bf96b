"""Whether the ledger is what was written: the first change, deletion or reordering, by name.

The chain alone finds whatever was changed without rewriting all that follows. A full rewrite is found against a
checkpoint that left the machine before it.
"""

import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, select

from casework.chain import FIRST, Entry, entry_hash
from casework.checkpoints import Checkpoint
from casework.ledger import LEDGER
from casework.texts import TEXTS, text_digest

ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Fault:
    """The first thing that is not as it was written.

    Attributes
    ----------
    sequence : int
        Place of the first entry concerned.
    kind : str
        ``changed``, ``missing``, ``moved``, ``rewritten`` or ``text``.
    words : str
        The same as a sentence.
    """

    sequence: int
    kind: str
    words: str


@dataclass(frozen=True)
class Verdict:
    """What a verification found."""

    entries: int
    head: str
    checkpoints: int
    fault: Fault | None


def verify(connection: Connection, checkpoints: Sequence[Checkpoint] = ()) -> Verdict:
    """Read the whole ledger and say whether it is what was written.

    Parameters
    ----------
    connection : Connection
        Reading is enough.
    checkpoints : sequence of Checkpoint
        Read from elsewhere with their signatures checked; in any order.

    Returns
    -------
    Verdict
        With the first fault, or none.
    """
    hashes: list[str] = []
    with closing(_rows(connection)) as rows:
        fault = first_fault(rows, hashes)
    if fault is None:
        fault = _against(hashes, sorted(checkpoints, key=lambda each: each.size))
    if fault is None:
        fault = _changed_text(connection)
    return Verdict(len(hashes), hashes[-1] if hashes else FIRST, len(checkpoints), fault)


def first_fault(entries: Iterable[Entry], hashes: list[str]) -> Fault | None:
    """The first entry, in the order of their places, that does not fit; the hashes that fit are added to ``hashes``."""
    previous = FIRST
    for place, entry in enumerate(entries, 1):
        if entry.sequence != place:
            last = entry.sequence - 1
            named = f"Entry {place} is" if last == place else f"Entries {place} to {last} are"
            return Fault(place, "missing", f"{named} missing.")
        if entry_hash(entry.previous, entry.body.encode()) != entry.hash:
            return Fault(place, "changed", f"Entry {place} was changed after it was written.")
        content = json.loads(entry.body)
        if content["sequence"] != place:
            return Fault(place, "moved", f"At place {place} stands what was written as entry {content['sequence']}.")
        if (content["kind"], content["entity"], content["request"]) != (entry.kind, entry.entity, entry.request):
            return Fault(place, "changed", f"Entry {place} is filed under another kind, entity or request.")
        if entry.previous != previous:
            return _unbound(place)
        previous = entry.hash
        hashes.append(previous)
    return None


def _unbound(place: int) -> Fault:
    if place == 1:
        return Fault(1, "missing", "Entry 1 was bound to an earlier entry, which is missing.")
    return Fault(place - 1, "changed", f"Entry {place - 1} was replaced: entry {place} was bound to another.")


def _against(hashes: Sequence[str], checkpoints: Sequence[Checkpoint]) -> Fault | None:
    agreed = 0
    for checkpoint in checkpoints:
        if checkpoint.hashes:
            for place, (found, signed) in enumerate(zip(hashes, checkpoint.hashes, strict=False), 1):
                if found != signed:
                    return Fault(place, "rewritten", f"Entry {place} is not the one that the checkpoint signs.")
        if checkpoint.size > len(hashes):
            return Fault(
                len(hashes) + 1,
                "missing",
                f"The ledger ends at entry {len(hashes)}; the checkpoint signs {checkpoint.size}.",
            )
        if checkpoint.size and hashes[checkpoint.size - 1] != checkpoint.head:
            return Fault(
                agreed + 1,
                "rewritten",
                f"Among entries {agreed + 1} to {checkpoint.size} is one that the checkpoint does not sign. "
                "Give its file of hashes, or an earlier checkpoint, to name the first.",
            )
        agreed = checkpoint.size
    return None


def _changed_text(connection: Connection) -> Fault | None:
    kept = select(TEXTS).where(TEXTS.c.text.is_not(None)).execution_options(yield_per=ROWS_AT_ONCE)
    with connection.execute(kept) as rows:
        changed = next((row.digest for row in rows if text_digest(row.salt, row.text) != row.digest), None)
    if changed is None:
        return None
    holding = select(LEDGER.c.sequence).where(LEDGER.c.body.contains(changed)).order_by(LEDGER.c.sequence)
    words = f"The text {changed[:12]}... was changed after it was written."
    return Fault(connection.execute(holding).scalar() or 0, "text", words)


def _rows(connection: Connection) -> Generator[Entry, None, None]:
    columns = ", ".join(column.name for column in LEDGER.columns)
    statement = f"select {columns} from ledger order by sequence"  # noqa: S608 - column names of our own
    with connection.exec_driver_sql(statement, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
        for row in rows:
            yield Entry(*row)
