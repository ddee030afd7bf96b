"""Simple rules compared with each other on one backtest, in pairs on the same draws."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.checks.judged import Judged
from training.checks.simplicity import Simplicity
from training.disparity import Audited
from training.intervals import ParticipantDraws, blocks, blocks_of_origins, draw_participants, pooled_interval
from training.metrics import Floats

Pair = tuple[float, float, float]
DRAWS = 300


class RulesInPairs:
    """Average precision of rankings at each origin, with replicates on draws that all of them share.

    Parameters
    ----------
    judged : Judged
        The backtest whose predictions hold the rankings.
    names : sequence of str
        Which rankings.
    seed : int
        Of the draws.
    """

    def __init__(self, judged: Judged, names: Sequence[str], *, seed: int, draws: int = DRAWS) -> None:
        predictions = judged.predictions
        people = draw_participants(predictions["participant_id"].to_numpy(dtype=object), replicates=draws, seed=seed)
        self._found: dict[str, list[tuple[float, Floats]]] = {name: [] for name in names}
        for _, part in predictions.groupby("origin", sort=True):
            for name, told in self._found.items():
                told.append(_drawn(Audited.of(part, name, 1), part[f"rank_value_{name}"].to_numpy(np.float64), people))
        origins = [pd.Timestamp(origin) for origin in np.unique(predictions["origin"].to_numpy())]
        self._block: npt.NDArray[np.int64] = blocks_of_origins(origins, judged.horizon_days)

    def mean(self, name: str) -> float:
        """Average precision in the mean over origins."""
        return float(np.mean([value for value, _ in self._found[name]]))

    def difference(self, name: str, other: str) -> Pair:
        """Average precision of one ranking above another's, with its 95 % bounds."""
        pairs = list(zip(self._found[name], self._found[other], strict=True))
        values = [one - another for (one, _), (another, _) in pairs]
        drawn = [one - another for (_, one), (_, another) in pairs]
        return (float(np.mean(values)), *pooled_interval(values, drawn, self._block))

    def passing(self, rules: Sequence[str]) -> list[str]:
        """The rules that would pass this check against all the others, best first.

        Such a rule is shown to be better than each simpler one, and not shown to be worse than any.
        """
        kept = []
        for rule in rules:
            found = {other: self.difference(rule, other) for other in self._found if other != rule}
            own = Simplicity.of_rule(rule)
            if all(
                lower > 0 if Simplicity.of_rule(other) < own else not upper < 0
                for other, (_, lower, upper) in found.items()
            ):
                kept.append(rule)
        return sorted(kept, key=self.mean, reverse=True)


def _drawn(rows: Audited, rank: Floats, people: ParticipantDraws) -> tuple[float, Floats]:
    def compute(times: npt.NDArray[np.integer] | None) -> Floats:
        tied = metrics.gather(rank, rows.positive, weight=rows.weight, multiplicity=times)
        return np.asarray(metrics.average_precision(tied), dtype=np.float64)

    times = people.of(rows.participant_ids)
    parts = [compute(times[:, part]) for part in blocks(times.shape[1], rows=len(times))]
    return float(compute(None).ravel()[0]), np.concatenate(parts) if parts else np.zeros(0)
