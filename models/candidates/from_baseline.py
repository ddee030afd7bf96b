"""A baseline as a candidate: the same order, with a calibrated probability and an expected count."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from models.baselines import BASELINES, Baseline, GivesReasons, make_baseline
from models.candidates.calibrated import CalibratedRanker, calibrated
from models.errors import SpecRefused
from models.spec import KINDS_OF_CALIBRATION, Array, TrainingSlice

LONGEST_DAYS = 36_525.0
"""A hundred years: stands for never where a baseline ranks by days."""


@dataclass(frozen=True)
class BaselineCandidate:
    """A baseline by its name.

    Parameters
    ----------
    kind : str
        Name of the baseline.
    calibration : str
        As in :class:`models.spec.ModelSpec`. Most baselines know only an order, so the shape is looked for by default.
    """

    kind: str
    calibration: str = "chosen"

    def __post_init__(self) -> None:
        if self.kind not in BASELINES:
            raise SpecRefused(f"Expected a baseline among {', '.join(BASELINES)}; got {self.kind!r}. Correct the kind.")
        if self.calibration not in KINDS_OF_CALIBRATION:
            raise SpecRefused(
                f"Expected a calibration among {', '.join(KINDS_OF_CALIBRATION)}; got {self.calibration!r}. "
                "Correct it in the configuration."
            )

    def to_dict(self) -> dict[str, Any]:
        """Kind and calibration."""
        return {"kind": self.kind, "calibration": self.calibration}

    def fit(
        self,
        fit: TrainingSlice,
        calibration: TrainingSlice,
        *,
        seed: int,  # noqa: ARG002 - every candidate is told the same
        horizon_days: int,
    ) -> CalibratedRanker:
        """Calibrate what ``fit`` taught on ``calibration``, then let the few constants learn from both.

        The seed is not used: nothing here is drawn.
        """
        baseline = make_baseline(self.kind, horizon_days)
        level = calibrated(BaselineScorer(baseline.fit(fit)), calibration, self.calibration)
        return replace(level, scorer=BaselineScorer(baseline.fit(fit.joined(calibration))))


@dataclass(frozen=True)
class BaselineScorer:
    """The finite margin of a fitted baseline: its own where it has one, else its rank value on a log scale."""

    baseline: Baseline

    def margin(self, matrix: pd.DataFrame) -> Array:
        """Increases with the rank value, shape (n,)."""
        if isinstance(self.baseline, GivesReasons):
            return self.baseline.margin(matrix)
        value = np.maximum(self.baseline.rank_value(matrix), -LONGEST_DAYS)
        return np.asarray(np.sign(value) * np.log1p(np.abs(value)), dtype=np.float64)
