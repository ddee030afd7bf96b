"""Put a program together up to its first incident."""

from datetime import date

import numpy as np

from records.simulate.activity import draw_log_volumes
from records.simulate.calendar import Calendar, make_calendar
from records.simulate.drift import draw_later_corridors, ramp, risk_change, volume_change
from records.simulate.episodes import PROBE_MONTHS, Episodes, draw_episodes
from records.simulate.geography import draw_corridor_risk
from records.simulate.incidents import AuditCase, World
from records.simulate.mergers import carry_on, draw_mergers
from records.simulate.partners import draw_partnerships
from records.simulate.population import GROUPS, Population, draw_population
from records.simulate.risk import Components, lasting_components, log_intensity
from records.simulate.scenarios import Scenario
from records.simulate.standing import StandingPlan, plan_standing
from records.simulate.streams import Floats
from records.simulate.visits import Visits, draw_vigilance, draw_visits, draw_weaknesses, relevant_weakness

AUDIT_FIRST_MONTH = 7
"""Month of the window in which the audit's participant has its first incident: year one."""
AUDIT_COUNTS = (1, 0, 1, 1, 0, 1, 2, 1, 1, 2, 1, 2, 1, 2, 2, 1, 2, 1, 2, 1, 2, 2, 1, 2)
"""Its incidents in the two years from then on: one, then dozens."""


def build_world(
    streams: dict[str, np.random.Generator], *, participants: int, years: int, end: date, scenario: Scenario
) -> tuple[World, Visits, Floats, Components]:
    """The world, with the visits, volumes (n, months) and parts of log-intensity that it was made from."""
    calendar = make_calendar(end, years)
    months = calendar.months
    population = draw_population(streams, participants=participants, months=months, scenario=scenario)
    weaknesses = draw_weaknesses(streams["weaknesses"], population)
    evasion = scenario.evasion
    visits = draw_visits(streams["validations"], population, weaknesses, months=months, evasion=evasion)
    volumes = draw_log_volumes(streams["volumes"], population, months=months)
    corridors = draw_corridor_risk(streams["geography"], GROUPS)
    components = lasting_components(corridors, population, weaknesses, scenario)
    vigilance = draw_vigilance(visits, population.enrolled, months=months, evasion=evasion)
    mergers = later = None
    if scenario.drift:
        later = draw_later_corridors(streams["drift"])
        change = risk_change(population, components.corridor, later, scenario)
        vigilance = vigilance + change[:, None] * ramp(calendar)
        volumes = volumes + volume_change(population, scenario)[:, None] * ramp(calendar)
    log_lambda = log_intensity(components, population, volumes, vigilance)
    if scenario.succession:
        mergers = draw_mergers(streams["mergers"], population, calendar, share=scenario.merger_share)
        log_lambda = carry_on(log_lambda, mergers, population)
    if scenario.equal:
        log_lambda = np.zeros_like(log_lambda)
    ties = draw_partnerships(streams["partnerships"], population, months=months)
    episodes = draw_episodes(streams["episodes"], population, log_lambda, ties, scenario)
    plan = plan_standing(streams["standing"], population, visits, calendar)
    audit = choose_audit_case(population, plan, calendar, scripted=not scenario.equal)
    _infiltrate(episodes, audit)
    weakness = relevant_weakness(weaknesses, population.group)
    settled = (population, calendar, scenario, log_lambda, weakness, episodes, ties, plan, audit)
    world = World(*settled, corridors=corridors, later_corridors=later, mergers=mergers)
    return world, visits, volumes, components


def choose_audit_case(population: Population, plan: StandingPlan, calendar: Calendar, *, scripted: bool) -> AuditCase:
    """The trucker of middling risk that becomes the audit's case; no other suspension interrupts it.

    It has no case where its script would be a signal (not ``scripted``), or where the record is too short for it.
    """
    counts = np.zeros(calendar.months, dtype=np.int64)
    first = calendar.window_start + AUDIT_FIRST_MONTH
    enough = scripted and first + len(AUDIT_COUNTS) < calendar.months
    steady = (population.enrolled < -400) & (population.withdraws >= calendar.months) & (plan.validated < 0)
    pools = (steady & (population.business_type == 1) & (population.region == 0), steady, population.enrolled < 0)
    pool = next((np.flatnonzero(chosen) for chosen in pools if chosen.any()), np.zeros(1, dtype=np.int64))
    middle = pool[np.argsort(population.volume_rank[pool], kind="stable")[len(pool) // 2]]
    if not enough:
        return AuditCase(int(middle), counts, -1)
    counts[first : first + len(AUDIT_COUNTS)] = AUDIT_COUNTS
    plan.suspends[middle] = 0
    return AuditCase(int(middle), counts, first + len(AUDIT_COUNTS))


def _infiltrate(episodes: Episodes, audit: AuditCase) -> None:
    held = np.flatnonzero(audit.counts > 0)
    if len(held):
        episodes.number[audit.participant, held[0] : held[-1] + 1] = episodes.number.max() + 1
        episodes.level[audit.participant, held[0] : held[-1] + 1] = 1.25
        episodes.traces[audit.participant, max(0, held[0] - PROBE_MONTHS) : held[-1] + 1] = True
