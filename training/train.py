"""Train a model on everything mature, log it, and register it as a new version.

The order matters: fit, then log the run with its model, then register. A run that is stopped before the last
step leaves a failed run in MLflow and no version; the next one starts clean.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import SpecRefused
from models.experiments import log_run, open_tracking
from models.registry import REGISTERED_NAME, register
from models.risk_model import ModelSpec, RiskModel, fit_risk_model
from models.run_items import Metric, RunContent
from records.known import Records
from records.progress import Report, silent
from records.quality import QualityReport, measure_quality
from training.delay import delay_margin
from training.errors import ConfigRefused
from training.labels import end_of_record
from training.learning_rows import LearningRows, learning_rows
from training.log_items import (
    importance_tables,
    mean_metrics,
    quality_metrics,
    quality_text,
    reliability,
    slice_metrics,
    training_facts,
    training_figures,
    yield_by_band,
)
from training.model_card import render_card, summary
from training.splits import Split, SplitPlan, split_at

EXPERIMENT = "trustlane-train"
STAGES = 5


@dataclass(frozen=True)
class TrainConfig:
    """What training is told.

    Parameters
    ----------
    plan : SplitPlan
        Horizon and training dates.
    spec : ModelSpec
        Hyperparameters.
    seed : int
        The same seed, data and machine give the same model.
    record_end : Timestamp, optional
        Learn with what was known then; default: everything known now.
    """

    plan: SplitPlan = field(default_factory=SplitPlan)
    spec: ModelSpec = field(default_factory=ModelSpec)
    seed: int = 7
    record_end: pd.Timestamp | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """The configuration with the tables ``plan`` and ``model`` and the keys ``seed`` and ``record_end``."""
        _only_known("", values, ("plan", "model", "seed", "record_end"))
        plan = values.get("plan", {})
        _only_known("plan.", plan, tuple(entry.name for entry in fields(SplitPlan)))
        try:
            spec = ModelSpec.from_dict(values.get("model", {}))
            end = values.get("record_end")
            record_end = None if end is None else pd.Timestamp(end).as_unit("us")
        except (SpecRefused, ValueError) as problem:
            raise ConfigRefused(f"Training configuration refused: {problem}") from problem
        return cls(SplitPlan(**plan), spec, int(values.get("seed", 7)), record_end)

    @classmethod
    def from_toml(cls, path: Path) -> "TrainConfig":
        """The configuration in a TOML file; ConfigRefused when it cannot be read."""
        try:
            return cls.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise ConfigRefused(f"Expected a TOML file at {path}; got: {problem}. Correct the file.") from problem

    def params(self) -> dict[str, Any]:
        """Flat names and values, as a run logs them."""
        plan = {f"plan.{name}": value for name, value in asdict(self.plan).items()}
        model = {f"model.{name}": value for name, value in self.spec.to_dict().items()}
        return {**plan, **model, "seed": self.seed}


@dataclass(frozen=True)
class TrainResult:
    """A trained and registered model: where it is, and how it did on the calibration slice (means over dates)."""

    version: str
    run_id: str
    model: RiskModel
    metrics: Mapping[str, float]
    split: Split
    tally: Mapping[str, int]


def train_model(
    records: Records,
    config: TrainConfig,
    *,
    tracking_uri: str,
    note: str = "",
    tags: Mapping[str, str] | None = None,
    report: Report = silent,
) -> TrainResult:
    """Fit on the mature past, calibrate on its latest dates, log to MLflow, register a version.

    Parameters
    ----------
    records : Records
        Every row version; only what was known before the record's end is read.
    config : TrainConfig
        Dates, hyperparameters, seed.
    tracking_uri : str
        As :func:`models.experiments.open_tracking` takes it.
    note : str
        Words of the person who trains; they stand first in the run's description.
    tags : mapping, optional
        More tags for run and version.
    report : Report
        Told before each step.

    Raises
    ------
    OriginRefused, TooFewPositives, DelayUnknown
        The record is too short, or holds too few incidents.
    TrackingRefused
        The address cannot be used; checked first, before any work.
    """
    tracking = open_tracking(tracking_uri)
    report("lay out training dates", 0, STAGES)
    origin = config.record_end if config.record_end is not None else end_of_record(records)
    margin = delay_margin(records, record_end=origin)
    split = split_at(origin, config.plan, first_known=records.first_known_at, margin=margin)
    report(f"build features and labels of {len(split.dates)} dates", 1, STAGES)
    rows = learning_rows(records, split, horizon_days=config.plan.horizon_days)
    report("fit the model", 2, STAGES)
    model = fit_risk_model(
        rows.fit,
        rows.calibration,
        config.spec,
        seed=config.seed,
        horizon_days=config.plan.horizon_days,
        data_version=records.data_version,
    )
    found = slice_metrics(model, rows.calibration)
    means = mean_metrics(found)
    model = replace(model, facts={**model.facts, **training_facts(model, rows.calibration, means)})
    report("log the run", 3, STAGES)
    quality = measure_quality(records, origin)
    content = run_content(model, config, split, rows, found, quality, note, tags or {})
    run = log_run(tracking, content, model=model, example=rows.calibration.matrix)
    report("register the version", 4, STAGES)
    version = register(
        tracking_uri, run, model, description=summary(model, means), tags={**_tags(means), **(tags or {})}
    )
    report(f"registered as version {version}", STAGES, STAGES)
    return TrainResult(version, run.run_id, model.named(f"{REGISTERED_NAME}/{version}"), means, split, rows.tally)


def run_content(
    model: RiskModel,
    config: TrainConfig,
    split: Split,
    rows: LearningRows,
    found: tuple[Metric, ...],
    quality: QualityReport,
    note: str,
    tags: Mapping[str, str],
) -> RunContent:
    """Everything the run leaves in MLflow, as values."""
    means = mean_metrics(found)
    features, groups = importance_tables(model)
    overall = tuple(Metric(f"mean.{name}", value) for name, value in means.items())
    words = [
        note,
        summary(model, means),
        "The model card is the artifact `model_card.md`, the record's quality `quality.json`.",
    ]
    return RunContent(
        experiment=EXPERIMENT,
        name=f"train to {split.origin:%Y-%m-%d}",
        note="\n\n".join(part for part in words if part),
        data_version=model.data_version,
        params=config.params() | {"features": len(model.features), "delay_margin_days": split.margin.days},
        tags={"catalog_hash": model.catalog_hash, "bundle_digest": model.digest, "kind": "train", **tags},
        metrics=found + overall + quality_metrics(quality),
        figures=training_figures(model, rows.calibration),
        tables={
            "importance_features": features,
            "importance_groups": groups,
            "reliability": reliability(model, rows.calibration),
            "yield_by_band": yield_by_band(model, rows.calibration),
        },
        texts={"model_card.md": render_card(model, split, rows.tally, means), "quality.json": quality_text(quality)},
        sample=rows.calibration.matrix[list(model.features)].head(200),
    )


def _tags(means: Mapping[str, float]) -> dict[str, str]:
    return {f"calibration_slice.{name}": f"{means[name]:.6f}" for name in ("average_precision", "auc") if name in means}


def _only_known(where: str, values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [f"{where}{name}" for name in values if name not in known]
    if unknown:
        raise ConfigRefused(
            f"Training configuration refused: unknown {', '.join(unknown)}. Expected among {', '.join(known)}."
        )
