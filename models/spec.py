"""What a fit is told: the hyperparameters, and the rows it learns from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import SliceTooThin, SpecRefused
from models.typed import wrongly_typed

Array = NDArray[np.float64]

KINDS_OF_CALIBRATION = ("platt", "beta", "isotonic", "venn_abers", "chosen")
LATER: Mapping[str, Any] = {"negative_share": 1.0}
"""Hyperparameters that came later, with the value that means what was done before."""


class Specification(Protocol):
    """What a fit was told: the classifier's specification, or a candidate of another kind."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the key ``kind`` for every kind but the classifier."""
        ...


@dataclass(frozen=True)
class ModelSpec:
    """Hyperparameters of a risk model.

    The margin is the mean of ``bags`` boosters, blended with an additive logistic part:
    ``(1 - linear_weight) * trees + linear_weight * linear``. Small and strongly regularized by
    default: more rounds and more leaves made every list worse that was tried.

    Parameters
    ----------
    rounds, leaves, learning_rate, l2, min_child_rows, min_child_weight, feature_fraction, bagging_fraction, \
    extra_trees, path_smooth, max_bin : LightGBM's parameters under whole words.
    bags : int
        Boosters averaged in the margin. With more than one, each learns from ``bag_fraction`` of the
        participants, all of their dates together.
    monotone : bool
        Hold the catalog's monotone directions, in the trees and in the linear part.
    linear_weight, linear_l2 : float
        Share of the linear part in the margin, and its ridge penalty per unit of the total weight.
    calibration : {"platt", "beta", "isotonic", "venn_abers", "chosen"}
        Map from margin to probability. The first two rise strictly, the others in steps; ``"chosen"`` takes the one
        with the least log loss on the later of the calibration dates.
    replicas, replica_rounds, replica_leaves, replica_learning_rate, replica_negative_share
        Participant-clustered bootstrap replicas behind the interval. Of the participants that were never
        positive only this share is drawn, and weighted up; 0 replicas leave the calibration's own error only.
    refit : bool
        After calibration, learn the trees once more from training and calibration rows together.
    threads : int
        Threads of one fit. Trees this small gain little from a second one, and lose much on a busy machine.
    negative_share : float
        Of the negative rows only this share, drawn by the seed, teaches the trees; the margin is then lowered by its
        logarithm (prior correction: King and Zeng 2001), so that it stays the log-odds of the whole program.
    """

    rounds: int = 150
    leaves: int = 6
    learning_rate: float = 0.05
    l2: float = 20.0
    min_child_rows: int = 100
    min_child_weight: float = 1.0
    feature_fraction: float = 0.6
    bagging_fraction: float = 0.8
    extra_trees: bool = False
    path_smooth: float = 0.0
    max_bin: int = 63
    bags: int = 1
    bag_fraction: float = 0.7
    monotone: bool = True
    linear_weight: float = 0.0
    linear_l2: float = 1e-3
    calibration: Literal["platt", "beta", "isotonic", "venn_abers", "chosen"] = "platt"
    replicas: int = 16
    replica_rounds: int = 60
    replica_leaves: int = 6
    replica_learning_rate: float = 0.12
    replica_negative_share: float = 0.3
    refit: bool = False
    threads: int = 1
    negative_share: float = 1.0

    def __post_init__(self) -> None:
        wrong = wrongly_typed(self) or [
            f"{name}={getattr(self, name)!r} (expected {expected})"
            for name, good, expected in (
                ("rounds", self.rounds >= 1, "at least 1"),
                ("leaves", self.leaves >= 2, "at least 2"),
                ("learning_rate", 0 < self.learning_rate <= 1, "in (0, 1]"),
                ("l2", self.l2 >= 0, "at least 0"),
                ("min_child_rows", self.min_child_rows >= 0, "at least 0"),
                ("min_child_weight", self.min_child_weight >= 0, "at least 0"),
                ("path_smooth", self.path_smooth >= 0, "at least 0"),
                ("max_bin", self.max_bin >= 2, "at least 2"),
                ("bags", self.bags >= 1, "at least 1"),
                ("bag_fraction", 0 < self.bag_fraction <= 1, "in (0, 1]"),
                ("feature_fraction", 0 < self.feature_fraction <= 1, "in (0, 1]"),
                ("bagging_fraction", 0 < self.bagging_fraction <= 1, "in (0, 1]"),
                ("linear_weight", 0 <= self.linear_weight <= 1, "from 0 to 1"),
                ("linear_l2", self.linear_l2 >= 0, "at least 0"),
                ("calibration", self.calibration in KINDS_OF_CALIBRATION, " or ".join(KINDS_OF_CALIBRATION)),
                ("replicas", self.replicas == 0 or self.replicas >= 4, "0 or at least 4"),
                ("replica_rounds", self.replica_rounds >= 1, "at least 1"),
                ("replica_leaves", self.replica_leaves >= 2, "at least 2"),
                ("replica_learning_rate", 0 < self.replica_learning_rate <= 1, "in (0, 1]"),
                ("replica_negative_share", 0 < self.replica_negative_share <= 1, "in (0, 1]"),
                ("threads", self.threads >= 1, "at least 1"),
                ("negative_share", 0 < self.negative_share <= 1, "in (0, 1]"),
            )
            if not good
        ]
        if wrong:
            raise SpecRefused(f"Model specification refused: {'; '.join(wrong)}. Correct it in the configuration.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ModelSpec":
        """The specification with these values; SpecRefused names every key that it does not have."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise SpecRefused(f"Unknown in a model specification: {', '.join(unknown)}. Known: {', '.join(known)}.")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as :meth:`from_dict` reads them.

        What came later than the first release is left out at its default, so that the digest of a model, and a
        backtest of a specification, stay what they were.
        """
        return {name: value for name, value in asdict(self).items() if LATER.get(name) != value}


@dataclass(frozen=True)
class TrainingSlice:
    """Mature rows to learn from: matrix, label, count, weight, whose and when, all of one length n.

    Parameters
    ----------
    matrix : DataFrame
        n rows of catalog columns.
    positive : array of bool, shape (n,)
        At least one incident in the horizon.
    incidents : array of float, shape (n,)
        How many.
    weight : array of float, shape (n,)
        Inverse probability of not being censored; 1 where nothing was censored.
    groups : array of str, shape (n,)
        The participant: resampling draws whole participants.
    as_of : array of datetime64, shape (n,)
        The moment of prediction.
    event_days : array of float, shape (n,), optional
        Days from the moment to the first incident in the horizon; NaN without one. Only hazards read them.
    """

    matrix: pd.DataFrame
    positive: NDArray[np.bool_]
    incidents: Array
    weight: Array
    groups: NDArray[Any]
    as_of: NDArray[np.datetime64]
    event_days: Array | None = None

    def __post_init__(self) -> None:
        names = ("matrix", "positive", "incidents", "weight", "groups", "as_of", "event_days")
        lengths = {name: len(getattr(self, name)) for name in names if getattr(self, name) is not None}
        if len(set(lengths.values())) > 1:
            raise SliceTooThin(f"Expected arrays of one length in a slice; got {lengths}.")

    def __len__(self) -> int:
        return len(self.positive)

    def counted(self) -> "TrainingSlice":
        """The rows that carry weight: the others are not yet known, and their labels mean nothing."""
        return self.rows(np.asarray(self.weight) > 0)

    def rows(self, kept: NDArray[np.bool_]) -> "TrainingSlice":
        """The rows that ``kept`` marks."""
        return TrainingSlice(
            self.matrix[kept],
            np.asarray(self.positive)[kept],
            np.asarray(self.incidents, dtype=np.float64)[kept],
            np.asarray(self.weight, dtype=np.float64)[kept],
            np.asarray(self.groups)[kept],
            np.asarray(self.as_of, dtype="datetime64[us]")[kept],
            None if self.event_days is None else np.asarray(self.event_days, dtype=np.float64)[kept],
        )

    def joined(self, later: "TrainingSlice") -> "TrainingSlice":
        """The rows of both slices, these first; columns as in this one."""
        return TrainingSlice(
            pd.concat([self.matrix, later.matrix[list(self.matrix.columns)]], ignore_index=True),
            np.concatenate([self.positive, later.positive]),
            np.concatenate([self.incidents, later.incidents]),
            np.concatenate([self.weight, later.weight]),
            np.concatenate([np.asarray(self.groups), np.asarray(later.groups)]),
            np.concatenate([np.asarray(self.as_of), np.asarray(later.as_of)]),
            None
            if self.event_days is None or later.event_days is None
            else np.concatenate([self.event_days, later.event_days]),
        )

    def require_both_labels(self, name: str) -> None:
        """SliceTooThin when no row, no positive or no negative row carries weight."""
        positives = int((self.positive & (self.weight > 0)).sum())
        negatives = int((~self.positive & (self.weight > 0)).sum())
        if positives == 0 or negatives == 0:
            raise SliceTooThin(
                f"Expected positive and negative rows in the {name} slice; got {positives} positive and {negatives} "
                "negative. Ingest a longer record, or choose more or earlier origins."
            )
