"""True incidents month by month, with what they bring: contagion, repetition, suspension, removal.

The intensity of participant i in month m, given everything before m, is

    mu = saturate((BOOST * exp(baseline + spread * z_im) + level_im) * (1 + repetition) * (1 + contagion)) + joint

where z is :func:`records.simulate.risk.log_intensity`, level the incidents that an episode brings (without one: level 0
and no BOOST), repetition rises with the participant's
incidents of the last months, contagion with its partners', and joint counts incidents led by a partner that involve it.
Saturation keeps the busiest smuggling route below CEILING incidents a month. All randomness comes as uniform numbers
drawn before (common random numbers), so that the baseline and the spread can be calibrated on the very program that
will be written.
"""

from dataclasses import dataclass, field

import numpy as np

from records.simulate.activity import SUSPENDED_VOLUME, exam_rates
from records.simulate.calendar import Calendar
from records.simulate.definitions import counted_share
from records.simulate.detection import channel_chances, detection_chance
from records.simulate.episodes import Episodes
from records.simulate.geography import CorridorRisk
from records.simulate.mergers import Mergers
from records.simulate.partners import Partnerships, both_ways
from records.simulate.population import Population
from records.simulate.risk import VOLUME_ELASTICITY
from records.simulate.scenarios import Scenario
from records.simulate.standing import INCIDENTS, StandingPlan
from records.simulate.streams import Bools, Floats, Ints, binomial_quantile, poisson_quantile

BOOST = 2.0
"""Factor by which an infiltration raises a participant's own intensity, beside the incidents it brings."""
CEILING = 0.85
"""Most true incidents a month to be expected of one participant: what one route can carry."""
MEMORY = 0.6
"""Share of the memory of past incidents that remains after a month."""
SUSPENSION_CHANCE = 0.03
"""Chance that a recorded incident leads to suspension, doubled by a history: an assumption."""


@dataclass(frozen=True)
class AuditCase:
    """The audit's participant: an incident in the window's year one, no action, dozens more, suspended two years later.

    ``counts`` holds its true and recorded incidents by month; ``suspended`` is the month of the suspension, or -1 when
    the record is too short for the case.
    """

    participant: int
    counts: Ints
    suspended: int


@dataclass(frozen=True)
class World:
    """Everything that is settled before the first incident.

    ``later_corridors`` stands only where risk drifts, ``mergers`` only where the heirs carry on the risk.
    """

    population: Population
    calendar: Calendar
    scenario: Scenario
    log_lambda: Floats
    weakness: Floats
    episodes: Episodes
    ties: Partnerships
    plan: StandingPlan
    audit: AuditCase
    corridors: CorridorRisk
    later_corridors: CorridorRisk | None = None
    mergers: Mergers | None = None


@dataclass(frozen=True)
class Luck:
    """Uniform numbers by participant and month: events, records, joint incidents, partners, suspensions."""

    events: Floats
    records: Floats
    joint: Floats
    partner: Floats
    punished: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, size: int, months: int) -> "Luck":
        """Five independent sets."""
        return cls(*(rng.random((size, months)) for _ in range(5)))


@dataclass
class History:
    """What happened, month by month: counts and intensities (n, months), joint incidents, changes of standing."""

    events: Ints
    recorded: Ints
    intensity: Floats
    detection: Floats
    live: Bools
    suspended: Bools
    joint: list[tuple[Ints, int, Ints, Bools]] = field(default_factory=list)
    suspensions: list[tuple[Ints, int, Ints]] = field(default_factory=list)
    removals: list[tuple[Ints, int]] = field(default_factory=list)
    reinstatements: list[tuple[Ints, int]] = field(default_factory=list)

    def involved(self, first_month: int) -> Ints:
        """Recorded involvements of each participant from ``first_month`` on, joint ones included: (n,)."""
        counts = self.recorded[:, first_month:].sum(axis=1)
        for _, month, partner, seen in self.joint:
            if month >= first_month:
                np.add.at(counts, partner[seen], 1)
        return np.asarray(counts, dtype=np.int64)


class _Month:
    """The state that one month hands to the next."""

    def __init__(self, world: World) -> None:
        size = len(world.population)
        self.memory = np.zeros(size)
        self.record_memory = np.zeros(size)
        self.gone = np.zeros(size, dtype=np.bool_)
        self.suspended_until = np.full(size, -1)
        self.reason = np.zeros(size, dtype=np.int64)
        self.due = np.full(size, -1)
        self.source, self.target, self.start, self.stop = both_ways(world.ties)


def run_history(world: World, luck: Luck, baseline: float, spread: float) -> History:
    """The whole history for one baseline and spread; the same arguments always give the same history."""
    size, months = world.log_lambda.shape
    zeros, flags = np.zeros((size, months)), np.zeros((size, months), dtype=np.bool_)
    counts = np.zeros((size, months), dtype=np.int64)
    history = History(counts, counts.copy(), zeros, zeros.copy(), flags, flags.copy())
    center = float(world.log_lambda.mean())
    eta = baseline + spread * (world.log_lambda - center)
    state = _Month(world)
    for month in range(months):
        _change_standing(world, state, history, month)
        _let_happen(world, luck, state, history, eta[:, month], month)
    return history


