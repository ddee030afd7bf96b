"""The answer of one cell, or of one scenario over its seeds, asked figure by figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol


class Told(NamedTuple):
    """A figure with its 95 % interval; the bounds are NaN where there is none."""

    value: float
    lower: float
    upper: float

    @property
    def above_zero(self) -> bool:
        return self.lower > 0

    @property
    def below_zero(self) -> bool:
        return self.upper < 0


class Judged(Protocol):
    """What tables are drawn from."""

    @property
    def name(self) -> str: ...
    @property
    def candidates(self) -> tuple[str, ...]: ...
    @property
    def rankings(self) -> tuple[str, ...]: ...
    @property
    def capacities(self) -> tuple[int, ...]: ...
    @property
    def counts(self) -> Mapping[str, Mapping[str, float]]: ...
    def figure(self, ranking: str, metric: str, part: str = "all") -> Told | None: ...
    def difference(self, candidate: str, against: str, metric: str, part: str = "all") -> Told | None: ...
    def share(self, ranking: str, of: str) -> Told | None: ...


@dataclass(frozen=True)
class Answer:
    """One cell's kept figures."""

    kept: Mapping[str, Any]

    @cached_property
    def _summary(self) -> dict[tuple[str, str, str], Told]:
        return {(part, ranking, metric): _told(*rest) for part, ranking, metric, *rest in self.kept["summary"]}

    @cached_property
    def _pairs(self) -> dict[tuple[str, str, str, str], Told]:
        return {
            (part, one, other, metric): _told(*rest) for part, one, other, metric, *rest in self.kept["differences"]
        }

    @property
    def name(self) -> str:
        return str(self.kept["cell"])

    @property
    def candidates(self) -> tuple[str, ...]:
        return tuple(self.kept["question"]["config"]["candidates"])

    @property
    def rankings(self) -> tuple[str, ...]:
        """Everything that was ranked, in the order of the backtest: candidates, baselines, then what knows more."""
        return tuple(dict.fromkeys(row[1] for row in self.kept["summary"]))

    @property
    def capacities(self) -> tuple[int, ...]:
        return tuple(self.kept["question"]["config"]["capacities"])

    @property
    def counts(self) -> Mapping[str, Mapping[str, float]]:
        return dict(self.kept["counts"])

    def figure(self, ranking: str, metric: str, part: str = "all") -> Told | None:
        """A figure in the mean over origins; None when it was not judged."""
        return self._summary.get((part, ranking, metric))

    def difference(self, candidate: str, against: str, metric: str, part: str = "all") -> Told | None:
        """A candidate minus another ranking; two candidates are kept once, and told in either direction."""
        if (part, candidate, against, metric) in self._pairs:
            return self._pairs[part, candidate, against, metric]
        found = self._pairs.get((part, against, candidate, metric))
        return None if found is None else Told(-found.value, -found.upper, -found.lower)

    def share(self, ranking: str, of: str) -> Told | None:
        """The average precision as a share of another ranking's; one program tells no interval of it."""
        own, whole = self.figure(ranking, "average_precision"), self.figure(of, "average_precision")
        return None if own is None or whole is None else Told(own.value / whole.value, float("nan"), float("nan"))


def _told(value: float, lower: float | None, upper: float | None) -> Told:
    return Told(value, float("nan") if lower is None else lower, float("nan") if upper is None else upper)
