"""The marks of the quality report's two charts: what arrived by month, and how late incidents become known.

Across in percent, down in pixels; text is never scaled.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from records.quality.arrivals import MonthReceived
from records.quality.lateness import SourceLateness
from records.quality.report import QualityReport

MONTHS = 36
LANE, BAR, TOP = 66, 44, 8
LONGEST_DAYS = 730
TICK_DAYS = (0, 1, 3, 7, 14, 30, 90, 180, 365, 730)
MINOR_DAYS = (3, 14, 180)


@dataclass(frozen=True)
class Bar:
    """One month of one source: the bar from the lane's foot, and the interval of what was expected."""

    x: float
    width: float
    y: float
    height: float
    band_y: float | None
    band_height: float
    short: bool
    month: MonthReceived


@dataclass(frozen=True)
class ArrivalLane:
    """One source; ``largest`` is the number of rows at its top."""

    source: str
    foot: int
    largest: int
    bars: list[Bar]


@dataclass(frozen=True)
class ArrivalChart:
    """All sources over the same months, and where years begin."""

    lanes: list[ArrivalLane]
    years: list[tuple[float, str]]
    bottom: int
    first: str
    last: str


@dataclass(frozen=True)
class DelayLane:
    """One source: median and 95th percentile, corrected, and the 95th percentile of the delays seen."""

    y: int
    median_x: float | None
    late_x: float | None
    seen_x: float
    row: SourceLateness


@dataclass(frozen=True)
class DelayChart:
    """All sources on one scale of days, logarithmic from one day on."""

    lanes: list[DelayLane]
    scale: list[tuple[float, str, str]]
    bottom: int


def arrival_chart(report: QualityReport) -> ArrivalChart | None:
    """Rows received by source in the last three years; None when nothing was ever received."""
    months = sorted({month.month for month in report.arrivals.months})[-MONTHS:]
    if not months:
        return None
    lanes = []
    for place, source in enumerate(report.arrivals.sources):
        own = {month.month: month for month in report.arrivals.months if month.source == source.name}
        lanes.append(_lane(source.name, TOP + BAR + LANE * place, months, own))
    width = 100 / len(months)
    years = [(round(width * place, 3), month[:4]) for place, month in enumerate(months) if month.endswith("-01")]
    return ArrivalChart(lanes, years, TOP + LANE * len(lanes), months[0], months[-1])


def _lane(source: str, foot: int, months: Sequence[str], own: dict[str, MonthReceived]) -> ArrivalLane:
    shown = [own[month] for month in months if month in own]
    largest = max((max(month.received, month.upper or 0) for month in shown), default=0) or 1
    width, bars = 100 / len(months), []
    for place, name in enumerate(months):
        if (month := own.get(name)) is None:
            continue
        height = round(BAR * month.received / largest, 1)
        band = None if month.lower is None else round(foot - BAR * (month.upper or month.lower) / largest, 1)
        low = foot - BAR * (month.lower or 0) / largest
        bars.append(
            Bar(
                round(width * place, 3),
                round(width, 3),
                round(foot - height, 1),
                height,
                band,
                0.0 if band is None else round(max(low - band, 1.0), 1),
                month.verdict == "fewer",
                month,
            )
        )
    return ArrivalLane(source, foot, int(largest), bars)


def delay_chart(report: QualityReport) -> DelayChart | None:
    """Delays by source; None without incidents."""
    if not report.sources:
        return None
    lanes = [
        DelayLane(
            34 + 30 * place,
            _across(row.median_delay_days),
            _across(row.delay_p95_days),
            _across(row.delay_p95_seen_days) or 0.0,
            row,
        )
        for place, row in enumerate(report.sources)
    ]
    scale = [(_across(day) or 0.0, f"{day:,}", "t2" if day in MINOR_DAYS else "") for day in TICK_DAYS]
    return DelayChart(lanes, scale, 34 + 30 * len(lanes) - 8)


def _across(days: float | None) -> float | None:
    if days is None:
        return None
    return round(100 * math.log1p(min(days, LONGEST_DAYS)) / math.log1p(LONGEST_DAYS), 2)
