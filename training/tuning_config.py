"""What tuning is told, read from a TOML file: that of a backtest with one candidate, and a table of its own.

[plan]
horizon_days = 365

[candidates.champion]               # where the search begins
rounds = 150

[tuning]
minutes = 60                        # no new trial begins later
trials = 100                        # in all, those of earlier calls counted; left out: as many as the minutes hold
untouched = 2                       # the last origins, kept out for the backtest that judges the result
inner = 3                           # origins before them, at which trials are judged
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

from models.spec import ModelSpec
from training.backtest_config import BacktestConfig
from training.errors import ConfigRefused
from training.plain_values import require_typed, table_of


@dataclass(frozen=True)
class TuningConfig:
    """Where the search begins, where trials are judged, and when it ends.

    Parameters
    ----------
    backtest : BacktestConfig
        Origins, training dates, seed of every fit, and the one candidate whose specification is tried first.
    minutes : float
        No trial begins later than this after the call; one trial is finished in any case.
    trials : int, optional
        Finished trials wanted in all, pruned ones and those of earlier calls among them.
    penalty : float
        A trial's score is the mean of its average precision less this times their standard deviation over origins.
    seed : int
        Of the search. The same seed, data and configuration try the same specifications.
    untouched : int
        The last so many origins of the backtest: nothing known at or after the first of them is learned or judged from.
    inner : int
        At most so many yearly origins, the last whose labels are settled before that moment.
    prune_after : int
        Trials that are finished in full before others are given up half way.
    """

    backtest: BacktestConfig = field(default_factory=BacktestConfig)
    minutes: float = 30.0
    trials: int | None = None
    penalty: float = 0.5
    seed: int = 7
    untouched: int = 2
    inner: int = 3
    prune_after: int = 5

    def __post_init__(self) -> None:
        require_typed(self, "Tuning configuration")
        given = len(self.backtest.origins)
        wrong = [
            words
            for words, good in (
                (
                    "one candidate of the kind classifier",
                    [type(each) for each in self.backtest.candidates.values()] == [ModelSpec],
                ),
                ("minutes over 0", self.minutes > 0),
                ("trials at least 1", self.trials is None or self.trials >= 1),
                ("penalty at least 0", self.penalty >= 0),
                ("seed at least 0", self.seed >= 0),
                ("untouched at least 1", self.untouched >= 1),
                ("untouched at most the number of origins", not given or self.untouched <= given),
                ("inner at least 2", self.inner >= 2),
                ("prune_after at least 1", self.prune_after >= 1),
            )
            if not good
        ]
        if wrong:
            raise ConfigRefused(f"Tuning configuration refused. Expected {'; '.join(wrong)}. Correct the file.")

    @property
    def start(self) -> ModelSpec:
        """The specification that is tried first."""
        return cast(ModelSpec, next(iter(self.backtest.candidates.values())))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TuningConfig":
        """The configuration with these plain values; ConfigRefused names every entry that it does not have."""
        told = dict(values)
        own = table_of("tuning", told.pop("tuning", {}))
        known = [entry.name for entry in fields(cls) if entry.name != "backtest"]
        unknown = sorted(set(own) - set(known))
        if unknown:
            raise ConfigRefused(
                f"Tuning configuration refused: unknown {', '.join(f'tuning.{name}' for name in unknown)}. "
                f"Expected among {', '.join(known)}."
            )
        return cls(BacktestConfig.from_dict(told), **own)

    @classmethod
    def from_toml(cls, path: Path) -> "TuningConfig":
        """The configuration in a TOML file; ConfigRefused when it cannot be read."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise ConfigRefused(f"Expected a TOML file at {path}; got: {problem}. Correct the file.") from problem

    def within(self, *, minutes: float | None = None, trials: int | None = None) -> "TuningConfig":
        """The same with another budget; what is None stays."""
        return replace(
            self,
            minutes=self.minutes if minutes is None else minutes,
            trials=self.trials if trials is None else trials,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON and :meth:`from_dict` take."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "backtest"}
        return {
            **self.backtest.to_dict(),
            "tuning": {name: value for name, value in own.items() if value is not None},
        }
