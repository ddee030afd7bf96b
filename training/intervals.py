"""Bootstrap intervals that draw whole participants, and differences drawn in pairs.

A participant appears at every origin, and its fortunes there are not independent. So a replicate
draws participants, not rows: each drawn participant brings all its rows, at all origins, as often as it
was drawn (Field and Welsh 2007). Every ranking is judged on the same draws, so that the difference of
two rankings has an interval of its own, far narrower than the two intervals suggest.

The interval says what other participants of the same program at the same dates would have given.
It does not say what another year would: with five origins that cannot be estimated, so figures per
origin are always shown beside the mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Draws = npt.NDArray[np.int16]


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


def percentile_interval(replicates: npt.ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """The central interval that holds ``level`` of the replicates; NaN when none could be computed.

    Replicates without the figure (a draw without any positive) are left out.
    """
    values = np.asarray(replicates, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


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
