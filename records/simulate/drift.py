"""Risk that moves: corridors, business types and volumes change their part in it during the record.

The change sets in a year before the record's turning month, is half done there and complete a year after.
"""

import numpy as np

from records.simulate.calendar import Calendar
from records.simulate.geography import COUNTRY_REGION, REGION_NAMES, REGION_RISK, CorridorRisk, draw_corridor_risk
from records.simulate.population import GROUPS, Population
from records.simulate.risk import TYPE_EFFECT, corridor_effect
from records.simulate.scenarios import Scenario
from records.simulate.streams import Floats

MONTHS_AROUND = 12
LATER_TYPE_EFFECT = np.array([0.6, -0.4, 1.2, 0.9, -0.6, 0.4, 0.2, 1.4, -0.2, 1.6, 0.9, -0.3])
"""Log effect of the business type after the change, in the order of BUSINESS_TYPES: trade moves to the sea."""
LATER_LEVEL = 1.0
"""Change of everybody's log-intensity."""
LATER_VOLUME = dict(zip(REGION_NAMES, (0.5, -0.2, 0.1, 0.2, 0.0, -0.6, 0.3, 0.0, 0.0), strict=True))
"""Change of log volume by region of origin."""


def ramp(calendar: Calendar) -> Floats:
    """How far the change has come in each month, from 0 to 1: (months,)."""
    since = np.arange(calendar.months) - calendar.turning + MONTHS_AROUND
    return np.asarray((since / (2 * MONTHS_AROUND)).clip(0.0, 1.0), dtype=np.float64)


def draw_later_corridors(rng: np.random.Generator) -> CorridorRisk:
    """The corridors' effects after the change, the regions' own turned round."""
    fresh = draw_corridor_risk(rng, GROUPS)
    turned = fresh.country - 2.0 * REGION_RISK[COUNTRY_REGION]
    return CorridorRisk(country=turned, port=fresh.port, group_office=fresh.group_office)


def risk_change(population: Population, corridor: Floats, later: CorridorRisk, scenario: Scenario) -> Floats:
    """Change of each participant's log-intensity once complete (n,); ``corridor`` is its effect until then."""
    moved = scenario.corridor_sd * corridor_effect(later, population) - corridor
    kind = (LATER_TYPE_EFFECT - TYPE_EFFECT)[population.business_type]
    return np.asarray(scenario.drift * (moved + kind + LATER_LEVEL), dtype=np.float64)


def volume_change(population: Population, scenario: Scenario) -> Floats:
    """Change of each participant's log volume once complete: (n,)."""
    return np.asarray(scenario.drift * np.array(list(LATER_VOLUME.values()))[population.region], dtype=np.float64)
