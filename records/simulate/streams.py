"""One random generator per concern, so that a change in one concern leaves the others' draws alone."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

CONCERNS = (
    "population",
    "names",
    "identifiers",
    "geography",
    "volumes",
    "weaknesses",
    "validations",
    "partnerships",
    "episodes",
    "events",
    "standing",
    "observation",
    "parties",
    "outsiders",
    "actions",
    "exposures",
    "addresses",
    "merges",
    "open_visits",
    "omissions",
    "conveyances",
    "slips",
    "mergers",
    "targeting",
    "honesty",
    "drift",
)


def spawn_streams(seed: int) -> dict[str, np.random.Generator]:
    """A generator for each of :data:`CONCERNS`, all spawned from one seed."""
    children = np.random.SeedSequence(seed).spawn(len(CONCERNS))
    return {concern: np.random.default_rng(child) for concern, child in zip(CONCERNS, children, strict=True)}


def stratified_normal(rng: np.random.Generator, size: int) -> Floats:
    """Standard normal values, one in each of ``size`` equally likely strata, in random order.

    Systematic sampling of quantiles: the sample's spread and tail vary far less from seed to seed than
    those of independent draws, while which participant gets which value stays random.
    """
    quantiles = (np.arange(size) + rng.random(size)) / size
    return np.asarray(ndtri(rng.permutation(quantiles)), dtype=np.float64)


def stratified_choice(rng: np.random.Generator, shares: Floats, size: int) -> Ints:
    """Indices into ``shares``, each as often as its share says (rounded), in random order."""
    edges = np.cumsum(shares / shares.sum())
    places = (np.arange(size) + rng.random()) / size
    chosen = np.minimum(np.searchsorted(edges, places, side="right"), len(shares) - 1)
    return np.asarray(rng.permutation(chosen), dtype=np.int64)


def choose_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column for each row, drawn with that row's ``weights`` (n, k)."""
    cumulative = np.cumsum(weights, axis=1)
    places = rng.random(len(weights)) * cumulative[:, -1]
    place = (cumulative < places[:, None]).sum(axis=1)
    return np.asarray(np.minimum(place, weights.shape[1] - 1), dtype=np.int64)


def poisson_quantile(uniform: Floats, mean: Floats) -> Ints:
    """The Poisson quantile at ``uniform``: one count for each (uniform, mean), increasing in the mean.

    Common random numbers need this: the same uniforms with a slightly larger mean give slightly more events.
    """
    count = np.zeros(len(mean), dtype=np.int64)
    term = np.exp(-mean)
    cumulative = term.copy()
    for k in range(1, 60):
        above = uniform > cumulative
        if not above.any():
            break
        count += above
        term = term * mean / k
        cumulative = cumulative + term
    return count


def binomial_quantile(uniform: Floats, trials: Ints, chance: Floats) -> Ints:
    """The binomial quantile at ``uniform``; ``chance`` below 1."""
    count = np.zeros(len(trials), dtype=np.int64)
    term = (1 - chance) ** trials
    cumulative = term.copy()
    for k in range(1, int(trials.max(initial=0)) + 1):
        above = (uniform > cumulative) & (k <= trials)
        count += above
        term = term * (trials - k + 1).clip(min=0) / k * chance / (1 - chance)
        cumulative = cumulative + term
    return np.minimum(count, trials)
