"""Train a model on everything mature, log it, and register it as a new version.

The order matters: fit, then log the run with its model, then register. A run that is stopped before the last
step leaves a failed run in MLflow and no version; the next one starts clean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.experiments import open_tracking
from models.registry import REGISTERED_NAME
from models.risk_model import RiskModel
from models.run_items import Metric, RunContent
from models.unsent import Outgoing, Registration, log_or_keep
from records.known import Records
from records.progress import Report, silent
from records.quality import QualityReport, measure_quality
from training.fitting import Fitted, fit_version
from training.log_items import (
    importance_tables,
    quality_metrics,
    quality_text,
    reliability,
    training_figures,
    yield_by_band,
)
from training.model_card import render_card, summary
from training.recipe import DIGEST_TAG, RECIPE, Recipe, recipe_of
from training.splits import Split
from training.train_config import TrainConfig

__all__ = ["TrainConfig", "TrainResult", "train_model"]

EXPERIMENT = "trustlane-train"
STAGES = 4
EXAMPLES = 5
"""Rows shown as the model's input example."""


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
    unsent: Path = Path(".trustlane/unsent"),
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
    unsent : Path
        Folder that keeps the run when a tracking server is away.
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
    RunKept
        The tracking server is away: the run is kept whole in ``unsent``, and registered when it is sent.
    """
    tracking = open_tracking(tracking_uri)
    fitted = fit_version(records, config, report=lambda stage, done, _: report(stage, done, STAGES))
    report("log the run and register the version", 3, STAGES)
    quality = measure_quality(records, fitted.split.origin)
    recipe = recipe_of(fitted.model, config)
    content = run_content(fitted, config, quality, recipe, note, tags or {})
    kept = {**_tags(fitted.means), DIGEST_TAG: recipe.digest, **(tags or {})}
    registration = Registration(summary(fitted.model, fitted.means), kept)
    outgoing = Outgoing(content, fitted.model, fitted.rows.calibration.matrix.head(EXAMPLES), registration)
    sent = log_or_keep(tracking, outgoing, unsent)
    run, version = sent.run, str(sent.version)
    report(f"registered as version {version}", STAGES, STAGES)
    named = fitted.model.named(f"{REGISTERED_NAME}/{version}")
    return TrainResult(version, run.run_id, named, fitted.means, fitted.split, fitted.rows.tally)


def run_content(
    fitted: Fitted,
    config: TrainConfig,
    quality: QualityReport,
    recipe: Recipe,
    note: str,
    tags: Mapping[str, str],
) -> RunContent:
    """Everything the run leaves in MLflow, as values."""
    model, split, rows, means = fitted.model, fitted.split, fitted.rows, fitted.means
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
        tags={
            "catalog_hash": model.catalog_hash,
            "bundle_digest": model.digest,
            DIGEST_TAG: recipe.digest,
            "kind": "train",
            **tags,
        },
        metrics=fitted.found + overall + quality_metrics(quality),
        figures=training_figures(model, rows.calibration),
        tables={
            "importance_features": features,
            "importance_groups": groups,
            "reliability": reliability(model, rows.calibration),
            "yield_by_band": yield_by_band(model, rows.calibration),
        },
        texts={
            "model_card.md": render_card(model, split, rows.tally, means, tags),
            "quality.json": quality_text(quality),
            RECIPE: recipe.to_json(),
        },
        sample=rows.calibration.matrix[list(model.features)].head(200),
    )


def _tags(means: Mapping[str, float]) -> dict[str, str]:
    return {f"calibration_slice.{name}": f"{means[name]:.6f}" for name in ("average_precision", "auc") if name in means}
