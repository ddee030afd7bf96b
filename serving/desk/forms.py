"""The form of each move: its fields in words, in the order in which a person fills them in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.afterwards import OUTCOMES
from casework.cases import Case
from casework.criteria.inputs import DISPOSITIONS, METHODS
from casework.proposals import DEVIATION_REASONS, EMERGENCY_REASONS, FOUR_EYES
from casework.work import SNOOZE_REASONS
from records.tables import ACTION_KINDS

PLAN_ROWS = 4
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormField:
    """One field. ``kind`` is ``text``, ``date``, ``number``, ``words``, ``select``, ``radio`` or ``check``."""

    name: str
    label: str
    kind: str
    hint: str = ""
    options: Options = ()
    required: bool = True


@dataclass(frozen=True)
class MoveForm:
    """The form of one move. ``lead`` says what sending it does; ``quiet`` ones are not the next step of the case."""

    move: str
    title: str
    button: str
    lead: str
    fields: tuple[FormField, ...] = ()
    quiet: bool = False


def in_words(code: str) -> str:
    """A code as a choice is written."""
    return code.replace("_", " ").capitalize()


def _choices(codes: tuple[str, ...]) -> Options:
    return tuple((code, in_words(code)) for code in codes)


_ACTIONS: Options = tuple(
    (code, in_words(code) + (" (second person)" if code in FOUR_EYES else "")) for code in ACTION_KINDS
)
_DEVIATION = (
    FormField(
        "deviation_code",
        "If it departs from the criterion, why",
        "select",
        options=(("", "It does not depart"), *_choices(DEVIATION_REASONS)),
        required=False,
    ),
    FormField("deviation_text", "The departure in words", "text", required=False),
)
_CRITERION = FormField("criterion", "Criterion cited", "select", "the one that the facts match")


def _day(name: str, label: str) -> FormField:
    return FormField(name, label, "date", "year-month-day")


def _why(label: str, hint: str = "") -> FormField:
    return FormField("text", label, "words", hint)


_PLAN = tuple(
    part
    for number in range(1, PLAN_ROWS + 1)
    for part in (
        FormField(f"action_{number}", f"Corrective action {number}", "text", required=number == 1),
        FormField(f"due_on_{number}", f"Due, action {number}", "date", "year-month-day", required=number == 1),
    )
)

FORMS: dict[str, MoveForm] = {
    form.move: form
    for form in (
        MoveForm("take", "Take this case", "Take", "Nobody else can work on it for 60 minutes."),
        MoveForm(
            "choose_method",
            "Choose how it is investigated",
            "Record the method",
            "The case is then being examined.",
            (FormField("method", "Method", "radio", options=_choices(METHODS)), _CRITERION, *_DEVIATION),
        ),
        MoveForm(
            "propose",
            "Record a decision",
            "Sign and record",
            "It closes the case, or waits for a second person where the criteria ask for one.",
            (
                FormField("disposition", "Finding of the investigation", "radio", options=_choices(DISPOSITIONS)),
                FormField("action", "Decision", "select", options=(("", "Choose a step"), *_ACTIONS)),
                _CRITERION,
                *_DEVIATION,
                FormField(
                    "rationale",
                    "Rationale",
                    "words",
                    "What the facts show and why this step. A score is not a rationale.",
                ),
                _day("decided_on", "Decided on"),
                FormField("aggravated", "There are aggravated circumstances", "check", required=False),
                FormField(
                    "false_information",
                    "False information was given knowingly in a validation, 6 U.S.C. 967(b)",
                    "check",
                    required=False,
                ),
                FormField(
                    "emergency_code",
                    "If it cannot wait for notice and answer, why",
                    "select",
                    options=(("", "No emergency"), *_choices(EMERGENCY_REASONS)),
                    required=False,
                ),
                FormField("emergency_text", "The emergency in words", "text", required=False),
            ),
        ),
        MoveForm("approve", "Sign as the second person", "Sign", "The decision takes effect and the case closes."),
        MoveForm(
            "send_back",
            "Send the decision back",
            "Send back",
            "The case is examined further.",
            (_why("What is missing"),),
            quiet=True,
        ),
        MoveForm(
            "give_notice",
            "Record a notice",
            "Record the notice",
            "Adverse actions need a notice, and its answer or the end of its time.",
            (
                _day("on", "Given on"),
                FormField("response_days", "Time to answer", "number", "days"),
            ),
            quiet=True,
        ),
        MoveForm(
            "record_response",
            "Record the answer",
            "Record the answer",
            "The participant answered the notice.",
            (_day("on", "Answered on"),),
            quiet=True,
        ),
        MoveForm(
            "snooze",
            "Let it rest",
            "Let it rest",
            "A further incident wakes it.",
            (
                _day("until", "Until"),
                FormField("reason", "Reason", "select", options=_choices(SNOOZE_REASONS)),
                _why("The reason in words"),
            ),
            quiet=True,
        ),
        MoveForm("release", "Give it back", "Give back", "Others can take it again.", quiet=True),
        MoveForm(
            "set_plan",
            "Agree on corrective actions",
            "Record the plan",
            "Each with its day; a new plan takes the place of the old one.",
            _PLAN,
            quiet=True,
        ),
        MoveForm(
            "complete_action",
            "Record a corrective action as done",
            "Record it as done",
            "Reinstatement needs all of them.",
            (FormField("action", "Corrective action", "select"), _day("on", "Done on")),
        ),
        MoveForm(
            "appeal",
            "Record an appeal",
            "Record the appeal",
            "180 days to decide it begin.",
            (_day("on", "Filed on"),),
            quiet=True,
        ),
        MoveForm(
            "decide_appeal",
            "Decide the appeal",
            "Sign and record",
            "By a person who neither wrote nor signed the decision.",
            (
                FormField("outcome", "Outcome", "radio", options=_choices(OUTCOMES)),
                FormField(
                    "action",
                    "Other action, when modified",
                    "select",
                    options=(("", "Not modified"), *_ACTIONS),
                    required=False,
                ),
                _why("Why"),
                _day("on", "Decided on"),
            ),
        ),
        MoveForm(
            "reinstate",
            "Reinstate the participant",
            "Reinstate",
            "Every corrective action is done; by another person than the author.",
            (
                _day("on", "From"),
                FormField(
                    "consent_to_unannounced_visits",
                    "The participant consents to unannounced visits",
                    "check",
                    required=False,
                ),
            ),
        ),
    )
}
"""The form of every move, the next step of a case before the quiet ones."""


def form_of(move: str, case: Case, criteria: Mapping[str, Options]) -> MoveForm:
    """The form of a move with the choices that the case gives: criteria that can match it, actions of its plan."""
    form = FORMS[move]
    plan = tuple((each["action"], each["action"]) for each in case.plan if not each["done_on"])
    options = {"criterion": criteria.get(move, ())} | ({"action": plan} if move == "complete_action" else {})
    filled = tuple(replace(each, options=options.get(each.name, each.options)) for each in form.fields)
    return replace(form, fields=filled)


def fields_of_plan(values: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """What a form sent, as the contract of its move has it, and the form's field for each place of a plan's row."""
    given: dict[str, object] = {name: value for name, value in values.items() if value.strip()}
    if values.get("move") != "set_plan":
        return given, {}
    rows: list[dict[str, object]] = []
    places: dict[str, str] = {}
    for number in range(1, PLAN_ROWS + 1):
        parts = {name: given.pop(f"{name}_{number}", None) for name in ("action", "due_on")}
        if any(parts.values()):
            places |= {f"actions.{len(rows)}.{name}": f"{name}_{number}" for name in parts}
            rows.append({name: value for name, value in parts.items() if value})
    return {**given, "actions": rows}, places | {"actions": "action_1"}
