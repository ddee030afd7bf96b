"""What moves the scores: the spread of each feature's contributions, and how they depend on its value. Pure values."""

import numpy as np
import numpy.typing as npt

from features.catalog import FAMILIES
from models.documents import Drawing
from models.fitted import RiskModel
from models.run_items import Figure, Series
from models.spec import TrainingSlice
from training.card.words import counted

FEATURES, DEPENDENCES = 10, 4
MARKS, DEPENDENCE_MARKS = 90, 150
MOST_ROWS = 2_000
"""Participants whose contributions are computed; a longer cohort is taken at even steps of the margin."""

THIRDS = ("lowest third of the value", "middle third", "highest third")
USUAL, FAR = 0.98, 3.0
"""A dependence ends at this quantile where the largest value lies so many times as far: else nothing could be seen."""

SPREAD = 0.3
"""Half the height of a lane's swarm, in lanes."""

Floats = npt.NDArray[np.float64]


def reason_drawings(model: RiskModel, part: TrainingSlice) -> tuple[Drawing, ...]:
    """A summary of the first features and the dependence of the very first, over the last cohort of ``part``.

    Parameters
    ----------
    model : RiskModel
    part : TrainingSlice
        Its calibration slice: participants that it did not learn from at these dates.

    Notes
    -----
    Contributions are exact parts of the margin (log-odds), by Shapley values along the trees' paths. Marks are those
    participants that stand at even steps when all are ordered by the contribution (summary) or by the value
    (dependence): extremes are among them, and where marks stand close, participants do.
    """
    values = model.values(part.matrix[part.as_of == part.as_of.max()])
    order = np.argsort(model.margin_of(values), kind="stable")
    values = values[order[_even_steps(len(order), MOST_ROWS)]]
    _, contributions = model.contributions_of(values)
    strength = np.abs(contributions).mean(axis=0)
    first = [int(place) for place in np.argsort(-strength, kind="stable")[:FEATURES] if strength[place] > 0]
    if not first:
        return ()
    told = [_summary(model, first, values.astype(np.float64), contributions)]
    told += [
        _dependence(model, place, values[:, place].astype(np.float64), contributions[:, place])
        for place in first[:DEPENDENCES]
    ]
    return tuple(told)


def _summary(model: RiskModel, first: list[int], values: Floats, contributions: Floats) -> Drawing:
    marks: list[tuple[list[float], list[float]]] = [([], []) for _ in THIRDS]
    for lane, place in enumerate(first):
        own = contributions[:, place]
        chosen = np.argsort(own, kind="stable")[_even_steps(len(own), MARKS)]
        heights = lane + _swarm(own[chosen])
        for third, x, y in zip(_thirds(values[chosen, place]), own[chosen], heights, strict=True):
            marks[third][0].append(_short(x))
            marks[third][1].append(_short(y))
    series = tuple(Series(name, x, y, style="points") for name, (x, y) in zip(THIRDS, marks, strict=True) if x)
    names = tuple(model.features[place] for place in first)
    families = [FAMILIES[model.catalog[place]["family"]].title for place in first[:1]]
    return Drawing(
        Figure(
            "contribution_summary",
            f"What the {len(first)} strongest features add to the score",
            "contribution to the log-odds",
            "feature",
            series,
            lanes=names,
            reference=0.0,
            scattered=True,
        ),
        f"Each mark is a participant of the last cohort seen in training; to the right the feature raises the score. "
        f"The strongest is {names[0]} ({families[0]}). How the model uses the record, not what causes incidents.",
    )


def _dependence(model: RiskModel, place: int, values: Floats, contributions: Floats) -> Drawing:
    entry = model.catalog[place]
    seen = np.flatnonzero(np.isfinite(values))
    highest = np.quantile(values[seen], USUAL)
    beyond = np.max(values[seen]) > FAR * max(highest, 1.0)
    usual = seen[values[seen] <= highest] if beyond else seen
    chosen = usual[np.argsort(values[usual], kind="stable")[_even_steps(len(usual), DEPENDENCE_MARKS)]]
    missing = len(values) - len(seen)
    x, y = [_short(each) for each in values[chosen]], [_short(each) for each in contributions[chosen]]
    without = f" Left out: {counted(missing, 'participant')} without a value." if missing else ""
    if beyond:
        rest = counted(len(seen) - len(usual), "participant")
        without += f" Not drawn: {rest} with values above {_amount(highest)}, up to {_amount(np.max(values[seen]))}."
    return Drawing(
        Figure(
            f"dependence_{model.features[place]}",
            f"Contribution by {model.features[place]}",
            f"{model.features[place]} ({entry['unit']})",
            "contribution to the log-odds",
            (Series("participants", x, y, style="points"),),
            reference=0.0,
            scattered=True,
        ),
        f"{str(entry['meaning'])[:1].upper()}{str(entry['meaning'])[1:].rstrip('.')}.{without}",
    )


def _even_steps(length: int, most: int) -> npt.NDArray[np.intp]:
    """Places 0 to ``length`` - 1 at even steps, at most so many, both ends among them."""
    return np.unique(np.linspace(0, max(length - 1, 0), min(length, most)).round().astype(np.intp))


def _thirds(values: Floats) -> npt.NDArray[np.intp]:
    """Which third of the distinct values each one is in; a missing value counts as the lowest."""
    known = np.unique(values[np.isfinite(values)])
    if not len(known):
        return np.zeros(len(values), dtype=np.intp)
    place = np.searchsorted(known, np.where(np.isfinite(values), values, known[0]), side="left")
    return np.minimum(place * len(THIRDS) // len(known), len(THIRDS) - 1).astype(np.intp)


def _swarm(values: Floats) -> Floats:
    """Heights that keep marks of nearly one value apart: those that fall into one of 40 bins alternate around 0."""
    width = np.ptp(values) / 40 or 1.0
    bins = np.floor((values - values.min()) / width).astype(int)
    heights = np.zeros(len(values))
    for each in np.unique(bins):
        rows = np.flatnonzero(bins == each)
        steps = (np.arange(len(rows)) + 1) // 2 * np.where(np.arange(len(rows)) % 2, 1, -1)
        heights[rows] = steps
    tallest = np.abs(heights).max()
    return heights / tallest * SPREAD if tallest else heights


def _short(value: float) -> float:
    """Four digits: more cannot be seen in a figure."""
    return float(f"{value:.4g}")


def _amount(value: float) -> str:
    """A value in words, never with an exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
