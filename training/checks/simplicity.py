"""How simple a model is: first by how many columns it reads, then by how many numbers it learned.

A person can follow a rule of one column by hand, and argue with it. Leaves and coefficients count alike.
"""

from dataclasses import dataclass

from features.catalog import CATALOG
from models.baselines import make_baseline
from models.baselines.stored import FITTED_NUMBERS
from models.fitted import RiskModel


@dataclass(frozen=True, order=True)
class Simplicity:
    """Less is simpler; with as many of both, neither is.

    Attributes
    ----------
    columns : int
        Catalog columns that it reads.
    numbers : int
        Constants, coefficients and leaves that were learned from the rows.
    """

    columns: int
    numbers: int

    @classmethod
    def of_rule(cls, name: str) -> "Simplicity":
        """Of a baseline, where a program sends everything that it reads."""
        columns = make_baseline(name).reads([feature.name for feature in CATALOG])
        return cls(len(columns), FITTED_NUMBERS[name])

    @classmethod
    def of_model(cls, model: RiskModel) -> "Simplicity":
        """Of a fitted model."""
        return cls(len(model.features), model.part.fitted_numbers)
