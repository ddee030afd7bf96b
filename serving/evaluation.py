"""What training measured on its calibration slice, as the bundle's facts carry it.

The slice holds dates after those learned from, so its figures are not those of rows learned by heart;
the calibration curve was fitted on it, so they are the favorable end of what to expect. The backtest
in MLflow judges without that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BAND_FIELDS = ("from_probability", "to_probability", "rows", "predicted", "observed", "lower", "upper")
GROUP_FIELDS = ("rows", "predicted", "observed", "lower", "upper")


@dataclass(frozen=True)
class Evaluation:
    """The parts that are present; empty for one that is not. Shares and probabilities are from 0 to 1."""

    first_as_of: str
    last_as_of: str
    bands: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    metrics: Mapping[str, float]

    @property
    def average(self) -> float | None:
        """Share of all rows judged that had an incident."""
        rows = sum(band["rows"] for band in self.bands)
        return sum(band["observed"] * band["rows"] for band in self.bands) / rows if rows else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for programs."""
        return {
            "first_as_of": self.first_as_of,
            "last_as_of": self.last_as_of,
            "yield_by_band": list(self.bands),
            "reliability": list(self.groups),
            "metrics": dict(self.metrics),
        }


def read_evaluation(facts: Mapping[str, Any]) -> Evaluation | None:
    """The evaluation in a bundle's facts, or None where there is none that can be read."""
    metrics = facts.get("calibration_slice_metrics")
    evaluation = Evaluation(
        str(facts.get("calibration_first_as_of", "")),
        str(facts.get("calibration_last_as_of", "")),
        _rows(facts.get("yield_by_band"), BAND_FIELDS),
        _rows(facts.get("reliability"), GROUP_FIELDS),
        dict(metrics) if isinstance(metrics, Mapping) else {},
    )
    return evaluation if evaluation.bands or evaluation.groups else None


def _rows(rows: Any, names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Rows that have every field; others are left out, since a figure without its interval is not shown."""
    if not isinstance(rows, list):
        return ()
    return tuple(
        {name: row[name] for name in names}
        for row in rows
        if isinstance(row, Mapping) and all(row.get(name) is not None for name in names)
    )
