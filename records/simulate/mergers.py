"""Who merges into whom, and what the heir carries on."""

from dataclasses import dataclass

import numpy as np

from records.simulate.calendar import Calendar
from records.simulate.population import Population
from records.simulate.streams import Floats, Ints


@dataclass(frozen=True)
class Mergers:
    """The account into which each participant is merged, and the day of the record; -1 for those that are not."""

    heir: Ints
    day: Ints


def draw_mergers(rng: np.random.Generator, population: Population, calendar: Calendar, *, share: float) -> Mergers:
    """Mergers among the withdrawals of the record: each into an older account of the same kind that stays."""
    size = len(population)
    heir, day = np.full(size, -1), np.full(size, -1)
    leaving = np.flatnonzero(population.withdraws < calendar.months)
    staying = np.flatnonzero((population.withdraws >= calendar.months) & (population.enrolled < 0))
    merged = leaving[rng.random(len(leaving)) < share]
    for place in merged:
        alike = staying[population.business_type[staying] == population.business_type[place]]
        if len(alike):
            heir[place] = alike[int(rng.integers(0, len(alike)))]
            day[place] = calendar.first_days[population.withdraws[place]] + 1
    return Mergers(heir, day)


def carry_on(log_lambda: Floats, mergers: Mergers, population: Population) -> Floats:
    """Log-intensity (n, months) in which each heir, from the merger on, has the higher of the two.

    Nearly their sum, so heavy is the tail; and unlike a sum the same before and after the calibrated spread.
    """
    inherited = log_lambda.copy()
    for place in np.flatnonzero(mergers.heir >= 0):
        heir, since = mergers.heir[place], population.withdraws[place]
        inherited[heir, since:] = np.maximum(inherited[heir, since:], log_lambda[place, since:])
    return inherited
