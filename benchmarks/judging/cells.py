"""The cells that the page of results is made of: one program or one real history, and the backtest that judges it.

They stand in ``plan.toml``: the candidates that all share, real histories with their mapping, simulated programs by
scenario and seed.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.backtest_config import BacktestConfig

PLAN = Path(__file__).with_name("plan.toml")
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
YEARS = 8


@dataclass(frozen=True)
class Simulated:
    """A program that the simulator makes; without ``participants`` as many as the scenario says."""

    scenario: str
    seed: int
    years: int = YEARS
    participants: int | None = None


@dataclass(frozen=True)
class Real:
    """A public history: a folder of the data, the mapping that reads it, and what in it looks ahead (else empty)."""

    title: str
    folder: str
    mapping: str
    looks_ahead: str = ""


@dataclass(frozen=True)
class Cell:
    """One program and the backtest that judges it."""

    name: str
    source: Simulated | Real
    config: BacktestConfig

    @property
    def question(self) -> dict[str, Any]:
        """What decides the answer, but for data and code, as plain values: a cell is done when this was answered."""
        return {"source": asdict(self.source), "config": self.config.to_dict()}


def read_cells(plan: Path = PLAN) -> tuple[Cell, ...]:
    """Every cell of a plan, in its order."""
    told = tomllib.loads(plan.read_text(encoding="utf-8"))
    candidates = told["candidates"]
    return (
        *(_real(entry, candidates) for entry in told.get("real", [])),
        *(cell for entry in told.get("simulated", []) for cell in _simulated(entry, candidates)),
    )


def _real(entry: Mapping[str, Any], candidates: Mapping[str, Any]) -> Cell:
    own = dict(entry)
    name, backtest = own.pop("name"), own.pop("backtest")
    changed = {"origins": own.pop("origins")} if "origins" in own else {}
    settings = tomllib.loads((EXAMPLES / backtest).read_text(encoding="utf-8"))
    return Cell(name, Real(**own), BacktestConfig.from_dict({**settings, **changed, "candidates": candidates}))


def _simulated(entry: Mapping[str, Any], candidates: Mapping[str, Any]) -> Iterator[Cell]:
    own = dict(entry)
    settings = own.pop("backtest", {})
    seeds, name = own.pop("seeds"), own.pop("name", None)
    for seed in seeds:
        config = BacktestConfig.from_dict({**settings, "candidates": candidates})
        yield Cell(name or f"{entry['scenario']}-{seed}", Simulated(seed=seed, **own), config)
