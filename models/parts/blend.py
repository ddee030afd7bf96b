"""A margin that blends other parts: the weighted sum of their calibrated log-odds, with the sum of their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.calibration import Calibration
from models.parts.boosted import EXPONENTIAL_TOLERANCE
from models.parts.part import MarginPart, row_sums
from models.spec import Array
from models.trees import Matrix, Trees

BLEND = "blend"
TOO_NEAR = 1e-9
"""Margins closer to the base than this take the slope of the calibration, not the quotient of two differences."""


@dataclass(frozen=True)
class BlendMember:
    """One part of a blend.

    Parameters
    ----------
    name : str
    weight : float
        At least 0.
    columns : tuple of int
        Which of the blend's columns are its own, in its order.
    calibration : Calibration
        A smooth curve from its margin to log-odds.
    part : MarginPart
    """

    name: str
    weight: float
    columns: tuple[int, ...] = field(repr=False)
    calibration: Calibration = field(repr=False)
    part: MarginPart = field(repr=False)

    def own(self, values: Matrix) -> Matrix:
        """Its own columns of the blend's values."""
        return np.ascontiguousarray(values[:, self.columns])

    def log_odds(self, values: Matrix) -> Array:
        """Weighted calibrated log-odds, shape (n,)."""
        return self.weight * self.calibration.log_odds(self.part.margin(self.own(values)))

    def reasons(self, values: Matrix) -> tuple[float, Array]:
        """Base and contributions to :meth:`log_odds`, shape (n, own columns).

        Through Platt's line a contribution is multiplied by the slope. Through a curve it is multiplied by the
        chord's slope from the base to the margin, the same for all columns of a row (the rescale rule of Shrikumar,
        Greenside and Kundaje 2017): signs and shares stay, and the sum stays exact.
        """
        base, contributions = self.part.contributions(self.own(values))
        at_base = self.calibration.log_odds(np.array([base]))[0]
        margin = base + row_sums(contributions)
        away = margin - base
        near = np.abs(away) < TOO_NEAR
        chord = (self.calibration.log_odds(margin) - at_base) / np.where(near, 1.0, away)
        slope = self.weight * np.where(near, self.calibration.slope(margin), chord)
        return float(self.weight * at_base), slope[:, None] * contributions


@dataclass(frozen=True)
class BlendPart:
    """The sum of the members' weighted log-odds."""

    members: tuple[BlendMember, ...]

    @property
    def tolerance(self) -> float:
        """The widest of its members', and that of their calibrations."""
        return max(EXPONENTIAL_TOLERANCE, *(member.part.tolerance for member in self.members))

    @property
    def boosters(self) -> tuple[Trees, ...]:
        """Those of all members, in their order."""
        return tuple(trees for member in self.members for trees in member.part.boosters)

    @property
    def fitted_numbers(self) -> int:
        """Those of all members, and for each its weight, slopes and intercept."""
        return sum(member.part.fitted_numbers + 4 for member in self.members)

    def margin(self, values: Matrix) -> Array:
        """The weighted sum of calibrated log-odds, shape (n,)."""
        total = np.zeros(len(values))
        for member in self.members:
            total = total + member.log_odds(values)
        return total

    def contributions(self, values: Matrix) -> tuple[float, Array]:
        """Sums of the members' bases and contributions."""
        base, contributions = 0.0, np.zeros(values.shape)
        for member in self.members:
            own_base, own = member.reasons(values)
            base += own_base
            for place, column in enumerate(member.columns):
                contributions[:, column] += own[:, place]
        return base, contributions

    def words(self) -> str:
        """Members with their weights."""
        told = "; ".join(f"{member.weight:.3f} x {member.name}: {member.part.words()}" for member in self.members)
        return f"a blend of {told}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values without the boosters' texts."""
        members = [
            {
                "name": member.name,
                "weight": member.weight,
                "columns": list(member.columns),
                "calibration": member.calibration.to_dict(),
                "part": member.part.to_dict(),
            }
            for member in self.members
        ]
        return {"kind": BLEND, "members": members}


def read_member(told: Mapping[str, Any], part: MarginPart) -> BlendMember:
    """The member that :meth:`BlendPart.to_dict` wrote, with its part read already."""
    calibration = Calibration.from_dict(told["calibration"])
    return BlendMember(told["name"], float(told["weight"]), tuple(told["columns"]), calibration, part)
