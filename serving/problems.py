"""Everything the service can answer instead of what was asked, in one shape.

``{"error": {"code", "message", "details"}}`` is the body of every failure, whoever noticed it: our
own code, BentoML, FastAPI, the router or the guard around them. A body never repeats what was sent,
except the identifiers that the caller asked about.

Problem
├── InvalidRequest        422  the request does not fit the contract
│   └── MalformedJson     400  the body is no JSON
├── AsOfOutOfRange        422  a date before the first record or in the future
├── UnknownParticipants   404  ids that had no row known before the date
├── NotFound              404  no such page or endpoint
├── MethodNotAllowed      405  the endpoint has other methods
├── BodyTooLarge          413  the body is over the limit
├── WrongMediaType        415  the body is not JSON
├── TooManyRequests       429  the service is busy
├── Internal              500  a defect of ours
├── NotReady              503  the record cannot be read, or the bundle is damaged
│   ├── ModelMismatch     503  the champion was fitted on another catalog than the code's
│   └── NoModel           503  no champion in the registry
├── RecordBusy            503  another process is appending to the record
├── RecordNotWritable     503  the record's folder cannot be written to
└── TookTooLong           504  the time for one answer has passed
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """A refusal or failure that the caller is told about."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    @property
    def body(self) -> dict[str, Any]:
        """The one error shape."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


class InvalidRequest(Problem):
    """The request does not fit the contract; ``details.problems`` lists field and problem."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_request"

    def __init__(self, problems: Sequence[Mapping[str, str]]) -> None:
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"The request does not fit the contract: {found}. See details and /docs.json.",
            {"problems": [dict(problem) for problem in problems]},
        )


class MalformedJson(InvalidRequest):
    """The body is no JSON."""

    status = HTTPStatus.BAD_REQUEST
    code = "malformed_json"

    def __init__(self) -> None:
        Problem.__init__(self, "Expected a JSON object as the body, got something else. Correct the body.")


class AsOfOutOfRange(Problem):
    """A date that the record cannot answer for; ``details`` holds the valid range."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "as_of_out_of_range"

    def __init__(self, first: str, last: str) -> None:
        super().__init__(
            f"Expected as_of from {first}, the day after the first record, to {last}, the last date that can be asked "
            "for. Choose a date between.",
            {"first": first, "last": last},
        )


class UnknownParticipants(Problem):
    """Ids that had no row known before the date; ``details.participant_ids`` lists them."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_participant"

    def __init__(self, participant_ids: Sequence[str], as_of: str) -> None:
        who = "This participant was" if len(participant_ids) == 1 else f"{len(participant_ids)} participants were"
        super().__init__(
            f"{who} not on record before {as_of}. Check the identifiers in details, or choose a later as_of.",
            {"participant_ids": list(participant_ids), "as_of": as_of},
        )


class NotFound(Problem):
    """No such page or endpoint."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"

    def __init__(self, message: str = "There is no such endpoint. The list is at /docs.json.") -> None:
        super().__init__(message)


class MethodNotAllowed(Problem):
    """The endpoint has other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"

    def __init__(self) -> None:
        super().__init__("This endpoint does not take this method. Use the one in /docs.json.")


class BodyTooLarge(Problem):
    """The body is over the limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Expected a body of at most {limit:,} bytes. Send fewer participants in one request.",
            {"limit_bytes": limit},
        )


class WrongMediaType(Problem):
    """The body is not JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("Expected a JSON body with the header Content-Type: application/json.")


class TooManyRequests(Problem):
    """The service is busy."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self) -> None:
        super().__init__("The service is busy. Try again in a moment.")


class Internal(Problem):
    """A defect of ours. The cause is in the server's log, without what was sent."""

    def __init__(self) -> None:
        super().__init__("The service failed on this request. The cause is in its log; try again or report it.")


class NotReady(Problem):
    """The record cannot be read, or the bundle is damaged."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_ready"


class ModelMismatch(NotReady):
    """The champion was fitted on another catalog than the code's; ``details.differences`` lists how."""

    code = "model_mismatch"


class NoModel(NotReady):
    """No champion in the registry."""

    code = "no_model"

    def __init__(self) -> None:
        super().__init__(
            "No model has been promoted yet. Run `trustlane train` and then `trustlane promote`, and start the "
            "service again.",
            {"commands": ["trustlane train", "trustlane promote"]},
        )


class RecordBusy(Problem):
    """Another process is appending to the record; the header Retry-After says when to try again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "record_busy"
    retry_after_seconds = 5

    def __init__(self) -> None:
        super().__init__("Another process is appending to the record. Nothing was stored; send the same rows again.")


class RecordNotWritable(Problem):
    """The record's folder cannot be written to."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "record_not_writable"

    def __init__(self) -> None:
        super().__init__(
            "The record cannot be written to. Nothing was stored; let the service write to its lake, or free the disk."
        )


class TookTooLong(Problem):
    """The time for one answer has passed."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"No answer within {seconds:g} seconds. Ask again in a moment: the work goes on and is kept.",
            {"seconds": seconds},
        )


def problem_for_status(status: int) -> Problem:
    """The problem that a bare status stands for, when a framework refused before our code did."""
    kinds: dict[int, Problem] = {
        404: NotFound(),
        405: MethodNotAllowed(),
        415: WrongMediaType(),
        429: TooManyRequests(),
        503: NotReady("The service is not ready. See /readyz."),
    }
    if status in kinds:
        return kinds[status]
    if 400 <= status < 500:
        return InvalidRequest([{"field": "", "problem": HTTPStatus(status).phrase}])
    return Internal()


def problem_from_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic found, without any value that was sent.

    A name that the contract does not know is the sender's text too, so it is not repeated: the
    problem names the place that holds it.
    """
    if any(error.get("type") == "json_invalid" for error in errors):
        return MalformedJson()
    return InvalidRequest([_field_problem(error) for error in errors])


def _field_problem(error: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path")]
    if error.get("type") == "extra_forbidden":
        return {"field": ".".join(place[:-1]), "problem": "holds a field that the contract does not know"}
    return {"field": ".".join(place), "problem": str(error.get("msg", "does not fit"))}
