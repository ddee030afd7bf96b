"""What a person or a program asks of a case: one contract for each move, the same for forms and for programs."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from casework.afterwards import OUTCOMES
from casework.criteria.inputs import DISPOSITIONS, METHODS
from casework.proposals import DEVIATION_REASONS, EMERGENCY_REASONS
from casework.work import SNOOZE_REASONS
from records.tables import ACTION_KINDS
from serving.contracts import Asked, Given

LONGEST_TEXT = 5_000


def _one_of(values: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"expected one of {', '.join(values)}")
        return value

    return check


def _code(values: tuple[str, ...], meaning: str, *, empty: bool = False) -> Any:
    allowed = ("", *values) if empty else values
    field = Field(description=meaning, examples=[values[0]], json_schema_extra={"enum": list(allowed)})
    return Annotated[str, AfterValidator(_one_of(allowed)), field]


def _text(meaning: str, example: str) -> Any:
    return Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, description=meaning, examples=[example])]


def _day(meaning: str) -> Any:
    return Annotated[date, Field(description=f"{meaning}, year-month-day", examples=["2024-10-01"])]


_DEVIATION = _code(DEVIATION_REASONS, "why it departs from the criterion; empty when it does not", empty=True)
_EMERGENCY = _code(EMERGENCY_REASONS, "why it cannot wait for the notice; empty when it can", empty=True)


class CaseMove(Asked):
    """What every move names."""

    case_id: str = Field(min_length=1, max_length=200, description="id of the case", examples=["C-P-004217-1"])
    version: int = Field(
        ge=1, description="version of the case that was looked at, a count of its entries", examples=[3]
    )
    request: str = Field(
        min_length=8,
        max_length=100,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="id of this request, made by the sender: sent again it changes nothing",
        examples=["5b0e2f8c61d94d0f"],
    )


class Deviating(CaseMove):
    """A move that may depart from its criterion, with a reason."""

    deviation_code: _DEVIATION = ""  # type: ignore[valid-type]
    deviation_text: str = Field(
        default="", max_length=LONGEST_TEXT, description="the reason for departing, in words", examples=[""]
    )


class Take(CaseMove):
    """Hold the case for a while."""

    move: Literal["take"] = Field(description="which move is made")


class Release(CaseMove):
    """Give it back."""

    move: Literal["release"] = Field(description="which move is made")


class Snooze(CaseMove):
    """Let it rest until a day."""

    move: Literal["snooze"] = Field(description="which move is made")
    until: _day("last day of rest, after today")  # type: ignore[valid-type]
    reason: _code(SNOOZE_REASONS, "why it rests")  # type: ignore[valid-type]
    text: _text("the reason in words", "The laboratory answers next week")  # type: ignore[valid-type]


class ChooseMethod(Deviating):
    """Decide how it is investigated."""

    move: Literal["choose_method"] = Field(description="which move is made")
    method: _code(METHODS, "way to investigate")  # type: ignore[valid-type]
    criterion: _text("criterion cited, ID@VERSION#ROW", "draft@1#method-2")  # type: ignore[valid-type]


class GiveNotice(CaseMove):
    """Note that the participant was told."""

    move: Literal["give_notice"] = Field(description="which move is made")
    on: _day("day of the notice")  # type: ignore[valid-type]
    response_days: int = Field(ge=1, le=3650, description="days to answer", examples=[10])


class RecordResponse(CaseMove):
    """Note that the participant answered."""

    move: Literal["record_response"] = Field(description="which move is made")
    on: _day("day of the answer")  # type: ignore[valid-type]


class Propose(Deviating):
    """Decide about the case."""

    move: Literal["propose"] = Field(description="which move is made")
    disposition: _code(DISPOSITIONS, "what the investigation found")  # type: ignore[valid-type]
    action: _code(ACTION_KINDS, "what is done")  # type: ignore[valid-type]
    criterion: _text("criterion cited, ID@VERSION#ROW", "draft@1#enforcement-8")  # type: ignore[valid-type]
    rationale: _text("why, in words; a score is no rationale", "The seal was cut in the yard")  # type: ignore[valid-type]
    decided_on: _day("day of the decision")  # type: ignore[valid-type]
    false_information: bool = Field(
        default=False, description="false information was given knowingly, 6 U.S.C. 967(b)", examples=[False]
    )
    aggravated: bool = Field(default=False, description="there are aggravated circumstances", examples=[False])
    emergency_code: _EMERGENCY = ""  # type: ignore[valid-type]
    emergency_text: str = Field(
        default="", max_length=LONGEST_TEXT, description="the emergency in words", examples=[""]
    )


class Approve(CaseMove):
    """Sign as the second person."""

    move: Literal["approve"] = Field(description="which move is made")


class SendBack(CaseMove):
    """Do not sign."""

    move: Literal["send_back"] = Field(description="which move is made")
    text: _text("why, in words", "The visit report is missing")  # type: ignore[valid-type]


class PlannedAction(Asked):
    """One corrective action."""

    action: _text("what is done", "Cameras in the yard")  # type: ignore[valid-type]
    due_on: _day("until when")  # type: ignore[valid-type]


class SetPlan(CaseMove):
    """Agree on corrective actions."""

    move: Literal["set_plan"] = Field(description="which move is made")
    actions: list[PlannedAction] = Field(
        min_length=1,
        max_length=50,
        description="corrective actions, each with its day",
        examples=[[{"action": "Cameras in the yard", "due_on": "2024-12-01"}]],
    )


class CompleteAction(CaseMove):
    """Note that a corrective action is done."""

    move: Literal["complete_action"] = Field(description="which move is made")
    action: _text("which one", "Cameras in the yard")  # type: ignore[valid-type]
    on: _day("day on which it was done")  # type: ignore[valid-type]


class Appeal(CaseMove):
    """Note that the participant appeals."""

    move: Literal["appeal"] = Field(description="which move is made")
    on: _day("day of filing")  # type: ignore[valid-type]


class DecideAppeal(CaseMove):
    """Decide the appeal."""

    move: Literal["decide_appeal"] = Field(description="which move is made")
    outcome: _code(OUTCOMES, "what becomes of the decision")  # type: ignore[valid-type]
    action: _code(ACTION_KINDS, "the other action when modified; else empty", empty=True) = ""  # type: ignore[valid-type]
    text: _text("why, in words", "The notice was in time")  # type: ignore[valid-type]
    on: _day("day of the decision")  # type: ignore[valid-type]


class Reinstate(CaseMove):
    """End a suspension."""

    move: Literal["reinstate"] = Field(description="which move is made")
    on: _day("day of reinstatement")  # type: ignore[valid-type]
    consent_to_unannounced_visits: bool = Field(
        default=False, description="the participant consents to unannounced visits", examples=[True]
    )


AnyMove = (
    Take
    | Release
    | Snooze
    | ChooseMethod
    | GiveNotice
    | RecordResponse
    | Propose
    | Approve
    | SendBack
    | SetPlan
    | CompleteAction
    | Appeal
    | DecideAppeal
    | Reinstate
)
MoveRequest = Annotated[AnyMove, Field(discriminator="move")]


class CaseAnswer(Given):
    """A case as it stands after a move."""

    case_id: str = Field(description="id of the case", examples=["C-P-004217-1"])
    participant_id: str = Field(description="the program's own account number", examples=["P-004217"])
    state: str = Field(description="open, examining, proposed, closed or appealed", examples=["closed"])
    version: int = Field(description="number of its entries so far; the next move names it", examples=[5])
    opened_at: str = Field(description="moment of opening, UTC", examples=["2024-10-01T08:00:00"])
    incident_ids: list[str] = Field(description="incidents that it holds", examples=[["I-24-08131"]])
    holder: str = Field(description="account that works on it; empty: nobody", examples=["a-17"])
    held_until: str = Field(description="when the hold ends by itself, UTC; empty: no hold", examples=[""])
    due_on: str | None = Field(description="next date of the case; null: nothing is due", examples=["2024-12-01"])
    due_for: str = Field(description="what that date is for", examples=["corrective action"])
    method: str = Field(description="way of investigation; empty: not chosen", examples=["site_visit"])
    disposition: str = Field(description="what was found; empty: not decided", examples=["confirmed"])
    action: str = Field(description="what is done; empty: not decided", examples=["suspension"])
    criterion: str = Field(description="criterion cited; empty: not decided", examples=["draft@1#enforcement-8"])
    author: str = Field(description="account that decided; empty: not decided", examples=["a-17"])
    approver: str = Field(description="account that signed second; empty: nobody did", examples=["a-4"])
    appeal: str = Field(description="filed, upheld, modified or reversed; empty: none", examples=[""])


class DecisionAnswer(Given):
    """The case after the move, with what the answer was made from."""

    case: CaseAnswer
