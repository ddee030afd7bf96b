"""The clocks of 6 U.S.C. 961-973: what is due when, for each participant and for the program.

Where the law says *to the extent practicable*, a duty that is late with a recorded reason is told apart from one that
is simply overdue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise


@dataclass(frozen=True)
class Rule:
    """One statutory duty. ``days`` or ``years`` run from ``begins``."""

    name: str
    section: str
    words: str
    begins: str
    days: int = 0
    years: int = 0
    practicable: bool = False

    def due(self, start: date) -> date:
        """The last day, from the day on which the clock began."""
        return _years_later(start, self.years) + timedelta(days=self.days)


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("requirements_review", "961(b)", "review the minimum security requirements", "the last review", years=1),
        Rule("certification", "964(c)", "certify", "the application", days=90, practicable=True),
        Rule("validation", "965(a)", "validate", "certification", years=1, practicable=True),
        Rule("appeal_filing", "967(c)", "file an appeal", "the decision", days=90),
        Rule("appeal_filing_false_information", "967(c)", "file an appeal after 967(b)", "the decision", days=30),
        Rule("appeal_decision", "967(c)", "decide an appeal", "its filing", days=180),
        Rule("revalidation", "969", "revalidate", "the last validation", years=4),
        Rule("revalidation_plan", "969", "plan the year's revalidations", "the last plan", years=1),
        Rule("strategic_plan", "971(a)", "plan for five years", "the last plan", years=5),
        Rule("workload_plan", "971(a)", "match resources to workload", "the last plan", years=1),
        Rule("annual_report", "971(e)", "report to Congress", "the last report", years=1),
    )
}
PROGRAM_RULES = ("requirements_review", "revalidation_plan", "strategic_plan", "workload_plan", "annual_report")
PAUSE_REASONS = ("suspended", "appeal_pending", "visit_impossible", "participant_asked")


@dataclass(frozen=True)
class Pause:
    """Days that do not count: from ``first`` (included) to ``end`` (not included; None while it lasts)."""

    first: date
    end: date | None
    reason: str


@dataclass(frozen=True)
class Duty:
    """One clock as it stands.

    Attributes
    ----------
    due_on : date
        With the days of ended pauses added.
    done_on : date or None
    standing : str
        ``done``, ``done_late``, ``due``, ``paused``, ``overdue``, or ``late_with_reason`` where the law allows one.
    """

    participant_id: str
    rule: str
    section: str
    began_on: date
    due_on: date
    done_on: date | None
    standing: str
    reason: str


@dataclass(frozen=True)
class History:
    """What is known of a participant's duties at a day; ``participant_id`` is empty for the program itself.

    ``reasons`` holds recorded reasons by rule, ``pauses`` by rule. ``appeals`` are (filed on, decided on or None);
    ``decisions`` adverse ones as (decided on, after false information).
    """

    participant_id: str
    applied_on: date | None = None
    certified_on: date | None = None
    validated_on: Sequence[date] = ()
    decisions: Sequence[tuple[date, bool]] = ()
    appeals: Sequence[tuple[date, date | None]] = ()
    left_on: date | None = None
    program: dict[str, Sequence[date]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    pauses: dict[str, Sequence[Pause]] = field(default_factory=dict)


def duties_of(history: History, today: date) -> tuple[Duty, ...]:
    """Every clock that began until ``today``, the earliest due first; none begins once a participant has left."""
    clocks = [*_entry(history), *_validations(history), *_appeals(history), *_program(history)]
    found = [
        _duty(history, name, start, done, today)
        for name, start, done in clocks
        if start <= today and (history.left_on is None or done is not None or today < history.left_on)
    ]
    return tuple(sorted(found, key=lambda duty: (duty.due_on, duty.rule)))


Clock = tuple[str, date, date | None]


def _entry(history: History) -> list[Clock]:
    return [("certification", history.applied_on, history.certified_on)] if history.applied_on else []


def _validations(history: History) -> list[Clock]:
    done = sorted(history.validated_on)
    first: list[Clock] = (
        [("validation", history.certified_on, done[0] if done else None)] if history.certified_on else []
    )
    following: list[Clock] = [("revalidation", before, after) for before, after in pairwise(done)]
    return first + following + ([("revalidation", done[-1], None)] if done else [])


def _appeals(history: History) -> list[Clock]:
    filed = sorted(history.appeals)
    clocks: list[Clock] = [("appeal_decision", on, decided) for on, decided in filed]
    for decided_on, false_information in history.decisions:
        name = "appeal_filing_false_information" if false_information else "appeal_filing"
        until = RULES[name].due(decided_on)
        clocks.append((name, decided_on, next((on for on, _ in filed if decided_on <= on <= until), None)))
    return clocks


def _program(history: History) -> list[Clock]:
    clocks: list[Clock] = []
    for name, days in history.program.items():
        done = sorted(days)
        clocks += [(name, before, after) for before, after in pairwise(done)] + [(name, done[-1], None)]
    return clocks


def _duty(history: History, name: str, start: date, done: date | None, today: date) -> Duty:
    rule = RULES[name]
    pauses = history.pauses.get(name, ())
    stopped = sum((pause.end - pause.first).days for pause in pauses if pause.end and pause.first >= start)
    due = rule.due(start) + timedelta(days=stopped)
    lasting = next((pause for pause in pauses if pause.end is None and start <= pause.first <= today), None)
    known_done = done if done is not None and done <= today else None
    reason = history.reasons.get(name, "")
    if known_done is not None:
        standing = "done" if known_done <= due else "done_late"
    elif lasting is not None:
        standing, reason = "paused", lasting.reason
    elif today <= due:
        standing = "due"
    else:
        standing = "late_with_reason" if rule.practicable and reason else "overdue"
    # An appeal is the participant's right, not the program's duty: its time ends and nothing is overdue.
    if standing == "overdue" and name.startswith("appeal_filing"):
        standing, reason = "done", "no appeal was filed"
    return Duty(history.participant_id, name, rule.section, start, due, known_done, standing, reason)


def _years_later(day: date, years: int) -> date:
    """The same day years later; 29 February becomes 28 where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
