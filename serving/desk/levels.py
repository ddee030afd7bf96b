"""What a role may do in casework: one table from the roles of accounts to the levels of decisions."""

from casework.states import Person
from serving.caller import Caller
from serving.desk.refusals import NotThisLevel

ROLE_LEVELS = {"analyst": "analyst", "senior": "supervisor", "manager": "director"}
"""Roles that are not here decide nothing."""


def person_of(who: Caller) -> Person:
    """The account with its level.

    Raises
    ------
    NotThisLevel
        For a role that decides nothing.
    """
    if who.role not in ROLE_LEVELS:
        raise NotThisLevel(
            f"Expected a role that decides on cases ({', '.join(ROLE_LEVELS)}), got {who.role}. Ask one of these."
        )
    return Person(who.account, ROLE_LEVELS[who.role])


def level_of(who: Caller) -> Person | None:
    """:func:`person_of`, or None for a role that only reads."""
    return person_of(who) if who.role in ROLE_LEVELS else None
