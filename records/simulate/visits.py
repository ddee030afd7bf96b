"""Security weaknesses, and the validation visits that see a part of them.

Each participant has a weakness in each of the twelve criteria categories: a common culture and a part of its own. A
visit finds the weaker categories more often, helps for two years, and vigilance fades until the next one.
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.population import Population
from records.simulate.streams import Bools, Floats, Ints
from records.tables import CRITERIA_CATEGORIES

RELEVANT = {
    0: ("business_partners", "seals", "procedures"),
    1: ("conveyances", "seals", "personnel"),
    2: ("physical_access", "personnel", "seals"),
    3: ("business_partners", "cybersecurity", "procedures"),
    4: ("physical_security", "conveyances", "agriculture"),
}
"""The categories that open a participant to infiltration, by kind of business."""

REVALIDATION_YEARS = 4
RELIEF_MONTHS = 24
HIDDEN = 0.6
"""Part of the weaknesses that evasion in full hides from a visit: an assumption."""
BEHAVED, BEHAVED_MONTHS = -1.2, 4
LAPSED, LAPSED_MONTHS = 0.8, 6
"""Log effects of evasion in full: up to the month of a visit that one knows of, and after it; assumptions."""


@dataclass(frozen=True)
class Unmade:
    """Visits due within the record that are not made in it: who, when due, number of the visit."""

    participant: Ints
    due: Ints
    number: Ints


@dataclass(frozen=True)
class Visits:
    """Every visit, one place in each array for each: who, day of the record, number of the visit, what it found.

    ``found`` and ``must`` are (visits, 12); ``due`` is the day on which the law wants the visit.
    """

    participant: Ints
    day: Ints
    due: Ints
    number: Ints
    found: Bools
    must: Bools
    unmade: Unmade

    @property
    def failed(self) -> Bools:
        """Visits that a participant does not pass: five must-findings or more."""
        return np.asarray((self.found & self.must).sum(axis=1) >= 5, dtype=np.bool_)


def draw_weaknesses(rng: np.random.Generator, population: Population) -> Floats:
    """Weakness by participant and category (n, 12), standard normal in each category."""
    own = rng.standard_normal((len(population), len(CRITERIA_CATEGORIES)))
    return np.asarray(0.8 * population.culture[:, None] + 0.6 * own, dtype=np.float64)


def relevant_weakness(weaknesses: Floats, group: Ints) -> Floats:
    """The weakness that matters for each participant's kind of business, about standard normal."""
    mask = np.zeros((len(RELEVANT), len(CRITERIA_CATEGORIES)))
    for kind, categories in RELEVANT.items():
        mask[kind, [CRITERIA_CATEGORIES.index(category) for category in categories]] = 1 / len(categories)
    return np.asarray((weaknesses * mask[group]).sum(axis=1) / 0.87, dtype=np.float64)


def draw_visits(
    rng: np.random.Generator, population: Population, weaknesses: Floats, *, months: int, evasion: float
) -> Visits:
    """The visits of each participant from its enrollment to the end of the record.

    With evasion a visit sees a house put in order: fewer findings, which say less about the weaknesses.
    """
    end = int(months * 30.4375)
    due = population.enrolled + 365
    rows: list[tuple[Ints, Ints, Ints, Ints]] = []
    open_rows: list[tuple[Ints, Ints, Ints]] = []
    for number in range(8):
        late = np.where(rng.random(len(due)) < 0.8, rng.integers(-150, 30, len(due)), rng.integers(30, 500, len(due)))
        day = due + late
        here = np.flatnonzero((day < end) & (day > population.enrolled + 60))
        rows.append((here, day[here], due[here], np.full(len(here), number)))
        late_beyond = np.flatnonzero((due < end) & (day >= end))
        open_rows.append((late_beyond, due[late_beyond], np.full(len(late_beyond), number)))
        due = day + 365 * REVALIDATION_YEARS
    participant, day, due_day, number_of = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    order = np.lexsort((day, participant))
    participant, day, due_day, number_of = participant[order], day[order], due_day[order], number_of[order]
    seen = 1.4 * (1 - HIDDEN * evasion)
    logit = -1.9 - 0.12 * number_of[:, None] + seen * weaknesses[participant] - evasion
    found = rng.random(logit.shape) < 1 / (1 + np.exp(-logit))
    unmade = Unmade(*(np.concatenate(parts) for parts in zip(*open_rows, strict=True)))
    return Visits(participant, day, due_day, number_of, found, rng.random(logit.shape) < 0.6, unmade)


def draw_vigilance(visits: Visits, enrolled: Ints, *, months: int, evasion: float) -> Floats:
    """Log effect of visits on intensity by participant and month (n, months).

    A visit with findings lowers it by 0.5 for two years; every year without a visit raises it by 0.15, up to 0.6.
    With evasion a visit helps less or not at all: it lowers intensity while one waits for it, and then one lapses.
    """
    month = np.floor(visits.day / 30.4375).astype(np.int64)
    last = np.repeat((enrolled // 30)[:, None].astype(np.float64), months, axis=1)
    relief = np.zeros((len(enrolled), months + 1))
    inside = month < months
    who, when = visits.participant[inside], month[inside]
    np.maximum.at(last, (who, when.clip(min=0)), when.astype(np.float64))
    np.maximum.accumulate(last, axis=1, out=last)
    helps = visits.found[inside].any(axis=1)
    stop = (when + RELIEF_MONTHS).clip(0, months)
    np.add.at(relief, (who[helps], when.clip(0, months)[helps]), -0.5)
    np.add.at(relief, (who[helps], stop[helps]), 0.5)
    since = (np.arange(months)[None, :] - last).clip(0, 48) / 12
    lasting = np.cumsum(relief, axis=1)[:, :months].clip(min=-0.5) * (1 - evasion)
    return np.asarray(0.15 * since + lasting + evasion * _behave(who, when, relief.shape), dtype=np.float64)


def _behave(who: Ints, when: Ints, shape: tuple[int, int]) -> Floats:
    """Log effect of evasion in full around visits of ``who`` in the months ``when``: (n, months)."""
    months = shape[1] - 1
    change = np.zeros(shape)
    steps = ((1 - BEHAVED_MONTHS, BEHAVED), (1, LAPSED - BEHAVED), (1 + LAPSED_MONTHS, -LAPSED))
    for offset, step in steps:
        np.add.at(change, (who, (when + offset).clip(0, months)), step)
    return np.asarray(np.cumsum(change, axis=1)[:, :months].clip(BEHAVED, LAPSED), dtype=np.float64)
