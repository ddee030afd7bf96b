"""What casework refuses, as the service tells it.

Problem
├── StaleVersion     409  somebody moved the case first; ``details.case`` is the newer one
├── ReusedRequest    409  a request id came back with other content
├── Refused          422  the state, a date or a missing part stands against it
├── NotThisLevel     403  the person may not do it, or did the other half of it
├── NoSuchCase       404  no case has this id
└── DeskAway         503  the casework database does not answer; nothing half-done was kept
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from casework.errors import (
    CaseworkError,
    DatabaseError,
    MoveRefused,
    NotAllowed,
    RequestReused,
    StaleCase,
    UnknownCase,
)
from serving.desk.case_words import case_facts
from serving.problems import Problem


class StaleVersion(Problem):
    """Somebody moved the case first; ``details.case`` is the newer one."""

    status = HTTPStatus.CONFLICT
    code = "stale_case"


class ReusedRequest(Problem):
    """A request id came back with other content."""

    status = HTTPStatus.CONFLICT
    code = "request_reused"


class Refused(Problem):
    """The state of the case, a date or a missing part stands against it; ``details.problems`` lists them."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "move_refused"


class NotThisLevel(Problem):
    """The person may not do it, or did the other half of it."""

    status = HTTPStatus.FORBIDDEN
    code = "not_this_level"


class NoSuchCase(Problem):
    """No case has this id."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_case"


class DeskAway(Problem):
    """The casework database does not answer. Nothing half-done was kept; the same request may be sent again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "casework_away"


@contextmanager
def told_as_problems() -> Iterator[None]:
    """Every refusal of casework as a problem of the service."""
    try:
        yield
    except CaseworkError as error:
        raise problem_of(error) from error


def problem_of(error: CaseworkError) -> Problem:
    """The problem that stands for a refusal."""
    if isinstance(error, StaleCase):
        return StaleVersion(str(error), {"case": case_facts(error.current)})
    if isinstance(error, DatabaseError):
        # The address of the database is for the log of the service, not for whoever asks.
        return DeskAway(
            "The casework database does not answer. Nothing of this step was kept unless an earlier answer said so; "
            "send the same request again in a moment."
        )
    kinds: Mapping[type[CaseworkError], type[Problem]] = {
        RequestReused: ReusedRequest,
        NotAllowed: NotThisLevel,
        UnknownCase: NoSuchCase,
    }
    if type(error) in kinds:
        return kinds[type(error)](str(error))
    return Refused(str(error).splitlines()[0], {"problems": _problems(error)})


def _problems(error: CaseworkError) -> list[dict[str, Any]]:
    lines = [line.removeprefix("  - ") for line in str(error).splitlines() if line.startswith("  - ")]
    if not lines:
        return [{"field": error.field if isinstance(error, MoveRefused) else "", "problem": str(error)}]
    return [dict(zip(("field", "problem"), line.split(": ", 1), strict=True)) for line in lines]
