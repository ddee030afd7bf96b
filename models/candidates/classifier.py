"""The product's own model, as a candidate among others."""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from models.candidates.candidate import Ranked
from models.risk_model import RiskModel, fit_risk_model
from models.spec import ModelSpec, TrainingSlice

CLASSIFIER = "classifier"


@dataclass(frozen=True)
class Classifier:
    """Boosted trees under monotone constraints, with an additive logistic part where the specification asks for one."""

    spec: ModelSpec = field(default_factory=ModelSpec)

    @property
    def kind(self) -> str:
        """The kind that a table has which names none."""
        return CLASSIFIER

    def to_dict(self) -> dict[str, Any]:
        """The specification's own values, without a kind: that is how they always were written."""
        return self.spec.to_dict()

    def fit(
        self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int, horizon_days: int
    ) -> "FittedClassifier":
        """Fit without replicas: they serve the interval of a probability, and do not move the margin."""
        spec = replace(self.spec, replicas=0)
        return FittedClassifier(fit_risk_model(fit, calibration, spec, seed=seed, horizon_days=horizon_days))


@dataclass(frozen=True)
class FittedClassifier:
    """A risk model that ranks a matrix."""

    model: RiskModel

    def rank(self, matrix: pd.DataFrame) -> Ranked:
        """Margin, probability and expected count of each row."""
        margin = self.model.margin(matrix)
        return Ranked(margin, self.model.probability(margin), self.model.expected_incidents(margin))
