"""The trials of one tuning in a file that outlives the process: what was tried is kept, what was cut short is repeated.

Optuna proposes (tree-structured Parzen estimator: Bergstra et al. 2011) and gives up on what lags behind the median.
A process may end at any moment. What it leaves running is counted as failed at the next start, and proposed again.
The generator is seeded by how many trials are finished, so that a search in pieces tries what one in a go does.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import distribution_to_json
from optuna.trial import FrozenTrial, Trial, TrialState

from models.spec import ModelSpec
from training.tuning_config import TuningConfig
from training.tuning_space import search_space, spec_of, start_of

FILE = "studies.db"
AGAIN = "again"
BY_ORIGIN = "average_precision"
FINISHED, PRUNED, FAILED = "finished", "pruned", "failed"
STATES = {TrialState.COMPLETE: FINISHED, TrialState.PRUNED: PRUNED, TrialState.FAIL: FAILED}


@dataclass(frozen=True)
class Tried:
    """One trial that has ended.

    ``average_precision`` holds the origins at which it was judged, by date; ``score`` is None unless it was judged at
    all of them. ``whole`` is false for one that a process left while its parameters were drawn: ``found`` holds those
    drawn by then, and nothing was fitted.
    """

    number: int
    state: str
    spec: ModelSpec
    found: Mapping[str, Any]
    average_precision: Mapping[pd.Timestamp, float]
    score: float | None
    whole: bool = True


def study_name(data_version: str, config: TuningConfig) -> str:
    """What trials must share to be compared: the data, the ranges, the configuration without its budget."""
    plain = config.to_dict()
    for name in ("minutes", "trials"):
        plain["tuning"].pop(name, None)
    ranges = {name: distribution_to_json(each) for name, each in search_space(config.start).items()}
    told = json.dumps([data_version, plain, ranges], sort_keys=True)
    return f"tuning-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


class KeptStudy:
    """A study that is open. Make one with :func:`open_search`."""

    def __init__(self, study: optuna.Study, config: TuningConfig) -> None:
        self._study, self._config = study, config
        self._space = search_space(config.start)

    @property
    def name(self) -> str:
        """The study's name."""
        return str(self._study.study_name)

    def resume(self) -> tuple[Tried, ...]:
        """Count what was left running as failed, propose again what failed; gives what is newly failed."""
        left = self._study.get_trials(states=(TrialState.RUNNING,))
        for trial in left:
            self._study.tell(trial.number, state=TrialState.FAIL)
        trials = self._study.get_trials()
        repeated = {trial.user_attrs.get(AGAIN) for trial in trials}
        for trial in trials:
            # A process that ended while it was being told what to try has no whole specification to repeat.
            whole = set(trial.params) == set(self._space)
            if trial.state == TrialState.FAIL and whole and trial.number not in repeated:
                self._study.enqueue_trial(trial.params, user_attrs={AGAIN: trial.number})
        if not self._begun():
            self._study.enqueue_trial(start_of(self._config.start))
        numbers = {trial.number for trial in left}
        return tuple(each for each in self.tried() if each.number in numbers)

    def tried(self) -> tuple[Tried, ...]:
        """Every trial that has ended, in order."""
        return tuple(self._tried(trial) for trial in self._study.get_trials(states=tuple(STATES)))

    def ask(self) -> "Asked":
        """The next trial."""
        done = sum(each.state != FAILED for each in self.tried())
        seed = int(np.random.SeedSequence([self._config.seed, done]).generate_state(1)[0])
        self._study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self._study.ask(fixed_distributions=self._space)
        return Asked(self._study, trial, spec_of(self._config.start, trial.params))

    def ended(self, number: int) -> Tried:
        """One trial that has ended."""
        return self._tried(self._study.get_trials()[number])

    def _begun(self) -> bool:
        """Whether the start of the search was tried, or waits to be."""
        kept = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.WAITING)
        return bool(self._study.get_trials(states=kept))

    def _tried(self, trial: FrozenTrial) -> Tried:
        judged = {pd.Timestamp(date): value for date, value in trial.user_attrs.get(BY_ORIGIN, {}).items()}
        score = trial.value if trial.state == TrialState.COMPLETE else None
        spec = spec_of(self._config.start, trial.params)
        whole = set(trial.params) == set(self._space)
        return Tried(trial.number, STATES[trial.state], spec, trial.params, judged, score, whole)


@dataclass
class Asked:
    """A trial under way."""

    study: optuna.Study
    trial: Trial
    spec: ModelSpec

    @property
    def number(self) -> int:
        """Its place among all trials."""
        return int(self.trial.number)

    def lags(self, judged: Mapping[pd.Timestamp, float]) -> bool:
        """Keep what was judged so far; whether its running mean lies below the median of others at this origin."""
        self.trial.set_user_attr(BY_ORIGIN, {f"{origin:%Y-%m-%d}": value for origin, value in judged.items()})
        self.trial.report(float(np.mean(list(judged.values()))), len(judged) - 1)
        return bool(self.trial.should_prune())

    def end(self, state: str, score: float | None = None) -> None:
        """Settle the trial."""
        told = {words: each for each, words in STATES.items()}[state]
        self.study.tell(self.trial, score, state=told)


@contextmanager
def open_search(folder: Path, data_version: str, config: TuningConfig) -> Iterator[KeptStudy]:
    """The search of this data and configuration, kept in a file in ``folder``; begun when it is not there."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.RDBStorage(f"sqlite:///{(folder / FILE).absolute()}")
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=study_name(data_version, config),
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=config.prune_after),
        )
        yield KeptStudy(study, config)
    finally:
        storage.remove_session()
        storage.engine.dispose()
