"""What a backtest says of one of its candidates: the part that checks read."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from models.spec import Specification
from training.backtest_result import BacktestResult
from training.errors import ConfigRefused

FILES = ("summary.json", "predictions.parquet")
"""What :meth:`Judged.read` needs of a written backtest."""


@dataclass(frozen=True)
class Judged:
    """One candidate of a backtest, with everything that was said beside it.

    Attributes
    ----------
    candidate : str
        Its name in the frames.
    data_version : str
        The record behind it.
    horizon_days : int
    origins, summary, differences, predictions : DataFrame
        As :class:`training.backtest_result.BacktestResult` has them.
    """

    candidate: str
    data_version: str
    horizon_days: int
    origins: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, result: BacktestResult, candidate: str) -> "Judged":
        """A candidate of a backtest in memory."""
        return cls(
            candidate,
            result.data_version,
            result.config.plan.horizon_days,
            result.origins,
            result.summary,
            result.differences,
            result.predictions,
        )

    @classmethod
    def read(cls, folder: Path, spec: Specification, data_version: str) -> "Judged":
        """The candidate of one specification in a written backtest of one record.

        Raises
        ------
        ConfigRefused
            The folder holds no backtest, one of another record, or none of this specification.
        """
        try:
            told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            predictions = pd.read_parquet(folder / "predictions.parquet")
        except (OSError, ValueError) as problem:
            raise ConfigRefused(
                f"Expected a backtest's summary.json and predictions.parquet in {folder}; got: {problem}. "
                "Write one with trustlane backtest --out."
            ) from problem
        candidates = [name for name, values in told["config"]["candidates"].items() if values == spec.to_dict()]
        if told["data_version"] != data_version or not candidates:
            raise ConfigRefused(
                f"Expected a backtest of data version {data_version} with this specification among its candidates; "
                f"got data version {told['data_version']} and {', '.join(told['config']['candidates'])}. "
                "Backtest the same record with the same specification first."
            )
        frames = {name: pd.DataFrame(told[name]) for name in ("origins", "summary", "differences")}
        dates = [
            name
            for name in map(str, frames["origins"].columns)
            if name == "origin" or name.startswith(("first_", "last_"))
        ]
        for name in dates:
            frames["origins"][name] = pd.to_datetime(frames["origins"][name]).astype("datetime64[us]")
        return cls(
            candidates[0], data_version, int(told["config"]["plan"]["horizon_days"]), predictions=predictions, **frames
        )

    def against(self, name: str, metric: str) -> tuple[float, float, float] | None:
        """The paired difference of the candidate and another ranking over everyone: value, lower, upper."""
        rows = self.differences
        found = rows[
            (rows["slice"] == "all")
            & (rows["metric"] == metric)
            & (rows["candidate"] == self.candidate)
            & (rows["against"] == name)
        ]
        return None if found.empty else tuple(map(float, found.iloc[0][["value", "lower", "upper"]]))  # type: ignore[return-value]

    def mean(self, ranking: str, metric: str) -> float | None:
        """A figure over everyone in the mean over origins; None where it was not judged."""
        rows = self.summary
        found = rows[(rows["slice"] == "all") & (rows["metric"] == metric) & (rows["ranking"] == ranking)]
        return None if found.empty else float(found["value"].iloc[0])
