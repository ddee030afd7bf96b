"""What the backtest measured, as the console's model page reads it.

The form is JSON under ``facts["evaluation"]`` of the bundle::

    {"origins": ["2022-01-01", ...],
     "bands":       [{"low", "high", "participants", "positive", "share", "lower", "upper"}, ...],
     "calibration": [{"probability", "participants", "expected", "positive", "share", "lower", "upper"}, ...],
     "metrics":     [{"ranking", "metric", "value", "lower", "upper"}, ...]}

Shares and probabilities are from 0 to 1. Any part may be absent; the page then says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BAND_FIELDS = ("low", "high", "participants", "positive", "share", "lower", "upper")
GROUP_FIELDS = ("probability", "participants", "expected", "positive", "share", "lower", "upper")
METRIC_FIELDS = ("ranking", "metric", "value", "lower", "upper")


@dataclass(frozen=True)
class Evaluation:
    """The parts that are present; an empty tuple for one that is not."""

    origins: tuple[str, ...]
    bands: tuple[dict[str, Any], ...]
    calibration: tuple[dict[str, Any], ...]
    metrics: tuple[dict[str, Any], ...]

    @property
    def average(self) -> float | None:
        """Share of all participants judged that had an incident."""
        judged = sum(band["participants"] for band in self.bands)
        return sum(band["positive"] for band in self.bands) / judged if judged else None


def read_evaluation(facts: Mapping[str, Any]) -> Evaluation | None:
    """The evaluation in a bundle's facts, or None where there is none that can be read."""
    found = facts.get("evaluation")
    if not isinstance(found, Mapping):
        return None
    evaluation = Evaluation(
        tuple(str(origin) for origin in found.get("origins", ())),
        _rows(found.get("bands"), BAND_FIELDS),
        _rows(found.get("calibration"), GROUP_FIELDS),
        _rows(found.get("metrics"), METRIC_FIELDS),
    )
    return evaluation if evaluation.bands or evaluation.calibration or evaluation.metrics else None


def _rows(rows: Any, names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Rows that have every field; others are left out, since a figure without its interval is not shown."""
    if not isinstance(rows, list):
        return ()
    return tuple(
        {name: row[name] for name in names}
        for row in rows
        if isinstance(row, Mapping) and all(row.get(name) is not None for name in names)
    )
