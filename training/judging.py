"""Judging the rankings of one cohort: every figure, on every slice, with its bootstrap replicates.

The same draws of participants serve all rankings and origins, so replicates can be averaged over
origins and subtracted between rankings, number by number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.backtest_config import BacktestConfig
from training.intervals import Draws, ParticipantDraws, blocks
from training.metrics import Floats

Mask = npt.NDArray[np.bool_]


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
    label is not known.
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


def judge(cohort: Cohort, config: BacktestConfig, draws: ParticipantDraws | None) -> dict[Key, Figure]:
    """Every figure of every ranking on every slice of a cohort; without draws no replicates."""
    figures: dict[Key, Figure] = {}
    times = None if draws is None else draws.of(cohort.participant_ids)
    for name, mask in cohort.slices.items():
        within = None if times is None else times[mask]
        for ranking, rank_value in cohort.rankings.items():
            rows = _Rows(rank_value[mask], cohort.positive[mask], cohort.incidents[mask], cohort.weight[mask])
            found = _figures(partial(_ranking_figures, rows, config), within)
            if ranking in cohort.probabilities:
                found |= _probability_figures(rows, cohort.probabilities[ranking][mask], within)
            figures |= {Key(name, ranking, metric): figure for metric, figure in found.items()}
    return figures


@dataclass(frozen=True)
class _Rows:
    rank_value: Floats
    positive: Mask
    incidents: Floats
    weight: Floats


def _figures(compute: Callable[[Draws | None], Mapping[str, Floats]], times: Draws | None) -> dict[str, Figure]:
    """The estimate and, block by block, its replicates."""
    estimate = compute(None)
    parts = [] if times is None else [compute(times[:, part]) for part in blocks(times.shape[1], rows=len(times))]
    return {
        metric: Figure(float(value), np.concatenate([part[metric] for part in parts]) if parts else np.zeros(0))
        for metric, value in estimate.items()
    }


def _ranking_figures(rows: _Rows, config: BacktestConfig, times: Draws | None) -> dict[str, Floats]:
    tied = metrics.gather(rows.rank_value, rows.positive, weight=rows.weight, multiplicity=times)
    counted = metrics.gather(rows.rank_value, rows.incidents, weight=rows.weight, multiplicity=times)
    unknown = metrics.gather(rows.rank_value, rows.weight <= 0, multiplicity=times)
    figures = {"average_precision": metrics.average_precision(tied), "auc": metrics.auc(tied)}
    places: dict[str, Floats] = {str(k): np.asarray(float(k)) for k in config.capacities}
    places |= {f"{100 * share:g}pct": share * tied.rows for share in config.shares}
    for name, k in places.items():
        figures[f"precision_at_{name}"] = metrics.precision_at(tied, k)
        figures[f"recall_at_{name}"] = metrics.recall_at(tied, k)
        figures[f"lift_at_{name}"] = metrics.lift_at(tied, k)
        figures[f"incidents_caught_at_{name}"] = metrics.recall_at(counted, k)
        figures[f"not_yet_known_at_{name}"] = metrics.events_at(unknown, k)
    return figures


def _probability_figures(rows: _Rows, probability: Floats, times: Draws | None) -> dict[str, Figure]:
    def scores(draws: Draws | None) -> dict[str, Floats]:
        return {
            "log_loss": metrics.log_loss(probability, rows.positive, rows.weight, draws),
            "brier": metrics.brier(probability, rows.positive, rows.weight, draws),
        }

    intercept, slope = metrics.calibration_line(probability, rows.positive, rows.weight)
    observed = float((rows.weight * rows.positive).sum())
    ratio = float((rows.weight * probability).sum()) / observed if observed > 0 else float("nan")
    lone = {"calibration_intercept": intercept, "calibration_slope": slope, "expected_over_observed": ratio}
    return _figures(scores, times) | {metric: Figure(value, np.zeros(0)) for metric, value in lone.items()}
