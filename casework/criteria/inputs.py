"""What criteria may ask about a case: one closed list, and which table may ask what.

The score, and everything that follows from it, may order the work and choose how to investigate. It is no input
of enforcement: the table of enforcement can only name inputs of :data:`TABLE_INPUTS`, where none comes from a score,
and :func:`facts_for` hands it nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casework.errors import InputMissing
from records.tables import ACTION_KINDS, DISCOVERIES, INCIDENT_TYPES

Value = str | int | bool

DISPOSITIONS = ("confirmed", "minor_finding", "no_finding", "inconclusive", "not_examined")
"""What an investigation found, as a label vocabulary."""

METHODS = (
    "records_review",
    "request_for_information",
    "joint_review",
    "post_incident_analysis",
    "site_visit",
)
"""Ways to investigate, from the lightest to the heaviest."""

LEVELS = ("analyst", "supervisor", "director")
"""Who may decide and approve, each also what those before it may."""


@dataclass(frozen=True)
class Input:
    """One thing that criteria may ask about.

    Attributes
    ----------
    name : str
        As the tables write it.
    meaning : str
        In words.
    values : tuple of str
        Allowed texts; empty for numbers and yes-or-no.
    low, high : int
        Range of a whole number; both 0 otherwise.
    from_score : bool
        Whether it comes from a model's score.
    """

    name: str
    meaning: str
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    from_score: bool = False

    @property
    def expected(self) -> str:
        """What fits, in words."""
        if self.values:
            return f"one of {', '.join(self.values)}"
        return f"a whole number from {self.low} to {self.high}" if self.high else "true or false"

    def fits(self, value: object) -> bool:
        """Whether ``value`` is one of the allowed ones. True is no 1, and 1 is no true."""
        if self.values:
            return isinstance(value, str) and value in self.values
        if self.high:
            return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high
        return isinstance(value, bool)


INPUTS: dict[str, Input] = {
    each.name: each
    for each in (
        Input("severity", "severity of the gravest incident of the case", low=1, high=10),
        Input("incident_type", "type of the gravest incident", values=INCIDENT_TYPES),
        Input("discovery", "how the gravest incident came to light", values=DISCOVERIES),
        Input("self_reported_before_discovery", "whether the participant told before anyone found it"),
        Input("prior_incidents_365d", "incidents of the participant in the year before", high=10_000),
        Input("prior_confirmed_1825d", "confirmed cases of the participant in the five years before", high=10_000),
        Input("disposition", "what the investigation found", values=DISPOSITIONS),
        Input("false_information", "whether false information was given knowingly in a validation, 6 U.S.C. 967(b)"),
        Input("aggravated", "whether there are aggravated circumstances"),
        Input("action", "step of the enforcement ladder", values=ACTION_KINDS),
        Input("deviates", "whether the action is another than the criterion's"),
        Input("emergency", "whether the action comes before the notice"),
        Input("score_band", "where the score stands", values=("low", "middle", "high", "not_rated"), from_score=True),
    )
}

_INCIDENT = (
    "severity",
    "incident_type",
    "discovery",
    "self_reported_before_discovery",
    "prior_incidents_365d",
    "prior_confirmed_1825d",
)
TABLE_INPUTS: dict[str, tuple[str, ...]] = {
    "method": (*_INCIDENT, "score_band"),
    "enforcement": (*_INCIDENT, "disposition", "false_information", "aggravated"),
    "authority": ("action", "deviates", "emergency"),
}
"""Each table of the criteria, and all that it may ask."""

TABLE_OUTPUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "method": {"method": METHODS},
    "enforcement": {"action": ACTION_KINDS},
    "authority": {"decides": LEVELS, "approves": ("nobody", *LEVELS)},
}
"""Each table and what it answers, with the allowed answers."""


def facts_for(table: str, names: tuple[str, ...], facts: Mapping[str, object]) -> dict[str, Any]:
    """The facts that a table asks about, each present and fitting; nothing else is handed on.

    Raises
    ------
    InputMissing
        With every problem at once.
    """
    problems = []
    for name in names:
        if name not in facts:
            problems.append(f"{name}: expected {INPUTS[name].expected}; got nothing")
        elif not INPUTS[name].fits(facts[name]):
            problems.append(f"{name}: expected {INPUTS[name].expected}; got {facts[name]!r}")
    if problems:
        raise InputMissing(
            f"Facts for the table '{table}' do not fit:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
            + "\nFind them out first: no row stands for what is not known."
        )
    return {name: facts[name] for name in names}
