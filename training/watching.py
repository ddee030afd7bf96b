"""How probable it is to be still watched when a label is settled, estimated from rows in one place or in many.

The curve is that of Kaplan and Meier over the days since as_of. All that it needs of the rows are counts by day, and
counts of parts add up: whoever adds them gets the same curve, bit for bit, as from all rows together.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """How often each value occurs; values ascend."""

    values: Floats = field(default_factory=lambda: np.zeros(0))
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def of(cls, values: Floats) -> "Tally":
        """Count the values."""
        found, counts = np.unique(values, return_counts=True)
        return cls(found, counts.astype(np.int64))

    def __add__(self, other: "Tally") -> "Tally":
        values, place = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        counts = np.zeros(values.size, dtype=np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return Tally(values, counts)

    def below(self, limits: Floats) -> npt.NDArray[np.int64]:
        """How many values lie below each limit."""
        running = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.counts)])
        return running[np.searchsorted(self.values, limits, side="left")]

    def at(self, values: Floats) -> npt.NDArray[np.int64]:
        """How often each of the values occurs."""
        running = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.counts)])
        return running[np.searchsorted(self.values, values, side="right")] - self.below(values)


@dataclass(frozen=True)
class Watch:
    """What the curve is estimated from: of counted rows, days to the end of watching, to leaving, to an incident.

    Attributes
    ----------
    until : Tally
        Days to the incident, to leaving or to the horizon, whichever comes first.
    left : Tally
        Days to leaving, of those that left before their label was settled.
    met : Tally
        Days to the incident, of those that had one.
    """

    until: Tally = field(default_factory=Tally)
    left: Tally = field(default_factory=Tally)
    met: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, event_days: Floats, leaving_days: Floats, horizon_days: float, counted: Flags) -> "Watch":
        """Count the rows; parameters as of :func:`training.labels.watching_weights`."""
        event, leaving, settled = _settled(event_days, leaving_days, horizon_days)
        until = np.minimum(np.minimum(event, leaving), horizon_days)
        return cls(
            Tally.of(until[counted]),
            Tally.of(leaving[counted & ~settled]),
            Tally.of(event[counted & settled & (event < horizon_days)]),
        )

    def __add__(self, other: "Watch") -> "Watch":
        return Watch(self.until + other.until, self.left + other.left, self.met + other.met)

    def weights(self, event_days: Floats, leaving_days: Floats, horizon_days: float, counted: Flags) -> Floats:
        """Inverse probability of being still watched when each label was settled; 0 where it never was."""
        event, leaving, settled = _settled(event_days, leaving_days, horizon_days)
        until = np.minimum(np.minimum(event, leaving), horizon_days)
        times = self.left.values
        # Watched at t and able to leave at t: settled or left at t or later, less those settled exactly at t.
        at_risk = int(self.until.counts.sum()) - self.until.below(times) - self.met.at(times)
        watched = np.append(1.0, np.cumprod(1.0 - self.left.counts / np.maximum(at_risk, 1)))
        just_before = watched[np.searchsorted(times, until, side="left")]
        carries = counted & settled
        return np.where(carries, 1.0 / np.where(carries, just_before, 1.0), 0.0)


def _settled(event_days: Floats, leaving_days: Floats, horizon_days: float) -> tuple[Floats, Floats, Flags]:
    event = np.where(np.isnan(event_days), np.inf, event_days)
    leaving = np.where(np.isnan(leaving_days), np.inf, leaving_days)
    settled = (event <= leaving) & (event < horizon_days) | (leaving >= horizon_days)
    return event, leaving, settled
