"""The ground that tuning may walk on: the record before the untouched origins, and its inner origins.

inner origin | horizon + delay | ... | inner origin | horizon + delay | first untouched origin | ... record's end
"""

from dataclasses import dataclass, replace

import pandas as pd

from models.candidates.classifier import Classifier
from models.spec import ModelSpec, TrainingSlice
from records.known import Records
from records.progress import Report, silent
from training.bench import Arranged, Bench
from training.errors import OriginRefused, TooFewPositives
from training.metrics import Floats, average_precision, gather
from training.thin_origins import LeftOut, at_each_origin
from training.tuning_config import TuningConfig


@dataclass(frozen=True)
class InnerOrigin:
    """One origin's rows, arranged once: what is learned from, who is ranked, what came true."""

    origin: pd.Timestamp
    fit: TrainingSlice
    calibration: TrainingSlice
    matrix: pd.DataFrame
    positive: Floats
    weight: Floats

    @classmethod
    def of(cls, at: Arranged) -> "InnerOrigin":
        """What trials need of an arranged origin."""
        cohort = at.cohort({})
        positive = cohort.positive.astype(float)
        return cls(at.origin, at.rows.fit, at.rows.calibration, at.matrix, positive, cohort.weight)

    def judged(self, spec: ModelSpec, *, seed: int, horizon_days: int) -> float:
        """Average precision of the classifier of a specification."""
        fitted = Classifier(spec).fit(self.fit, self.calibration, seed=seed, horizon_days=horizon_days)
        tied = gather(fitted.rank(self.matrix).rank_value, self.positive, weight=self.weight)
        return float(average_precision(tied).item())


def untouched_origins(records: Records, config: TuningConfig) -> tuple[pd.Timestamp, ...]:
    """The origins kept out: the last of those given, or of the yearly ones that a backtest finds.

    Yearly ones follow from the record's end and its reporting delay, which is all that is read of the whole record.
    """
    told = config.backtest
    origins = told.origins or Bench.of(records, replace(told, last_origins=config.untouched)).origins()
    if len(origins) < config.untouched:
        raise OriginRefused(
            f"Expected {config.untouched} origins to keep out; got {len(origins)} that the record can judge. "
            "Ingest a longer record, or lower tuning.untouched."
        )
    return origins[-config.untouched :]


def cut_before(records: Records, moment: pd.Timestamp) -> Records:
    """The row versions known before a moment; the others are gone."""
    tables = {name: frame[frame["known_at"] < moment].reset_index(drop=True) for name, frame in records.tables.items()}
    stored = None if records.stored is None else cut_before(records.stored, moment)
    return Records(tables, records.data_version, stored)


@dataclass(frozen=True)
class InnerGround:
    """The inner origins that trials are judged at, and those left out for want of positives."""

    origins: tuple[InnerOrigin, ...]
    left_out: tuple[LeftOut, ...]


def inner_origins(
    records: Records, config: TuningConfig, before: pd.Timestamp, *, report: Report = silent
) -> InnerGround:
    """The last yearly origins whose labels are settled before a moment, their rows arranged; thin ones are left out.

    Raises
    ------
    OriginRefused
        Fewer than two that the record can judge: a spread wants two.
    TooFewPositives
        Fewer than two that hold enough positives.
    """
    told = replace(config.backtest, origins=(), last_origins=config.inner, record_end=before)
    bench = Bench.of(cut_before(records, before), told)
    origins = bench.origins()
    if len(origins) < 2:
        raise OriginRefused(
            f"Expected at least 2 inner origins before {before:%Y-%m-%d}; got {len(origins)}. Ingest a longer record, "
            "lower tuning.untouched, or shorten the plan's horizon, history or calibration."
        )

    def arrange(number: int, at: Arranged) -> InnerOrigin:
        report("arrange rows", number, len(origins))
        return InnerOrigin.of(at)

    found, left_out = at_each_origin(bench, origins, arrange)
    report("arrange rows", len(origins), len(origins))
    if len(found) < 2:
        thin = "\n".join(each.line() for each in left_out)
        raise TooFewPositives(
            f"Expected at least 2 inner origins with enough positives before {before:%Y-%m-%d}; got {len(found)}.\n"
            f"{thin}\nIngest a longer record, lower tuning.untouched, or lengthen the plan's horizon."
        )
    return InnerGround(tuple(found), left_out)
