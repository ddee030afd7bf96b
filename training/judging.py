"""Judging the rankings of one cohort: every figure, on every slice, with its bootstrap replicates.

The same draws of participants serve all rankings and origins, so replicates can be averaged over
origins and subtracted between rankings, number by number.

Everyone, the active and those without history are judged by every figure. Slices by what a firm is are many and
small: they get the few figures that such a slice can carry, with at most :data:`GROUP_REPLICATES` draws.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.backtest_config import BacktestConfig
from training.errors import RankingRefused
from training.first_figures import Ranked, first_figures
from training.forecasts import ProbabilityRows, Reference, count_figures
from training.intervals import Draws, ParticipantDraws, blocks
from training.metrics import Floats
from training.waiting import Pace, waiting_figures

Mask = npt.NDArray[np.bool_]

GROUP_REPLICATES = 200
"""Draws for slices by what a firm is: their intervals are wide, and a third digit of them says nothing."""


class Key(NamedTuple):
    """What a figure is about."""

    slice: str
    ranking: str
    metric: str


@dataclass(frozen=True)
class Figure:
    """One figure and its bootstrap replicates (empty without draws)."""

    value: float
    replicates: Floats


@dataclass(frozen=True)
class Cohort:
    """Everyone at risk at one origin, what came true, and how each ranking had placed them.

    ``rankings`` holds a rank value per participant, higher for riskier; ``probabilities`` and ``expected_counts``
    (incidents in the horizon) only those rankings that claim them. ``slices`` are masks; ``weight`` is 0 where the
    label is not known. Figures that need what a cohort lacks are absent: ``severity`` points of the incidents, the
    ``usual_order`` of examining without a model (higher for earlier), the ``reference`` of the rows learned from, and
    ``groups``, slices by what a firm is.

    Raises
    ------
    RankingRefused
        A rank value is NaN or plus infinity (minus infinity ranks last), a probability is not within 0 and 1, or
        an expected count is negative or not finite.
    """

    origin: pd.Timestamp
    participant_ids: npt.NDArray[np.object_]
    positive: Mask
    incidents: Floats
    weight: Floats
    slices: Mapping[str, Mask]
    rankings: Mapping[str, Floats]
    probabilities: Mapping[str, Floats]
    expected_counts: Mapping[str, Floats]
    severity: Floats | None = None
    usual_order: Floats | None = None
    reference: Reference | None = None
    groups: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = (
            ("rank value", self.rankings, "numbers, or minus infinity for last", lambda v: ~np.isnan(v) & (v < np.inf)),
            ("probability", self.probabilities, "numbers from 0 to 1", lambda v: (v >= 0) & (v <= 1)),
            ("expected count", self.expected_counts, "finite numbers of at least 0", lambda v: (v >= 0) & (v < np.inf)),
        )
        for what, said, expected, good in told:
            for ranking, values in said.items():
                _require(what, ranking, self, np.asarray(values, dtype=np.float64), expected, good)


def _require(
    what: str, ranking: str, cohort: Cohort, values: Floats, expected: str, good: Callable[[Floats], Mask]
) -> None:
    size = len(cohort.participant_ids)
    if values.shape != (size,):
        raise RankingRefused(
            f"Expected a {what} by {ranking} for each of {size} participants at {cohort.origin:%Y-%m-%d}; got an array "
            f"of shape {values.shape}. Rank the whole cohort."
        )
    wrong = np.flatnonzero(~good(values))
    if len(wrong):
        raise RankingRefused(
            f"Expected every {what} by {ranking} at {cohort.origin:%Y-%m-%d} among {expected}; got {values[wrong[0]]} "
            f"for {cohort.participant_ids[wrong[0]]}, {len(wrong)} wrong of {size}. Mend the ranking, or leave it out."
        )


def judge(cohort: Cohort, config: BacktestConfig, draws: ParticipantDraws | None) -> dict[Key, Figure]:
    """Every figure of every ranking on every slice of a cohort; without draws no replicates."""
    figures: dict[Key, Figure] = {}
    times = None if draws is None else draws.of(cohort.participant_ids)
    few = None if times is None else np.ascontiguousarray(times[:, :GROUP_REPLICATES])
    for slices, drawn, wanted in ((cohort.slices, times, _all_figures), (cohort.groups, few, _group_figures)):
        for name, mask in slices.items():
            within = None if drawn is None else np.ascontiguousarray(drawn[mask])
            for ranking in cohort.rankings:
                found = _figures(partial(wanted, _rows(cohort, ranking, mask), config), int(mask.sum()), within)
                figures |= {Key(name, ranking, metric): figure for metric, figure in found.items()}
    return figures


@dataclass(frozen=True)
class _Rows:
    """The rows of one slice, as one ranking placed them."""

    ranked: Ranked
    usual_order: Floats | None
    expected_count: Floats | None
    reference: Reference | None


def _rows(cohort: Cohort, ranking: str, mask: Mask) -> _Rows:
    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[mask]

    weight, positive = cohort.weight[mask], cohort.positive[mask]
    probability = cut(cohort.probabilities.get(ranking))
    return _Rows(
        Ranked(
            rank_value=cohort.rankings[ranking][mask],
            positive=positive,
            weight=weight,
            incidents=cohort.incidents[mask],
            severity=cut(cohort.severity),
            forecast=None if probability is None else ProbabilityRows(probability, positive, weight),
        ),
        cut(cohort.usual_order),
        cut(cohort.expected_counts.get(ranking)),
        cohort.reference,
    )


def _figures(
    compute: Callable[[Draws | None], Mapping[str, Floats]], rows: int, times: Draws | None
) -> dict[str, Figure]:
    """The estimate and, block by block, its replicates; a figure that has only an estimate has none."""
    estimate = compute(None)
    parts = [] if times is None else [compute(times[:, part]) for part in blocks(times.shape[1], rows=rows)]
    return {
        metric: Figure(
            float(value),
            np.concatenate([part[metric] for part in parts]) if parts and metric in parts[0] else np.zeros(0),
        )
        for metric, value in estimate.items()
    }


def _all_figures(rows: _Rows, config: BacktestConfig, times: Draws | None) -> dict[str, Floats]:
    ranked = rows.ranked
    draws = _once(ranked) if times is None else times
    tied = metrics.gather(ranked.rank_value, ranked.positive, weight=ranked.weight, multiplicity=draws)
    figures = {"average_precision": metrics.average_precision(tied), "auc": metrics.auc(tied)}
    figures |= first_figures(ranked, config, draws, estimate=times is None)
    if rows.usual_order is not None:
        for k in config.capacities:
            pace = Pace(float(k), float(config.plan.horizon_days))
            found = waiting_figures(
                pace, ranked.rank_value, rows.usual_order, ranked.positive, ranked.weight, tied, draws
            )
            figures |= {f"{metric}_at_{k}": figure for metric, figure in found.items()}
    return _single(figures | _forecast_figures(rows, draws), times)


def _group_figures(rows: _Rows, config: BacktestConfig, times: Draws | None) -> dict[str, Floats]:
    ranked = rows.ranked
    draws = _once(ranked) if times is None else times
    tied = metrics.gather(ranked.rank_value, ranked.positive, weight=ranked.weight, multiplicity=draws)
    figures = {"average_precision": metrics.average_precision(tied), "auc": metrics.auc(tied)}
    for share in config.shares:
        name = f"{100 * share:g}pct"
        figures[f"recall_at_{name}"] = metrics.recall_at(tied, share * tied.rows)
        figures[f"precision_at_{name}"] = metrics.precision_at(tied, share * tied.rows)
    return _single(figures | _forecast_figures(rows, draws), times)


def _forecast_figures(rows: _Rows, draws: npt.NDArray[np.integer]) -> dict[str, Floats]:
    ranked = rows.ranked
    found: dict[str, Floats] = {}
    if ranked.forecast is not None:
        found |= ranked.forecast.figures(draws, rows.reference)
    if rows.expected_count is not None:
        found |= count_figures(rows.expected_count, ranked.incidents, ranked.weight, draws, rows.reference)
    return found


def _once(ranked: Ranked) -> Draws:
    return np.ones((len(ranked.weight), 1), dtype=np.int16)


def _single(figures: Mapping[str, Floats], times: Draws | None) -> dict[str, Floats]:
    """Replicates as they are, the estimate as a scalar."""
    return (
        dict(figures)
        if times is not None
        else {name: np.asarray(value).reshape(-1)[0] for name, value in figures.items()}
    )
