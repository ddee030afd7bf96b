"""What a person says when deciding: what was found, what is done, the rule cited, why, and what it was made on."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from casework.cases import Case
from casework.errors import MoveRefused
from casework.texts import Private

ADVERSE = ("partial_benefit_loss", "suspension", "removal")
"""What needs notice and a chance to answer first, unless an emergency is declared with its reason."""
FOUR_EYES = ("suspension", "removal")
"""What always needs a second person, whatever the criteria say."""
DEVIATION_REASONS = ("facts_not_in_criteria", "criterion_unsuited", "joint_operation", "legal_advice", "other")
EMERGENCY_REASONS = ("national_security", "public_safety", "ongoing_loss")
MANDATORY = ("suspension", "removal")
"""What 6 U.S.C. 967(b) leaves after knowingly false information."""


@dataclass(frozen=True)
class Basis:
    """What was known of a participant's score when it was decided; texts, so that the ledger holds them exactly.

    ``score`` is a decimal text, empty when not rated; ``reasons`` are the phrases shown.
    """

    score: str
    score_band: str
    reasons: tuple[str, ...]
    model_digest: str
    data_version: str
    as_of: date

    def stored(self) -> dict[str, Any]:
        """As the ledger holds it; refuses when a version is missing."""
        if not (self.model_digest and self.data_version):
            raise MoveRefused("Expected the model's digest and the data version of a decision, got nothing. Give both.")
        return asdict(self) | {"reasons": list(self.reasons), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class Reason:
    """A reason code with words."""

    code: str
    text: str

    def stored(self, allowed: tuple[str, ...], what: str) -> dict[str, Any]:
        """As the ledger holds it; refuses an unknown code or no words."""
        if self.code not in allowed or not self.text.strip():
            raise MoveRefused(f"Expected for the {what} a code of {', '.join(allowed)} and words; got {self.code!r}.")
        return {"code": self.code, "text": Private(self.text)}


@dataclass(frozen=True)
class Proposal:
    """What a person decides about a case.

    Attributes
    ----------
    disposition, action : str
        What was found and what is done, *no action* included.
    criterion : str
        The rule cited, ``ID@VERSION#ROW``; it must be the one that means the case.
    rationale : str
        Why, in words.
    decided_on : date
        Not before the incident, not after today.
    false_information, aggravated : bool
    prior_incidents_365d, prior_confirmed_1825d : int
        What the criteria ask beside the incident itself.
    basis : Basis
        What it was decided on.
    deviation : Reason, optional
        Why the action is another than the criterion's; needed then, and refused otherwise.
    emergency : Reason, optional
        Why it does not wait for notice and answer.
    """

    disposition: str
    action: str
    criterion: str
    rationale: str
    decided_on: date
    false_information: bool
    aggravated: bool
    prior_incidents_365d: int
    prior_confirmed_1825d: int
    basis: Basis
    deviation: Reason | None = None
    emergency: Reason | None = None

    def stored(self) -> dict[str, Any]:
        """As the ledger holds it, with what a person typed kept apart."""
        return asdict(self) | {
            "decided_on": self.decided_on.isoformat(),
            "rationale": Private(self.rationale),
            "basis": self.basis.stored(),
            "deviation": self.deviation.stored(DEVIATION_REASONS, "deviation") if self.deviation else None,
            "emergency": self.emergency.stored(EMERGENCY_REASONS, "emergency") if self.emergency else None,
        }


def facts_of(case: Case, **more: object) -> dict[str, Any]:
    """What the criteria may ask of a case: its gravest incident, and what the caller found out beside."""
    names = ("severity", "incident_type", "discovery", "self_reported_before_discovery")
    return {name: case.gravest[name] for name in names} | more
