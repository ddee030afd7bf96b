"""One figure of the quality report: what it is, whose it is, what it should be, and the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["incomplete", "inconsistent", "missing", "duplicate", "link", "lateness", "arrival", "unseen", "outlier"]
Status = Literal["met", "missed", "no target", "not applicable", "cannot tell"]
Unit = Literal["share", "days", "count"]

NOBODY = "not assigned"
"""The owner of a figure for which nobody answers yet."""


@dataclass(frozen=True)
class Target:
    """What a figure should be, and who answers for it. Exactly one of the bounds is given."""

    metric: str
    at_most: float | None = None
    at_least: float | None = None
    owner: str = ""
    declared: bool = False

    def holds(self, value: float) -> bool:
        """Whether ``value`` is within the bound."""
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is None or value >= self.at_least


@dataclass(frozen=True)
class Trend:
    """A figure among the things of the last 12 months, and of the 12 before; None where there were none."""

    recent: float | None = None
    before: float | None = None


@dataclass(frozen=True)
class Metric:
    """One figure.

    ``value`` is in ``unit`` (a share in 0-1), None where it cannot be told; ``numerator`` of ``denominator`` are the
    rows that it counts. ``examples`` are the first of the rows behind it: table, key, day, source, detail. ``note``
    says why there is no value, or on what it rests.
    """

    id: str
    kind: Kind
    title: str
    why: str
    value: float | None
    unit: Unit = "share"
    numerator: int | None = None
    denominator: int | None = None
    owner: str = NOBODY
    target: Target | None = None
    status: Status = "no target"
    trend: Trend = field(default_factory=Trend)
    examples: tuple[Mapping[str, str], ...] = ()
    note: str = ""


def judge(value: float | None, target: Target | None, *, absent: Status = "cannot tell") -> Status:
    """Whether a target is met; ``absent`` is what it is called when there is no value."""
    if value is None:
        return absent
    if target is None:
        return "no target"
    return "met" if target.holds(value) else "missed"
