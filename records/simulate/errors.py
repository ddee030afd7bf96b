"""What the simulator can refuse, as one tree.

RecordsError
└── SimulationRefused     the simulator was asked for what it cannot make
    └── UnknownScenario   no scenario of that name
"""

from collections.abc import Iterable

from records.errors import RecordsError


class SimulationRefused(RecordsError):
    """The simulator was asked for a program that it cannot make."""


class UnknownScenario(SimulationRefused):
    """No scenario of that name exists."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"Expected a scenario, one of {', '.join(known)}; got {name!r}. Name one of these.")
