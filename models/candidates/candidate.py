"""What a candidate is: something that is described by a table, fitted on two slices, and then ranks and forecasts."""

from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from models.spec import Array, TrainingSlice


@dataclass(frozen=True)
class Ranked:
    """What is said of each row of a matrix; every array has shape (n,).

    ``rank_value`` is higher for riskier, and alone decides the order. ``probability`` is that of at least one incident
    in the horizon; ``expected_incidents`` the mean number in it, None from a candidate that claims none.
    """

    rank_value: Array
    probability: Array
    expected_incidents: Array | None


class Ranker(Protocol):
    """A fitted candidate."""

    def rank(self, matrix: pd.DataFrame) -> Ranked:
        """What it says of each row; MatrixRefused when a column that it reads is missing."""
        ...


class Candidate(Protocol):
    """A candidate that is not fitted yet."""

    @property
    def kind(self) -> str:
        """What a configuration calls candidates of this kind."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain values with the kind, as :func:`models.candidates.kinds.candidate_from_table` reads them."""
        ...

    def fit(self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int, horizon_days: int) -> Ranker:
        """Learn from ``fit``, calibrate on ``calibration``, whose dates are later.

        The same slices and seed give the same ranker. Raises SliceTooThin when a slice cannot carry the fit.
        """
        ...
