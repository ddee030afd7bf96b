"""Incidents arrive: each opens a case, joins the participant's open one, or brings a closed one back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from casework.case_store import cases_of, store_event
from casework.cases import Case
from casework.chain import Entry, Event
from casework.criteria.inputs import INPUTS
from casework.errors import MoveRefused
from casework.ledger import append, check_same, entries, entry_of
from casework.repeat import RepeatRule, fires_on
from casework.states import Person, require_level
from casework.texts import Private

PROGRAM = "program"
"""Actor of what happens without a person."""

SUPPRESSION_REASONS = ("known_data_error", "under_joint_operation", "handled_elsewhere")


@dataclass(frozen=True)
class Incident:
    """What a case needs to know of an incident; the record keeps the rest."""

    incident_id: str
    participant_id: str
    occurred_on: date
    known_on: date
    severity: int
    incident_type: str
    discovery: str
    self_reported_before_discovery: bool

    def checked(self) -> "Incident":
        """Itself, when its values fit.

        Raises
        ------
        MoveRefused
            With every problem at once.
        """
        asked = ("severity", "incident_type", "discovery", "self_reported_before_discovery")
        problems = [
            f"{name}: expected {INPUTS[name].expected}; got {getattr(self, name)!r}"
            for name in asked
            if not INPUTS[name].fits(getattr(self, name))
        ]
        if self.known_on < self.occurred_on:
            problems.append(f"known_on: expected {self.occurred_on} or later; got {self.known_on}")
        if problems:
            raise MoveRefused(f"Incident {self.incident_id} does not fit: {'; '.join(problems)}. Correct the record.")
        return self


def report_incident(
    connection: Connection,
    incident: Incident,
    *,
    supervisor: str,
    request: str,
    at: datetime,
    rule: RepeatRule | None = None,
) -> Case | None:
    """Take an incident in.

    Parameters
    ----------
    connection : Connection
        From :func:`casework.database.writing`.
    incident : Incident
        An incident comes once: the same id again changes nothing.
    supervisor : str
        Account before whom a case comes back.
    request, at, rule
        Id of the request, now, and the repeat rule in force.

    Returns
    -------
    Case or None
        The case it went to; None when incidents of its type are suppressed for the participant.
    """
    told = {name: _plain(value) for name, value in asdict(incident.checked()).items()}
    cases = cases_of(connection, incident.participant_id)
    holding = [case for case in cases if any(each["incident_id"] == incident.incident_id for each in case.incidents)]
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, Event(kept.kind, kept.entity, PROGRAM, request, {"incident": told}))
    if holding or kept is not None:
        return holding[0] if holding else None
    if suppressed(connection, incident.participant_id, incident.incident_type, at.date()):
        event = Event("incident_suppressed", _about(incident.participant_id), PROGRAM, request, {"incident": told})
        append(connection, event, at=at)
        return None
    case, kind, more = _where(cases, incident, supervisor, rule or RepeatRule(), at.date())
    case_id = case.case_id if case else f"C-{incident.participant_id}-{len(cases) + 1}"
    more |= {} if case else {"case_id": case_id, "participant_id": incident.participant_id}
    event = Event(kind, f"case:{case_id}", PROGRAM, request, {"incident": told, **more})
    return store_event(connection, case, event, at=at)


def suppress(
    connection: Connection,
    participant_id: str,
    *,
    incident_type: str,
    until: date,
    reason: str,
    text: str,
    person: Person,
    request: str,
    at: datetime,
) -> Entry:
    """Let incidents of one type raise no case for a participant until a day. They are still recorded."""
    require_level(person, "supervisor", "suppress incidents")
    if reason not in SUPPRESSION_REASONS or not text.strip():
        raise MoveRefused(f"Expected a reason of {', '.join(SUPPRESSION_REASONS)} and words; got {reason!r}. Say why.")
    if not at.date() < until:
        raise MoveRefused(f"Expected a day after today for the end, got {until}. A suppression always ends.")
    asked = {"incident_type": incident_type, "until": until.isoformat(), "reason": reason, "text": Private(text)}
    event = Event("incidents_suppressed", _about(participant_id), person.account, request, asked)
    kept = entry_of(connection, request)
    if kept is not None:
        check_same(connection, kept, event)
        return kept
    return append(connection, event, at=at)


def suppressed(connection: Connection, participant_id: str, incident_type: str, on: date) -> bool:
    """Whether incidents of this type raise no case on this day."""
    return any(
        entry.kind == "incidents_suppressed"
        and entry.details["incident_type"] == incident_type
        and on.isoformat() < entry.details["until"]
        for entry in list(entries(connection, _about(participant_id)))
    )


def _where(
    cases: tuple[Case, ...], incident: Incident, supervisor: str, rule: RepeatRule, today: date
) -> tuple[Case | None, str, dict[str, Any]]:
    waiting = [case for case in cases if case.waits]
    if waiting:
        return waiting[0], "case_joined", {}
    known = [_days(each) for case in cases for each in case.incidents]
    known.append((incident.occurred_on, incident.known_on))
    for case in reversed(cases):
        if case.state == "closed" and case.decision.get("action") == "no_action":
            decided_on = date.fromisoformat(case.decision["decided_on"])
            fired = fires_on(decided_on, known, rule)
            if fired is not None and fired <= today:
                more = {"supervisor": supervisor, "fired_on": fired.isoformat(), "rule": asdict(rule)}
                return case, "case_reopened", more
    return None, "case_opened", {}


def _days(told: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(told["occurred_on"]), date.fromisoformat(told["known_on"])


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _about(participant_id: str) -> str:
    return f"participant:{participant_id}"
