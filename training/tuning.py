"""Tuning on inner rolling origins: what ranks best before the origins that will judge it, and the simplest as good.

A trial's score is the mean of its average precision over inner origins less a penalty times their standard deviation.
Of all trials within one standard error of the best the simplest is chosen (Breiman et al. 1984).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from records.known import Records
from records.progress import Report, silent
from training.tuning_config import TuningConfig
from training.tuning_rows import InnerOrigin, inner_origins, untouched_origins
from training.tuning_study import FAILED, FINISHED, PRUNED, Asked, Tried, open_search

Keep = Callable[["TuningResult", Tried], None]
Clock = Callable[[], float]


@dataclass(frozen=True)
class TuningResult:
    """Every trial that has ended, on which origins, and before which."""

    config: TuningConfig
    study: str
    data_version: str
    inner: tuple[pd.Timestamp, ...]
    untouched: tuple[pd.Timestamp, ...]
    trials: tuple[Tried, ...]

    @property
    def finished(self) -> tuple[Tried, ...]:
        """The trials that were judged at every inner origin."""
        return tuple(each for each in self.trials if each.state == FINISHED)

    @property
    def start(self) -> Tried:
        """The trial of the specification that the search began with."""
        return self.finished[0]

    @property
    def best(self) -> Tried:
        """The trial of the highest score, the earliest of equal ones."""
        return max(self.finished, key=lambda each: (reached(each), -each.number))

    @property
    def standard_error(self) -> float:
        """Of the best trial's mean average precision, over inner origins."""
        values = list(self.best.average_precision.values())
        return float(np.std(values, ddof=1) / np.sqrt(len(values)))

    @property
    def chosen(self) -> Tried:
        """The fewest leaves in all trees among trials within one standard error of the best."""
        least = reached(self.best) - self.standard_error
        within = [each for each in self.finished if reached(each) >= least]
        return min(within, key=lambda each: (leaves_in_all(each), -reached(each), each.number))


def leaves_in_all(trial: Tried) -> int:
    """How large a model is: leaves of a tree times trees."""
    return trial.spec.leaves * trial.spec.rounds


def score_of(values: Sequence[float], penalty: float) -> float:
    """Mean less the penalty times the standard deviation (of a sample), over origins."""
    return float(np.mean(values) - penalty * np.std(values, ddof=1))


def tune(
    records: Records,
    config: TuningConfig,
    *,
    folder: Path,
    keep: Keep,
    clock: Clock,
    report: Report = silent,
) -> TuningResult:
    """Search until the budget is spent; go on from what the folder already holds of the same search.

    Parameters
    ----------
    records : Records
        Every row version. Of those known at or after the first untouched origin nothing is read, but for the dates of
        yearly origins.
    config : TuningConfig
        Where the search begins, its budget, its origins.
    folder : Path
        Where trials are kept. One process at a time.
    keep : callable
        Given each trial as it ends: finished, pruned or failed.
    clock : callable
        Seconds, rising.
    report : Report
        Told of each origin and trial.

    Raises
    ------
    OriginRefused
        Too few origins to keep out, or to judge trials at.
    TooFewPositives
        An inner origin or a training slice holds too few positives.
    """
    deadline = clock() + 60 * config.minutes
    untouched = untouched_origins(records, config)
    ground = inner_origins(records, config, untouched[0], report=report)
    with open_search(folder, records.data_version, config) as search:

        def result() -> TuningResult:
            dates = tuple(each.origin for each in ground)
            return TuningResult(config, search.name, records.data_version, dates, untouched, search.tried())

        for left in search.resume():
            keep(result(), left)
        while True:
            before = result()
            done = sum(each.state != FAILED for each in before.trials)
            late = bool(before.finished) and clock() >= deadline
            _tell(report, config, done, deadline - clock())
            if late or (config.trials is not None and before.finished and done >= config.trials):
                return before
            asked = search.ask()
            try:
                _judge(asked, ground, config, report)
            except BaseException:
                asked.end(FAILED)
                keep(result(), search.ended(asked.number))
                raise
            keep(result(), search.ended(asked.number))


def _judge(asked: Asked, ground: Sequence[InnerOrigin], config: TuningConfig, report: Report) -> None:
    """Fit and judge a trial at one origin after the other, until it lags behind or has passed all."""
    judged: dict[pd.Timestamp, float] = {}
    told = config.backtest
    for number, at in enumerate(ground, 1):
        judged[at.origin] = at.judged(asked.spec, seed=told.seed, horizon_days=told.plan.horizon_days)
        report("fit a trial at each origin", number, len(ground))
        if asked.lags(judged) and number < len(ground):
            asked.end(PRUNED)
            return
    asked.end(FINISHED, score_of(list(judged.values()), config.penalty))


def _tell(report: Report, config: TuningConfig, done: int, seconds_left: float) -> None:
    if config.trials is not None:
        report("trials", min(done, config.trials), config.trials)
    whole = int(np.ceil(config.minutes))
    report("minutes", min(max(int(config.minutes - seconds_left / 60), 0), whole), whole)


def reached(trial: Tried) -> float:
    """The score of a trial that was judged at every origin; ValueError for another."""
    if trial.score is None:
        raise ValueError(f"Expected a trial that was judged at every origin; got trial {trial.number}.")
    return trial.score
