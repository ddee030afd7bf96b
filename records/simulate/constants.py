"""What the simulator settled for one program beside its participants: enough to reason back from its records.

Written as ``truth/constants.json``. It says nothing of any participant.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from records.simulate.calendar import Calendar, make_calendar
from records.simulate.geography import CorridorRisk
from records.simulate.incidents import World
from records.simulate.scenarios import Scenario

CONSTANTS = "constants.json"


@dataclass(frozen=True)
class Constants:
    """The constants of a program.

    Attributes
    ----------
    scenario : Scenario
        Its assumptions.
    calendar : Calendar
        When its record begins and ends.
    baseline, spread, center : float
        Log-intensity in use is ``baseline + spread * (log_lambda - center)``.
    corridors, later_corridors : CorridorRisk
        The effects drawn for its corridors; the later ones only where risk drifts.
    """

    scenario: Scenario
    calendar: Calendar
    baseline: float
    spread: float
    center: float
    corridors: CorridorRisk
    later_corridors: CorridorRisk | None

    @classmethod
    def of(cls, world: World, baseline: float, spread: float) -> "Constants":
        """The constants of a world, calibrated to ``baseline`` and ``spread``."""
        center = float(world.log_lambda.mean())
        settled = (world.scenario, world.calendar, baseline, spread, center)
        return cls(*settled, world.corridors, world.later_corridors)

    def plain(self) -> dict[str, Any]:
        """Values that JSON and :meth:`from_plain` take."""
        return {
            "scenario": asdict(self.scenario),
            "end": str(self.calendar.end),
            "years": self.calendar.months // 12,
            "baseline": self.baseline,
            "spread": self.spread,
            "center": self.center,
            "corridors": _listed(self.corridors),
            "later_corridors": None if self.later_corridors is None else _listed(self.later_corridors),
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Constants":
        """The constants with these plain values."""
        later = values["later_corridors"]
        return cls(
            Scenario(**values["scenario"]),
            make_calendar(date.fromisoformat(values["end"]), values["years"]),
            values["baseline"],
            values["spread"],
            values["center"],
            _corridors(values["corridors"]),
            None if later is None else _corridors(later),
        )


def read_constants(truth_dir: Path) -> Constants:
    """The constants in a program's truth folder."""
    return Constants.from_plain(json.loads((truth_dir / CONSTANTS).read_text(encoding="utf-8")))


def _listed(corridors: CorridorRisk) -> dict[str, list[Any]]:
    parts = {"country": corridors.country, "port": corridors.port, "group_office": corridors.group_office}
    return {name: values.tolist() for name, values in parts.items()}


def _corridors(listed: Mapping[str, list[Any]]) -> CorridorRisk:
    return CorridorRisk(**{name: np.array(values, dtype=np.float64) for name, values in listed.items()})
