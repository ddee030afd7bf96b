"""What a backtest is told, read from a TOML file.

last_origins = 5                    # or: origins = [2012-01-01, 2013-01-01]
capacities = [50, 100, 200]         # places in the queue; shares of the cohort are set apart
replicates = 500

[plan]                              # training dates, see training/splits.py
horizon_days = 365

[candidates.champion]               # hyperparameters, see models/spec.py; an empty table takes the defaults
rounds = 150

[candidates.gamma_poisson]          # other kinds are listed in models/candidates/kinds.py; a baseline is one, too
kind = "gamma_poisson"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from models.baselines import BASELINES
from models.candidates.kinds import CandidateSpec, as_candidate, candidate_from_table
from models.errors import SpecRefused
from models.spec import ModelSpec
from training.errors import ConfigRefused
from training.plain_values import list_of, moment_of, require_typed, table_of
from training.splits import SplitPlan

DEFAULT_CANDIDATE = "champion"
RESERVED = ("random", "last_list", "truth", "truth_recorded")
"""Rankings that a backtest adds itself."""


@dataclass(frozen=True)
class BacktestConfig:
    """Origins, candidates and how to judge them.

    Parameters
    ----------
    origins : tuple of Timestamp
        Test dates; empty for the last ``last_origins`` yearly ones that the record can judge.
    last_origins : int
        How many to find when none are given.
    plan : SplitPlan
        Horizon and training dates.
    candidates : mapping of name to ModelSpec or another candidate
        What is judged beside the baselines. One named as a baseline must be that baseline, and takes its row.
    capacities : tuple of int
        Places in the queue at which precision and recall are told.
    shares : tuple of float
        The same as shares of the cohort.
    replicates, seed : int
        Bootstrap draws of participants; 0 draws tell no intervals.
    record_end : Timestamp, optional
        Judge with what was known then; default: everything known now.
    """

    origins: tuple[pd.Timestamp, ...] = ()
    last_origins: int = 5
    plan: SplitPlan = field(default_factory=SplitPlan)
    candidates: Mapping[str, CandidateSpec] = field(default_factory=lambda: {DEFAULT_CANDIDATE: ModelSpec()})
    capacities: tuple[int, ...] = (50, 100, 200)
    shares: tuple[float, ...] = (0.01, 0.05, 0.10)
    replicates: int = 500
    seed: int = 7
    record_end: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        require_typed(self, "Backtest configuration")
        wrong = [
            words
            for words, good in (
                ("last_origins at least 1", self.last_origins >= 1),
                ("candidates: at least one", len(self.candidates) >= 1),
                (f"candidates not called {' or '.join(RESERVED)}", not set(RESERVED) & set(self.candidates)),
                (f"candidates called as a baseline only of its kind ({', '.join(BASELINES)})", _own_rows(self)),
                ("capacities: whole numbers of at least 1", all(k >= 1 for k in self.capacities)),
                ("shares over 0 and at most 1", all(0 < share <= 1 for share in self.shares)),
                ("replicates at least 0", self.replicates >= 0),
                ("origins in rising order", list(self.origins) == sorted(set(self.origins))),
            )
            if not good
        ]
        if wrong:
            raise ConfigRefused(f"Backtest configuration refused. Expected {'; '.join(wrong)}. Correct the file.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "BacktestConfig":
        """The configuration with these plain values; ConfigRefused names every entry that it does not have."""
        _only_known("", values, [entry.name for entry in fields(cls)])
        taken: dict[str, Any] = dict(values)
        if "plan" in taken:
            _only_known("plan.", table_of("plan", taken["plan"]), [entry.name for entry in fields(SplitPlan)])
            taken["plan"] = SplitPlan(**taken["plan"])
        if "candidates" in taken:
            named = table_of("candidates", taken["candidates"])
            taken["candidates"] = {name: _spec(name, table) for name, table in named.items()}
        for name in ("capacities", "shares"):
            if name in taken:
                taken[name] = list_of(name, taken[name])
        taken["origins"] = tuple(moment_of("origins", each) for each in list_of("origins", taken.get("origins", ())))
        if taken.get("record_end") is not None:
            taken["record_end"] = moment_of("record_end", taken["record_end"])
        return cls(**taken)

    @classmethod
    def from_toml(cls, path: Path) -> "BacktestConfig":
        """The configuration in a TOML file; ConfigRefused when it cannot be read."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise ConfigRefused(f"Expected a TOML file at {path}; got: {problem}. Correct the file.") from problem

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON and :meth:`from_dict` take."""
        return {
            "origins": [f"{origin:%Y-%m-%d}" for origin in self.origins],
            "last_origins": self.last_origins,
            "plan": asdict(self.plan),
            "candidates": {name: spec.to_dict() for name, spec in self.candidates.items()},
            "capacities": list(self.capacities),
            "shares": list(self.shares),
            "replicates": self.replicates,
            "seed": self.seed,
            "record_end": None if self.record_end is None else self.record_end.isoformat(),
        }


def _only_known(where: str, values: Mapping[str, Any], known: list[str]) -> None:
    unknown = [f"{where}{name}" for name in values if name not in known]
    if unknown:
        raise ConfigRefused(
            f"Backtest configuration refused: unknown {', '.join(unknown)}. Expected among {', '.join(known)}."
        )


def _own_rows(config: "BacktestConfig") -> bool:
    """Whether nothing stands in a baseline's row but the baseline itself."""
    named = {name: as_candidate(spec).kind for name, spec in config.candidates.items() if name in BASELINES}
    return all(name == kind for name, kind in named.items())


def _spec(name: str, table: Mapping[str, Any]) -> CandidateSpec:
    try:
        return candidate_from_table(table_of(f"candidates.{name}", table))
    except (SpecRefused, TypeError) as problem:
        raise ConfigRefused(f"candidates.{name}: {problem}") from problem
