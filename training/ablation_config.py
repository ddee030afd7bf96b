"""What an ablation is told, read from a TOML file: that of a backtest with one candidate, and four entries.

last_origins = 3                    # or: origins = [2022-06-01, 2023-06-01]
capacities = [100]                  # the one place at which recall is told
base = ["incident_history", "profile"]
fits = 2                            # models behind each ranking
features = ["drug_incidents_all"]   # judge these single features instead of the families

[candidates.champion]               # fewer rounds are faster, and say less of the model that ships
rounds = 150
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from features.catalog import CATALOG, FAMILIES
from models.spec import ModelSpec
from training.backtest_config import BacktestConfig
from training.errors import ConfigRefused

LAST_ORIGINS, CAPACITY, REPLICATES = 3, 100, 300
NAMES = frozenset(feature.name for feature in CATALOG)


def default_backtest(**values: Any) -> BacktestConfig:
    """Fewer origins and draws than a backtest takes: there are about three dozen rankings to fit and judge."""
    told = {"last_origins": LAST_ORIGINS, "capacities": (CAPACITY,), "replicates": REPLICATES, **values}
    return BacktestConfig.from_dict({**told, "shares": ()})


@dataclass(frozen=True)
class AblationConfig:
    """Where and with which model the families are judged.

    Parameters
    ----------
    backtest : BacktestConfig
        Origins, training dates, one candidate, one capacity, draws.
    base : tuple of str
        Families that every program has: the others are added to them one by one.
    fits : int
        Models behind one ranking, each of another seed, whose margins are averaged: the fewer, the more a difference
        owes to the chance of the fit.
    features : tuple of str
        Features to judge one by one, each apart from its family; when empty, every family is judged as a whole.
    """

    backtest: BacktestConfig = field(default_factory=default_backtest)
    base: tuple[str, ...] = ("incident_history", "profile")
    fits: int = 2
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        nameless = [name for name in self.features if name not in NAMES]
        unknown = [name for name in self.base if name not in FAMILIES]
        wrong = [
            words
            for words, good in (
                ("one candidate", len(self.backtest.candidates) == 1),
                (
                    "a candidate of the kind classifier",
                    isinstance(next(iter(self.backtest.candidates.values())), ModelSpec),
                ),
                ("one capacity", len(self.backtest.capacities) == 1),
                ("replicates at least 1", self.backtest.replicates >= 1),
                ("fits at least 1", self.fits >= 1),
                ("a base of at least one family", len(self.base) >= 1),
                (f"families of the catalog as base, not {', '.join(unknown)}", not unknown),
                (f"features of the catalog, not {', '.join(nameless)}", not nameless),
                ("each feature once", len(set(self.features)) == len(self.features)),
            )
            if not good
        ]
        if wrong:
            raise ConfigRefused(f"Ablation configuration refused. Expected {'; '.join(wrong)}. Correct the file.")

    @property
    def spec(self) -> ModelSpec:
        """The hyperparameters of every fit."""
        return cast(ModelSpec, next(iter(self.backtest.candidates.values())))

    @property
    def capacity(self) -> int:
        """Places in the queue at which recall is told."""
        return self.backtest.capacities[0]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AblationConfig":
        """The configuration with these plain values; ConfigRefused names every entry that it does not have."""
        told = dict(values)
        own: dict[str, Any] = {name: told.pop(name) for name in ("base", "fits", "features") if name in told}
        own |= {name: tuple(own[name]) for name in ("base", "features") if name in own}
        return cls(default_backtest(**told), **own)

    @classmethod
    def from_toml(cls, path: Path) -> "AblationConfig":
        """The configuration in a TOML file; ConfigRefused when it cannot be read."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise ConfigRefused(f"Expected a TOML file at {path}; got: {problem}. Correct the file.") from problem

    def of_features(self, named: Sequence[str]) -> "AblationConfig":
        """The same about these features; itself when none is named."""
        return replace(self, features=tuple(named)) if named else self

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON and :meth:`from_dict` take."""
        plain = self.backtest.to_dict()
        plain.pop("shares")
        return {**plain, "base": list(self.base), "fits": self.fits, "features": list(self.features)}
