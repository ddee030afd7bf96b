"""What a backtest found, as tidy frames, as files and as a table for the terminal."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from training.backtest_config import BacktestConfig
from training.backtest_report import backtest_report
from training.thin_origins import LeftOut


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
        origin, slice, participants, positive, negative, not_yet_known, incidents, base_rate, judged (false for a
        group too small for any figure).
    origins : DataFrame
        origin, margin_days with its interval, fit and calibration dates, training rows by label, censored, and by
        which rule the usual order is drawn.
    predictions : DataFrame
        origin, participant_id, label, incidents, weight, and a rank value per ranking (a probability and an
        expected count too, of those that claim them).
    censoring : DataFrame
        Of everyone, under each treatment of those that left: see :func:`training.censoring.censoring_table`.
    label_versions : DataFrame
        By labels as known then and as known now: see :func:`training.known_then.label_versions`.
    disparity : DataFrame
        Rates of each group at the first of the capacities, by candidate: see :func:`training.disparity.disparity`.
    detection : DataFrame
        Every ranking by what random examinations found: see :mod:`training.detection.yardstick`.
    margin_days : tuple of int
        The reporting delay that labels allow for, and its interval.
    blocks : int
        How many blocks the origins make: fewer than origins where label windows overlap.
    left_out : tuple of LeftOut
        Yearly origins with too few positives to learn from or to be judged by, and why.
    """

    config: BacktestConfig
    data_version: str
    metrics: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    origins: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)
    censoring: pd.DataFrame = field(repr=False)
    label_versions: pd.DataFrame = field(repr=False)
    disparity: pd.DataFrame = field(repr=False)
    detection: pd.DataFrame = field(repr=False)
    margin_days: tuple[int, int, int]
    blocks: int
    left_out: tuple[LeftOut, ...] = ()

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
            "origins.csv": self.origins,
            "censoring.csv": self.censoring,
            "label_versions.csv": self.label_versions,
            "disparity.csv": self.disparity,
            "detection.csv": self.detection,
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
            "censoring": _plain(self.censoring),
            "label_versions": _plain(self.label_versions),
            "disparity": _plain(self.disparity),
            "detection": _plain(self.detection),
            "margin_days": list(self.margin_days),
            "left_out": [{"origin": f"{each.origin:%Y-%m-%d}", "reason": each.reason} for each in self.left_out],
        }

    def text(self) -> str:
        """The tables for the terminal, see :mod:`training.backtest_report`."""
        return backtest_report(self)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", double_precision=10))
    return rows
