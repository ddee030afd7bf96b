"""Decided cases with the facts that were recorded, for trying other criteria on them."""

from collections.abc import Mapping

from sqlalchemy import Connection

from casework.case_store import fold
from casework.criteria.comparison import PastCase


def past_cases(connection: Connection, groups: Mapping[str, str] | None = None) -> tuple[PastCase, ...]:
    """Every case with a signed decision; ``groups`` names the group of a participant, such as its business type."""
    known = groups or {}
    return tuple(
        PastCase(
            case.case_id,
            known.get(case.participant_id, "all"),
            {**case.method.get("facts", {}), **case.decision["facts"]},
        )
        for case in fold(connection).values()
        if case.state in ("closed", "appealed")
    )
