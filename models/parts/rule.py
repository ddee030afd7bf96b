"""A margin that is a simple rule of a few columns, with exact reasons by Shapley's values over these columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from models.baselines import Baseline, GivesReasons
from models.baselines.stored import FITTED_NUMBERS, baseline_from, constants_of
from models.spec import Array
from models.trees import Matrix, Trees

RULE = "rule"
LONGEST_DAYS = 36_525.0
"""A hundred years: stands for never where a rule ranks by days."""

RULE_TOLERANCE = 1e-9
"""Special functions of the rules lose some digits, and not the same ones on every processor."""


@dataclass(frozen=True)
class RulePart:
    """A fitted baseline on the columns that it reads, told apart from a reference participant.

    Parameters
    ----------
    rule : Baseline
        Fitted.
    columns : tuple of str
        The catalog columns that it reads, in the order of the values.
    reference : tuple of float or None
        What is usual for each column, None where it is usual not to have a value. Its margin is the base; a reason is
        a departure from it (Shapley 1953; Lundberg and Lee 2017 with one background row).
    """

    rule: Baseline = field(repr=False)
    columns: tuple[str, ...]
    reference: tuple[float | None, ...]

    @property
    def tolerance(self) -> float:
        """Some digits short of float64."""
        return RULE_TOLERANCE

    @property
    def boosters(self) -> tuple[Trees, ...]:
        """None."""
        return ()

    @property
    def fitted_numbers(self) -> int:
        """The rule's constants."""
        return FITTED_NUMBERS[self.rule.name]

    def margin(self, values: Matrix) -> Array:
        """Increases with the rule's rank value, shape (n,)."""
        return finite_margin(self.rule, pd.DataFrame(values, columns=list(self.columns)))

    def contributions(self, values: Matrix) -> tuple[float, Array]:
        """Shapley's value of each column: the mean, over all orders, of what its own value changes.

        Takes ``2 ** columns`` evaluations of the rule, which for the five columns that a rule reads at most are 32.
        """
        told: dict[tuple[int, ...], Array] = {}
        everyone = range(len(self.columns))
        for size in range(len(self.columns) + 1):
            for own in combinations(everyone, size):
                mixed = np.tile(self._usual, (len(values), 1))
                mixed[:, own] = values[:, own]
                told[own] = self.margin(mixed)
        contributions = np.zeros(values.shape)
        for own, after in told.items():
            share = 1.0 / (len(self.columns) * comb(len(self.columns) - 1, len(own) - 1)) if own else 0.0
            for column in own:
                before = told[tuple(each for each in own if each != column)]
                contributions[:, column] += share * (after - before)
        return self._base, contributions

    def words(self) -> str:
        """The rule and its constants."""
        constants = {name: each for name, each in constants_of(self.rule).items() if isinstance(each, int | float)}
        told = ", ".join(f"{name} {each:.4g}" for name, each in constants.items())
        return f"the rule {self.rule.name}" + (f" ({told})" if told else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": RULE,
            "rule": self.rule.name,
            "constants": constants_of(self.rule),
            "columns": list(self.columns),
            "reference": list(self.reference),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "RulePart":
        """The part that :meth:`to_dict` wrote."""
        rule = baseline_from(told["rule"], told["constants"])
        return cls(rule, tuple(told["columns"]), tuple(told["reference"]))

    @cached_property
    def _usual(self) -> Matrix:
        usual = [np.nan if each is None else each for each in self.reference]
        return np.array(usual, dtype=np.float64).astype(np.float32)

    @cached_property
    def _base(self) -> float:
        return float(self.margin(self._usual[None, :])[0])


def finite_margin(rule: Baseline, matrix: pd.DataFrame) -> Array:
    """The rule's own margin where it has one, else its rank value on a log scale; finite, shape (n,)."""
    if isinstance(rule, GivesReasons):
        return rule.margin(matrix)
    value = np.maximum(rule.rank_value(matrix), -LONGEST_DAYS)
    return np.asarray(np.sign(value) * np.log1p(np.abs(value)), dtype=np.float64)


def usual_values(values: Matrix) -> tuple[float | None, ...]:
    """The median of each column, or None where most rows have no value, so that a reference is a usual participant."""
    found: list[float | None] = []
    for column in range(values.shape[1]):
        present = values[~np.isnan(values[:, column]), column]
        found.append(float(np.median(present)) if 2 * len(present) >= len(values) and len(present) else None)
    return tuple(found)
