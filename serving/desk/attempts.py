"""A form that was sent and refused: what was typed is kept, and each problem says where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from serving.access.present import FORM_FIELD
from serving.desk.asked import AnyMove, MoveRequest
from serving.desk.case_words import plain
from serving.desk.forms import FORMS, fields_of_plan, in_words
from serving.desk.panels import CasePanel, FormShown, Step
from serving.desk.refusals import ReusedRequest
from serving.problems import Problem

HIDDEN = ("move", "case_id", "version", "request", FORM_FIELD)
_MOVE: TypeAdapter[AnyMove] = TypeAdapter(MoveRequest)


@dataclass(frozen=True)
class FieldProblem:
    """What stands against one field; ``field`` is empty where it stands against the whole."""

    field: str
    label: str
    problem: str


@dataclass(frozen=True)
class Attempt:
    """What was sent, and why it was not taken. ``newer`` is what somebody else did meanwhile."""

    values: Mapping[str, str]
    message: str
    problems: tuple[FieldProblem, ...] = ()
    newer: Step | None = None
    keeps_request: bool = True

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What the person gave, with its labels."""
        labels = labels_of(self.values.get("move", ""))
        return [
            (labels.get(name, in_words(name)), value)
            for name, value in self.values.items()
            if name not in HIDDEN and value.strip()
        ]

    def is_of(self, case_id: str, move: str) -> bool:
        """Whether it was sent with this form."""
        return self.values.get("case_id") == case_id and self.values.get("move") == move


def labels_of(move: str) -> dict[str, str]:
    """The label of each field of a form."""
    return {each.name: each.label for each in FORMS[move].fields} if move in FORMS else {}


def read_move(values: Mapping[str, str]) -> AnyMove | Attempt:
    """The move that a form asks for, or what does not fit."""
    given, places = fields_of_plan({name: value for name, value in values.items() if name != FORM_FIELD})
    try:
        return _MOVE.validate_python(given)
    except ValidationError as error:
        labels = labels_of(values.get("move", ""))
        problems = []
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            place = [str(part) for part in each["loc"][1:]]
            field = places.get(".".join(place), place[0] if place else "")
            problems.append(FieldProblem(field, labels.get(field, in_words(field)), _said(each)))
        return Attempt(values, "The form was not recorded. Correct what is listed and send it again.", tuple(problems))


def refused_attempt(values: Mapping[str, str], problem: Problem, newer: Step | None) -> Attempt:
    """A form that casework refused."""
    labels = labels_of(values.get("move", ""))
    listed: Sequence[Mapping[str, Any]] = problem.details.get("problems", [])
    problems = tuple(
        FieldProblem(
            str(each["field"]) if each["field"] in labels else "",
            labels.get(each["field"], in_words(str(each["field"]))),
            str(each["problem"]),
        )
        for each in listed
    )
    message = "The form was not recorded. Correct what is listed and send it again." if problems else problem.message
    return Attempt(values, message, problems, newer, keeps_request=not isinstance(problem, ReusedRequest))


def with_attempt(panels: tuple[CasePanel, ...], attempt: Attempt | None) -> tuple[CasePanel, ...]:
    """The panels with what was typed back in its form."""
    if attempt is None:
        return panels

    def kept(panel: CasePanel, shown: FormShown) -> FormShown:
        if not attempt.is_of(panel.case.case_id, shown.form.move):
            return shown
        request = attempt.values.get("request", "") if attempt.keeps_request else uuid4().hex
        return replace(shown, values=attempt.values, request=request or uuid4().hex)

    return tuple(replace(panel, forms=tuple(kept(panel, each) for each in panel.forms)) for panel in panels)


def _said(error: Mapping[str, Any]) -> str:
    words = {"missing": "expected a value, got none", "date_from_datetime_parsing": "expected a date, year-month-day"}
    kind = str(error["type"])
    if kind.startswith("date_"):
        return "expected a date, year-month-day"
    return words.get(kind, str(plain(error["msg"])).removeprefix("Value error, "))
