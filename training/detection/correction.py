"""Risk irrespective of effort: rows weighted so that a candidate learns what would be found at a common effort.

Incidents are found where one looks. With d the chance of a finding at a row's effort over that at the common effort,
the inverse propensity weight of a finding is 1 / d (Horvitz and Thompson 1952), and that of a row without one is 1.
Both are stabilized by d:

    weight of a row with a finding       1
    weight of a row without a finding    d

A finding counts once wherever it was made, and finding nothing counts by how hard one looked. For rare findings this is
the likelihood of a Poisson rate with d as its exposure: the odds learned are those at the common effort. Any candidate
can learn from such rows, and its margin is the corrected ranking.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.spec import TrainingSlice
from records.known import Records
from training.detection.discovery import Discovery, fit_discovery
from training.detection.effort import effort_in_windows
from training.detection.propensity import Propensity, fit_propensity
from training.learning_rows import LearningRows
from training.metrics import Floats

LEAST, MOST = 0.4, 2.5
"""Bounds of d. A chance cannot exceed 1, so d has an upper end that the record does not tell; and a single finding
where one hardly looks must not stand for ten. Wider bounds (0.2 to 4) gained as much in the first places of simulated
programs, and harmed the order below them more."""


@dataclass(frozen=True)
class Correction:
    """Who is examined, and how far findings follow it: fitted on the rows that a model learns from.

    Attributes
    ----------
    propensity : Propensity
    discovery : Discovery
    held : float
        Share of the rows learned from whose d lies outside the bounds and is held at them.
    effective_rows : float
        What the rows without a finding are worth after weighting, as a share of their number (Kish 1965).
    """

    propensity: Propensity
    discovery: Discovery
    held: float
    effective_rows: float

    def relative(self, matrix: pd.DataFrame) -> Floats:
        """Chance of a finding at each row's expected effort over that at the common one, within the bounds."""
        return truncated(self.discovery.relative(self.propensity.rate(matrix)))

    def corrected(self, part: TrainingSlice) -> TrainingSlice:
        """The slice with its rows weighted."""
        return replace(part, weight=effort_weights(part.positive, part.weight, self.relative(part.matrix)))

    def corrected_rows(self, rows: LearningRows) -> LearningRows:
        """Both slices with their rows weighted."""
        return LearningRows(self.corrected(rows.fit), self.corrected(rows.calibration), rows.tally)


def fit_correction(
    records: Records, rows: LearningRows, origin: pd.Timestamp, horizon_days: int, *, seed: int
) -> Correction:
    """Learn propensity and discovery from learning rows, their windows as known at ``origin``.

    Raises
    ------
    EffortUnknown
        The record tells too little about who was examined.
    MissingTable
        It has no exposures.
    """
    both = rows.fit.joined(rows.calibration)
    effort = effort_in_windows(records, both.groups, both.as_of, horizon_days, record_end=origin)
    fitting = np.arange(len(both)) < len(rows.fit)
    propensity = fit_propensity((rows.fit, effort.rows(fitting)), (rows.calibration, effort.rows(~fitting)), seed=seed)
    rate = propensity.rate(both.matrix)
    discovery = fit_discovery(rate, effort.by_exam, effort.otherwise, both.weight, propensity.mean)
    relative = discovery.relative(rate)
    weight = effort_weights(both.positive, both.weight, truncated(relative))[~both.positive]
    return Correction(
        propensity,
        discovery,
        held=float(np.mean((relative < LEAST) | (relative > MOST))),
        effective_rows=effective_size(weight) / max(int((~both.positive).sum()), 1),
    )


def effort_weights(positive: npt.NDArray[np.bool_], weight: Floats, relative: Floats) -> Floats:
    """Stabilized inverse propensity weights: of a finding its own weight, of none its own weight times ``relative``."""
    return np.where(positive, weight, weight * relative)


def truncated(relative: Floats) -> Floats:
    """``relative`` within the bounds."""
    return np.clip(relative, LEAST, MOST)


def effective_size(weight: Floats) -> float:
    """How many equally weighted rows are worth as much: the squared sum over the sum of squares; 0 for none."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def at_common_effort(probability: Floats, relative: Floats) -> Floats:
    """A probability of a finding at the row's effort, carried over to the common effort.

    Findings are Poisson with rate intensity x d: 1 - (1 - p) ** (1 / d). The two-stage reading of a score that was not
    corrected; as a ranking it is less steady than learning from weighted rows, because what a model failed to learn of
    effort is taken away all the same.
    """
    return np.asarray(-np.expm1(np.log1p(-np.clip(probability, 0.0, 1 - 1e-12)) / relative), dtype=np.float64)
