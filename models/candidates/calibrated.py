"""A margin with its calibration: probability and expected count of whatever ranks."""

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from models.calibration import CountCurve
from models.calibration_choice import CalibrationChoice, Calibrator
from models.candidates.candidate import Ranked
from models.risk_model import calibrated_margin
from models.spec import Array, TrainingSlice


class Scorer(Protocol):
    """Something that gives a finite margin to each row."""

    def margin(self, matrix: pd.DataFrame) -> Array:
        """Higher is riskier, shape (n,), finite."""
        ...


@dataclass(frozen=True)
class CalibratedRanker:
    """Ranks by the scorer's margin, forecasts by what a later slice taught about margins."""

    scorer: Scorer
    calibration: Calibrator
    counts: CountCurve
    choice: CalibrationChoice

    def rank(self, matrix: pd.DataFrame) -> Ranked:
        """Margin, calibrated probability and expected count of each row."""
        margin = self.scorer.margin(matrix)
        log_odds = self.calibration.log_odds(margin)
        return Ranked(margin, self.calibration.probability(margin), self.counts.expected(log_odds))


def calibrated(scorer: Scorer, part: TrainingSlice, kind: str) -> CalibratedRanker:
    """Calibrate a scorer on a slice that it did not learn from."""
    return CalibratedRanker(scorer, *calibrated_margin(scorer.margin(part.matrix), part, kind))
