"""True incidents one by one: the day, the kind, the gravity, the corridor, and who else was in it."""

from dataclasses import dataclass

import numpy as np

from records.simulate.definitions import OTHER_TYPES, counted_share, counted_types, other_share
from records.simulate.incidents import History, World
from records.simulate.streams import Bools, Floats, Ints, choose_rows
from records.tables import INCIDENT_TYPES

DRUG_SHARE = 0.475
"""Share of drug incidents among those recorded in the window: the audit says just under 50 percent."""

GRAVITY = np.array([7.0, 8.0, 7.5, 6.0, 4.0, 6.5, 3.0, 3.0, 3.5, 4.0, 4.5, 5.0, 7.5])
"""Usual severity by INCIDENT_TYPES: an assumption."""


@dataclass(frozen=True)
class Happenings:
    """True incidents, one place for each: who led, day and month of the record, and what it was.

    ``partner`` is the second participant involved, or -1; ``recorded`` says that some channel records it; ``kind``
    indexes INCIDENT_TYPES; ``quantity`` is NaN where none applies.
    """

    participant: Ints
    partner: Ints
    month: Ints
    day: Ints
    recorded: Bools
    episode: Ints
    kind: Ints
    severity: Floats
    quantity: Floats


def draw_happenings(rng: np.random.Generator, world: World, history: History) -> Happenings:
    """Every true incident of the history, in order of day."""
    who, month = np.nonzero(history.events)
    count = history.events[who, month]
    participant, month = np.repeat(who, count), np.repeat(month, count)
    nth = np.arange(len(participant)) - np.repeat(np.cumsum(count) - count, count)
    recorded = nth < history.recorded[participant, month]
    partner = np.full(len(participant), -1)
    place = {(int(i), int(m)): k for k, (i, m, n) in enumerate(zip(participant, month, nth, strict=True)) if n == 0}
    for leads, joint_month, partners, _ in history.joint:
        for lead, second in zip(leads, partners, strict=True):
            partner[place[int(lead), joint_month]] = second
    begin = np.maximum(world.calendar.first_days[month], world.population.enrolled[participant])
    span = (world.calendar.first_days[month + 1] - begin).clip(min=1)
    day = begin + np.floor(rng.random(len(begin)) * span).astype(np.int64)
    day = np.minimum(day, world.calendar.first_days[month + 1] - 1)
    episode = world.episodes.number[participant, month]
    in_window = recorded & (month >= world.calendar.window_start)
    found = _Found(month, recorded, history.detection[participant, month])
    kind = _draw_kinds(rng, world, participant, episode > 0, in_window, found)
    noise = rng.standard_normal(len(kind))
    severity = np.clip(np.rint(GRAVITY[kind] + 0.4 * (episode > 0) + 1.4 * noise), 1, 10)
    weight = np.exp(2.0 + 1.6 * rng.standard_normal(len(kind)) + 0.25 * (severity - 6))
    measured = np.isin(
        kind, [INCIDENT_TYPES.index(name) for name in ("drug", "counterfeit", "agricultural_contaminant")]
    )
    quantity = np.where(measured, np.round(weight, 1), np.nan)
    order = np.lexsort((participant, day))
    return Happenings(
        participant=participant[order],
        partner=partner[order],
        month=month[order],
        day=day[order],
        recorded=recorded[order],
        episode=episode[order],
        kind=kind[order],
        severity=severity[order],
        quantity=quantity[order],
    )


@dataclass(frozen=True)
class _Found:
    """When each incident happened, whether it is recorded, and how likely that was."""

    month: Ints
    recorded: Bools
    detection: Floats


def _draw_kinds(
    rng: np.random.Generator, world: World, participant: Ints, held: Bools, in_window: Bools, found: _Found
) -> Ints:
    """Types of incidents; the drug log-odds are shifted until the window's recorded share is DRUG_SHARE."""
    group, region = world.population.group[participant], world.population.region[participant]
    logit = np.array([-0.5, 0.3, 0.1, -0.8, 0.3])[group] + 0.9 * held
    logit = logit + np.array([0.4, -0.6, 0.9, 0.2, 0.5, -1.2, -0.8, -0.7, 0.0])[region]
    others = OTHER_TYPES[group]
    if world.scenario.redefined:
        lift, others = _as_counted(world, group, found)
        logit = logit + lift
    lean = rng.random(len(group))
    threshold = logit - np.log(lean / (1 - lean))
    # An incident is a drug incident when threshold + shift > 0, so the shift is a quantile of the thresholds.
    pool = threshold[in_window] if in_window.any() else threshold
    shift = -np.quantile(pool, 1 - DRUG_SHARE) if len(pool) else 0.0
    other = 1 + choose_rows(rng, others)
    return np.where(threshold + shift > 0, INCIDENT_TYPES.index("drug"), other).astype(np.int64)


def _as_counted(world: World, group: Ints, found: _Found) -> tuple[Floats, Floats]:
    """What a definition does to types: change of the drug log-odds, odds of the others (incidents, types - 1).

    A recorded incident is of a type that counts. One that is not recorded is rather of a type that does not.
    """
    after = (found.month >= world.calendar.turning).astype(np.int64)
    counted = counted_types(world.scenario)[after, 1:].astype(np.float64)
    share = other_share(world.scenario)[after, group]
    both = np.stack([counted_share(world.scenario, group, after=late) for late in (False, True)])
    chance = found.detection / both[after, np.arange(len(group))]
    missed = np.log1p(-chance) - np.log1p(-chance * share)
    lift = np.where(found.recorded, -np.log(share), missed)
    odds = OTHER_TYPES[group] * np.where(found.recorded[:, None], counted, 1 - chance[:, None] * counted)
    return lift, odds
