"""True log-intensity before episodes and contagion: volume, business type, corridor, weaknesses, frailty.

The shares that the parts have in the variance stand in ``program.py``.

What makes it hard for additive models, on purpose: volume counts nearly in full for truckers and little for
traders; the corridor matters by kind of business; weaknesses matter more where volume is high and hardly when they are
below average.
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.geography import REGION_NAMES, CorridorRisk
from records.simulate.population import GROUPS, Population
from records.simulate.scenarios import Scenario
from records.simulate.streams import Floats
from records.simulate.visits import relevant_weakness

TYPE_EFFECT = np.array([-1.0, 1.1, 0.6, -0.3, -2.0, 2.6, -0.8, 0.1, 1.4, 0.8, 0.4, 0.7])
"""Log effect of the business type, in the order of BUSINESS_TYPES; Mexican carriers carry far more than their share."""

VOLUME_ELASTICITY = np.array([0.5, 1.15, 0.95, 0.6, 0.5])
"""Log-intensity for each log of volume, by kind of business: traders' volume is mostly clean."""

GROUP_REGION = np.zeros((GROUPS, len(REGION_NAMES)))
GROUP_REGION[0, [0, 2, 3, 4]] = [-0.4, 0.9, 0.5, 0.5]
GROUP_REGION[1, [0, 1]] = [0.7, -0.3]
GROUP_REGION[2, [0, 2, 5]] = [0.2, 0.6, -0.3]
GROUP_REGION[4, [2, 4]] = [0.6, 0.6]
"""Log effect of the kind of business on a region: importers are ridden by sea cocaine, truckers by the south-west."""


@dataclass(frozen=True)
class Components:
    """The parts of log-intensity by participant (n,), without month-to-month changes of volume and vigilance."""

    volume: Floats
    business: Floats
    corridor: Floats
    weakness: Floats
    frailty: Floats

    @property
    def total(self) -> Floats:
        """Their sum."""
        return self.volume + self.business + self.corridor + self.weakness + self.frailty


def lasting_components(
    corridors: CorridorRisk, population: Population, weaknesses: Floats, scenario: Scenario
) -> Components:
    """The lasting parts of each participant's log-intensity."""
    group = population.group
    weak = relevant_weakness(weaknesses, group)
    size = population.log_volume - np.log(60.0)
    return Components(
        volume=VOLUME_ELASTICITY[group] * size,
        business=TYPE_EFFECT[population.business_type],
        corridor=scenario.corridor_sd * corridor_effect(corridors, population),
        weakness=scenario.weakness_sd * bend(weak) * volume_leverage(population.volume_rank),
        frailty=population.frailty,
    )


def corridor_effect(corridors: CorridorRisk, population: Population) -> Floats:
    """Log effect of each participant's corridor, before ``scenario.corridor_sd``: (n,)."""
    group = population.group
    return np.asarray(
        corridors.country[population.origin]
        + corridors.port[population.port]
        + corridors.group_office[group, population.office]
        + GROUP_REGION[group, population.region],
        dtype=np.float64,
    )


def bend(weakness: Floats) -> Floats:
    """What a weakness does to log-intensity: much above the average, hardly anything below."""
    return np.asarray(1.15 * np.logaddexp(0.0, 2.0 * weakness) / 2.0 + 0.15 * weakness, dtype=np.float64)


def volume_leverage(volume_rank: Floats) -> Floats:
    """Factor on the effect of a weakness: it counts more where volume is high for the type of business."""
    return np.asarray(1 + 0.5 * np.tanh(volume_rank), dtype=np.float64)


def log_intensity(components: Components, population: Population, log_volumes: Floats, vigilance: Floats) -> Floats:
    """Log-intensity by participant and month (n, months), up to the program's baseline."""
    change = log_volumes - population.log_volume[:, None]
    elasticity = VOLUME_ELASTICITY[population.group][:, None]
    return np.asarray(components.total[:, None] + elasticity * change + vigilance, dtype=np.float64)


def variance_shares(components: Components) -> dict[str, float]:
    """Share of the variance of lasting log-intensity that each part has; covariances are left out of the parts."""
    parts = {
        "volume": components.volume,
        "business type": components.business,
        "corridor": components.corridor,
        "weakness": components.weakness,
        "frailty": components.frailty,
    }
    whole = float(np.var(components.total))
    return {name: float(np.var(part)) / whole for name, part in parts.items()}
