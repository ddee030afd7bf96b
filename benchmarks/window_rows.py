"""The rows that every engine of windowed sums starts from: unsorted, with integers for participants."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.matrix_world import YEARS, Size
from features.moments import DAY, FOREVER

WINDOWS = (90, 180, 365, 1095, None)
MEASURES = (
    "incidents",
    "severity_sum",
    "grave_incidents",
    "drug_incidents",
    "smuggling_incidents",
    "cargo_integrity_incidents",
    "discovered_incidents",
    "affected_kg",
)
FIRST_DAY = 16_800
"""The first day of the made-up incidents, counted from 1970: in 2015."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Unsorted incident versions and the spine, with participants as integers for every engine alike."""

    participant: Ints
    known_from: Ints
    known_until: Ints
    occurred: Ints
    amounts: dict[str, npt.NDArray[np.float64]]
    participants: int
    spine_participant: Ints
    as_of: Ints
    columns: int = len(MEASURES) * len(WINDOWS)

    @property
    def wanted(self) -> list[tuple[str, int | None]]:
        """The columns to compute: the first ``columns`` of every measure in every window, one window after another."""
        return [(name, window) for window in WINDOWS for name in self.amounts][: self.columns]

    def leaves(self, window: int | None) -> Ints:
        """When each version leaves a window."""
        if window is None:
            return self.known_until
        return np.minimum(self.known_until, np.maximum(self.known_from, self.occurred + window * DAY))


def made_up_rows(size: Size, *, seed: int, columns: int = len(MEASURES) * len(WINDOWS)) -> Rows:
    """Incidents in random order, known late, 2 in 100 superseded; a heavy tail of busy participants.

    The spine holds everyone at equally spaced moments, the last half of the record's years long.
    """
    draw = np.random.default_rng(seed)
    share = draw.pareto(1.5, size.participants) + 0.1
    occurred = FIRST_DAY + draw.integers(0, YEARS * 365, size.incidents)
    known_from = occurred + np.floor(draw.exponential(25, size.incidents)).astype(np.int64)
    superseded = draw.random(size.incidents) < 0.02
    until = np.where(superseded, (known_from + draw.integers(1, 400, size.incidents)) * DAY, FOREVER)
    severity = draw.integers(1, 11, size.incidents).astype(np.float64)
    kind = draw.integers(0, 10, size.incidents)
    amounts = {
        "incidents": np.ones(size.incidents),
        "severity_sum": severity,
        "grave_incidents": (severity >= 7).astype(np.float64),
        "drug_incidents": (kind < 4).astype(np.float64),
        "smuggling_incidents": (kind == 5).astype(np.float64),
        "cargo_integrity_incidents": (kind > 7).astype(np.float64),
        "discovered_incidents": (draw.random(size.incidents) < 0.9).astype(np.float64),
        "affected_kg": np.round(draw.exponential(20, size.incidents) * 8) / 8,
    }
    moments = np.linspace(FIRST_DAY + YEARS * 365 // 2, FIRST_DAY + YEARS * 365, size.dates).astype(np.int64) * DAY
    return Rows(
        draw.choice(size.participants, size.incidents, p=share / share.sum()),
        known_from * DAY,
        until,
        occurred * DAY,
        amounts,
        size.participants,
        np.tile(np.arange(size.participants), size.dates),
        np.repeat(moments, size.participants),
        columns,
    )
