"""What lists drawn by lot would hold: the floor under every figure at a capacity, in closed form."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import hypergeom


def positives_by_lot(cohorts: Sequence[tuple[int, int]], places: int, *, confidence: float = 0.95) -> tuple[int, int]:
    """The interval of the positives that lists drawn by lot hold together, one list of ``places`` from each cohort.

    Parameters
    ----------
    cohorts : sequence of (participants, positives)
        A list holds a hypergeometric number of its cohort's positives. Lists are drawn apart from each other, so the
        distribution of their sum is the convolution of theirs.
    places : int
        Length of each list; no list is longer than its cohort.
    confidence : float
        The interval holds the number of positives at least this often, each tail at most half the rest.
    """
    chance = np.ones(1)
    for participants, positives in cohorts:
        length = min(places, participants)
        chance = np.convolve(chance, hypergeom(participants, positives, length).pmf(np.arange(length + 1)))
    reached = np.cumsum(chance)
    tail = (1.0 - confidence) / 2.0
    # A sum of probabilities may end a few bits below 1.
    low, high = np.searchsorted(reached, [tail, 1.0 - tail])
    return int(low), min(int(high), len(chance) - 1)
