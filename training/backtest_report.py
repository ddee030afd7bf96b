"""What a backtest found, as tables for the terminal: the main slices whole, groups in one line each.

Whatever is not shown stands in the files: every metric, slice and origin.
"""

from collections.abc import Sequence
from typing import Protocol

import pandas as pd

from models.baselines import positives_by_lot
from training.backtest_config import BacktestConfig
from training.detection.yardstick import yardstick_text
from training.intervals import LEAST_BLOCKS
from training.text_table import aligned, figure_cell, figure_table
from training.thin_origins import LeftOut

SHOWN = ("average_precision", "auc", "recall_at_{k}", "incidents_caught_at_10pct", "severity_caught_at_{k}")
FORECASTS = (
    "log_loss_skill",
    "brier_skill",
    "expected_over_observed",
    "calibration_slope",
    "expected_over_observed_at_{k}",
    "count_deviance_skill",
)
ONLY_IN_FILES = ("with_history",)
GROUPS_SHOWN = ("average_precision", "auc", "expected_over_observed")


class Found(Protocol):
    """What the tables are drawn from: a :class:`training.backtest_result.BacktestResult`."""

    @property
    def config(self) -> BacktestConfig: ...  # noqa: D102
    @property
    def summary(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def differences(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def counts(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def origins(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def censoring(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def label_versions(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def detection(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def margin_days(self) -> tuple[int, int, int]: ...  # noqa: D102
    @property
    def blocks(self) -> int: ...  # noqa: D102
    @property
    def left_out(self) -> tuple[LeftOut, ...]: ...  # noqa: D102


def backtest_report(result: Found) -> str:
    """Heading, main slices, forecasts, the usual order, labels and censoring, then a line for each group."""
    names = list(result.summary["slice"].unique())
    counted = result.counts["slice"].unique()
    main = [name for name in counted if ": " not in name and name not in ONLY_IN_FILES]
    parts = [_heading(result), *(_slice_text(result, name) for name in main)]
    parts += [_forecast_text(result), _waiting_text(result), _labels_text(result)]
    parts += [yardstick_text(result.detection) if len(result.detection) else ""]
    parts += [_groups_text(result, [name for name in counted if ": " in name], names)]
    return "\n\n".join(part for part in parts if part)


def _heading(result: Found) -> str:
    tried = result.origins
    days = ", ".join(f"{origin:%Y-%m-%d}" for origin in tried["origin"])
    apart = "no two label windows overlap" if result.blocks == len(tried) else "label windows overlap within a block"
    years = (
        f"of means and differences for other years too: {result.blocks} blocks of origins, {apart}"
        if result.blocks >= LEAST_BLOCKS
        else f"not for other years, of which {result.blocks} blocks tell too little: {apart}"
    )
    return "\n".join([*(each.line() for each in result.left_out), _grounds(result, days, years)])


def _grounds(result: Found, days: str, years: str) -> str:
    tried, config = result.origins, result.config
    everyone = result.counts[result.counts["slice"] == "all"]
    margin, low, high = result.margin_days
    return (
        f"{len(tried)} origins: {days}; horizon {config.plan.horizon_days} days.\n"
        f"Reporting delay: labels allow for {margin} days [{low}, {high}]; 95 % of incidents are known by then.\n"
        f"95 % intervals by {config.replicates} draws of participants, {years}.\n"
        f"Not yet known among {int(everyone['participants'].sum())} rows judged: "
        f"{int(everyone['not_yet_known'].sum())} (left the program inside the window); others stand in by weight."
    )


def _largest(config: BacktestConfig) -> int:
    return max(config.capacities, default=0)


def _told(rows: pd.DataFrame, metrics: Sequence[str], config: BacktestConfig) -> list[str]:
    """The metrics, at the largest capacity, that any of the rows tells."""
    named = [metric.format(k=_largest(config)) for metric in metrics]
    return [metric for metric in named if rows.loc[rows["metric"] == metric, "value"].notna().any()]


def _slice_text(result: Found, name: str) -> str:
    count = result.counts[result.counts["slice"] == name]
    if count["participants"].sum() == 0:
        return f"{name}: nobody at any origin"
    mean = count[["participants", "positive", "not_yet_known", "base_rate"]].mean()
    title = (
        f"{name}: at each origin {mean['participants']:.0f} participants, {mean['positive']:.1f} positive, "
        f"{mean['not_yet_known']:.1f} not yet known; base rate {mean['base_rate']:.3f}"
    )
    own = result.summary[result.summary["slice"] == name]
    metrics = _told(own, SHOWN, result.config)
    pairs = result.differences[result.differences["slice"] == name]
    pairs = pairs.assign(ranking=pairs["candidate"] + " − " + pairs["against"])
    parts = [title, figure_table(own, metrics), *_by_lot_lines(result, count), *_unknown_lines(result, own)]
    return "\n".join([*parts, "Paired differences", figure_table(pairs, metrics)])


def _by_lot_lines(result: Found, count: pd.DataFrame) -> list[str]:
    """What lists drawn by lot from those with a known label would hold: the floor under precision and recall."""
    known = (count["positive"] + count["negative"]).astype(int)
    cohorts = list(zip(known, count["positive"].astype(int), strict=True))
    positives = sum(positive for _, positive in cohorts)
    told = []
    for k in result.config.capacities:
        places = sum(min(k, participants) for participants, _ in cohorts)
        if places == 0 or positives == 0:
            continue
        low, high = positives_by_lot(cohorts, k)
        told.append(
            f"at {k} precision {low / places:.3f} to {high / places:.3f}, "
            f"recall {low / positives:.3f} to {high / positives:.3f}"
        )
    return [f"95 % of lists drawn by lot: {'; '.join(told)}"] if told else []


def _unknown_lines(result: Found, own: pd.DataFrame) -> list[str]:
    """How many of the first places went to participants whose label is not yet known, and what they could move."""
    lines = []
    for candidate in result.config.candidates:
        figures = own[own["ranking"] == candidate].set_index("metric")["value"]
        told = [f"{figures[f'not_yet_known_at_{k}']:.1f} of {k}" for k in result.config.capacities]
        lines.append(f"Not yet known in the first places by {candidate}: {', '.join(told)}")
        bounds = [
            f"precision at {k} {figures[f'precision_lower_at_{k}']:.3f} to {figures[f'precision_upper_at_{k}']:.3f}, "
            f"recall {figures[f'recall_lower_at_{k}']:.3f} to {figures[f'recall_upper_at_{k}']:.3f}"
            for k in result.config.capacities
            if figures[f"recall_lower_at_{k}"] < figures[f"recall_upper_at_{k}"]
        ]
        lines += [f"  whatever their labels are: {'; '.join(bounds)}"] if bounds else []
    return lines


def _forecast_text(result: Found) -> str:
    rows = result.summary[(result.summary["slice"] == "all")]
    rows = rows[rows["ranking"].isin(rows.loc[rows["metric"] == "log_loss", "ranking"])]
    metrics = _told(rows, FORECASTS, result.config)
    return "\n".join(["Forecasts, everyone", figure_table(rows, metrics)]) if metrics else ""


def _waiting_text(result: Found) -> str:
    capacities = result.config.capacities
    names = [f"{metric}_at_{k}" for k in capacities for metric in ("days_earlier", "share_moved_later")]
    rows = result.summary[result.summary["slice"] == "all"]
    rows = rows[rows["ranking"].isin(list(result.config.candidates))]
    rules = " or ".join(result.origins["usual_order"].unique())
    title = f"Those who became positive, reached by so many a month, against the usual order ({rules})"
    return "\n".join([title, figure_table(rows, names)]) if (rows["metric"].isin(names)).any() else ""


def _labels_text(result: Found) -> str:
    """Average precision of the candidates under each treatment of those that left, and by labels then and now."""
    rows = result.censoring[result.censoring["ranking"].isin(list(result.config.candidates))]
    treatments = [name for name in rows.columns if name not in ("origin", "ranking", "metric")]
    shown = ("average_precision", *(f"recall_at_{k}" for k in [_largest(result.config)] if k))
    means = rows[rows["metric"].isin(shown)].groupby(["ranking", "metric"], sort=False)[treatments].mean()
    lines = [
        [f"{ranking}: {metric}", *(f"{value:.3f}" for value in own)] for (ranking, metric), *own in means.itertuples()
    ]
    left = "Those that left the program: weighted for, dropped, all negative, all positive"
    versions = result.label_versions[result.label_versions["ranking"].isin(list(result.config.candidates))]
    told = [
        f"{ranking}: average precision {own['average_precision_as_known_then'].mean():.3f} by labels as they "
        f"matured, {own['average_precision_as_known_now'].mean():.3f} as known now"
        for ranking, own in versions.groupby("ranking", sort=False)
    ]
    turned = result.label_versions.drop_duplicates("origin")[["turned_positive", "turned_negative"]].sum().to_dict()
    told.append(
        f"Labels that turned since: {turned['turned_positive']} to positive, {turned['turned_negative']} to negative"
    )
    return "\n".join([left, aligned([["", *treatments], *lines]), *told])


def _groups_text(result: Found, groups: Sequence[str], judged: Sequence[str]) -> str:
    """One line a group by the first candidate; a group too small to be judged says so."""
    if not groups:
        return ""
    candidate = next(iter(result.config.candidates))
    found = result.summary[result.summary["ranking"] == candidate].set_index(["slice", "metric"])
    tally = result.counts.groupby("slice")[["participants", "positive"]].mean().to_dict("index")
    lines = []
    for name in groups:
        sizes = [f"{tally[name]['participants']:.0f}", f"{tally[name]['positive']:.1f}"]
        cells = [
            figure_cell(*found.loc[(name, metric), ["value", "lower", "upper"]])
            if (name, metric) in found.index
            else ""
            for metric in GROUPS_SHOWN
        ]
        lines.append([name, *sizes, *(cells if name in judged else ["too few positives", "", ""])])
    title = f"Groups by {candidate}, at each origin; recall and precision within them are in metrics.csv"
    return "\n".join([title, aligned([["", "participants", "positive", *GROUPS_SHOWN], *lines])])