def _change_standing(world: World, state: _Month, history: History, month: int) -> None:
    plan, audit = world.plan, world.audit
    ending = np.flatnonzero((state.suspended_until == month) & ~state.gone)
    bar = np.where(state.reason[ending] == INCIDENTS, 0.35, 0.30)
    removed = plan.harsh[ending, month] < bar
    history.removals.append((ending[removed], month))
    history.reinstatements.append((ending[~removed], month))
    state.gone[ending[removed]] = True
    state.gone |= plan.leaves == month
    live = (plan.enters <= month) & ~state.gone
    suspended = live & (state.suspended_until > month)
    for_incidents = state.due == month
    starts = live & ~suspended & ((plan.suspends[:, month] > 0) | for_incidents)
    starts[audit.participant] = month == audit.suspended
    who = np.flatnonzero(starts)
    state.reason[who] = np.where(for_incidents[who] | (who == audit.participant), INCIDENTS, plan.suspends[who, month])
    state.suspended_until[who] = month + plan.length[who, month]
    history.suspensions.append((who, month, state.reason[who].copy()))
    history.live[:, month] = live
    history.suspended[:, month] = suspended | starts


def _let_happen(world: World, luck: Luck, state: _Month, history: History, eta: Floats, month: int) -> None:
    population, scenario = world.population, world.scenario
    live, suspended = history.live[:, month], history.suspended[:, month]
    level = world.episodes.level[:, month]
    day = world.calendar.first_days[month]
    holds = (state.start <= day) & (state.stop > day)
    pressure = np.bincount(state.target[holds], weights=state.memory[state.source[holds]], minlength=len(population))
    open_door = 0.5 + 1 / (1 + np.exp(-world.weakness))
    idle = suspended & (not scenario.equal)
    rate = np.exp(eta + VOLUME_ELASTICITY[population.group] * np.log(SUSPENDED_VOLUME) * idle)
    rate = rate * (1 + (BOOST - 1) * (level > 0)) + level
    rate = rate * (1 + scenario.excitation * (1 - np.exp(-state.memory)))
    rate = rate * (1 + scenario.contagion * open_door * (1 - np.exp(-pressure / 2)))
    own = CEILING * (1 - np.exp(-rate / CEILING)) * live
    examined = exam_rates(population, world.plan.tier[:, month], suspended)
    chance = detection_chance(channel_chances(examined, population.own_report, scenario))
    chance = chance * counted_share(scenario, population.group, after=month >= world.calendar.turning)
    events, recorded = np.zeros(len(live), dtype=np.int64), np.zeros(len(live), dtype=np.int64)
    hit = np.flatnonzero(luck.events[:, month] > np.exp(-own))
    events[hit] = poisson_quantile(luck.events[hit, month], own[hit])
    recorded[hit] = binomial_quantile(luck.records[hit, month], events[hit], chance[hit])
    _follow_script(world.audit, own, events, recorded, month)
    history.events[:, month], history.recorded[:, month] = events, recorded
    history.intensity[:, month], history.detection[:, month] = own, chance
    _involve_partners(luck, state, history, scenario.joint_share, holds, month)
    state.memory = MEMORY * state.memory + events
    _punish(world, luck, state, recorded, month)


def _follow_script(audit: AuditCase, own: Floats, events: Ints, recorded: Ints, month: int) -> None:
    scripted = int(audit.counts[month])
    if scripted:
        own[audit.participant] = max(1.25, own[audit.participant])
        events[audit.participant] = recorded[audit.participant] = scripted
    elif audit.suspended >= 0 and month < audit.suspended:
        own[audit.participant] = events[audit.participant] = recorded[audit.participant] = 0


def _involve_partners(luck: Luck, state: _Month, history: History, share: float, holds: Bools, month: int) -> None:
    """Let some incidents involve one partner too; its intensity rises by what was to be expected."""
    live = history.live[:, month]
    usable = holds & live[state.target]
    source, target = state.source[usable], state.target[usable]
    degree = np.bincount(source, minlength=len(live))
    expected = (1 - np.exp(-share * history.intensity[:, month])) / degree.clip(min=1)
    added = np.bincount(target, weights=expected[source], minlength=len(live))
    leads = np.flatnonzero((history.events[:, month] > 0) & (degree > 0))
    leads = leads[luck.joint[leads, month] < 1 - (1 - share) ** history.events[leads, month]]
    first = np.searchsorted(source, leads)
    partner = target[first + np.floor(luck.partner[leads, month] * degree[leads]).astype(np.int64)]
    history.joint.append((leads, month, partner, history.recorded[leads, month] > 0))
    history.intensity[:, month] += added


def _punish(world: World, luck: Luck, state: _Month, recorded: Ints, month: int) -> None:
    """Schedule suspensions for recorded incidents, sooner in strict offices; many incidents have no consequence."""
    leniency = np.where(world.population.office % 3 == 0, 0.5, 1.25)
    base = SUSPENSION_CHANCE * leniency * (1 + np.minimum(state.record_memory, 4) / 4)
    chance = 1 - (1 - base) ** recorded
    who = np.flatnonzero((recorded > 0) & (luck.punished[:, month] < chance))
    who = who[who != world.audit.participant]
    state.due[who] = month + 2 + (luck.partner[who, month] * 5).astype(np.int64)
    state.record_memory = 0.9 * state.record_memory + recorded
