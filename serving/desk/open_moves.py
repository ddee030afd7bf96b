"""Which moves of a case are open to a person now: the table of states, and what the case itself rules out."""

from datetime import datetime

from casework.afterwards import appeal_until
from casework.cases import Case
from casework.proposals import ADVERSE
from casework.states import MOVES, Person
from serving.desk.forms import FORMS
from serving.desk.moves import HOLDERS_ONLY


def open_moves(case: Case, person: Person | None, at: datetime) -> tuple[str, ...]:
    """Names of moves in the order of their forms; none for a person that decides nothing."""
    if person is None:
        return ()
    return tuple(name for name in FORMS if _table_allows(name, case, person) and _case_allows(name, case, person, at))


def _table_allows(name: str, case: Case, person: Person) -> bool:
    return case.state in MOVES[name].comes_from and person.may(MOVES[name].level)


def _case_allows(name: str, case: Case, person: Person, at: datetime) -> bool:
    elsewhere = case.held_by_other(person.account, at)
    mine = case.holder == person.account and case.held_until > at.isoformat()
    decision = case.decision
    ruled: dict[str, bool] = {
        "take": not elsewhere and not mine,
        "release": mine,
        "snooze": not elsewhere,
        "record_response": bool(case.notice_on) and not case.response_on,
        "approve": decision.get("author") != person.account and _may_sign(case, person),
        "send_back": decision.get("author") != person.account,
        "set_plan": decision.get("action") not in (None, "no_action"),
        "complete_action": any(not each["done_on"] for each in case.plan),
        "appeal": decision.get("action") in ADVERSE and not case.appeal and _in_time(case, at),
        "decide_appeal": person.account not in (decision.get("author"), decision.get("approver")),
        "reinstate": decision.get("action") == "suspension" and not case.reinstated_on and _not_author(case, person),
    }
    return ruled.get(name, True) and not (name in HOLDERS_ONLY and elsewhere)


def _may_sign(case: Case, person: Person) -> bool:
    return bool(case.decision) and person.may(str(case.decision["approves"]))


def _in_time(case: Case, at: datetime) -> bool:
    return at.date() <= appeal_until(case)


def _not_author(case: Case, person: Person) -> bool:
    return case.decision.get("author") != person.account
