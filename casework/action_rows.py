"""Decisions return to the records: rows of the table ``actions``, known from the moment they were signed."""

import pandas as pd
from sqlalchemy import Connection

from casework.case_store import entries_of_kinds
from casework.cases import Case, evolve
from casework.chain import Entry
from casework.ledger import entries

COLUMNS = (
    "action_id",
    "participant_id",
    "incident_id",
    "kind",
    "decided_on",
    "criterion",
    "reason",
    "decided_by",
    "retracted",
    "known_at",
    "source",
    "record_id",
)
SOURCE = "casework"


def action_rows(connection: Connection, after: int = 0) -> pd.DataFrame:
    """The decisions that were signed after an entry of the ledger.

    Parameters
    ----------
    after : int
        Place of the last entry that the records already have.

    Returns
    -------
    DataFrame
        One row for each signed decision; an appeal that changes one gives a later version of its row, one that reverses
        it a retracted one. ``record_id`` names the ledger's entry, so that a row sent twice is stored once.
    """
    closing = [
        entry
        for entry in entries_of_kinds(connection, "propose", "approve", "decide_appeal")
        if entry.sequence > after
        and (entry.kind != "propose" or entry.details["leads_to"] == "closed")
        and not (entry.kind == "decide_appeal" and entry.details["asked"]["outcome"] == "upheld")
    ]
    rows = [_row(entry, _case_at(connection, entry)) for entry in closing]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _case_at(connection: Connection, last: Entry) -> Case:
    case: Case | None = None
    for entry in entries(connection, last.entity):
        if entry.sequence <= last.sequence:
            case = evolve(case, entry.kind, entry.details, entry.content["actor"], entry.at)
    if case is None:
        raise LookupError(f"Expected the entries of {last.entity}, got none.")
    return case


def _row(entry: Entry, case: Case) -> dict[str, object]:
    decision = case.decision
    deviation = decision["deviation"]
    reason = decision["disposition"] + (f"; deviation: {deviation['code']}" if deviation else "")
    return {
        "action_id": f"{case.case_id}-{len(case.earlier_decisions) + 1}",
        "participant_id": case.participant_id,
        "incident_id": case.gravest["incident_id"],
        "kind": decision.get("appealed_from") if _reversed(case) else decision["action"],
        "decided_on": decision["decided_on"],
        "criterion": decision["criterion"],
        "reason": reason,
        "decided_by": decision["author"],
        "retracted": _reversed(case),
        "known_at": entry.at.isoformat(),
        "source": SOURCE,
        "record_id": f"ledger-{entry.sequence}",
    }


def _reversed(case: Case) -> bool:
    return case.appeal.get("outcome") == "reversed"
