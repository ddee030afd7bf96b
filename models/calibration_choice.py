"""Which calibration to take: the one with the least log loss on dates later than those it was fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibration, fit_calibration
from models.errors import SliceTooThin
from models.spec import Array
from models.step_calibration import StepCalibration, fit_steps

CALIBRATIONS = ("platt", "beta", "isotonic", "venn_abers")
"""By rising freedom: of equals the first is taken."""


class Calibrator(Protocol):
    """A map from the margin to a probability, with its error. Rising, though maybe in steps."""

    def log_odds(self, margin: Array) -> Array:
        """Calibrated log-odds, shape of ``margin``."""
        ...

    def probability(self, margin: Array) -> Array:
        """Calibrated probability, shape of ``margin``."""
        ...

    def slope(self, margin: Array) -> Array:
        """How much the calibrated log-odds move with the margin, shape of ``margin``."""
        ...

    def error(self, margin: Array) -> Array:
        """Standard error of the calibrated log-odds, shape of ``margin``."""
        ...

    def words(self) -> str:
        """What was fitted, in a sentence."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :func:`read_calibrator` reads them."""
        ...


@dataclass(frozen=True)
class CalibrationChoice:
    """What was chosen, and the log loss per row of each on the later part; empty when only one was asked for."""

    chosen: str
    log_loss: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"chosen": self.chosen, "log_loss": dict(self.log_loss)}


@dataclass(frozen=True)
class Margins:
    """What a calibration is fitted on: margin, label, weight, whose and when, all of one length n."""

    margin: Array
    positive: NDArray[np.bool_]
    weight: Array
    groups: NDArray[Any]
    as_of: NDArray[np.datetime64]

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Margins":
        return Margins(self.margin[rows], self.positive[rows], self.weight[rows], self.groups[rows], self.as_of[rows])


def calibrate(rows: Margins, kind: str) -> tuple[Calibrator, CalibrationChoice]:
    """The calibration of one kind, or with ``kind="chosen"`` the one that does best on the later dates.

    Each kind is fitted on the earlier half of the dates and judged by log loss on the later half; the best is fitted
    again on all. With a single date, odd and even participants take the place of earlier and later dates.

    Raises
    ------
    SliceTooThin
        A half lacks positives or negatives.
    """
    if kind != "chosen":
        return fit_kind(kind, rows), CalibrationChoice(kind, {})
    later = later_half(rows.as_of, rows.groups)
    for name, half in (("earlier", ~later), ("later", later)):
        seen = int(rows.positive[half].sum())
        if seen == 0 or seen == half.sum():
            raise SliceTooThin(
                f"Expected positive and negative rows in the {name} half of the calibration slice; got {seen} positive "
                f'of {int(half.sum())}. Give calibration more dates, or name one calibration instead of "chosen".'
            )
    log_loss = {name: _log_loss(fit_kind(name, rows[~later]), rows[later]) for name in CALIBRATIONS}
    chosen = min(CALIBRATIONS, key=lambda name: log_loss[name])
    return fit_kind(chosen, rows), CalibrationChoice(chosen, log_loss)


def fit_kind(kind: str, rows: Margins) -> Calibrator:
    """One kind of calibration, fitted on all rows."""
    if kind not in CALIBRATIONS:
        raise ValueError(f"Expected one of {', '.join(CALIBRATIONS)}; got {kind!r}.")
    line: Literal["platt", "beta"] = "beta" if kind == "beta" else "platt"
    trend = fit_calibration(rows.margin, rows.positive, rows.weight, rows.groups, line)
    if kind == line:
        return trend
    steps: Literal["isotonic", "venn_abers"] = "isotonic" if kind == "isotonic" else "venn_abers"
    return fit_steps(steps, rows.margin, rows.positive, rows.weight, trend)


def read_calibrator(values: Mapping[str, Any]) -> Calibrator:
    """The calibration that a ``to_dict`` wrote; one without a kind is Platt's or beta."""
    return StepCalibration.from_dict(values) if "kind" in values else Calibration.from_dict(values)


def later_half(as_of: NDArray[np.datetime64], groups: NDArray[Any]) -> NDArray[np.bool_]:
    """Marks the rows of the later half of the dates, shape (n,); of a single date, every other participant's."""
    dates = np.unique(as_of)
    if len(dates) > 1:
        return np.asarray(as_of >= dates[(len(dates) + 1) // 2], dtype=bool)
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    return np.asarray(member % 2 == 1, dtype=bool)


def _log_loss(calibrator: Calibrator, rows: Margins) -> float:
    log_odds = calibrator.log_odds(rows.margin)
    loss = np.logaddexp(0.0, log_odds) - rows.positive * log_odds
    return float(np.average(loss, weights=rows.weight))
