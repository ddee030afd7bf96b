"""One scenario over several seeds: means with intervals over programs, and in how many programs a pair was decided.

Each seed is a program of its own, drawn independently of the others, so the mean over seeds has the interval of a mean
of independent values: Student's t with one degree of freedom less than there are seeds. It holds everything that
differs between programs of a kind, the years judged included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from benchmarks.judging.answers import Answer, Told

SHARES = ("average_precision", "auc", "precision_at", "recall_at", "incidents_caught", "severity_caught", "share_")


@dataclass(frozen=True)
class Tally:
    """In how many programs a difference lay wholly above 0, wholly below, and neither."""

    won: int
    lost: int
    undecided: int


@dataclass(frozen=True)
class OverSeeds:
    """The answers of one scenario, asked as one; at least two of them, judged alike."""

    name: str
    answers: tuple[Answer, ...]

    @property
    def candidates(self) -> tuple[str, ...]:
        return self.answers[0].candidates

    @property
    def rankings(self) -> tuple[str, ...]:
        return self.answers[0].rankings

    @property
    def capacities(self) -> tuple[int, ...]:
        return self.answers[0].capacities

    @property
    def counts(self) -> Mapping[str, Mapping[str, float]]:
        """Participants, positives and the like in the mean over seeds."""
        first = self.answers[0].counts
        return {
            part: {key: float(np.mean([answer.counts[part][key] for answer in self.answers])) for key in told}
            for part, told in first.items()
        }

    def figure(self, ranking: str, metric: str, part: str = "all") -> Told | None:
        """A figure in the mean over seeds; the interval of a share stays within what a share can be."""
        told = self._mean(lambda answer: answer.figure(ranking, metric, part))
        if told is None or not metric.startswith(SHARES):
            return told
        return Told(told.value, max(told.lower, 0.0), min(told.upper, 1.0))

    def difference(self, candidate: str, against: str, metric: str, part: str = "all") -> Told | None:
        """A candidate minus another ranking in the mean over seeds."""
        return self._mean(lambda answer: answer.difference(candidate, against, metric, part))

    def share(self, ranking: str, of: str) -> Told | None:
        """The average precision as a share of another ranking's, each program by itself, in the mean over seeds."""
        return self._mean(lambda answer: answer.share(ranking, of))

    def tally(self, candidate: str, against: str, metric: str, part: str = "all") -> Tally:
        """How the programs decided between two rankings, each by its own paired interval."""
        told = [answer.difference(candidate, against, metric, part) for answer in self.answers]
        found = [each for each in told if each is not None]
        won, lost = sum(each.above_zero for each in found), sum(each.below_zero for each in found)
        return Tally(won, lost, len(found) - won - lost)

    def _mean(self, ask: Callable[[Answer], Told | None]) -> Told | None:
        found = [each.value for each in map(ask, self.answers) if each is not None]
        return mean_with_interval(found) if len(found) == len(self.answers) else None


def mean_with_interval(values: Sequence[float], level: float = 0.95) -> Told:
    """The mean of independent values with Student's interval; one value has none."""
    own = np.asarray(values, dtype=np.float64)
    if len(own) < 2:
        return Told(float(own.mean()), float("nan"), float("nan"))
    half = float(student.ppf((1 + level) / 2, len(own) - 1) * own.std(ddof=1) / np.sqrt(len(own)))
    return Told(float(own.mean()), float(own.mean()) - half, float(own.mean()) + half)
