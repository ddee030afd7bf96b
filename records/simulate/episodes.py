"""Infiltrations: for some months a corridor's traffickers, or a conspiracy among partners, use a participant."""

from dataclasses import dataclass

import numpy as np

from records.simulate.geography import PORTS
from records.simulate.partners import Partnerships, both_ways
from records.simulate.population import Population
from records.simulate.scenarios import Scenario
from records.simulate.streams import Bools, Floats, Ints

SURGES_PER_YEAR = 0.25
"""Surges of traffic in each port and year; one lasts 5 to 14 months and makes infiltrations four times as likely."""
PROBE_MONTHS = 4
"""Months in which an infiltration already shows in activity before it brings incidents: dry runs."""
JOIN_SHARE = 0.15
"""Chance that a partner of an infiltrated participant is drawn in within three months."""


@dataclass(frozen=True)
class Episodes:
    """Which episode (1, 2, ...; 0: none) holds each participant in each month, and the incidents it brings (n, months).

    ``traces`` marks the months in which it shows in activity: those of the episode and the PROBE_MONTHS before it.
    """

    number: Ints
    level: Floats
    traces: Bools


def draw_episodes(
    rng: np.random.Generator, population: Population, log_lambda: Floats, ties: Partnerships, scenario: Scenario
) -> Episodes:
    """Episodes start where intensity is high and a surge is on, and spread to some partners."""
    size, months = log_lambda.shape
    surge = _draw_surges(rng, months)[population.port]
    pull = np.exp(0.6 * (log_lambda - log_lambda.mean()) + np.log(4.0) * surge)
    pull *= scenario.episodes_per_year / 12 / pull.mean()
    who, when = np.nonzero(rng.random((size, months)) < pull.clip(max=0.05))
    number = np.arange(1, len(who) + 1)
    joined = _draw_joiners(rng, who, when, number, both_ways(ties), months)
    who, when, number = (np.concatenate(parts) for parts in zip((who, when, number), joined, strict=True))
    length = 3 + rng.geometric(1 / 6, len(who))
    height = scenario.episode_level * np.exp(0.6 * rng.standard_normal(len(who)))
    numbers, levels = np.zeros((size, months), dtype=np.int64), np.zeros((size, months))
    traces = np.zeros((size, months), dtype=np.bool_)
    for i, m, n, span, level in zip(who, when, number, length, height, strict=True):
        numbers[i, m : m + span] = n
        levels[i, m : m + span] = level
        traces[i, max(0, m - PROBE_MONTHS) : m + span] = True
    return Episodes(numbers, levels, traces)


def _draw_surges(rng: np.random.Generator, months: int) -> Bools:
    surges = np.zeros((len(PORTS), months), dtype=np.bool_)
    starts = rng.random((len(PORTS), months)) < SURGES_PER_YEAR / 12
    for port, month in zip(*np.nonzero(starts), strict=True):
        surges[port, month : month + int(rng.integers(5, 15))] = True
    return surges


def _draw_joiners(
    rng: np.random.Generator, who: Ints, when: Ints, number: Ints, sides: tuple[Ints, Ints, Ints, Ints], months: int
) -> tuple[Ints, Ints, Ints]:
    """Partners drawn into an episode: (participant, month, episode)."""
    source, target, start, stop = sides
    low, high = np.searchsorted(source, who, "left"), np.searchsorted(source, who, "right")
    episode = np.repeat(np.arange(len(who)), high - low)
    tie = np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)] or [np.zeros(0, dtype=np.int64)])
    tie = tie.astype(np.int64)
    month = when[episode] + rng.integers(0, 4, len(tie))
    holds = (start[tie] <= month * 30.4375) & (stop[tie] > month * 30.4375) & (month < months)
    joins = holds & (rng.random(len(tie)) < JOIN_SHARE)
    return target[tie[joins]], month[joins], number[episode[joins]]
