"""Standing that is settled before any incident: certification, tiers, failed visits, withdrawal."""

from dataclasses import dataclass

import numpy as np

from records.simulate.calendar import Calendar
from records.simulate.population import Population
from records.simulate.streams import Floats, Ints
from records.simulate.visits import Visits

OTHER_SUSPENSIONS_PER_YEAR = 0.023
"""Suspensions for neither incidents nor a failed visit, for each participant and year."""

NEVER_DAY = 10**6
NO_SUSPENSION, FAILED_VISIT, OTHER_REASON, INCIDENTS = 0, 1, 2, 3


@dataclass(frozen=True)
class StandingPlan:
    """Standing apart from what incidents bring, one place for each participant or (participant, month).

    ``validated`` and ``top_tier`` are days of the record (NEVER_DAY: never); ``enters`` the month of certification
    (negative before the record); ``suspends`` the planned suspensions by reason code; ``length`` how many months a
    suspension that begins in the month lasts; ``harsh`` a uniform number that decides if removal follows.
    """

    enters: Ints
    validated: Ints
    top_tier: Ints
    tier: Ints
    suspends: Ints
    length: Ints
    harsh: Floats
    leaves: Ints


def plan_standing(rng: np.random.Generator, population: Population, visits: Visits, calendar: Calendar) -> StandingPlan:
    """The plan from visits and from causes apart from incidents."""
    size, months = len(population), calendar.months
    validated = np.full(size, NEVER_DAY)
    first = visits.number == 0
    validated[visits.participant[first]] = visits.day[first] + 25 + 150 * visits.failed[first]
    top_tier = np.full(size, NEVER_DAY)
    excellent = (visits.number == 1) & (visits.found.sum(axis=1) <= 1)
    top_tier[visits.participant[excellent]] = visits.day[excellent] + 40
    top_tier = np.where(validated < NEVER_DAY, np.maximum(top_tier, validated + 200), NEVER_DAY)
    begins = calendar.first_days[:-1][None, :]
    tier = (validated[:, None] <= begins).astype(np.int64) + (top_tier[:, None] <= begins)
    hazard = OTHER_SUSPENSIONS_PER_YEAR / 12 * np.exp(0.4 * population.culture - 0.08)
    suspends = np.where(rng.random((size, months)) < hazard[:, None], OTHER_REASON, NO_SUSPENSION)
    month = calendar.month_of(visits.day + 32)
    failed = visits.failed & (month >= 0) & (month < months) & (rng.random(len(month)) < 0.7)
    suspends[visits.participant[failed], month[failed]] = FAILED_VISIT
    return StandingPlan(
        enters=calendar.month_of(population.enrolled),
        validated=validated,
        top_tier=top_tier,
        tier=tier,
        suspends=suspends,
        length=2 + rng.geometric(1 / 6, (size, months)),
        harsh=rng.random((size, months)),
        leaves=population.withdraws,
    )
