"""Bootstrap intervals that draw whole participants, and differences drawn in pairs.

A participant appears at every origin, and its fortunes there are not independent. So a replicate
draws participants, not rows: each drawn participant brings all its rows, at all origins, as often as it
was drawn (Field and Welsh 2007). Every ranking is judged on the same draws, so that the difference of
two rankings has an interval of its own, far narrower than the two intervals suggest.

Replicates are moved to have the figure itself as their mean before quantiles are taken: a participant drawn
twice is tied with itself, which lifts the average precision of every replicate by a little.

The mean over origins varies for two reasons, other participants and other years. Participants are shared by all
origins and drawn together. Years are few: five of them cannot be drawn anew with any use, so the variance between
blocks of origins, which is what a block bootstrap would repeat, is taken in closed form, and the interval
is widened by Student's t for their small number. Origins whose label windows overlap make one block. With
fewer than three blocks another year cannot be told, and the interval is that of participants alone.

Measured: see ``tests/training/test_coverage.py`` for how often 95 % intervals hold the true figure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri, stdtrit

Floats = npt.NDArray[np.float64]
Draws = npt.NDArray[np.int16]


LEAST_BLOCKS = 3
"""With fewer blocks of origins the spread between years cannot be told, and intervals are of participants alone."""


@dataclass(frozen=True)
class ParticipantDraws:
    """How often each participant is drawn in each replicate, shared by all origins and rankings.

    ``times`` has shape [participants, replicates]; ``code`` maps a participant to its row.
    """

    code: dict[str, int]
    times: Draws

    def of(self, participant_ids: Sequence[str] | npt.NDArray[np.object_]) -> Draws:
        """The multiplicity of each of these rows, shape [rows, replicates]."""
        rows = np.fromiter((self.code[name] for name in participant_ids), dtype=np.int64, count=len(participant_ids))
        return self.times[rows]


def draw_participants(
    participant_ids: Sequence[str] | npt.NDArray[np.object_], *, replicates: int, seed: int
) -> ParticipantDraws:
    """Draw as many participants as there are, with replacement, ``replicates`` times.

    Duplicate names count once; the order of names does not matter.
    """
    names = sorted(set(participant_ids))
    times = np.zeros((len(names), replicates), dtype=np.int16)
    rng = np.random.default_rng(seed)
    for replicate in range(replicates):
        drawn = rng.integers(0, len(names), size=len(names)) if names else np.zeros(0, dtype=np.int64)
        times[:, replicate] = np.bincount(drawn, minlength=len(names))
    return ParticipantDraws({name: row for row, name in enumerate(names)}, times)


def percentile_interval(
    replicates: npt.ArrayLike, *, value: float | None = None, level: float = 0.95
) -> tuple[float, float]:
    """The central interval that holds ``level`` of the replicates; NaN when none could be computed.

    Replicates without the figure (a draw without any positive) are left out. With ``value`` they are first
    moved to have it as their mean.
    """
    values = np.asarray(replicates, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values) or (value is not None and np.isnan(value)):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    moved = 0.0 if value is None else value - values.mean()
    return float(low + moved), float(high + moved)


def blocks_of_origins(origins: Sequence[pd.Timestamp], horizon_days: int) -> npt.NDArray[np.int64]:
    """The number of each origin's block: origins within one horizon of a block's first belong to it. Rising order."""
    block, first, found = -1, None, []
    for origin in origins:
        if first is None or origin >= first + pd.Timedelta(days=horizon_days):
            block, first = block + 1, origin
        found.append(block)
    return np.array(found, dtype=np.int64)


def pooled_interval(
    values: npt.ArrayLike,
    replicates: Sequence[Floats],
    block: npt.NDArray[np.int64],
    *,
    level: float = 0.95,
) -> tuple[float, float]:
    """Interval of the mean over origins, for other participants and other years.

    Parameters
    ----------
    values : array of shape (origins,)
        The figure at each origin; origins without it (NaN) are left out.
    replicates : sequence of arrays of shape (replicates,)
        Of each origin, on the same draws of participants.
    block : int64 array of shape (origins,)
        From :func:`blocks_of_origins`.

    Notes
    -----
    With m blocks of equal size, between-block variance s2 of the values and mean covariance c of two blocks'
    replicates, the variance of the mean is s2 / m + c (Davison and Hinkley 1997, section 3.8): the first part
    holds years and whatever of the participants' noise is not shared, the second what is. Degrees of
    freedom by Satterthwaite. The interval of participants is stretched to that variance where it is the greater.
    """
    figures = np.asarray(values, dtype=np.float64)
    present = ~np.isnan(figures)
    if not present.any():
        return float("nan"), float("nan")
    kept = [own for own, there in zip(replicates, present, strict=True) if there]
    mean = float(figures[present].mean())
    low, high = percentile_interval(mean_over_origins(kept), value=mean, level=level)
    stretch = _stretch(figures[present], kept, block[present], level)
    return mean - stretch * (mean - low), mean + stretch * (high - mean)


def _stretch(values: Floats, replicates: Sequence[Floats], block: npt.NDArray[np.int64], level: float) -> float:
    """How much wider than for participants alone the interval of the mean is; at least 1."""
    _, number, size = np.unique(block, return_inverse=True, return_counts=True)
    count = len(size)
    stacked = np.vstack(replicates)
    stacked = stacked[:, ~np.isnan(stacked).any(axis=0)]
    if count < LEAST_BLOCKS or stacked.shape[1] < 2:
        return 1.0
    share = size / len(values)
    means = np.bincount(number, values) / size
    spread = np.zeros((count, stacked.shape[1]))
    np.add.at(spread, number, stacked)
    covariance = np.cov(spread / size[:, None])
    between = float((share**2 * (means - share @ means) ** 2).sum() * count / (count - 1))
    shared = float(share @ covariance @ share - share**2 @ np.diag(covariance)) / (1 - float(share @ share))
    total, alone = between + max(shared, 0.0), float(share @ covariance @ share)
    if alone <= 0 or total <= alone:
        return 1.0
    freedom = min((count - 1) * (total / between) ** 2, 1e6)
    wide = float(stdtrit(freedom, (1 + level) / 2)) / float(ndtri((1 + level) / 2))
    return max(1.0, wide * float(np.sqrt(total / alone)))


def mean_over_origins(replicates: Sequence[Floats]) -> Floats:
    """Mean over origins within each replicate; an origin without the figure is left out of that replicate."""
    stacked = np.vstack(replicates)
    present = ~np.isnan(stacked)
    tally = present.sum(axis=0)
    total = np.where(present, stacked, 0.0).sum(axis=0)
    return np.where(tally > 0, total / np.maximum(tally, 1), np.nan)


def blocks(replicates: int, *, rows: int, most_cells: int = 4_000_000) -> Iterator[slice]:
    """Cut the replicates so that no working array holds more than about ``most_cells`` cells."""
    width = max(1, most_cells // max(rows, 1))
    for start in range(0, replicates, width):
        yield slice(start, min(start + width, replicates))
