"""What a backtest logs, as pure values: one metric a ranking and origin, the tables, and the report in words."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from models.run_items import Figure, Metric, RunContent, Series
from training.backtest_result import BacktestResult

EXPERIMENT = "trustlane-backtest"
LOGGED = (
    "average_precision",
    "auc",
    "log_loss",
    "log_loss_skill",
    "brier",
    "brier_skill",
    "calibration_slope",
    "expected_over_observed",
    "count_deviance_skill",
)
MAIN_SLICE = "all"


def backtest_content(result: BacktestResult) -> RunContent:
    """Everything that MLflow keeps of a backtest; the step of a metric is its origin as YYYYMMDD, 0 for the mean."""
    plan = {f"plan.{name}": value for name, value in result.config.to_dict()["plan"].items()}
    specs = {
        f"{candidate}.{name}": value
        for candidate, spec in result.config.candidates.items()
        for name, value in spec.to_dict().items()
    }
    return RunContent(
        experiment=EXPERIMENT,
        name=f"backtest {result.origins['origin'].min():%Y} to {result.origins['origin'].max():%Y}",
        note=_note(result),
        data_version=result.data_version,
        params={**plan, **specs, "replicates": result.config.replicates, "seed": result.config.seed},
        tags={"candidates": ", ".join(result.config.candidates)},
        metrics=_metrics(result),
        figures=(_by_origin(result, "average_precision", "Average precision"), _by_origin(result, "auc", "AUC")),
        tables={
            "metrics": result.metrics,
            "summary": result.summary,
            "differences": result.differences,
            "counts": result.counts,
            "disparity": result.disparity,
            "detection": result.detection,
            "censoring": result.censoring,
            "label_versions": result.label_versions,
        },
        texts={"report.txt": result.text()},
    )


def _metrics(result: BacktestResult) -> tuple[Metric, ...]:
    wanted = {*LOGGED, *(f"precision_at_{k}" for k in result.config.capacities)}
    wanted |= {
        f"{name}_at_{k}"
        for k in result.config.capacities
        for name in ("recall", "severity_caught", "days_earlier", "share_moved_later")
    }
    found = []
    for rows, is_mean in ((result.metrics, False), (result.summary, True)):
        chosen = rows[(rows["slice"] == MAIN_SLICE) & rows["metric"].isin(wanted)]
        for row in chosen.to_dict("records"):
            step = 0 if is_mean else int(f"{row['origin']:%Y%m%d}")
            name = f"{_name(row['ranking'])}.{row['metric']}" + (".mean" if is_mean else "")
            found.append(Metric(name, float(row["value"]), step))
    return tuple(found)


def _name(ranking: str) -> str:
    """A ranking's name in the letters that MLflow allows."""
    return re.sub(r"[^A-Za-z0-9_\-. /]", "_", ranking)


def _by_origin(result: BacktestResult, metric: str, title: str) -> Figure:
    rows = result.metrics[(result.metrics["slice"] == MAIN_SLICE) & (result.metrics["metric"] == metric)]
    series = tuple(
        Series(str(ranking), [f"{origin:%Y-%m-%d}" for origin in group["origin"]], group["value"].tolist())
        for ranking, group in rows.groupby("ranking", sort=False)
    )
    return Figure(metric, f"{title} at each origin", "origin", title.lower(), series)


def _note(result: BacktestResult) -> str:
    rows = result.summary
    main = rows[(rows["slice"] == MAIN_SLICE) & (rows["metric"] == "average_precision")]
    lines = [
        f"| {row['ranking']} | {row['value']:.3f} | {_interval(row)} |"
        for row in main.sort_values("value", ascending=False).to_dict("records")
    ]
    head = "Mean average precision over origins, with 95 % intervals for other participants and other years.\n\n"
    return head + "\n".join(["| ranking | mean | 95 % interval |", "| --- | --- | --- |", *lines])


def _interval(row: Mapping[Hashable, Any]) -> str:
    return "–" if pd.isna(row["lower"]) else f"{row['lower']:.3f} to {row['upper']:.3f}"
