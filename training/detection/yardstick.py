"""How good a ranking is by rows that were drawn by chance: figures that targeting cannot flatter.

Each row keeps its place in the whole ranking; only drawn rows count, each by the inverse of its chance to be drawn.
Weighted findings in the first k rows, divided by k, then have the precision at k of the whole cohort as their mean
over draws (Horvitz and Thompson 1952). Recall and average precision are ratios of two such sums (Hajek 1971): their
bias is of the order of one over the findings, which is why few findings are refused.

Sums run over all origins before anything is divided. Intervals draw participants, and every ranking is judged on the
same draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training import metrics
from training.detection.correction import effective_size
from training.detection.errors import YardstickRefused
from training.intervals import blocks, draw_participants, percentile_interval
from training.metrics import Floats
from training.text_table import figure_table

LEAST_FINDINGS = 20
"""Effective findings wanted: with as many, a share of one half is known within about 0.22 on either side."""

COLUMNS = ("yardstick", "ranking", "metric", "value", "lower", "upper", "findings", "effective_findings", "rows_drawn")


@dataclass(frozen=True)
class DrawnRows:
    """One origin's whole cohort: who was drawn, and what was found of them; every array has shape (participants,).

    Attributes
    ----------
    participant_ids : array of str
    found : array of bool
        Whether something was found; ignored where the weight is 0.
    weight : array
        Inverse chance of being drawn; 0 for who was not.
    rankings : mapping of name to array
        Rank values of everyone, higher for riskier.
    """

    participant_ids: npt.NDArray[np.object_]
    found: npt.NDArray[np.bool_]
    weight: Floats
    rankings: Mapping[str, Floats]

    def __post_init__(self) -> None:
        if not np.all(np.isfinite(self.weight) & (self.weight >= 0)):
            raise YardstickRefused(
                "Expected weights that are finite and at least 0; got others. Give the inverse of each row's chance to "
                "be drawn, and 0 to rows that were not."
            )

    @property
    def worth(self) -> Floats:
        """Weights of the findings."""
        return self.weight[self.found & (self.weight > 0)]


def judge_by_drawn(
    name: str,
    origins: Sequence[DrawnRows],
    *,
    capacities: Sequence[int],
    replicates: int,
    seed: int,
    pairs: Sequence[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Average precision, and precision and recall at each capacity, of each ranking; and differences of pairs.

    Parameters
    ----------
    name : str
        Of the yardstick, for the table.
    origins : sequence of DrawnRows
        With the same rankings at each.
    capacities : sequence of int
    replicates, seed : int
        Draws of participants; 0 draws give no interval.
    pairs : sequence of pairs of names
        ``(a, b)`` adds a row ``a − b`` for each figure.

    Returns
    -------
    DataFrame with :data:`COLUMNS`. Where there are fewer than :data:`LEAST_FINDINGS` effective findings every figure is
    NaN, and :func:`refusal` says in words what is missing.
    """
    worth = np.concatenate([origin.worth for origin in origins]) if origins else np.zeros(0)
    tally = {
        "findings": len(worth),
        "effective_findings": effective_size(worth),
        "rows_drawn": int(sum((origin.weight > 0).sum() for origin in origins)),
    }
    enough = tally["effective_findings"] >= LEAST_FINDINGS
    rankings = list(origins[0].rankings) if origins else []
    found = {ranking: _figures(ranking, origins, capacities, replicates, seed, enough=enough) for ranking in rankings}
    for first, second in pairs:
        found[f"{first} − {second}"] = {
            metric: (value - found[second][metric][0], drawn - found[second][metric][1])
            for metric, (value, drawn) in found[first].items()
        }
    rows = []
    for ranking, figures in found.items():
        for metric, (value, drawn) in figures.items():
            low, high = percentile_interval(drawn, value=value)
            rows.append((name, ranking, metric, value, low, high, *tally.values()))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def refusal(table: pd.DataFrame) -> str:
    """Why a yardstick's figures are missing, in words; empty where they are there."""
    if table.empty:
        return "No row was drawn at random. Draw an audit slice, or report random examinations."
    have = float(table["effective_findings"].iloc[0])
    if have >= LEAST_FINDINGS:
        return ""
    more = f"about {LEAST_FINDINGS / have:.1f} times as many drawn rows" if have > 0 else "more drawn rows"
    return (
        f"Too few: {int(table['findings'].iloc[0])} findings among {int(table['rows_drawn'].iloc[0])} drawn rows are "
        f"worth {have:.1f} equally weighted ones, and {LEAST_FINDINGS} are needed. Wait for {more}, or judge more "
        "origins."
    )


def yardstick_text(table: pd.DataFrame) -> str:
    """One yardstick: its figures with intervals, or why there are none."""
    if table.empty:
        return refusal(table)
    name, missing = table["yardstick"].iloc[0], refusal(table)
    first = table.iloc[0]
    title = (
        f"By rows drawn by chance: {name}; {first['findings']:.0f} findings, worth {first['effective_findings']:.1f}, "
        f"of {first['rows_drawn']:.0f} rows drawn"
    )
    return f"{title}\n{missing or figure_table(table, list(table['metric'].unique()))}"


def _figures(
    ranking: str,
    origins: Sequence[DrawnRows],
    capacities: Sequence[int],
    replicates: int,
    seed: int,
    *,
    enough: bool,
) -> dict[str, tuple[float, Floats]]:
    """Each figure and its replicates."""
    names = ["average_precision", *(f"{what}_at_{k}" for k in capacities for what in ("precision", "recall"))]
    if not enough:
        return {name: (float("nan"), np.zeros(0)) for name in names}
    estimate = _ratios([_sums(origin, ranking, capacities, None) for origin in origins], names)
    parts: list[dict[str, Floats]] = []
    if replicates:
        everyone = np.concatenate([origin.participant_ids for origin in origins])
        draws = draw_participants(everyone, replicates=replicates, seed=seed)
        times = [draws.of(origin.participant_ids) for origin in origins]
        for block in blocks(replicates, rows=max(len(each) for each in times)):
            told = [
                _sums(origin, ranking, capacities, np.ascontiguousarray(own[:, block]))
                for origin, own in zip(origins, times, strict=True)
            ]
            parts.append(_ratios(told, names))
    return {
        name: (float(estimate[name]), np.concatenate([part[name] for part in parts]) if parts else np.zeros(0))
        for name in names
    }


def _sums(
    origin: DrawnRows, ranking: str, capacities: Sequence[int], times: npt.NDArray[np.int16] | None
) -> dict[str, tuple[Floats, Floats]]:
    """What is above and below the line of each figure at one origin."""
    tied = metrics.gather(origin.rankings[ranking], origin.found, weight=origin.weight, multiplicity=times)
    total = np.asarray(tied.total_events)
    # An origin without a finding has no average precision and adds nothing to it.
    above = {"average_precision": (np.nan_to_num(metrics.average_precision(tied)) * total, total)}
    for k in capacities:
        inside = metrics.events_at(tied, float(k))
        above[f"precision_at_{k}"] = (inside, np.minimum(float(k), np.asarray(tied.rows)))
        above[f"recall_at_{k}"] = (inside, total)
    return above


def _ratios(told: Sequence[dict[str, tuple[Floats, Floats]]], names: Sequence[str]) -> dict[str, Floats]:
    return {
        name: metrics.ratio(
            np.sum([each[name][0] for each in told], axis=0), np.sum([each[name][1] for each in told], axis=0)
        )
        for name in names
    }
