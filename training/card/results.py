"""The quantitative part of a card: a backtest's figures with their intervals, as tables. Nothing is computed anew."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from models.documents import Table
from training.card.words import (
    NOTHING,
    capacity_name,
    difference,
    digits_of,
    figure,
    known,
    metric_name,
    rule_name,
    slice_name,
    spaced,
)
from training.checks.judged import Judged
from training.labels import NOT_YET_KNOWN, POSITIVE

OVERALL = (
    "average_precision",
    "auc",
    "log_loss_skill",
    "brier_skill",
    "calibration_slope",
    "calibration_intercept",
    "expected_over_observed",
    "expected_over_observed_incidents",
    "count_deviance_skill",
)
AT_CAPACITY = ("precision", "recall", "lift", "severity_caught", "days_earlier", "share_moved_later", "not_yet_known")
OF_SLICES = ("average_precision", "auc", "expected_over_observed")
PAIRED = ("average_precision", "auc", "log_loss_skill")
RATES = ("selection_rate", "recall", "false_positive_rate", "false_discovery_rate", "expected_over_observed")
ROWS, INTERVALS = "Mean over origins, with 95 % intervals by draws of participants.", "95 % interval"


def capacities_of(summary: pd.DataFrame) -> tuple[str, ...]:
    """The capacities that a backtest judged: places, then shares of the cohort."""
    found = (re.fullmatch(r"precision_at_(.+)", str(metric)) for metric in summary["metric"].unique())
    return tuple(each[1] for each in found if each)


def origins_table(judged: Judged) -> Table:
    """What was judged at each origin."""
    rows = []
    for origin, own in judged.predictions.groupby("origin", sort=True):
        label = own["label"]
        tried = judged.origins[judged.origins["origin"] == origin].to_dict("records")
        learned = f"{tried[0]['training_rows']:,}" if tried and "training_rows" in tried[0] else NOTHING
        found = int((label == POSITIVE).sum())
        left = int((label == NOT_YET_KNOWN).sum())
        rows.append((f"{pd.Timestamp(str(origin)):%Y-%m-%d}", learned, f"{len(own):,}", f"{found:,}", f"{left:,}"))
    return Table(
        "Moments of the backtest",
        ("Origin", "Rows learned from before", "Participants ranked", "With an incident", "Not yet known"),
        tuple(rows),
        "At each origin the model was fitted anew on what was known then, and judged by what came true after.",
    )


def overall_table(judged: Judged) -> Table:
    """Ranking and probabilities over everyone."""
    rows = _own(judged, "all")
    told = [(metric_name(metric), figure(*_cell(rows, metric))) for metric in OVERALL if metric in rows]
    return Table("Ranking and probabilities, everyone", ("Figure", f"Value ({INTERVALS})"), tuple(told), ROWS)


def capacity_table(judged: Judged) -> Table:
    """Figures of the list at each capacity."""
    rows, capacities = _own(judged, "all"), capacities_of(judged.summary)
    metrics = [metric for metric in AT_CAPACITY if any(f"{metric}_at_{k}" in rows for k in capacities)]
    told = [
        (
            capacity_name(k),
            *(figure(*_cell(rows, f"{metric}_at_{k}"), digits=digits_of(metric)) for metric in metrics),
            _whatever(rows, k),
        )
        for k in capacities
    ]
    note = (
        f"{ROWS} Days earlier is by how many days participants with an incident are reached sooner than in the order "
        "that a program follows without a model; moved later is the share of them that is reached later. Labels not "
        "yet known are those of the first places that left the program inside the window; whatever they are, precision "
        "lies within the last column."
    )
    columns = ("Capacity", *map(metric_name, metrics), "Precision, whatever they are")
    return Table("The list within a capacity", columns, tuple(told), note)


def paired_table(judged: Judged, capacity: str | None) -> Table:
    """The version minus each simple rule, drawn in pairs."""
    rows = judged.differences[
        (judged.differences["slice"] == "all") & (judged.differences["candidate"] == judged.candidate)
    ]
    metrics = [*PAIRED, *([] if capacity is None else [f"precision_at_{capacity}", f"lift_at_{capacity}"])]
    metrics = [metric for metric in metrics if (rows["metric"] == metric).any()]
    told = []
    for against, own in rows.groupby("against", sort=False):
        cells = own.set_index("metric")[["value", "lower", "upper"]].to_dict("index")
        told.append((rule_name(str(against)), *(difference(*_cell(cells, metric)) for metric in metrics)))
    return Table(
        "This version minus each simple rule",
        ("Rule", *(_named(metric) for metric in metrics)),
        tuple(told),
        "Paired differences on the same draws of participants: an interval above 0 shows a lead.",
    )


def slices_table(judged: Judged) -> Table:
    """Each slice that was judged apart."""
    names = [name for name in judged.summary["slice"].unique() if name != "all"]
    told = []
    for name in names:
        rows = _own(judged, name)
        if rows:
            told.append((slice_name(name), *(figure(*_cell(rows, metric)) for metric in OF_SLICES)))
    return Table(
        "Slices",
        ("Slice", *map(metric_name, OF_SLICES)),
        tuple(told),
        "Those without any incident on record are the cold start. Groups with too few incidents to judge are joined or "
        "left out.",
    )


def disparity_table(disparity: pd.DataFrame) -> Table:
    """Rates of each group within the compared places, with intervals; those too small are named and not judged."""
    told = []
    for (grouping, group), own in disparity.groupby(["grouping", "group"], sort=False):
        cells = own.set_index("rate").to_dict("index")
        rates = [_rate(cells.get(rate)) for rate in RATES]
        told.append((f"{spaced(str(grouping))}: {spaced(str(group))}", f"{own['rows'].iloc[0]:,}", *rates))
    return Table(
        "Groups at the same capacity",
        ("Group", "Rows", *map(metric_name, RATES)),
        tuple(told),
        "Pooled over origins, each value with its 95 % interval. “too few” is a group that is too small to judge.",
    )


def equal_recall_table(found: pd.DataFrame) -> Table:
    """What the same recall in every group would cost."""
    told = [
        (
            spaced(str(row["grouping"])),
            *(figure(row[name]) for name in ("widest_gap", "recall", "recall_equal", "precision", "precision_equal")),
        )
        for row in found.to_dict("records")
    ]
    return Table(
        "What equal recall would cost at the same capacity",
        ("Grouping", "Widest gap of recall", "Recall", "at equal recall", "Precision", "at equal recall"),
        tuple(told),
        "With labels known afterwards, so the least that it could have cost.",
    )


def figures_of(judged: Judged) -> dict[str, Any]:
    """The numbers behind the tables, for programs: over everyone, and the paired differences."""
    pairs = judged.differences[
        (judged.differences["slice"] == "all") & (judged.differences["candidate"] == judged.candidate)
    ]
    return {
        "everyone": _own(judged, "all"),
        "differences": [
            {str(name): value for name, value in row.items() if name not in ("slice", "candidate")}
            for row in pairs.to_dict("records")
        ],
    }


def _own(judged: Judged, name: str) -> dict[str, dict[str, float]]:
    rows = judged.summary[(judged.summary["slice"] == name) & (judged.summary["ranking"] == judged.candidate)]
    found = rows.set_index("metric")[["value", "lower", "upper"]].astype("float64").to_dict("index")
    return {str(metric): {str(part): value for part, value in cell.items()} for metric, cell in found.items()}


def _cell(rows: Mapping[Any, Any], metric: str) -> tuple[float | None, float | None, float | None]:
    cell = rows.get(metric, {})
    return cell.get("value"), cell.get("lower"), cell.get("upper")


def _whatever(rows: Mapping[Any, Any], capacity: str) -> str:
    """Between which values precision lies, whatever the labels are that are not yet known."""
    low, high = (_cell(rows, f"precision_{end}_at_{capacity}")[0] for end in ("lower", "upper"))
    return f"{low:.3f} to {high:.3f}" if known(low) and known(high) else NOTHING


def _named(metric: str) -> str:
    plain, _, capacity = metric.partition("_at_")
    return metric_name(plain) + (f", {capacity_name(capacity)}" if capacity else "")


def _rate(cell: Mapping[Any, Any] | None) -> str:
    if cell is None or not known(cell["value"]):
        return NOTHING
    return figure(cell["value"], cell["lower"], cell["upper"]) if cell["enough"] else "too few"


def middle_capacity(capacities: Sequence[str]) -> str | None:
    """The capacity of places to compare rules at: the middle one of those given in places, else the last share."""
    places = [each for each in capacities if each.isdigit()]
    if places:
        return places[len(places) // 2]
    return capacities[-1] if capacities else None
