"""The distribution of a delay of which long values are cut off from the right.

An incident that happened 30 days before the record's end is in the record only if its delay was
under 30 days: long delays are cut off, more so among recent incidents, and the plain percentile of
the delays seen is too short. The Lynden-Bell product-limit estimator turns time round: among
incidents with delay at most t that *could* have shown a delay of t, the share whose delay is exactly
t is the reverse-time hazard at t (Lynden-Bell 1971; Lagakos, Barraj and De Gruttola 1988). It gives
the distribution up to the longest delay that the record could have shown.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def delay_distribution(
    delay: npt.ArrayLike, limit: npt.ArrayLike, count: npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Distinct delays and the estimated share of incidents known within each (rising to 1).

    Parameters
    ----------
    delay, limit : array [incidents]
        Days; ``delay <= limit`` in every row, else ValueError. Rows with a longer delay than their
        limit were never seen: that is the truncation being corrected.
    count : array [incidents], optional
        How many incidents each row stands for; by default one.
    """
    delays, limits = np.asarray(delay, dtype=np.float64), np.asarray(limit, dtype=np.float64)
    counts = np.ones(len(delays)) if count is None else np.asarray(count, dtype=np.float64)
    if np.any(delays > limits):
        raise ValueError("Expected every delay at or under its limit; got a longer one. Cut both at the same moment.")
    times, place = np.unique(delays, return_inverse=True)
    tally = np.bincount(place, weights=counts, minlength=len(times))
    edges, place = np.unique(limits, return_inverse=True)
    ended = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=counts, minlength=len(edges)))])
    could_show = np.cumsum(tally) - ended[np.searchsorted(edges, times, "left")]
    hazard = tally / could_show
    # Share known within times[i] = product of (1 - hazard) over all later times.
    later = np.append(np.cumprod((1.0 - hazard)[::-1])[::-1][1:], 1.0)
    return times, np.asarray(later, dtype=np.float64)
