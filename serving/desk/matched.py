"""The criteria that the facts of a case match, for the head of its form."""

from dataclasses import dataclass
from datetime import date
from itertools import product

from sqlalchemy import Connection

from casework.cases import Case
from casework.criteria.inputs import DISPOSITIONS
from casework.criteria.publishing import in_force
from casework.criteria.tables import Answer, Criteria
from casework.proposals import facts_of
from serving.desk.context import Context
from serving.desk.forms import Options, in_words


@dataclass(frozen=True)
class Matched:
    """One criterion that can apply. ``when`` is what has to be found for it; empty when it applies as things stand."""

    when: str
    criterion: str
    words: str
    says: str


def matched_method(connection: Connection, case: Case, context: Context, on: date) -> tuple[Matched, ...]:
    """The one criterion that says how the case is investigated."""
    answer = in_force(connection, on).ask(
        "method", facts_of(case, **_priors(context), score_band=context.basis.score_band)
    )
    return (Matched("", answer.criterion, answer.words, in_words(answer.values["method"])),)


def matched_enforcement(connection: Connection, case: Case, context: Context, on: date) -> tuple[Matched, ...]:
    """For each finding, the criterion that it matches; circumstances only where they change the answer."""
    criteria = in_force(connection, on)
    found: dict[tuple[str, str], str] = {}
    for disposition in DISPOSITIONS:
        plain = _ask(criteria, case, context, disposition, aggravated=False, false_information=False)
        found.setdefault((plain.criterion, _row(plain)), in_words(disposition))
        for aggravated, false_information in product((False, True), repeat=2):
            answer = _ask(
                criteria, case, context, disposition, aggravated=aggravated, false_information=false_information
            )
            when = [in_words(disposition)]
            when += ["aggravated"] if aggravated else []
            when += ["false information"] if false_information else []
            found.setdefault((answer.criterion, _row(answer)), ", ".join(when).capitalize())
    return tuple(Matched(when, criterion, *row.split("\n")) for (criterion, row), when in found.items())


def options_of(matched: tuple[Matched, ...]) -> Options:
    """Criteria as the choices of a form."""
    found = tuple((each.criterion, f"{each.criterion.split('#')[1]}: {each.says}") for each in matched)
    return found if len(found) == 1 else (("", "Choose the one that the finding matches"), *found)


def _ask(
    criteria: Criteria, case: Case, context: Context, disposition: str, *, aggravated: bool, false_information: bool
) -> Answer:
    facts = facts_of(
        case,
        disposition=disposition,
        aggravated=aggravated,
        false_information=false_information,
        **_priors(context),
    )
    return criteria.ask("enforcement", facts)


def _row(answer: Answer) -> str:
    return f"{answer.words}\n{in_words(answer.values['action'])}"


def _priors(context: Context) -> dict[str, int]:
    return {
        "prior_incidents_365d": context.prior_incidents_365d,
        "prior_confirmed_1825d": context.prior_confirmed_1825d,
    }
