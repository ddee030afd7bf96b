"""Every figure of the first places of a ranking: what they hold, what they miss, what is not known of them.

At each capacity and each share of the cohort: precision, recall, lift, incidents and severity points caught, how many
are not yet known with the bounds that they leave, and how many were expected for one observed. All are sums over the
first places in which each row counts by its expected share of a place, see :mod:`training.places`; expected over
observed is the ratio of two such sums.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.backtest_config import BacktestConfig
from training.bounds import bounds_at
from training.forecasts import ProbabilityRows
from training.metrics import Floats, ratio
from training.places import Order, first_places


@dataclass(frozen=True)
class Ranked:
    """The rows of a ranking and what came true; every array has shape (rows,).

    ``severity`` and ``forecast`` are None where there is none.
    """

    rank_value: Floats
    positive: npt.NDArray[np.bool_]
    weight: Floats
    incidents: Floats
    severity: Floats | None = None
    forecast: ProbabilityRows | None = None


def first_figures(
    ranked: Ranked, config: BacktestConfig, draws: npt.NDArray[np.integer], *, estimate: bool
) -> dict[str, Floats]:
    """The figures at every capacity and share, each of shape (replicates,); bounds only with ``estimate``.

    Parameters
    ----------
    ranked : Ranked
    config : BacktestConfig
        Its capacities and shares.
    draws : integer array of shape (rows, replicates)
    estimate : bool
        The draws are a single column of ones.
    """
    order = Order.of(ranked.rank_value)
    known, unknown = ranked.weight > 0, ranked.weight <= 0
    columns = {"found": ranked.weight * ranked.positive, "incidents": ranked.weight * ranked.incidents}
    if ranked.severity is not None:
        columns["severity"] = ranked.weight * np.where(known, ranked.severity, 0.0)
    columns["not_known"] = unknown.astype(np.float64)
    values = np.column_stack(list(columns.values()))
    totals = dict(zip(columns, values.T @ draws.astype(np.float64), strict=True))
    rows = draws.sum(axis=0, dtype=np.float64)
    figures: dict[str, Floats] = {}
    for name, k, expected in _places(config, rows, len(values)):
        first = first_places(order, k, draws)
        sums = dict(zip(columns, first.sums(values), strict=True))
        precision = ratio(sums["found"], np.minimum(k, rows))
        found = {
            "precision": precision,
            "recall": ratio(sums["found"], totals["found"]),
            "lift": ratio(precision, ratio(totals["found"], rows)),
            "incidents_caught": ratio(sums["incidents"], totals["incidents"]),
            "not_yet_known": sums["not_known"],
        }
        if "severity" in columns:
            found["severity_caught"] = ratio(sums["severity"], totals["severity"])
        if ranked.forecast is not None:
            there = first if estimate else first_places(order, expected, np.ones((len(values), 1), dtype=np.int16))
            found |= ranked.forecast.at(first, there)
        if estimate:
            bounds = bounds_at(order, ranked.positive & known, unknown, expected)
            found |= {side: np.array([bound]) for side, bound in bounds._asdict().items()}
        figures |= {f"{metric}_at_{name}": figure for metric, figure in found.items()}
    return figures


def _places(config: BacktestConfig, rows: Floats, everyone: int) -> Iterator[tuple[str, Floats, float]]:
    """Each capacity and share: its name, its places in every replicate, and its places in the cohort itself."""
    for k in config.capacities:
        yield str(k), np.full(len(rows), float(k)), float(k)
    for share in config.shares:
        yield f"{100 * share:g}pct", share * rows, share * everyone
