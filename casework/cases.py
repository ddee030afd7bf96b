"""A case, and how each event changes it: a fold over the ledger's entries, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from casework.errors import MoveRefused
from casework.states import MOVES, WAITING

Details = Mapping[str, Any]

GRAVEST_FIRST = ("severity", "occurred_on", "incident_id")


@dataclass(frozen=True)
class Case:
    """One matter of one participant, as it stands. Dates are ISO texts, as the ledger holds them.

    Attributes
    ----------
    version : int
        Number of events so far; a move names the version it was decided on.
    incidents : tuple of mapping
        What was reported, each with incident_id, occurred_on, severity, incident_type, discovery and
        self_reported_before_discovery.
    holder, held_until : str
        Who works on it, and when that ends by itself; empty when nobody does.
    supervisor : str
        The account that a reopened case waits for; empty otherwise.
    method, decision, appeal : mapping
        What was decided last of each; empty before.
    earlier_decisions : tuple of mapping
        Decisions before the last one.
    plan : tuple of mapping
        Corrective actions: action, due_on, done_on.
    """

    case_id: str
    participant_id: str
    state: str
    version: int
    opened_at: str
    incidents: tuple[Details, ...]
    holder: str = ""
    held_until: str = ""
    supervisor: str = ""
    snoozed_until: str = ""
    closed_on: str = ""
    notice_on: str = ""
    response_due_on: str = ""
    response_on: str = ""
    reinstated_on: str = ""
    method: Details = field(default_factory=dict)
    decision: Details = field(default_factory=dict)
    appeal: Details = field(default_factory=dict)
    earlier_decisions: tuple[Details, ...] = ()
    plan: tuple[Details, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether it is not decided yet."""
        return self.state in WAITING

    @property
    def gravest(self) -> Details:
        """The incident that the criteria are asked about: the severest, of equals the latest."""
        return max(self.incidents, key=lambda each: tuple(each[name] for name in GRAVEST_FIRST))

    @property
    def last_incident_on(self) -> date:
        """When the latest incident happened."""
        return max(date.fromisoformat(each["occurred_on"]) for each in self.incidents)

    def held_by_other(self, account: str, at: datetime) -> bool:
        """Whether somebody else works on it at this moment."""
        return bool(self.holder) and self.holder != account and self.held_until > at.isoformat()

    def snoozed(self, on: date) -> bool:
        """Whether it rests on this day."""
        return self.snoozed_until > on.isoformat()


def evolve(case: Case | None, kind: str, details: Details, actor: str, at: datetime) -> Case:
    """The case after an event.

    Parameters
    ----------
    case : Case or None
        Before it; None before it was opened.
    kind : str
        Kind of the ledger's entry: ``case_opened``, ``case_joined``, ``case_reopened`` or a move's name.
    details : mapping
        Of the entry.
    actor, at : str, datetime
        Who did it, and when.
    """
    if kind == "case_opened":
        return Case(details["case_id"], details["participant_id"], "open", 1, at.isoformat(), (details["incident"],))
    if case is None:
        raise MoveRefused(f"Expected an opened case before {kind}, got none. The ledger lacks its beginning.")
    changed = _changed(case, kind, details, actor, at)
    leads_to = details.get("leads_to") or (MOVES[kind].leads_to if kind in MOVES else "")
    return replace(case, **{"version": case.version + 1, **({"state": leads_to} if leads_to else {}), **changed})


def _changed(case: Case, kind: str, details: Details, actor: str, at: datetime) -> dict[str, Any]:
    asked = details.get("asked", {})
    if kind in ("case_joined", "case_reopened"):
        return _arrived(case, kind, details)
    if kind == "take":
        return {"holder": actor, "held_until": details["held_until"]}
    if kind == "release":
        return {"holder": "", "held_until": ""}
    if kind == "snooze":
        return {"snoozed_until": asked["until"]}
    if kind == "choose_method":
        return {"method": {**details["method"], "author": actor, "decided_at": at.isoformat()}}
    if kind == "give_notice":
        return {"notice_on": asked["on"], "response_due_on": details["response_due_on"], "response_on": ""}
    if kind == "record_response":
        return {"response_on": asked["on"]}
    if kind in ("propose", "approve", "send_back"):
        return _decided(case, kind, details, actor, at)
    if kind == "set_plan":
        return {"plan": tuple({**each, "done_on": ""} for each in asked["actions"])}
    if kind == "complete_action":
        return {"plan": tuple(_done(each, asked) for each in case.plan)}
    if kind == "reinstate":
        return {"reinstated_on": asked["on"]}
    return _appealed(case, kind, details, actor, at)


def _arrived(case: Case, kind: str, details: Details) -> dict[str, Any]:
    incidents = (*case.incidents, details["incident"])
    if kind == "case_joined":
        return {"incidents": incidents, "snoozed_until": ""}
    past = (*case.earlier_decisions, case.decision)
    begun = {"method": {}, "decision": {}, "appeal": {}, "earlier_decisions": past, "closed_on": ""}
    noticed = {"notice_on": "", "response_due_on": "", "response_on": "", "holder": "", "held_until": ""}
    return {"incidents": incidents, "state": "open", "supervisor": details["supervisor"], **begun, **noticed}


def _decided(case: Case, kind: str, details: Details, actor: str, at: datetime) -> dict[str, Any]:
    if kind == "send_back":
        return {"decision": {}}
    if kind == "approve":
        signed = {**case.decision, "approver": actor, "approved_at": at.isoformat()}
        return {"decision": signed, "closed_on": at.date().isoformat(), "holder": "", "held_until": ""}
    decision = {**details["decision"], "author": actor, "decided_at": at.isoformat(), "approver": ""}
    closed = {"closed_on": at.date().isoformat(), "holder": "", "held_until": ""}
    return {"decision": decision, **(closed if details["leads_to"] == "closed" else {})}


def _done(planned: Details, asked: Details) -> Details:
    return {**planned, "done_on": asked["on"]} if planned["action"] == asked["action"] else planned


def _appealed(case: Case, kind: str, details: Details, actor: str, at: datetime) -> dict[str, Any]:
    asked = details["asked"]
    if kind == "appeal":
        return {"appeal": {"filed_on": asked["on"], "decide_by": details["decide_by"]}}
    decided = {"outcome": asked["outcome"], "decided_on": asked["on"], "decider": actor, "decided_at": at.isoformat()}
    if asked["outcome"] == "upheld":
        return {"appeal": {**case.appeal, **decided}}
    action = "no_action" if asked["outcome"] == "reversed" else asked["action"]
    decision = {**case.decision, "action": action, "appealed_from": case.decision["action"]}
    return {"appeal": {**case.appeal, **decided}, "decision": decision}
