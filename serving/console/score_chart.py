"""A year of scores as steps, with their interval: a score holds until the next one is made."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from serving.console.words import percent_mark
from serving.history import PastScore

TOP, BOTTOM = 14, 210
TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class ScoreChart:
    """All marks of the chart: paths in a box of 1000 by 210, positions in percent and pixels."""

    grid: list[tuple[float, str]]
    line: str
    band: str
    ticks: list[float]
    months: list[tuple[float, str, str]]
    now_x: float
    now_y: float
    lower_y: float
    upper_y: float


def score_chart(scores: Sequence[PastScore], known: Sequence[pd.Timestamp]) -> ScoreChart:
    """The chart of scores in order of date; ``known`` are the dates on which incidents became known."""
    first, last = scores[0].as_of, scores[-1].as_of
    length = max((last - first) / pd.Timedelta(days=1), 1.0)
    highest = max(score.upper for score in scores)
    top = next((value for value in TOPS if value >= highest), 1.0)

    def across(moment: pd.Timestamp) -> float:
        return 1.0 + ((moment - first) / pd.Timedelta(days=1)) / length * 97.0

    def down(share: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * min(share / top, 1.0), 1)

    upper = _steps([(across(s.as_of), down(s.upper)) for s in scores])
    lower = _steps([(across(s.as_of), down(s.lower)) for s in scores])
    backwards = "L".join(reversed(_corners([(across(s.as_of), down(s.lower)) for s in scores])))
    now = scores[-1]
    return ScoreChart(
        grid=[(down(top * part / 4), percent_mark(top * part / 4)) for part in range(5)],
        line=_steps([(across(s.as_of), down(s.probability)) for s in scores]),
        band=f"{upper}L{backwards}Z" if lower else "",
        ticks=[round(across(moment), 2) for moment in known if first <= moment <= last],
        months=_months(scores, across),
        now_x=round(across(last), 2),
        now_y=down(now.probability),
        lower_y=down(now.lower),
        upper_y=down(now.upper),
    )


def _corners(points: Sequence[tuple[float, float]]) -> list[str]:
    """A step goes across at the old height, then down or up at the new date."""
    corners = []
    for place, (x, y) in enumerate(points):
        if place:
            corners.append(f"{x * 10:.1f} {points[place - 1][1]}")
        corners.append(f"{x * 10:.1f} {y}")
    return corners


def _steps(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(_corners(points))


def _months(scores: Sequence[PastScore], across: Callable[[pd.Timestamp], float]) -> list[tuple[float, str, str]]:
    """Dates under the axis; those in between go when the page is narrow."""
    every = max(1, math.ceil((len(scores) - 1) / 6))
    chosen = [score for place, score in enumerate(scores[:-1]) if place % every == 0]
    return [
        (round(across(score.as_of), 2), f"{score.as_of:%Y-%m}", "" if place % 2 == 0 else "t2")
        for place, score in enumerate(chosen)
    ]
