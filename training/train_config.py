"""What training is told, read from a TOML file: the plan of dates, the model, the seed."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from models.candidates.kinds import CandidateSpec, candidate_from_table
from models.candidates.registered import why_not_registered
from models.errors import SpecRefused
from models.spec import ModelSpec
from training.errors import ConfigRefused
from training.plain_values import moment_of, require_typed, table_of
from training.splits import SplitPlan


@dataclass(frozen=True)
class TrainConfig:
    """What training is told.

    Parameters
    ----------
    plan : SplitPlan
        Horizon and training dates.
    spec : ModelSpec or another candidate
        Hyperparameters; any kind of :data:`models.candidates.kinds.KINDS` whose models can be registered.
    seed : int
        The same seed, data and machine give the same model.
    record_end : Timestamp, optional
        Learn with what was known then; default: everything known now.
    """

    plan: SplitPlan = field(default_factory=SplitPlan)
    spec: CandidateSpec = field(default_factory=ModelSpec)
    seed: int = 7
    record_end: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        require_typed(self, "Training configuration")
        why_not = why_not_registered(self.spec)
        if why_not:
            raise ConfigRefused(f"Training configuration refused: {why_not}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """The configuration with the tables ``plan`` and ``model`` and the keys ``seed`` and ``record_end``.

        ``model`` may be of any kind that a backtest takes for a candidate; in its place may stand one table under
        ``candidates``, as it stands in a backtest's file.
        """
        _only_known("", values, ("plan", "model", "candidates", "seed", "record_end"))
        plan = table_of("plan", values.get("plan", {}))
        _only_known("plan.", plan, tuple(entry.name for entry in fields(SplitPlan)))
        try:
            spec = candidate_from_table(_model(values))
        except (SpecRefused, TypeError, ValueError) as problem:
            raise ConfigRefused(f"Training configuration refused: {problem}") from problem
        end = values.get("record_end")
        record_end = None if end is None else moment_of("record_end", end)
        return cls(SplitPlan(**plan), spec, values.get("seed", 7), record_end)

    @classmethod
    def from_toml(cls, path: Path) -> "TrainConfig":
        """The configuration in a TOML file; ConfigRefused when it cannot be read."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise ConfigRefused(f"Expected a TOML file at {path}; got: {problem}. Correct the file.") from problem

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON and :meth:`from_dict` take."""
        end = self.record_end
        return {
            "plan": asdict(self.plan),
            "model": self.spec.to_dict(),
            "seed": self.seed,
            "record_end": None if end is None else end.isoformat(),
        }

    def params(self) -> dict[str, Any]:
        """Flat names and values, as a run logs them."""
        plan = {f"plan.{name}": value for name, value in asdict(self.plan).items()}
        return {**plan, **_flat("model", self.spec.to_dict()), "seed": self.seed}


def _model(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table of the one model; ConfigRefused when there are several."""
    named = table_of("candidates", values.get("candidates", {}))
    if len(named) + ("model" in values) > 1:
        raise ConfigRefused(
            f"Expected one model to train; got {', '.join([*named, *(['model'] if 'model' in values else [])])}. "
            "Leave one in the file."
        )
    if named:
        name, table = next(iter(named.items()))
        return table_of(f"candidates.{name}", table)
    return table_of("model", values.get("model", {}))


def _flat(where: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables, as those of a stack's members, under names with dots."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(f"{where}.{name}", value) if isinstance(value, Mapping) else {f"{where}.{name}": value}
    return found


def _only_known(where: str, values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [f"{where}{name}" for name in values if name not in known]
    if unknown:
        raise ConfigRefused(
            f"Training configuration refused: unknown {', '.join(unknown)}. Expected among {', '.join(known)}."
        )
