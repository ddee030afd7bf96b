"""What is kept of a backtest: the figures that the page tells, few enough to read as text in the repository."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from training.backtest_result import BacktestResult

SLICES = ("all", "active_1825d", "without_history")
EVERYWHERE = ("average_precision", "auc", "recall_at_{k}", "incidents_caught_at_10pct")
"""Told of each of the slices, at the middle one of the capacities."""

OF_EVERYONE = (
    "recall_at_",
    "precision_at_",
    "severity_caught_at_",
    "days_earlier_at_",
    "share_moved_later_at_",
    "not_yet_known_at_",
    "log_loss_skill",
    "brier_skill",
    "calibration_slope",
    "expected_over_observed",
    "count_deviance_skill",
)
"""Told of everyone beside those, at every capacity."""

COMPARED_OF_EVERYONE = ("log_loss_skill", "severity_caught_at_{k}")
SUMMARY_COLUMNS = ("slice", "ranking", "metric", "value", "lower", "upper")
DIFFERENCE_COLUMNS = ("slice", "candidate", "against", "metric", "value", "lower", "upper")
DIGITS = 4


def figures_of(result: BacktestResult) -> dict[str, Any]:
    """The kept figures of a result as plain values; rows are lists in the order of the columns named above."""
    counts = result.counts[result.counts["slice"].isin(SLICES)]
    told = counts.groupby("slice", sort=False)[["participants", "positive", "not_yet_known", "base_rate"]].mean()
    return {
        "origins": [f"{origin:%Y-%m-%d}" for origin in result.origins["origin"]],
        "blocks": result.blocks,
        "margin_days": list(result.margin_days),
        "usual_order": sorted(result.origins["usual_order"].unique()),
        "counts": {
            str(name): {key: round(float(value), 4) for key, value in row.items()} for name, row in told.T.items()
        },
        "absolute_deviation": _absolute_deviation(result),
        "summary": _rows(result.summary, _told(result), SUMMARY_COLUMNS),
        "differences": _rows(result.differences, _compared(result), DIFFERENCE_COLUMNS),
    }


def _told(result: BacktestResult) -> pd.Series:
    """Which rows of the summary are kept."""
    rows, known_places = result.summary, tuple(f"_at_{k}" for k in result.config.capacities)
    metric = rows["metric"]
    more = metric.str.startswith(OF_EVERYONE) & (~metric.str.contains("_at_") | metric.str.endswith(known_places))
    return rows["slice"].isin(SLICES) & metric.isin(_everywhere(result)) | (rows["slice"] == "all") & more


def _compared(result: BacktestResult) -> pd.Series:
    """Which rows of the differences are kept."""
    rows = result.differences
    more = rows["metric"].isin([name.format(k=_middle(result)) for name in COMPARED_OF_EVERYONE])
    return rows["slice"].isin(SLICES) & rows["metric"].isin(_everywhere(result)) | (rows["slice"] == "all") & more


def _everywhere(result: BacktestResult) -> list[str]:
    return [name.format(k=_middle(result)) for name in EVERYWHERE]


def _middle(result: BacktestResult) -> int:
    return result.config.capacities[len(result.config.capacities) // 2]


def _rows(frame: pd.DataFrame, wanted: pd.Series, columns: Sequence[str]) -> list[list[Any]]:
    kept = frame[wanted & frame["value"].notna()]
    return [list(_plain(row)) for row in kept[list(columns)].itertuples(index=False, name=None)]


def _plain(row: Iterable[Any]) -> Iterable[Any]:
    for value in row:
        if not isinstance(value, float):
            yield value
        else:
            yield None if pd.isna(value) else round(value, DIGITS)


def _absolute_deviation(result: BacktestResult) -> dict[str, float]:
    """Mean over participants and origins of the distance between expected and actual incidents.

    Of those rankings that expect a count, and of last year's count taken as an expectation.
    """
    rows = result.predictions[result.predictions["weight"] > 0]
    expected = {name.removeprefix("expected_"): rows[name] for name in rows.columns if name.startswith("expected_")}
    expected["prior_year_count"] = rows["rank_value_prior_year_count"]
    return {name: round(float((values - rows["incidents"]).abs().mean()), DIGITS) for name, values in expected.items()}
