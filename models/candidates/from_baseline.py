"""A baseline as a candidate: the same order, with a calibrated probability and an expected count."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from models.baselines import BASELINES, Baseline, make_baseline
from models.candidates.calibrated import CalibratedRanker, calibrated
from models.candidates.part_scorer import PartScorer, in_catalog_order, read_values
from models.errors import SpecRefused
from models.parts.rule import RulePart, usual_values
from models.spec import KINDS_OF_CALIBRATION, TrainingSlice


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
        last = calibration.matrix[np.asarray(calibration.as_of == calibration.as_of.max())]
        level = calibrated(_scorer(baseline.fit(fit), last), calibration, self.calibration)
        return replace(level, scorer=_scorer(baseline.fit(fit.joined(calibration)), last))


def _scorer(baseline: Baseline, last: pd.DataFrame) -> PartScorer:
    """The fitted baseline on its columns, with what is usual in the last cohort as the reference of its reasons."""
    columns = in_catalog_order(baseline.reads(last.columns))
    return PartScorer(columns, RulePart(baseline, columns, usual_values(read_values(last, columns))))
