"""Figures of a document as marks: lanes that lie on their side, and planes with lines, bands and points.

Positions across are in percent of the width, so that text keeps its size; positions up are in pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.run_items import Figure, Series
from models.written import written

LANE_HEIGHT, LANE_TOP, MARK_DROP = 44, 26, 16
SWARM = 30.0
"""How many pixels a lane's whole unit of spread takes."""

PLANE_TOP, PLANE_BOTTOM, TICKS = 14, 254, 5
BOX = 1000.0
"""Width of the box in which lines and bands are drawn; it is stretched to the width of the page."""

LEFT, ROOM = 1.0, 97.0


@dataclass(frozen=True)
class Mark:
    """A point or bar: where, its bounds along the way it is bounded, its class and its value in words."""

    x: float
    y: float
    lower: float | None
    upper: float | None
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Lane:
    """A lane's name, its height and the value that stands at its end."""

    y: int
    name: str
    label: str


@dataclass(frozen=True)
class FigureChart:
    """All marks of one figure."""

    figure: Figure
    height: int
    bottom: int
    lanes: list[Lane]
    across: list[tuple[float, str]]
    up: list[tuple[float, str]]
    points: list[Mark]
    bars: list[Mark]
    lines: list[str]
    bands: list[str]
    reference_x: float | None
    reference_y: float | None
    diagonal: tuple[float, float, float, float] | None
    legend: list[tuple[str, str]]
    said: str
    zero_x: float = 0.0


def figure_chart(figure: Figure) -> FigureChart:
    """The marks of a figure."""
    return _lanes(figure) if figure.lanes else _plane(figure)


def _lanes(figure: Figure) -> FigureChart:
    scale = _Scale.over([*_values(figure, along_x=True), *_zero(figure)])
    bottom = LANE_TOP + LANE_HEIGHT * len(figure.lanes) - 8
    points: list[Mark] = []
    bars: list[Mark] = []
    labels = [""] * len(figure.lanes)
    for number, series in enumerate(figure.series):
        for place, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
            if x is None or y is None:
                continue
            lane = round(y)
            lower, upper = _bounds(series, place)
            height = LANE_TOP + LANE_HEIGHT * lane + MARK_DROP + (y - lane) * SWARM
            mark = Mark(
                scale.percent(x),
                round(height, 1),
                None if lower is None else scale.percent(lower),
                None if upper is None else scale.percent(upper),
                _kind(figure, number),
            )
            (bars if series.style == "bars" else points).append(mark)
            if not figure.scattered:
                labels[lane] = _words(x, lower, upper, scale.digits)
    lanes = [Lane(LANE_TOP + LANE_HEIGHT * place, name, labels[place]) for place, name in enumerate(figure.lanes)]
    named = [f"{lane.name}: {lane.label}" if lane.label else lane.name for lane in lanes]
    return FigureChart(
        figure,
        bottom + 40,
        bottom,
        lanes,
        [(scale.percent(value), _number(value)) for value in scale.ticks],
        [],
        points,
        bars,
        [],
        [],
        None if figure.reference is None else scale.percent(figure.reference),
        None,
        None,
        _legend(figure),
        "; ".join(named) + ".",
        scale.percent(0.0),
    )


