"""The whole catalog in a strongly regularized logistic regression, as a candidate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from models.candidates.calibrated import CalibratedRanker, calibrated
from models.candidates.part_scorer import PartScorer
from models.candidates.tree_settings import require_share, require_typed, thinned_and_weighted
from models.errors import SpecRefused
from models.learned_columns import learned_columns, unordered, values_of
from models.parts.additive import AdditivePart
from models.spec import KINDS_OF_CALIBRATION, TrainingSlice

CATALOG_LOGISTIC = "catalog_logistic"


@dataclass(frozen=True)
class CatalogLogistic:
    """:class:`models.candidates.log_logistic.LogLogistic` on every catalog column that varies.

    Parameters
    ----------
    regularization : float
        scikit-learn's C: it multiplies the sum of the losses, so the smaller the stronger.
    negative_share : float
        Of the rows without an incident only this share is learned from, weighted up to stand for all.
    calibration : str
        As in :class:`models.spec.ModelSpec`.
    """

    regularization: float = 0.001
    negative_share: float = 1.0
    calibration: str = "platt"

    def __post_init__(self) -> None:
        require_typed(self)
        require_share(self.negative_share)
        if self.regularization <= 0 or self.calibration not in KINDS_OF_CALIBRATION:
            raise SpecRefused(
                f"Expected regularization over 0 and a calibration among {', '.join(KINDS_OF_CALIBRATION)}; got "
                f"{self.regularization!r} and {self.calibration!r}. Correct them in the configuration."
            )

    @property
    def kind(self) -> str:
        """``catalog_logistic``."""
        return CATALOG_LOGISTIC

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "CatalogLogistic":
        """From its three settings; SpecRefused names any other."""
        known = [entry.name for entry in fields(cls)]
        unknown = sorted(set(table) - set(known))
        if unknown:
            raise SpecRefused(f"Unknown here: {', '.join(unknown)}. Known: {', '.join(known)}.")
        return cls(**table)

    def to_dict(self) -> dict[str, Any]:
        """Kind and settings."""
        return {"kind": self.kind, **asdict(self)}

    def fit(
        self,
        fit: TrainingSlice,
        calibration: TrainingSlice,
        *,
        seed: int,
        horizon_days: int,  # noqa: ARG002 - every candidate is told the same
    ) -> CalibratedRanker:
        """Fit on ``fit`` and calibrate on ``calibration``; only the drawing of negatives reads the seed."""
        # Imported here: a service that scores with trees alone must not wait for scikit-learn.
        from models.candidates.log_logistic import LogLogistic, linear_part

        fit, calibration = fit.counted(), calibration.counted()
        fit.require_both_labels("training")
        calibration.require_both_labels("calibration")
        features = learned_columns(fit, calibration)
        part, weight = thinned_and_weighted(fit, self.negative_share, seed)
        codes = [place for place, feature in enumerate(features) if unordered(feature)]
        estimator = LogLogistic(C=self.regularization, categorical=codes)
        estimator.fit(values_of(part, features), part.positive, sample_weight=weight)
        names = tuple(feature.name for feature in features)
        scorer = PartScorer(names, AdditivePart(linear_part(estimator, values_of(part, features), weight)))
        return calibrated(scorer, calibration, self.calibration)
