"""The states of a case, and who may move it from which to which: one table.

Levels are constants; whatever roles an organisation has are mapped to them. That two halves of a decision need two
persons is checked by account, whatever the level.
"""

from dataclasses import dataclass

from casework.criteria.inputs import LEVELS
from casework.errors import MoveRefused, NotAllowed

STATES = ("open", "examining", "proposed", "closed", "appealed")
"""Waits; is examined by a chosen method; a decision waits for its approval; is decided; the decision is appealed."""
WAITING = ("open", "examining", "proposed")


@dataclass(frozen=True)
class Person:
    """Who asks: an account, never a name, and the level that its roles are mapped to."""

    account: str
    level: str

    def may(self, level: str) -> bool:
        """Whether the person has at least this level."""
        return LEVELS.index(self.level) >= LEVELS.index(level)


@dataclass(frozen=True)
class Move:
    """One line of the table. ``leads_to`` is empty when the state stays, or the decision tables say where it leads."""

    name: str
    comes_from: tuple[str, ...]
    leads_to: str
    level: str
    words: str


MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move("take", WAITING, "", "analyst", "hold the case for a while, so that two persons never collide"),
        Move("release", WAITING, "", "analyst", "give it back"),
        Move("snooze", ("open",), "", "analyst", "let it rest until a day, with a reason"),
        Move("choose_method", ("open",), "examining", "analyst", "decide how it is investigated"),
        Move(
            "give_notice",
            ("examining",),
            "",
            "analyst",
            "tell the participant what is intended, and until when to answer",
        ),
        Move("record_response", ("examining",), "", "analyst", "note that the participant answered"),
        Move("propose", ("examining",), "", "analyst", "decide; closes at once where nobody need approve"),
        Move("approve", ("proposed",), "closed", "analyst", "the second person signs"),
        Move("send_back", ("proposed",), "examining", "supervisor", "the second person does not sign, and says why"),
        Move("set_plan", ("closed",), "", "analyst", "agree on corrective actions, each with its day"),
        Move("complete_action", ("closed",), "", "analyst", "note that a corrective action is done"),
        Move("appeal", ("closed",), "appealed", "analyst", "note that the participant appeals"),
        Move("decide_appeal", ("appealed",), "closed", "supervisor", "uphold, modify or reverse; by a third person"),
        Move("reinstate", ("closed",), "", "supervisor", "end a suspension once its conditions are met"),
    )
}
"""Every move of a person. The program itself opens, joins and reopens cases when incidents arrive."""


def check_move(name: str, state: str, person: Person) -> Move:
    """The move, when the state and the person's level allow it.

    Raises
    ------
    MoveRefused
        For an unknown move, or one that does not start from this state.
    NotAllowed
        When the person's level is too low.
    """
    if name not in MOVES:
        raise MoveRefused(f"Expected one of {', '.join(MOVES)}; got {name}. Choose a move.")
    move = MOVES[name]
    if state not in move.comes_from:
        raise MoveRefused(
            f"Expected a case that is {' or '.join(move.comes_from)} to {name}, got one that is {state}. "
            f"From there: {', '.join(each.name for each in MOVES.values() if state in each.comes_from)}."
        )
    require_level(person, move.level, name)
    return move


def require_level(person: Person, level: str, what: str) -> None:
    """Refuse when the person has not at least this level."""
    if person.level not in LEVELS:
        raise NotAllowed(f"Expected a level of {', '.join(LEVELS)}; got {person.level}. Map the role to one.")
    if not person.may(level):
        raise NotAllowed(f"Expected at least a {level} to {what}, got a {person.level}. Ask one.")