def _plane(figure: Figure) -> FigureChart:
    xs, ys = _values(figure, along_x=True), _values(figure, along_x=False)
    if figure.diagonal:
        xs = ys = [*xs, *ys, 0.0]
    across = _Scale.over([*xs, *([] if figure.scattered else [0.0])])
    up = _Scale.over([*ys, *_zero(figure)])
    points: list[Mark] = []
    lines: list[str] = []
    bands: list[str] = []
    for number, series in enumerate(figure.series):
        marks = [
            (x, y, *_bounds(series, place))
            for place, (x, y) in enumerate(zip(series.x, series.y, strict=True))
            if x is not None and y is not None
        ]
        for x, y, lower, upper in marks:
            whiskers = series.style == "points"
            points.append(
                Mark(
                    across.percent(x),
                    up.pixels(y),
                    up.pixels(lower) if whiskers and lower is not None else None,
                    up.pixels(upper) if whiskers and upper is not None else None,
                    _kind(figure, number),
                )
            )
        if series.style == "line":
            lines.append(" ".join(f"{across.box(x)},{up.pixels(y)}" for x, y, _, _ in marks))
            bounded = [(x, low, high) for x, _, low, high in marks if low is not None and high is not None]
            around = [*((x, high) for x, _, high in bounded), *((x, low) for x, low, _ in reversed(bounded))]
            if around:
                bands.append(" ".join(f"{across.box(x)},{up.pixels(y)}" for x, y in around))
    least, most = max(across.low, up.low), min(across.high, up.high)
    return FigureChart(
        figure,
        PLANE_BOTTOM + 42,
        PLANE_BOTTOM,
        [],
        [(across.percent(value), _number(value)) for value in across.ticks],
        [(up.pixels(value), _number(value)) for value in up.ticks],
        points,
        [],
        lines,
        bands,
        None,
        None if figure.reference is None else up.pixels(figure.reference),
        (across.percent(least), up.pixels(least), across.percent(most), up.pixels(most)) if figure.diagonal else None,
        _legend(figure),
        f"{figure.y_label} against {figure.x_label}, {len(points)} marks.",
    )


@dataclass(frozen=True)
class _Scale:
    """A linear scale with round ends."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float]) -> "_Scale":
        least, most = min(values, default=0.0), max(values, default=1.0)
        if most <= least:
            least, most = least - 0.5, most + 0.5
        rough = (most - least) / TICKS
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough * (1 - 1e-9))
        first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
        return cls(first * step, last * step, tuple(round(each * step, 12) for each in range(first, last + 1)))

    @property
    def digits(self) -> int:
        """Digits behind the point that values on this scale are written with."""
        return max(0, 3 - max(0, math.ceil(math.log10(self.high - self.low))))

    def share(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def percent(self, value: float) -> float:
        return round(LEFT + ROOM * self.share(value), 2)

    def box(self, value: float) -> float:
        return round(BOX * (LEFT + ROOM * self.share(value)) / 100, 1)

    def pixels(self, value: float) -> float:
        return round(PLANE_BOTTOM - (PLANE_BOTTOM - PLANE_TOP) * self.share(value), 1)


def _values(figure: Figure, *, along_x: bool) -> list[float]:
    """Every finite value along one way, bounds among those that they bound."""
    bounded_x = bool(figure.lanes)
    found: list[float | None] = []
    for series in figure.series:
        found += list(series.x if along_x else series.y)
        if along_x == bounded_x:
            found += [*(series.lower or ()), *(series.upper or ())]
    return [value for value in found if value is not None and math.isfinite(value)]


def _zero(figure: Figure) -> list[float]:
    """What the scale must hold besides the values: the reference, and zero where lengths or shares are read."""
    asked = [] if figure.reference is None else [figure.reference]
    return asked if figure.scattered else [*asked, 0.0]


def _bounds(series: Series, place: int) -> tuple[float | None, float | None]:
    lower = None if series.lower is None else series.lower[place]
    upper = None if series.upper is None else series.upper[place]
    return lower, upper


def _kind(figure: Figure, number: int) -> str:
    return f"pt--s{number if len(figure.series) > 1 else 1}" if figure.scattered else ""


def _legend(figure: Figure) -> list[tuple[str, str]]:
    return [(series.label, _kind(figure, number)) for number, series in enumerate(figure.series)]


def _words(value: float, lower: float | None, upper: float | None, digits: int) -> str:
    bounds = "" if lower is None or upper is None else f" ({written(lower, digits)} to {written(upper, digits)})"
    return f"{written(value, digits)}{bounds}"


def _number(value: float) -> str:
    """Three digits, without an exponent, with a real minus."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = written(value, min(digits, 4))
    return text.rstrip("0").rstrip(".") if "." in text else text
