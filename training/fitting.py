"""From a record and a configuration to a fitted model, as values: the part of training that decides its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from models.candidates.registered import fit_model
from models.fitted import SELF_REPORTS, RiskModel
from models.run_items import Metric
from records.as_found import COUNTED
from records.known import Records
from records.progress import Report, silent
from training.delay import delay_margin
from training.labels import end_of_record
from training.learning_rows import LearningRows, learning_rows
from training.log_items import mean_metrics, slice_metrics, training_facts
from training.splits import Split, split_at
from training.train_config import TrainConfig

STAGES = 3


@dataclass(frozen=True)
class Fitted:
    """A model, what it learned from, and how it did on its calibration slice.

    Attributes
    ----------
    model : RiskModel
    split : Split
    rows : LearningRows
    found : tuple of Metric
        By calibration date.
    means : mapping
        The same in the mean over dates.
    """

    model: RiskModel
    split: Split
    rows: LearningRows = field(repr=False)
    found: tuple[Metric, ...] = field(repr=False)
    means: Mapping[str, float] = field(repr=False)


def fit_version(records: Records, config: TrainConfig, *, report: Report = silent) -> Fitted:
    """Fit on the mature past and calibrate on its latest dates; the same arguments give the same bytes.

    Raises
    ------
    OriginRefused, TooFewPositives, DelayUnknown
        The record is too short, or holds too few incidents.
    """
    report("lay out training dates", 0, STAGES)
    origin = config.record_end if config.record_end is not None else end_of_record(records)
    margin = delay_margin(records, record_end=origin)
    split = split_at(origin, config.plan, first_known=records.first_known_at, margin=margin)
    report(f"build features and labels of {len(split.dates)} dates", 1, STAGES)
    rows = learning_rows(records, split, horizon_days=config.plan.horizon_days)
    report("fit the model", 2, STAGES)
    model = fit_rows(rows, config, data_version=records.data_version)
    found = slice_metrics(model, rows.calibration)
    means = mean_metrics(found)
    model = replace(model, facts={**model.facts, **training_facts(model, rows.calibration, means)})
    report("fitted", STAGES, STAGES)
    return Fitted(model, split, rows, found, means)


def fit_rows(rows: LearningRows, config: TrainConfig, *, data_version: str, replicas: bool = True) -> RiskModel:
    """Fit the configured model, of whatever kind, on these rows.

    ``replicas`` serve the interval of a probability only; without them a fit is quicker and its margin the same.
    """
    model = fit_model(
        rows.fit,
        rows.calibration,
        config.spec,
        seed=config.seed,
        horizon_days=config.plan.horizon_days,
        data_version=data_version,
        replicas=replicas,
    )
    how = config.plan.self_reports
    return model if how == COUNTED else replace(model, facts={**model.facts, SELF_REPORTS: how})
