"""What the simulator can refuse, as one tree.

RecordsError
└── SimulationError
    ├── SimulationRefused   the simulator was asked for a program that it cannot make
    └── UnknownScenario     no scenario of that name
"""

from collections.abc import Iterable

from records.errors import RecordsError


class SimulationError(RecordsError):
    """Anything wrong with a simulation. Messages say: expected, got, do this."""


class SimulationRefused(SimulationError):
    """The simulator was asked for a program that it cannot make."""


class UnknownScenario(SimulationError):
    """No scenario of that name exists."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"Expected a scenario, one of {', '.join(known)}; got {name!r}. Name one of these.")
