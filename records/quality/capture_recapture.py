"""How many incidents no source saw: capture-recapture by log-linear models over who saw what.

With K sources every incident has a history of K yes or no; the history of K times no is never seen. A log-linear
model (Fienberg 1972) describes the 2^K - 1 counts that are seen and extends to the one that is not. Independence
of the sources is one such model; others let pairs of sources depend, or let incidents differ in how easily they
are seen by anyone (Darroch's and the Poisson column of Rivest and Baillargeon 2007). No model is chosen: all are
averaged with weights from the Bayesian information criterion, as the International Working Group for Disease
Monitoring and Forecasting (1995) advises against trusting a single one, and the interval carries their
disagreement. Within a model the number unseen has its profile likelihood (Cormack 1992), with equal weight on
equal ratios of the total. Chao's lower bound (1987), which holds when incidents differ in any way, is given beside.

Fienberg SE (1972) Biometrika 59:591-603. Chao A (1987) Biometrics 43:783-791, (1989) 45:427-438. Cormack RM (1992)
Biometrics 48:567-576. IWGDMF (1995) American Journal of Epidemiology 142:1047-1058. Rivest LP, Baillargeon S (2007)
Biometrics 63:999-1006.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]
History = frozenset[str]

LEAST_SHARED = 10
"""Fewer incidents than this that two sources saw tell nothing about those that none saw."""
LEAST_OF_A_SOURCE = 5
"""A source with fewer incidents is left out: alone it can neither confirm nor deny."""
MOST_SOURCES = 5
LARGEST_RATIO = 60.0
"""The grid ends where for each incident seen this many are unseen; mass there means that the data cannot tell."""
GRID = 240
STEPS = 25


@dataclass(frozen=True)
class UnseenEstimate:
    """True incidents of a window: seen, unseen, in all, each unseen figure with its 95 % interval.

    ``chao`` is the lower bound that holds when incidents differ in how easily they are seen. ``models`` gives the
    weight of each kind of model: independence, one or more dependent pairs, differing incidents.
    """

    sources: tuple[str, ...]
    seen: int
    shared: int
    unseen: float
    unseen_lower: float
    unseen_upper: float
    chao: float
    models: Mapping[str, float]

    @property
    def total(self) -> float:
        """Estimated number of true incidents."""
        return self.seen + self.unseen

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the number of true incidents."""
        return self.seen + self.unseen_lower, self.seen + self.unseen_upper


@dataclass(frozen=True)
class CannotTell:
    """Why there is no estimate."""

    reason: str


def estimate_unseen(histories: Mapping[History, int]) -> UnseenEstimate | CannotTell:
    """The number of incidents that no source saw.

    Parameters
    ----------
    histories : mapping of set of sources to count
        How many incidents exactly these sources saw.

    Returns
    -------
    UnseenEstimate or CannotTell
        The second with one source, with too little overlap, and when the data leave the total open upwards.
    """
    sources, table = _tabulate(histories)
    if len(sources) < 2:
        return CannotTell(
            f"an estimate needs two sources with at least {LEAST_OF_A_SOURCE} incidents each; there is {len(sources)}"
        )
    sizes = _sizes(len(sources))
    shared = int(table[sizes >= 2].sum())
    if shared < LEAST_SHARED:
        return CannotTell(
            f"too little overlap: {shared} incidents were seen by two sources, and at least {LEAST_SHARED} are needed"
        )
    grid = np.concatenate([[0.0], np.geomspace(0.5, LARGEST_RATIO * table.sum(), GRID)])
    names, density = _average(table, grid, len(sources))
    below = (np.cumsum(density) - density / 2) / density.sum()
    if below[np.searchsorted(grid, 0.9 * grid[-1])] < 0.975:
        return CannotTell("the sources overlap too unevenly: the number unseen has no upper bound")
    lower, middle, upper = (float(np.interp(share, below, grid)) for share in (0.025, 0.5, 0.975))
    return UnseenEstimate(sources, int(table.sum()), shared, middle, lower, upper, _chao(table, sizes), names)


