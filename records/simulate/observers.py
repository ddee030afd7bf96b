"""Who is looked at more than others, and who tells of itself: what parts the record from what happened."""

import numpy as np

from records.simulate.detection import HONEST_REPORT_CHANCE, SELF_REPORT_CHANCE
from records.simulate.geography import COUNTRIES, OFFICES
from records.simulate.scenarios import Scenario
from records.simulate.streams import Bools, Floats, Ints

VOLUME_AIM = -0.8
"""Aim for each standard deviation of volume among one's own type: few shipments draw the eye, risk grows with many."""


def draw_attention(
    rng: np.random.Generator, country: list[str], office: Ints, volume_rank: Floats, scenario: Scenario
) -> Floats:
    """Log factor on examination by visible traits, spread ``scenario.targeting`` over participants: (n,).

    Field offices, countries of firms and volume draw attention by chance and habit, not by their risk.
    """
    if scenario.targeting == 0:
        return np.zeros(len(office))
    by_office = rng.permutation(np.linspace(-1.7, 1.7, len(OFFICES)))
    by_country = dict(zip(("US", *COUNTRIES), rng.permutation(np.linspace(-1.7, 1.7, len(COUNTRIES) + 1)), strict=True))
    aim = by_office[office] + 0.5 * np.array([by_country[name] for name in country]) + VOLUME_AIM * volume_rank
    return np.asarray(scenario.targeting * (aim - aim.mean()) / aim.std(), dtype=np.float64)


def draw_honesty(rng: np.random.Generator, size: int, scenario: Scenario) -> tuple[Floats, Bools | None]:
    """Chance that each participant reports an incident of its own (n,), and who is honest where some conceal."""
    if scenario.honest_share is None:
        return np.full(size, SELF_REPORT_CHANCE), None
    honest = rng.permutation(np.arange(size) < round(scenario.honest_share * size))
    return np.where(honest, HONEST_REPORT_CHANCE, 0.0), honest
