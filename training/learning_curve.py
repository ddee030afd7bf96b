"""How the ranking gains by the size of the program that it learned from: would more participants make it better.

Participants are drawn whole, and with all their dates. Everything else stays: the same configuration, the same later
dates to judge on, all their participants. Judged on the calibration slice, which only maps the margin to a
probability and does not move the order; a model that is fitted again on that slice is fitted without it here.
"""

from dataclasses import dataclass, replace

import numpy as np

from models.documents import Drawing
from models.errors import SliceTooThin
from models.run_items import Figure, Series
from models.spec import ModelSpec, TrainingSlice
from records.progress import Report, silent
from training import metrics
from training.fitting import fit_rows
from training.learning_rows import LearningRows
from training.metrics import Floats
from training.train_config import TrainConfig

SHARES = (0.1, 0.25, 0.5, 1.0)
DRAWS = 3
"""Programs drawn of each share below the whole."""


@dataclass(frozen=True)
class CurvePoint:
    """Average precision when learned from a share of the participants.

    Attributes
    ----------
    share : float
    participants : int
        In the mean over draws.
    found : tuple of float
        One of each draw; fewer where a draw held too few incidents to learn from.
    asked : int
        How many draws were tried.
    """

    share: float
    participants: int
    found: tuple[float, ...]
    asked: int


def learning_curve(
    rows: LearningRows, config: TrainConfig, *, data_version: str, report: Report = silent
) -> tuple[CurvePoint, ...]:
    """Fit on :data:`SHARES` of the participants and judge each fit on the same later dates.

    Parameters
    ----------
    rows : LearningRows
        As the version learned from them.
    config : TrainConfig
        As it was fitted by; its seed draws the participants.
    data_version : str
        The record.
    report : Report
        Told before each fit.
    """
    spec = replace(config.spec, refit=False) if isinstance(config.spec, ModelSpec) else config.spec
    quick = replace(config, spec=spec)
    names, member = np.unique(rows.fit.groups, return_inverse=True)
    plan = [(share, draw) for share in SHARES for draw in range(1 if share == 1.0 else DRAWS)]
    found: dict[float, list[float]] = {share: [] for share in SHARES}
    sizes: dict[float, list[int]] = {share: [] for share in SHARES}
    for number, (share, draw) in enumerate(plan):
        report("learn from a part of the program", number, len(plan))
        size = round(share * len(names))
        chosen = np.zeros(len(names), dtype=bool)
        chosen[np.random.default_rng([config.seed, 4, draw]).permutation(len(names))[:size]] = True
        sizes[share].append(size)
        try:
            part = replace(rows, fit=rows.fit.rows(chosen[member]))
            model = fit_rows(part, quick, data_version=data_version, replicas=False)
        except SliceTooThin:
            continue
        found[share].append(_precision(model.margin(rows.calibration.matrix), rows.calibration))
    report("learn from a part of the program", len(plan), len(plan))
    return tuple(
        CurvePoint(share, round(float(np.mean(sizes[share]))), tuple(found[share]), len(sizes[share]))
        for share in SHARES
    )


def curve_drawing(points: tuple[CurvePoint, ...]) -> Drawing | None:
    """The curve as a figure with the spread over draws; None where no part could be learned from."""
    told = [point for point in points if point.found]
    if not told:
        return None
    value = [float(np.mean(point.found)) for point in told]
    line = Series(
        "mean over draws, least and most",
        [point.participants for point in told],
        value,
        [min(point.found) for point in told],
        [max(point.found) for point in told],
        style="line",
    )
    thin = [f"{point.participants:,}" for point in points if len(point.found) < point.asked]
    without = f" Too few incidents to learn from in some draws of {', '.join(thin)} participants." if thin else ""
    return Drawing(
        Figure(
            "learning_curve",
            "Learning curve by size of the program",
            "participants learned from",
            "average precision on later dates",
            (line,),
        ),
        f"From {told[0].participants:,} to {told[-1].participants:,} participants average precision goes from "
        f"{value[0]:.3f} to {value[-1]:.3f}.{without}",
    )


def _precision(margin: Floats, part: TrainingSlice) -> float:
    """Average precision in the mean over the dates of a slice that hold a positive."""
    found = []
    for date in np.unique(part.as_of):
        rows = part.as_of == date
        told = metrics.gather(margin[rows], part.positive[rows], weight=part.weight[rows])
        found.append(float(metrics.average_precision(told)))
    return float(np.nanmean(found))
