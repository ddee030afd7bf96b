"""Yield by score band and calibration on logarithmic scales, with intervals and their reference lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serving.console.words import percent, percent_mark
from serving.evaluation import Evaluation

LOWEST = 0.001
DECADES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MAJOR = (0.001, 0.01, 0.1, 1.0)
BAND_TOP, BAND_STEP = 40, 34
PLOT_TOP, PLOT_BOTTOM = 22, 322


@dataclass(frozen=True)
class BandRow:
    """One band: its name, its height, and share and interval across, in percent."""

    name: str
    y: int
    x: float
    lower: float
    upper: float
    label: str
    row: dict[str, Any]
    times: float | None


@dataclass(frozen=True)
class BandChart:
    """All marks of yield by score band."""

    rows: list[BandRow]
    scale: list[tuple[float, str, str]]
    average_x: float | None
    bottom: int


@dataclass(frozen=True)
class Point:
    """One group: probability given across, share seen up, and whether the interval holds the diagonal."""

    x: float
    y: float
    lower_y: float
    upper_y: float
    holds: bool
    row: dict[str, Any]


@dataclass(frozen=True)
class CalibrationChart:
    """All marks of the calibration plot."""

    points: list[Point]
    across: list[tuple[float, str]]
    up: list[tuple[float, str]]
    holding: int


def band_chart(evaluation: Evaluation) -> BandChart:
    """Yield by score band, the highest band first."""
    average = evaluation.average
    rows = []
    for place, band in enumerate(sorted(evaluation.bands, key=lambda band: -band["from_probability"])):
        rows.append(
            BandRow(
                band_name(band["from_probability"], band["to_probability"]),
                BAND_TOP + BAND_STEP * place,
                _across(band["observed"]),
                _across(band["lower"]),
                _across(band["upper"]),
                percent(band["observed"]),
                band,
                band["observed"] / average if average else None,
            )
        )
    scale = [(_across(value), percent_mark(value), "" if value in MAJOR else "t2") for value in DECADES]
    bottom = BAND_TOP + BAND_STEP * max(len(rows) - 1, 0) + 20
    return BandChart(rows, scale, _across(average) if average else None, bottom)


def band_name(low: float, high: float) -> str:
    """A band in words: 20–40%, under 1%, 40% and more."""
    if low <= 0:
        return f"under {high:.0%}" if high >= 0.01 else f"under {high:.1%}"
    if high >= 1:
        return f"{low:.0%} and more"
    return f"{round(low * 100, 2):g}–{round(high * 100, 2):g}%"


def calibration_chart(groups: Sequence[dict[str, Any]]) -> CalibrationChart:
    """Share seen against probability given."""
    points = []
    for group in groups:
        holds = group["lower"] <= group["predicted"] <= group["upper"]
        across = _across(group["predicted"])
        points.append(Point(across, _up(group["observed"]), _up(group["lower"]), _up(group["upper"]), holds, group))
    return CalibrationChart(
        points,
        [(_across(value), percent_mark(value)) for value in MAJOR],
        [(_up(value), percent_mark(value)) for value in MAJOR],
        sum(point.holds for point in points),
    )


def _position(share: float) -> float:
    return math.log(max(share, LOWEST) / LOWEST) / math.log(1 / LOWEST)


def _across(share: float) -> float:
    return round(100 * _position(share), 2)


def _up(share: float) -> float:
    return round(PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * _position(share), 1)
