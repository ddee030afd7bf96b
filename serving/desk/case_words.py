"""A case in words and in plain values: what pages and answers show of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from casework.cases import Case

STATE_WORDS = {
    "open": "Open",
    "examining": "Being examined",
    "proposed": "Waits for a second person",
    "closed": "Decided",
    "appealed": "Appealed",
}


def case_facts(case: Case) -> dict[str, Any]:
    """What a program is told of a case: no text that a person typed."""
    due_on, due_for = due_of(case)
    return {
        "case_id": case.case_id,
        "participant_id": case.participant_id,
        "state": case.state,
        "version": case.version,
        "opened_at": case.opened_at,
        "incident_ids": [str(each["incident_id"]) for each in case.incidents],
        "holder": case.holder,
        "held_until": case.held_until,
        "due_on": due_on or None,
        "due_for": due_for,
        "method": case.method.get("method", ""),
        "disposition": case.decision.get("disposition", ""),
        "action": case.decision.get("action", ""),
        "criterion": case.decision.get("criterion", ""),
        "author": case.decision.get("author", ""),
        "approver": case.decision.get("approver", ""),
        "appeal": case.appeal.get("outcome", "filed" if case.appeal else ""),
    }


def due_of(case: Case) -> tuple[str, str]:
    """The next date of a case, ISO, and what it is for; empty when nothing is due."""
    dates: list[tuple[str, str]] = [(each["due_on"], "corrective action") for each in case.plan if not each["done_on"]]
    if case.state == "appealed":
        dates.append((str(case.appeal["decide_by"]), "decision of the appeal"))
    if case.state == "examining" and case.response_due_on and not case.response_on:
        dates.append((case.response_due_on, "answer of the participant"))
    if case.waits and case.snoozed_until:
        dates.append((case.snoozed_until, "end of rest"))
    return min(dates, default=("", ""))


def state_words(case: Case, on: date) -> str:
    """Where a case stands, in words."""
    if case.waits and case.snoozed(on):
        return f"Rests until {case.snoozed_until}"
    if case.supervisor and case.state == "open":
        return f"Came back, waits for {case.supervisor}"
    return STATE_WORDS[case.state]


def holder_words(case: Case, account: str, at: datetime) -> str:
    """Who works on a case at this moment; empty when nobody does."""
    if not case.holder or case.held_until <= at.isoformat():
        return ""
    who = "you" if case.holder == account else case.holder
    return f"Held by {who} until {case.held_until[11:16]} UTC"


def latest_case(cases: tuple[Case, ...]) -> Case | None:
    """The one that waits, or the one opened last."""
    waiting = [case for case in cases if case.waits]
    found = waiting or list(cases)
    return found[-1] if found else None


def plain(value: object) -> object:
    """A value as a page shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(each)}" for name, each in value.items() if each not in ("", None))
    if isinstance(value, list | tuple):
        return "; ".join(str(plain(each)) for each in value)
    return value
