"""How much earlier a ranking reaches those who become positive than the order a program would follow without it.

A program examines ``k`` participants a month, down its list, until the horizon ends; whoever is not reached by then is
counted at the horizon's last day. **Days earlier** is the mean, over participants that became positive, of the
day under the usual order minus the day under the ranking; **share moved later** is the share of them whom the ranking
reaches on a later day. The first is in the manner of the City of Chicago's evaluation of its food inspections, which
tells how many days earlier critical violations are found; the second says what a mean hides: whoever now waits longer.

Ties are at their expected value over independent orders of the tied rows in both lists, in closed form.

Worked example: 30 a month, one positive at place 61 of the usual order and at place 1 of the ranking: reached
after two months, now on the first day, 60.9 days earlier.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training import metrics
from training.metrics import Floats, ratio

DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Standing:
    """Where rows stand in a list: ``before`` rows are surely ahead of each, ``size`` rows are tied, itself included.

    Arrays of one shape, (rows,) or (rows, replicates).
    """

    before: Floats
    size: Floats


@dataclass(frozen=True)
class Pace:
    """How fast a list is worked down: places a month, and the days after which it ends."""

    a_month: float
    horizon_days: float

    @property
    def days_a_place(self) -> float:
        """Days from one place to the next."""
        return DAYS_A_MONTH / self.a_month

    @property
    def reached(self) -> float:
        """How many places are reached before the last day."""
        return float(np.floor(self.horizon_days / self.days_a_place))

    def day(self, standing: Standing) -> Floats:
        """The expected day on which each row is reached; the horizon's last for who is not."""
        before, size = standing.before, np.maximum(standing.size, 1)
        inside = np.clip(self.reached - before, 0, size)
        days = self.days_a_place * (inside * before + inside * (inside + 1) / 2) + (size - inside) * self.horizon_days
        return np.asarray(days / size, dtype=np.float64)

    def later(self, ranking: Standing, usual: Standing) -> Floats:
        """The probability that the ranking reaches each row on a later day than the usual order does."""
        ours, own = ranking.before, np.maximum(ranking.size, 1)
        theirs, tied = usual.before, np.maximum(usual.size, 1)
        end = ours + own
        # Over our places in time: how many places there are ahead; over ours out of time: how many there are in time.
        early = _ahead(np.minimum(end, self.reached) - theirs, tied) - _ahead(
            np.minimum(ours, self.reached) - theirs, tied
        )
        late = own - np.clip(self.reached - ours, 0, own)
        return np.asarray((early + late * np.clip(self.reached - theirs, 0, tied)) / (own * tied), dtype=np.float64)


def waiting_figures(
    pace: Pace,
    rank_value: Floats,
    usual: Floats,
    positive: npt.NDArray[np.bool_],
    weight: Floats,
    tied: metrics.Tied,
    draws: npt.NDArray[np.integer],
) -> dict[str, Floats]:
    """``days_earlier`` and ``share_moved_later`` of those that became positive, each of shape (replicates,).

    Parameters
    ----------
    pace : Pace
        How fast the lists are worked down.
    rank_value, usual : array of shape (rows,)
        The two lists, higher for earlier.
    positive, weight : arrays of shape (rows,)
    tied : Tied
        The ranking, gathered with these draws.
    draws : integer array of shape (rows, replicates)
    """
    found = np.flatnonzero(positive & (weight > 0))
    ranked = _standing(tied, rank_value, found)
    other = _standing(metrics.gather(usual, positive, weight=weight, multiplicity=draws), usual, found)
    times = weight[found, None] * draws[found]
    total = times.sum(axis=0)
    earlier = (times * (pace.day(other) - pace.day(ranked))).sum(axis=0)
    return {
        "days_earlier": ratio(earlier, total),
        "share_moved_later": ratio((times * pace.later(ranked, other)).sum(axis=0), total),
    }


def _standing(tied: metrics.Tied, rank_value: Floats, found: npt.NDArray[np.int64]) -> Standing:
    """Where each row that holds an event stands: its group among those gathered, the riskiest first."""
    values = np.unique(rank_value[found])
    group = len(values) - 1 - np.searchsorted(values, rank_value[found])
    return Standing(tied.before[group], tied.size[group])


def _ahead(end: Floats, tied: Floats) -> Floats:
    """Sum over whole numbers x below ``end`` of x held between 0 and ``tied``."""
    inside = np.clip(end, 0, tied)
    return np.asarray(inside * (inside - 1) / 2 + np.maximum(end - tied, 0) * tied)
