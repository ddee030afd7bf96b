"""Further incidents after *no action* bring the case back, before a named supervisor.

The audit tells of an incident in 2021, no action, dozens more, and a suspension two years later. This rule is what
would have stopped at the second further one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class RepeatRule:
    """``further`` incidents that happened within ``within_days`` after the decision reopen the case."""

    further: int = 2
    within_days: int = 730


def fires_on(no_action_on: date, incidents: Iterable[tuple[date, date]], rule: RepeatRule) -> date | None:
    """The day on which the case comes back, or None.

    Parameters
    ----------
    no_action_on : date
        When it was decided to do nothing.
    incidents : iterable of (occurred on, known on)
        Of the participant. Those that happened before the decision do not count, however late they are known.
    rule : RepeatRule
        How many, and for how long.
    """
    last = no_action_on + timedelta(days=rule.within_days)
    known = sorted(known for occurred, known in incidents if no_action_on < occurred <= last)
    return known[rule.further - 1] if len(known) >= rule.further else None