def _tabulate(histories: Mapping[History, int]) -> tuple[tuple[str, ...], Floats]:
    """The sources worth using and the counts by history, whose bits are the sources; place 0 stays empty."""
    seen: dict[str, int] = {}
    for history, count in histories.items():
        for source in history:
            seen[source] = seen.get(source, 0) + count
    usable = [source for source, count in seen.items() if count >= LEAST_OF_A_SOURCE]
    chosen = tuple(sorted(sorted(usable, key=lambda source: (-seen[source], source))[:MOST_SOURCES]))
    table = np.zeros(2 ** len(chosen))
    for history, count in histories.items():
        table[sum(1 << place for place, source in enumerate(chosen) if source in history)] += count
    table[0] = 0.0
    return chosen, table


def _sizes(sources: int) -> npt.NDArray[np.int64]:
    """How many sources each history holds."""
    return np.array([history.bit_count() for history in range(2**sources)])


def _chao(table: Floats, sizes: npt.NDArray[np.int64]) -> float:
    """The bound from incidents seen once (by each source) and twice: of two sources, Petersen's estimate."""
    once, twice = table[sizes == 1], table[sizes == 2].sum()
    return float(table.sum() + (once.sum() ** 2 - (once**2).sum()) / (2 * (twice + 1)))


def _designs(sources: int) -> list[tuple[str, Floats]]:
    """Every model: its kind and its columns over all histories."""
    cells = np.arange(2**sources)
    main = np.stack([np.ones(len(cells)), *((cells >> place & 1).astype(float) for place in range(sources))], axis=1)
    pairs = [main[:, 1 + one] * main[:, 1 + two] for one, two in combinations(range(sources), 2)]
    designs = [("independent sources", main)]
    # K sources leave 2^K - 1 counts: two sources can only be taken as independent, three bear all their pairs.
    most = {2: 0, 3: 3, 4: 3}.get(sources, 2)
    for number in range(1, most + 1):
        name = "one dependent pair" if number == 1 else "several dependent pairs"
        designs += [(name, np.column_stack([main, *chosen])) for chosen in combinations(pairs, number)]
    if sources >= 3:
        size = _sizes(sources).astype(float)
        for column in (size**2 / 2, 2.0**size - 1):
            designs.append(("incidents differ", np.column_stack([main, column])))
            if sources >= 4:
                designs += [("incidents differ", np.column_stack([main, column, pair])) for pair in pairs]
    return designs


def _average(table: Floats, grid: Floats, sources: int) -> tuple[dict[str, float], Floats]:
    """Weight of each kind of model, and the mixed density over the grid (not normalized)."""
    step = np.gradient(np.log(grid + 1.0)) * (grid + 1.0)
    scores, densities, names = [], [], []
    for name, design in _designs(sources):
        profile = _profile(table, grid, design)
        score = profile.max() - 0.5 * design.shape[1] * np.log(table.sum())
        density = np.exp(profile - profile.max()) * step / (table.sum() + grid)
        scores.append(score)
        densities.append(density / density.sum())
        names.append(name)
    weight = np.exp(np.array(scores) - max(scores))
    weight /= weight.sum()
    kinds: dict[str, float] = {}
    for name, share in zip(names, weight, strict=True):
        kinds[name] = kinds.get(name, 0.0) + float(share)
    return kinds, np.asarray(weight @ np.stack(densities), dtype=np.float64)


def _profile(table: Floats, grid: Floats, design: Floats) -> Floats:
    """Log-likelihood of each number unseen, maximized over the model's parameters: all of the grid at once."""
    counts = np.tile(table, (len(grid), 1))
    counts[:, 0] = grid
    total = counts.sum(axis=1)
    linear = np.log(counts + 0.5) @ np.linalg.pinv(design).T @ design.T
    beta = linear @ np.linalg.pinv(design).T
    ridge = 1e-7 * np.eye(design.shape[1])
    for _ in range(STEPS):
        fitted = np.exp(np.clip(beta @ design.T, -25.0, 25.0))
        slope = (counts - fitted) @ design
        curvature = np.einsum("gc,ci,cj->gij", fitted, design, design, optimize=True) + ridge
        move = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        move /= np.maximum(1.0, np.abs(move).max(axis=1, keepdims=True) / 3.0)
        beta = beta + move
        if np.abs(move).max() < 1e-8:
            break
    share = np.exp(np.clip(beta @ design.T, -25.0, 25.0))
    share /= share.sum(axis=1, keepdims=True)
    likely = (counts * np.log(share)).sum(axis=1)
    return np.asarray(gammaln(total + 1) - gammaln(grid + 1) + likely, dtype=np.float64)
