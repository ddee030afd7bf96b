"""Who trades with whom: the graph along which incidents spread."""

from dataclasses import dataclass

import numpy as np

from records.simulate.geography import OFFICES
from records.simulate.population import GROUPS, Population
from records.simulate.streams import Ints, choose_rows

PARTNERS_EACH = 2.2
"""Partnerships for each participant."""

AFFINITY = np.array(
    [[0, 4, 4, 3, 2], [4, 1, 3, 2, 0], [4, 4, 1, 1, 1], [3, 3, 1, 0, 1], [3, 0, 1, 1, 0]],
    dtype=np.float64,
)
"""How readily each kind of business trades with each other: an assumption."""


@dataclass(frozen=True)
class Partnerships:
    """Undirected ties, one place for each: two participants and the days of the record between which it holds."""

    first: Ints
    second: Ints
    start: Ints
    stop: Ints


def draw_partnerships(rng: np.random.Generator, population: Population, *, months: int) -> Partnerships:
    """Ties between kinds of business that need each other, seven in ten under the same field office."""
    size, end = len(population), int(months * 30.4375)
    reach = np.exp(0.4 * population.volume_rank)
    first = np.repeat(np.arange(size), rng.poisson(PARTNERS_EACH * reach / reach.mean()))
    kind = choose_rows(rng, AFFINITY[population.group[first]])
    office = np.where(rng.random(len(first)) < 0.7, population.office[first], rng.integers(0, len(OFFICES), len(first)))
    second = _draw_members(rng, population, kind * len(OFFICES) + office)
    enrolled = np.maximum(population.enrolled[first], population.enrolled[second])
    start = enrolled + rng.integers(0, 900, len(first))
    stop = np.where(rng.random(len(first)) < 0.2, start + rng.integers(200, 2500, len(first)), end + 9999)
    kept = (first != second) & (second >= 0) & (start < end) & (stop > 0)
    pair = np.minimum(first, second) * size + np.maximum(first, second)
    unique = np.zeros(len(first), dtype=bool)
    unique[np.unique(np.where(kept, pair, -1), return_index=True)[1]] = True
    kept &= unique
    return Partnerships(first[kept], second[kept], start[kept], stop[kept])


def _draw_members(rng: np.random.Generator, population: Population, pool: Ints) -> Ints:
    """A random member of each pool (kind of business by office); -1 where the pool is empty."""
    membership = population.group * len(OFFICES) + population.office
    order = np.argsort(membership, kind="stable")
    counts = np.bincount(membership, minlength=GROUPS * len(OFFICES))
    starts = np.cumsum(counts) - counts
    offset = np.floor(rng.random(len(pool)) * counts[pool]).astype(np.int64)
    places = (starts[pool] + offset).clip(max=len(order) - 1)
    return np.where(counts[pool] > 0, order[places], -1).astype(np.int64)


def both_ways(ties: Partnerships) -> tuple[Ints, Ints, Ints, Ints]:
    """Each tie from either side: (from, to, start, stop), sorted by the side it starts from."""
    source = np.concatenate([ties.first, ties.second])
    target = np.concatenate([ties.second, ties.first])
    order = np.lexsort((target, source))
    start, stop = np.tile(ties.start, 2), np.tile(ties.stop, 2)
    return source[order], target[order], start[order], stop[order]
