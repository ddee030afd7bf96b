"""The bench on which rankings are judged: at each origin what was learned from, who was ranked, what came true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.matrix import build_matrix
from records.known import Records
from training.backtest_config import BacktestConfig
from training.delay import delay_margin
from training.errors import OriginRefused, TooFewPositives
from training.intervals import ParticipantDraws, draw_participants
from training.judging import Cohort, Mask
from training.labels import POSITIVE, build_labels, end_of_record, incident_moments, labelling_tables
from training.learning_rows import LearningRows, learning_rows, spine_at
from training.metrics import Floats
from training.splits import Split, last_mature_date, split_at, yearly_origins

ACTIVE_DAYS = 1825
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
        known_then = delay_margin(self.records, record_end=origin)
        split = split_at(origin, self.config.plan, first_known=self.records.first_known_at, margin=known_then)
        rows = learning_rows(self.records, split, horizon_days=horizon)
        spine = spine_at(self.records, [origin])
        labels = build_labels(self.records, spine, horizon, record_end=self.end, margin=self.margin)
        _require_positives(origin, labels)
        slices = _slices(self.records, spine["participant_id"], origin)
        return Arranged(split, rows, spine, build_matrix(self.records, spine), labels, slices)


@dataclass(frozen=True)
class Arranged:
    """One origin before anything is fitted: rows to learn from, the cohort's matrix, and what came true."""

    split: Split
    rows: LearningRows
    spine: pd.DataFrame
    matrix: pd.DataFrame
    labels: pd.DataFrame
    slices: Mapping[str, Mask]

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
        )


def draws_for(config: BacktestConfig, cohorts: Sequence[Cohort]) -> ParticipantDraws | None:
    """The draws that all origins and rankings share; None when none are asked for."""
    if config.replicates == 0:
        return None
    everyone = np.concatenate([cohort.participant_ids for cohort in cohorts])
    return draw_participants(everyone, replicates=config.replicates, seed=config.seed)


def _slices(records: Records, participant_ids: pd.Series, origin: pd.Timestamp) -> dict[str, Mask]:
    """Everyone; those with an incident in the last five years as known then; those with none at all."""
    last = incident_moments(labelling_tables(records, origin)).groupby("participant_id")["moment"].max()
    latest = participant_ids.map(last)
    active = (latest >= origin - pd.Timedelta(days=ACTIVE_DAYS)).to_numpy(dtype=bool)
    return {
        "all": np.ones(len(participant_ids), dtype=bool),
        f"active_{ACTIVE_DAYS}d": active,
        "without_history": latest.isna().to_numpy(dtype=bool),
    }


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


def _require_positives(origin: pd.Timestamp, labels: pd.DataFrame) -> None:
    counted = labels.loc[labels["weight"] > 0, "label"]
    positives = int((counted == POSITIVE).sum())
    if positives < LEAST_POSITIVES or positives == len(counted):
        raise TooFewPositives(
            f"Expected at least {LEAST_POSITIVES} positive participants and some negative at {origin:%Y-%m-%d}; "
            f"got {positives} of {len(labels)}. Choose another origin or a longer horizon."
        )
