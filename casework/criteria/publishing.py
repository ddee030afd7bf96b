"""Criteria come into force by two persons: one proposes a version, another publishes it; both are in the ledger."""

from datetime import date, datetime

from sqlalchemy import Connection, select

from casework.chain import Entry, Event
from casework.criteria.checks import check_criteria
from casework.criteria.tables import Criteria, criteria_of, draft_criteria
from casework.errors import CriteriaError, NotAllowed
from casework.ledger import LEDGER, append, check_same, entry_of


def propose(connection: Connection, criteria: Criteria, *, actor: str, request: str, at: datetime) -> Entry:
    """Put a version before a second person. Its whole content enters the ledger.

    Raises
    ------
    CriteriaError
        When a check finds anything, or the version was proposed with other content.
    """
    event = Event("criteria_proposed", _entity(criteria.name), actor, request, {"content": dict(criteria.content)})
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, event)
        return kept
    findings = check_criteria(criteria)
    if findings:
        listed = "\n".join(f"  - {each.table}: {each.words}" for each in findings)
        raise CriteriaError(f"Expected criteria without findings, got:\n{listed}\nCorrect the tables.")
    if _last(connection, "criteria_proposed", criteria.name) is not None:
        raise CriteriaError(f"Expected a new version, got {criteria.name}, which was proposed. Count the version up.")
    return append(connection, event, at=at)


def publish(connection: Connection, name: str, *, actor: str, request: str, at: datetime) -> Entry:
    """Bring a proposed version into force from its date on.

    Raises
    ------
    CriteriaError
        When it was not proposed, is published, or its date is not after today's.
    NotAllowed
        When the person is the one who proposed it.
    """
    proposed = _last(connection, "criteria_proposed", name)
    if proposed is None:
        raise CriteriaError(f"Expected a proposed version of criteria, got {name}. Propose it first.")
    criteria = criteria_of(proposed.details["content"])
    details = {"digest_of_content": criteria.digest, "effective_from": criteria.effective_from.isoformat()}
    event = Event("criteria_published", _entity(name), actor, request, details)
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, event)
        return kept
    if proposed.content["actor"] == actor:
        raise NotAllowed(f"Expected a second person to publish {name}, got {actor}, who proposed it. Ask another.")
    if _last(connection, "criteria_published", name) is not None:
        raise CriteriaError(f"Expected a version that is not in force, got {name}. Nothing is left to do.")
    if criteria.effective_from < at.date():
        raise CriteriaError(
            f"Expected {name} to come into force today or later, got {criteria.effective_from}. "
            "Criteria never hold for the past; give a later date in a new version."
        )
    return append(connection, event, at=at)


def in_force(connection: Connection, on: date) -> Criteria:
    """The version in force on a day: the last published whose date has come; before the first, the draft."""
    published = connection.execute(
        select(LEDGER).where(LEDGER.c.kind == "criteria_published").order_by(LEDGER.c.sequence)
    )
    valid = [entry for entry in (Entry(*row) for row in published) if entry.details["effective_from"] <= on.isoformat()]
    if not valid:
        return draft_criteria()
    last = max(valid, key=lambda entry: (entry.details["effective_from"], entry.sequence))
    return version_of(connection, last.entity.removeprefix("criteria:"))


def version_of(connection: Connection, name: str) -> Criteria:
    """A version by its name ``ID@VERSION``, from the ledger; the draft by its own."""
    proposed = _last(connection, "criteria_proposed", name)
    if proposed is not None:
        return criteria_of(proposed.details["content"])
    draft = draft_criteria()
    if name != draft.name:
        raise CriteriaError(f"Expected a version of the criteria, got {name}. Propose it first.")
    return draft


def _last(connection: Connection, kind: str, name: str) -> Entry | None:
    wanted = select(LEDGER).where(LEDGER.c.kind == kind, LEDGER.c.entity == _entity(name))
    row = connection.execute(wanted.order_by(LEDGER.c.sequence.desc()).limit(1)).first()
    return Entry(*row) if row else None


def _entity(name: str) -> str:
    return f"criteria:{name}"
