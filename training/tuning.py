"""Tuning on inner rolling origins: what ranks best before the origins that will judge it, and the simplest as good.

A trial's score is the mean of its average precision over inner origins less a penalty times their standard deviation.
Of all trials within one standard error of the best the simplest is chosen (Breiman et al. 1984).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from models.spec import ModelSpec
from records.known import Records
from records.progress import Report, silent
from training.thin_origins import LeftOut
from training.tuning_config import TuningConfig
from training.tuning_rows import inner_origins, untouched_origins
from training.tuning_study import FAILED, FINISHED, PRUNED, Asked, KeptStudy, Tried, open_search

Keep = Callable[["TuningResult", Tried], None]
Clock = Callable[[], float]


class Ground(Protocol):
    """An origin at which a specification can be judged."""

    @property
    def origin(self) -> pd.Timestamp:
        """The moment of the ranking."""
        ...

    def judged(self, spec: ModelSpec, *, seed: int, horizon_days: int) -> float:
        """Average precision there."""
        ...


@dataclass(frozen=True)
class TuningResult:
    """Every trial that has ended, on which origins, and before which."""

    config: TuningConfig
    study: str
    data_version: str
    inner: tuple[pd.Timestamp, ...]
    untouched: tuple[pd.Timestamp, ...]
    trials: tuple[Tried, ...]
    left_out: tuple[LeftOut, ...] = ()

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
        Fewer than two inner origins hold enough positives; others that are thin are left out, and said to be.
    """
    deadline = clock() + 60 * config.minutes
    untouched = untouched_origins(records, config)
    ground = inner_origins(records, config, untouched[0], report=report)
    with open_search(folder, records.data_version, config) as study:
        told = (config, study, records.data_version, ground.origins, untouched, keep, report, ground.left_out)
        search = Search(*told)
        return search.run(lambda: clock() >= deadline)


@dataclass(frozen=True)
class Search:
    """A study, the ground that its trials are judged on, and who is told."""

    config: TuningConfig
    study: KeptStudy
    data_version: str
    ground: Sequence[Ground]
    untouched: tuple[pd.Timestamp, ...]
    keep: Keep
    report: Report = silent
    left_out: tuple[LeftOut, ...] = ()

    def run(self, late: Callable[[], bool]) -> TuningResult:
        """Repeat what was cut short, then go on until enough is finished, or it is late and one trial is finished."""
        for left in self.study.resume():
            self.keep(self.result(), left)
        wanted = self.config.trials
        while True:
            before = self.result()
            done = sum(each.state != FAILED for each in before.trials)
            self.report("trials", done, max(done, wanted or done + 1))
            if before.finished and (late() or (wanted is not None and done >= wanted)):
                return before
            self._try_one()

    def result(self) -> TuningResult:
        """What was found so far."""
        inner = tuple(each.origin for each in self.ground)
        told = (self.config, self.study.name, self.data_version, inner, self.untouched)
        return TuningResult(*told, self.study.tried(), self.left_out)

    def _try_one(self) -> None:
        asked = self.study.ask()
        try:
            self._judge(asked)
        except BaseException:
            asked.end(FAILED)
            self.keep(self.result(), self.study.ended(asked.number))
            raise
        self.keep(self.result(), self.study.ended(asked.number))

    def _judge(self, asked: Asked) -> None:
        """Fit and judge at one origin after the other, until the trial lags behind or has passed all."""
        judged: dict[pd.Timestamp, float] = {}
        told = self.config.backtest
        for number, at in enumerate(self.ground, 1):
            judged[at.origin] = at.judged(asked.spec, seed=told.seed, horizon_days=told.plan.horizon_days)
            self.report("origins of this trial", number, len(self.ground))
            if asked.lags(judged) and number < len(self.ground):
                asked.end(PRUNED)
                return
        asked.end(FINISHED, score_of(list(judged.values()), self.config.penalty))


def reached(trial: Tried) -> float:
    """The score of a trial that was judged at every origin; ValueError for another."""
    if trial.score is None:
        raise ValueError(f"Expected a trial that was judged at every origin; got trial {trial.number}.")
    return trial.score
