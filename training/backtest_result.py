"""What a backtest found, as tidy frames, as files and as a table for the terminal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.backtest_config import BacktestConfig
from training.intervals import mean_over_origins, percentile_interval
from training.judging import Figure, Key
from training.ranking import RANDOM

SHOWN = ("average_precision", "auc", "recall_at_{k}", "incidents_caught_at_10pct")


@dataclass(frozen=True)
class BacktestResult:
    """Figures of every ranking, per origin and in the mean over origins.

    Attributes
    ----------
    metrics : DataFrame
        origin, slice, ranking, metric, value, lower, upper.
    summary : DataFrame
        The mean over origins: slice, ranking, metric, value, lower, upper, origins.
    differences : DataFrame
        Candidate minus each baseline, later candidate and truth, drawn in pairs, in the mean over origins:
        slice, candidate, against, metric, value, lower, upper.
    counts : DataFrame
        origin, slice, participants, positive, negative, not_yet_known, incidents, base_rate.
    origins : DataFrame
        origin, margin_days, fit and calibration dates, training rows by label, censored.
    predictions : DataFrame
        origin, participant_id, label, incidents, weight, and a rank value per ranking (a probability too
        for candidates).
    """

    config: BacktestConfig
    data_version: str
    metrics: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    origins: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)

    def mean(self, ranking: str, metric: str, *, slice_name: str = "all") -> float:
        """A figure in the mean over origins; KeyError when it was not judged."""
        rows = self.summary
        found = rows[(rows["ranking"] == ranking) & (rows["metric"] == metric) & (rows["slice"] == slice_name)]
        if found.empty:
            raise KeyError((slice_name, ranking, metric))
        return float(found["value"].iloc[0])

    def write(self, folder: Path) -> list[Path]:
        """Write the frames as CSV, predictions.parquet, summary.json and report.txt; gives their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        frames = {
            "metrics.csv": self.metrics,
            "summary.csv": self.summary,
            "differences.csv": self.differences,
            "counts.csv": self.counts,
        }
        for name, frame in frames.items():
            frame.to_csv(folder / name, index=False, date_format="%Y-%m-%d")
        self.predictions.to_parquet(folder / "predictions.parquet", index=False)
        (folder / "summary.json").write_text(json.dumps(self.to_json(), indent=2) + "\n", encoding="utf-8")
        (folder / "report.txt").write_text(self.text() + "\n", encoding="utf-8")
        return [folder / name for name in (*frames, "predictions.parquet", "summary.json", "report.txt")]

    def to_json(self) -> dict[str, Any]:
        """Everything but the per-participant predictions, as plain values; a missing figure is null."""
        return {
            "data_version": self.data_version,
            "config": self.config.to_dict(),
            "origins": _plain(self.origins),
            "counts": _plain(self.counts),
            "summary": _plain(self.summary),
            "differences": _plain(self.differences),
        }

    def text(self) -> str:
        """Tables for the terminal: per slice every ranking, then the candidates' paired differences."""
        return "\n\n".join([self._heading(), *(self._slice_text(name) for name in self.summary["slice"].unique())])

    def _heading(self) -> str:
        tried = self.origins
        days = ", ".join(f"{origin:%Y-%m-%d}" for origin in tried["origin"])
        unknown = self.counts[self.counts["slice"] == "all"]
        return (
            f"{len(tried)} origins: {days}; horizon {self.config.plan.horizon_days} days; "
            f"95 % intervals by {self.config.replicates} draws of participants.\n"
            f"Not yet known among {int(unknown['participants'].sum())} rows judged: "
            f"{int(unknown['not_yet_known'].sum())} (left the program inside the window); others stand in by weight."
        )

    def _slice_text(self, name: str) -> str:
        count = self.counts[self.counts["slice"] == name]
        if count["participants"].sum() == 0:
            return f"{name}: nobody at any origin"
        mean = count[["participants", "positive", "not_yet_known", "base_rate"]].mean()
        title = (
            f"{name}: at each origin {mean['participants']:.0f} participants, {mean['positive']:.1f} positive, "
            f"{mean['not_yet_known']:.1f} not yet known; base rate {mean['base_rate']:.3f}"
        )
        metrics = [metric.format(k=max(self.config.capacities, default=0)) for metric in SHOWN]
        metrics = [metric for metric in metrics if (self.summary["metric"] == metric).any()]
        pairs = self.differences[self.differences["slice"] == name]
        pairs = pairs.assign(ranking=pairs["candidate"] + " − " + pairs["against"])
        parts = [title, _table(self.summary[self.summary["slice"] == name], metrics), *self._unknown_text(name)]
        return "\n".join([*parts, "Paired differences", _table(pairs, metrics)])

    def _unknown_text(self, name: str) -> list[str]:
        """How many of the first places went to participants whose label is not yet known."""
        lines = []
        for candidate in self.config.candidates:
            told = [
                f"{self.mean(candidate, f'not_yet_known_at_{k}', slice_name=name):.1f} of {k}"
                for k in self.config.capacities
            ]
            lines.append(f"Not yet known in the first places by {candidate}: {', '.join(told)}")
        return lines


