"""The bench on which rankings are judged: at each origin what was learned from, who was ranked, what came true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.matrix import build_matrix
from records.as_found import treated
from records.known import Records
from training.backtest_config import BacktestConfig
from training.delay import delay_margin, delay_margin_interval
from training.errors import OriginRefused, TooFewPositives
from training.forecasts import Reference
from training.intervals import ParticipantDraws, draw_participants
from training.judging import Cohort, Mask
from training.labels import POSITIVE, build_labels, end_of_record
from training.learning_rows import LearningRows, learning_rows, spine_at
from training.metrics import Floats
from training.severity import severity_in_window
from training.slices import Names, main_slices, profile_groups
from training.splits import Split, last_mature_date, split_at, yearly_origins
from training.usual_order import UsualOrder, usual_order

LEAST_POSITIVES = 5
"""Positives wanted at an origin; with fewer, precision and recall say nothing."""


@dataclass(frozen=True)
class Bench:
    """What stays the same at every origin: the record, when it ends, how late it is, what was asked."""

    records: Records
    config: BacktestConfig
    end: pd.Timestamp
    margin: pd.Timedelta

    @classmethod
    def of(cls, records: Records, config: BacktestConfig) -> "Bench":
        """The bench for a record."""
        end = config.record_end or end_of_record(records)
        return cls(records, config, end, delay_margin(records, record_end=end))

    def origins(self) -> tuple[pd.Timestamp, ...]:
        """The configured origins, or the last yearly ones; OriginRefused when one is not mature or too early."""
        origins = self.config.origins or yearly_origins(
            self.end,
            self.config.plan,
            first_known=self.records.first_known_at,
            margin=self.margin,
            most=self.config.last_origins,
        )
        _require_mature(origins, self)
        return origins

    def arranged(self, origin: pd.Timestamp) -> "Arranged":
        """Everything that fitting and judging need at an origin.

        Raises
        ------
        OriginRefused
            The record before the origin is too short to learn from.
        TooFewPositives
            The origin or a training slice holds too few positives.
        """
        horizon = self.config.plan.horizon_days
        if origin <= self.records.first_known_at:
            raise OriginRefused(
                f"Expected an origin after the record begins ({self.records.first_known_at:%Y-%m-%d}); got "
                f"{origin:%Y-%m-%d}. Choose a later origin, or ingest an older record."
            )
        known_then = delay_margin(self.records, record_end=origin)
        split = split_at(origin, self.config.plan, first_known=self.records.first_known_at, margin=known_then)
        rows = learning_rows(self.records, split, horizon_days=horizon)
        spine = spine_at(self.records, [origin])
        labels = build_labels(self.records, spine, horizon, record_end=self.end, margin=self.margin)
        require_positives(origin, labels)
        people = spine["participant_id"]
        return Arranged(
            split=split,
            rows=rows,
            spine=spine,
            matrix=build_matrix(treated(self.records, split.self_reports), spine),
            labels=labels,
            slices=main_slices(self.records, people, origin),
            kinds=profile_groups(self.records, people, origin),
            severity=severity_in_window(self.records, spine, horizon, record_end=self.end),
            usual=usual_order(self.records, people, origin),
        )

    def margin_interval(self, record_end: pd.Timestamp) -> tuple[pd.Timedelta, pd.Timedelta]:
        """The interval of the reporting delay as known at a moment."""
        return delay_margin_interval(self.records, record_end=record_end, seed=self.config.seed)


@dataclass(frozen=True)
class Arranged:
    """One origin before anything is fitted: rows to learn from, the cohort's matrix, and what came true.

    ``kinds`` names each participant's groups, ``severity`` holds the points of its incidents in the window, and
    ``usual`` is the order of examining without a model.
    """

    split: Split
    rows: LearningRows
    spine: pd.DataFrame
    matrix: pd.DataFrame
    labels: pd.DataFrame
    slices: Mapping[str, Mask]
    kinds: Mapping[str, Names]
    severity: Floats | None
    usual: UsualOrder

    @property
    def reference(self) -> Reference:
        """The share positive and incidents a row in what is learned from: all that was known of everybody."""
        known = self.rows.recorded
        whole = float(known.weight.sum())
        positive = float((known.weight * known.positive).sum())
        return Reference(positive / whole, float((known.weight * known.incidents).sum()) / whole)

    @property
    def origin(self) -> pd.Timestamp:
        """The moment of the ranking."""
        return self.split.origin

    def cohort(
        self,
        rankings: Mapping[str, Floats],
        probabilities: Mapping[str, Floats] = MappingProxyType({}),
        expected_counts: Mapping[str, Floats] = MappingProxyType({}),
    ) -> Cohort:
        """The cohort as these rankings placed it."""
        return Cohort(
            origin=self.origin,
            participant_ids=self.spine["participant_id"].to_numpy(dtype=object),
            positive=(self.labels["label"] == POSITIVE).to_numpy(dtype=bool),
            incidents=self.labels["incidents"].fillna(0.0).to_numpy(dtype=np.float64),
            weight=self.labels["weight"].to_numpy(dtype=np.float64),
            slices=self.slices,
            rankings=rankings,
            probabilities=probabilities,
            expected_counts=expected_counts,
            severity=self.severity,
            usual_order=self.usual.rank_value,
            reference=self.reference,
        )


def draws_for(config: BacktestConfig, cohorts: Sequence[Cohort]) -> ParticipantDraws | None:
    """The draws that all origins and rankings share; None when none are asked for."""
    if config.replicates == 0:
        return None
    everyone = np.concatenate([cohort.participant_ids for cohort in cohorts])
    return draw_participants(everyone, replicates=config.replicates, seed=config.seed)


def _require_mature(origins: Sequence[pd.Timestamp], bench: Bench) -> None:
    horizon = pd.Timedelta(days=bench.config.plan.horizon_days)
    young = [origin for origin in origins if not origin + horizon + bench.margin < bench.end]
    if young:
        last = last_mature_date(bench.end, horizon.days, bench.margin)
        raise OriginRefused(
            f"Expected origins whose window of {horizon.days} days and reporting delay of {bench.margin.days} days end "
            f"before the record does ({bench.end:%Y-%m-%d}); got {', '.join(f'{each:%Y-%m-%d}' for each in young)}. "
            f"Leave them out: the last possible origin is {last:%Y-%m-%d}."
        )


def require_positives(origin: pd.Timestamp, labels: pd.DataFrame) -> None:
    """TooFewPositives when a cohort's labels hold too few positives to judge by, or a single class."""
    counted = labels.loc[labels["weight"] > 0, "label"]
    positives = int((counted == POSITIVE).sum())
    if positives < LEAST_POSITIVES or positives == len(counted):
        raise TooFewPositives(
            f"Expected at least {LEAST_POSITIVES} positive participants and some negative at {origin:%Y-%m-%d}; "
            f"got {positives} of {len(labels)}. Choose another origin or a longer horizon."
        )
