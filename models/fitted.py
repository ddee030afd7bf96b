"""A fitted risk model: margin, probability, expected count, interval, contributions.

Everything is read from a matrix of catalog columns. The margin ranks, whatever part it comes from; the calibrated
probability is shown; contributions add up to the margin exactly.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri, stdtrit

from models.calibration import CountCurve
from models.calibration_choice import Calibrator
from models.carried import Carried
from models.errors import MatrixRefused
from models.own_rates import OwnRates, own_interval
from models.parts.boosted import BoostedPart
from models.parts.part import MarginPart
from models.parts.part import mean_of as _mean
from models.peers import PeerMedians
from models.spec import Array, ModelSpec, Specification
from models.trees import Matrix, Trees
from records.as_found import COUNTED

CONFIDENCE = 0.95
SELF_REPORTS = "self_reports"
"""The fact that says how self-reports count; a model without it was taught, and scores, with all of them."""


@dataclass(frozen=True)
class RiskModel:
    """A fitted model and everything its explanations need. Immutable; the same inputs give the same bytes.

    Parameters
    ----------
    features : tuple of str
        Columns read, in catalog order.
    catalog : tuple of dict
        The catalog's entries of these features as they were at training.
    catalog_hash : str
        Digest of those entries.
    horizon_days : int
        How far ahead the label looked.
    spec, seed : what the fit was told.
    part : MarginPart
        What ranks: boosted trees, a logistic part, a simple rule, or a blend of these.
    replicas : tuple of Trees
        Participant-clustered bootstrap replicas, whose spread is the error of the estimate.
    calibration, counts : maps from the margin to probability and from log-odds to expected incidents.
    own_rates : OwnRates
        How far participants of one score differ in their own rates: the rest of the interval.
    carried : Carried
        What a score is read from, and how much of it must be known of a participant.
    peers : PeerMedians
        Peer medians at the last date seen in training, for explanations without a cohort.
    importance : tuple of float
        Mean absolute contribution of each feature over the last cohort seen in training.
    golden : array of float32, shape (rows, features)
        Rows whose scores are stored beside the model and must come out again.
    data_version : str
        The record it learned from.
    facts : mapping
        What training wants remembered: rows, positives, dates, package versions.
    registered_version : str
        Name and number in the registry; empty before registration.
    """

    features: tuple[str, ...]
    catalog: tuple[dict[str, Any], ...] = field(repr=False)
    catalog_hash: str
    horizon_days: int
    spec: Specification = field(repr=False)
    seed: int
    part: MarginPart = field(repr=False)
    replicas: tuple[Trees, ...] = field(repr=False)
    calibration: Calibrator = field(repr=False)
    counts: CountCurve = field(repr=False)
    own_rates: OwnRates = field(repr=False)
    carried: Carried = field(repr=False)
    peers: PeerMedians = field(repr=False)
    importance: tuple[float, ...] = field(repr=False)
    golden: Matrix = field(repr=False, compare=False)
    data_version: str = "unversioned"
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    registered_version: str = ""

    @property
    def model_version(self) -> str:
        """Name and number in the registry, or the first digits of the digest before registration."""
        return self.registered_version or self.digest[:12]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all content, the registered version left out."""
        return content_digest(self.to_dict(), [trees.text for trees in (*self.trees, *self.replicas)])

    @property
    def trees(self) -> tuple[Trees, ...]:
        """The boosters in the margin; none in a rule or a regression."""
        return self.part.boosters

    @property
    def self_reports(self) -> str:
        """How the record is read that this model scores, one of :data:`records.as_found.TREATMENTS`."""
        return str(self.facts.get(SELF_REPORTS, COUNTED))

    @property
    def kind(self) -> str:
        """What a configuration calls models of this kind."""
        return str(self.spec.to_dict().get("kind", "classifier"))

    def named(self, registered_version: str) -> "RiskModel":
        """The same model under its name in the registry."""
        return replace(self, registered_version=registered_version)

    def values(self, matrix: pd.DataFrame) -> Matrix:
        """The model's columns of ``matrix``, in its own order; MatrixRefused names missing ones."""
        missing = [name for name in self.features if name not in matrix.columns]
        if missing:
            raise MatrixRefused(missing, matrix.shape[1])
        return np.ascontiguousarray(matrix[list(self.features)].to_numpy(dtype=np.float32, na_value=np.nan))

    def margin(self, matrix: pd.DataFrame) -> Array:
        """What ranks: log-odds, or what the kind of the model has in their place, shape (n,)."""
        return self.margin_of(self.values(matrix))

    def margin_of(self, values: Matrix) -> Array:
        """:meth:`margin` of values already in the model's order."""
        return self.part.margin(values)

    def probability(self, margin: Array) -> Array:
        """Calibrated probability of at least one incident within the horizon, shape of ``margin``."""
        return self.calibration.probability(np.asarray(margin, dtype=np.float64))

    def expected_incidents(self, margin: Array) -> Array:
        """Expected incidents within the horizon, shape of ``margin``; never below the probability."""
        return self.counts.expected(self.calibration.log_odds(np.asarray(margin, dtype=np.float64)))

    def interval(self, matrix: pd.DataFrame) -> tuple[Array, Array]:
        """Lower and upper 95 % bounds of each participant's own probability, each of shape (n,)."""
        values = self.values(matrix)
        return self.interval_of(values, self.margin_of(values))

    def interval_of(self, values: Matrix, margin: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
        """:meth:`interval` of values already in the model's order, with their margins.

        Where this participant's *own* probability lies. It differs from the score, which is a mean over participants
        that look alike, by what no record tells (:mod:`models.own_rates`) and by the error of the estimate. Whether an
        incident then happens is a further toss. It always holds the probability.
        """
        away = self._estimate_away(values, margin, confidence)
        return own_interval(self.own_rates, self.calibration.log_odds(margin), away, confidence)

    def mean_interval_of(self, values: Matrix, margin: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
        """Bounds of the *mean* probability of participants that look like each row: the error of the estimate alone."""
        center, away = self.calibration.log_odds(margin), self._estimate_away(values, margin, confidence)
        return np.asarray(expit(center - away)), np.asarray(expit(center + away))

    def _estimate_away(self, values: Matrix, margin: Array, confidence: float) -> Array:
        """Half the width of the estimate's interval in log-odds: resampled participants and the calibration slice."""
        error = self.calibration.error(margin)
        reach = float(ndtri(0.5 + confidence / 2))
        if self.replicas:
            replicas = [trees.margin(values) for trees in self.replicas]
            average = _mean(replicas)
            spread = np.sqrt(_mean([(replica - average) ** 2 for replica in replicas]) * _unbiased(len(replicas)))
            error = np.sqrt(error**2 + (self.calibration.slope(margin) * spread) ** 2)
            reach = float(stdtrit(len(replicas) - 1, 0.5 + confidence / 2))
        return reach * error

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, Array]:
        """Base and exact contributions to the margin, shape (n, features): base + row sum = margin."""
        return self.contributions_of(self.values(matrix))

    def contributions_of(self, values: Matrix) -> tuple[float, Array]:
        """:meth:`contributions` of values already in the model's order."""
        if len(values) == 0:
            return 0.0, np.zeros((0, len(self.features)))
        return self.part.contributions(values)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the boosters' text and the registered version, as plain values.

        The classifier is described as it always was, so that its digest stays; every other kind by its part.
        """
        classifier = isinstance(self.part, BoostedPart) and isinstance(self.spec, ModelSpec)
        linear = self.part.linear if isinstance(self.part, BoostedPart) and classifier else None
        described: dict[str, Any] = {} if classifier else {"part": self.part.to_dict()}
        return described | {
            "features": list(self.features),
            "catalog": [dict(entry) for entry in self.catalog],
            "catalog_hash": self.catalog_hash,
            "horizon_days": self.horizon_days,
            "spec": self.spec.to_dict(),
            "seed": self.seed,
            "trees": len(self.trees),
            "replicas": len(self.replicas),
            "linear": None if linear is None else linear.to_dict(),
            "calibration": self.calibration.to_dict(),
            "counts": self.counts.to_dict(),
            "own_rates": self.own_rates.to_dict(),
            "carried": self.carried.to_dict(),
            "peers": self.peers.to_dict(),
            "importance": list(self.importance),
            "data_version": self.data_version,
            "facts": dict(self.facts),
        }


def content_digest(content: Mapping[str, Any], texts: Sequence[str]) -> str:
    """SHA-256 over a model's plain values, as :meth:`RiskModel.to_dict` gives them, and its boosters' texts."""
    parts = [json.dumps(content, sort_keys=True, separators=(",", ":")), *texts]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _unbiased(count: int) -> float:
    return count / (count - 1)