def summarize(per_origin: Sequence[tuple[pd.Timestamp, Mapping[Key, Figure]]]) -> pd.DataFrame:
    """The mean over origins of every figure, with intervals from the means within replicates."""
    rows = []
    for key in _keys(per_origin):
        figures = [found[key] for _, found in per_origin if key in found]
        mean, low, high = _pooled(figures)
        rows.append((*key, mean, low, high, int(sum(not np.isnan(figure.value) for figure in figures))))
    return pd.DataFrame(rows, columns=["slice", "ranking", "metric", "value", "lower", "upper", "origins"])


def tidy(per_origin: Sequence[tuple[pd.Timestamp, Mapping[Key, Figure]]]) -> pd.DataFrame:
    """One row per origin and figure."""
    rows = [
        (origin, *key, figure.value, *percentile_interval(figure.replicates))
        for origin, found in per_origin
        for key, figure in found.items()
    ]
    return pd.DataFrame(rows, columns=["origin", "slice", "ranking", "metric", "value", "lower", "upper"])


def pair(per_origin: Sequence[tuple[pd.Timestamp, Mapping[Key, Figure]]], candidates: Sequence[str]) -> pd.DataFrame:
    """Each candidate minus every other ranking but the random, replicate by replicate, in the mean over origins."""
    rows = []
    keys = _keys(per_origin)
    for key in keys:
        for candidate in candidates:
            own = key._replace(ranking=candidate)
            # Two candidates are compared once; a random order needs no comparison.
            earlier = candidates[: list(candidates).index(candidate) + 1]
            if own not in keys or key.ranking in (*earlier, RANDOM):
                continue
            differences = [_minus(found[own], found[key]) for _, found in per_origin if own in found and key in found]
            rows.append((key.slice, candidate, key.ranking, key.metric, *_pooled(differences)))
    return pd.DataFrame(rows, columns=["slice", "candidate", "against", "metric", "value", "lower", "upper"])


def _keys(per_origin: Sequence[tuple[pd.Timestamp, Mapping[Key, Figure]]]) -> dict[Key, None]:
    return dict.fromkeys(key for _, found in per_origin for key in found)


def _minus(one: Figure, other: Figure) -> Figure:
    return Figure(one.value - other.value, one.replicates - other.replicates)


def _pooled(figures: Sequence[Figure]) -> tuple[float, float, float]:
    values = np.array([figure.value for figure in figures])
    mean = float(np.nanmean(values)) if (~np.isnan(values)).any() else float("nan")
    return (mean, *percentile_interval(mean_over_origins([figure.replicates for figure in figures])))


def _table(rows: pd.DataFrame, metrics: Sequence[str]) -> str:
    """Right-aligned columns of value [lower, upper]; rankings in the order of appearance."""
    columns = [rows[name].tolist() for name in ("ranking", "metric", "value", "lower", "upper")]
    cells = {(name, metric): _cell(*figures) for name, metric, *figures in zip(*columns, strict=True)}
    names = list(dict.fromkeys(columns[0]))
    grid = [["", *metrics]] + [[name, *(cells.get((name, metric), "") for metric in metrics)] for name in names]
    widths = [max(len(line[place]) for line in grid) for place in range(len(grid[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in grid
    )


def _cell(value: float, lower: float, upper: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.3f}" if np.isnan(lower) else f"{value:.3f} [{lower:.3f}, {upper:.3f}]"


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", double_precision=10))
    return rows
