"""The risk model and how it is fitted: trees under monotone constraints, calibrated on a later slice."""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from features.catalog import Feature, catalog_hash
from models.calibration import CountCurve, fit_counts
from models.calibration_choice import CalibrationChoice, Calibrator, Margins, calibrate
from models.carried import Carried, carried_by
from models.errors import SliceTooThin
from models.fitted import RiskModel
from models.learned_columns import learned_columns, unordered, values_of
from models.linear import LinearPart, fit_linear
from models.own_rates import ALL_ALIKE, fit_own_rates
from models.own_rates_check import check_own_rates
from models.parts.boosted import BoostedPart
from models.peers import peer_column, peer_medians
from models.replicas import grow_replicas
from models.spec import Array, ModelSpec, TrainingSlice
from models.trees import TreeData, Trees, TreeShape, bin_rows, grow_trees
from records.progress import Report, silent
from records.tables import BUSINESS_TYPES

__all__ = ["ModelSpec", "RiskModel", "TrainingSlice", "fit_risk_model", "unordered"]

GOLDEN_ROWS = 12
VERSIONED = ("lightgbm", "numpy", "pandas", "scipy")


def fit_risk_model(
    train: TrainingSlice,
    calibration: TrainingSlice,
    spec: ModelSpec,
    *,
    seed: int,
    horizon_days: int = 365,
    data_version: str = "unversioned",
    report: Report = silent,
) -> RiskModel:
    """Fit a risk model on ``train`` and calibrate it on ``calibration``.

    Features are the catalog's columns that are present and vary in training.

    Parameters
    ----------
    train, calibration : TrainingSlice
        Mature rows in catalog columns. Calibration dates must be later than training dates: a model
        calibrated on rows it learned from believes itself too much.
    spec : ModelSpec
        Hyperparameters.
    seed : int
        The same seed, data and machine give the same model, byte for byte.
    horizon_days, data_version
        How far ahead the labels looked and the record behind them; stored, not used.
    report : Report
        Told before each part of the fit.

    Raises
    ------
    SliceTooThin
        A slice lacks positives or negatives, no feature varies, or calibration is not later.
    MatrixRefused
        The calibration matrix lacks a feature of the training matrix.
    """
    train, calibration = train.counted(), calibration.counted()
    require_order(train, calibration)
    features = learned_columns(train, calibration)
    report("grow the trees", 0, 3)
    taught = thinned(train, spec.negative_share, seed)
    data, trees = _grow(taught, features, spec, seed)
    linear = _linear(train, features, spec) if spec.linear_weight > 0 else None
    part = BoostedPart(trees, linear, spec.linear_weight, spec.negative_share)
    report("calibrate on the later slice", 1, 3)
    margin = part.margin(values_of(calibration, features))
    curve, counts, choice = calibrated_margin(margin, calibration, spec.calibration)
    if spec.refit:
        learned = train.joined(calibration)
        taught = thinned(learned, spec.negative_share, seed)
        data, trees = _grow(taught, features, spec, seed)
        linear = _linear(learned, features, spec) if linear is not None else None
        part = replace(part, trees=trees, linear=linear)
    report("grow the replicas of the interval", 2, 3)
    _, member = np.unique(taught.groups, return_inverse=True)
    replicas = tuple(grow_replicas(data, member, taught.positive, seed=seed))
    report("remember the last cohort", 3, 3)
    model = RiskModel(
        features=tuple(feature.name for feature in features),
        catalog=tuple(feature.definition() for feature in features),
        catalog_hash=catalog_hash(features),
        horizon_days=horizon_days,
        spec=spec,
        seed=seed,
        part=part,
        replicas=replicas,
        calibration=curve,
        counts=counts,
        own_rates=ALL_ALIKE,
        carried=Carried(()),
        peers=peer_medians(np.zeros((0, len(features)), dtype=np.float32), None),
        importance=(),
        golden=np.zeros((0, len(features)), dtype=np.float32),
        data_version=data_version,
        facts={"calibration_choice": choice.to_dict()} if choice.log_loss else {},
    )
    return remembered(with_own_rates(model, margin, calibration), train, calibration)


def require_order(train: TrainingSlice, calibration: TrainingSlice) -> None:
    """SliceTooThin unless both slices have both labels, and every calibration date is later than the training's."""
    train.require_both_labels("training")
    calibration.require_both_labels("calibration")
    last, first = train.as_of.max(), calibration.as_of.min()
    if first <= last:
        raise SliceTooThin(
            f"Expected every calibration date later than the last training date {str(last)[:10]}; "
            f"got {str(first)[:10]}. Give later origins to calibration."
        )


def thinned(part: TrainingSlice, negative_share: float, seed: int) -> TrainingSlice:
    """All positive rows and a share of the negative ones, drawn by the seed; the slice itself for a share of 1."""
    if negative_share == 1.0:
        return part
    drawn = np.random.default_rng([seed, 2]).random(len(part)) < negative_share
    fewer = part.rows(part.positive | drawn)
    fewer.require_both_labels("thinned training")
    return fewer


def _grow(
    part: TrainingSlice, features: Sequence[Feature], spec: ModelSpec, seed: int
) -> tuple[TreeData, tuple[Trees, ...]]:
    data = bin_rows(
        values_of(part, features),
        part.positive,
        part.weight,
        features=[feature.name for feature in features],
        monotone=[feature.monotone for feature in features],
        categorical=[feature.name for feature in features if unordered(feature)],
        spec=spec,
        seed=seed,
    )
    shape = TreeShape(spec.rounds, spec.leaves, spec.learning_rate)
    if spec.bags == 1:
        return data, (grow_trees(data, shape, seed=seed),)
    names, member = np.unique(part.groups, return_inverse=True)
    bags = []
    for number in range(spec.bags):
        drawn = np.random.default_rng([seed, 0, number]).random(len(names)) < spec.bag_fraction
        rows = np.flatnonzero(drawn[member])
        bags.append(grow_trees(data, shape, seed=seed + number, rows=rows))
    return data, tuple(bags)


def _linear(part: TrainingSlice, features: Sequence[Feature], spec: ModelSpec) -> LinearPart:
    return fit_linear(
        values_of(part, features),
        part.positive,
        part.weight,
        monotone=[feature.monotone if spec.monotone else 0 for feature in features],
        categorical=[unordered(feature) for feature in features],
        l2=spec.linear_l2,
    )


def calibrated_margin(
    margin: Array, part: TrainingSlice, kind: str
) -> tuple[Calibrator, CountCurve, CalibrationChoice]:
    """What a later slice teaches about margins: their probability, their expected count, and how it was chosen."""
    rows = Margins(margin, part.positive, part.weight, part.groups, part.as_of)
    calibration, choice = calibrate(rows, kind)
    counts = fit_counts(calibration.log_odds(margin), np.asarray(part.incidents, dtype=np.float64), part.weight)
    return calibration, counts, choice


def with_own_rates(model: RiskModel, margin: Array, part: TrainingSlice) -> RiskModel:
    """The model with the spread of own rates that a later slice teaches, and what its counts tell of that.

    ``margin`` is that of a model which did not learn from the slice.
    """
    probability, incidents = model.probability(margin), np.asarray(part.incidents, dtype=np.float64)
    checked = check_own_rates(probability, incidents, part.weight, part.groups)
    own_rates = fit_own_rates(probability, incidents, part.weight)
    return replace(model, own_rates=own_rates, facts={**model.facts, "interval_coverage": checked})


def remembered(model: RiskModel, train: TrainingSlice, calibration: TrainingSlice) -> RiskModel:
    """Keep what explanations, pages and golden rows need of the last cohort seen."""
    latest = model.values(calibration.matrix[calibration.as_of == calibration.as_of.max()])
    order = np.argsort(model.margin_of(latest), kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, GOLDEN_ROWS).round().astype(int))
    categories = [None if entry["categories"] is None else tuple(entry["categories"]) for entry in model.catalog]
    _, contributions = model.contributions_of(latest)
    importance = tuple(float(value) for value in np.abs(contributions).mean(axis=0))
    return replace(
        model,
        peers=peer_medians(latest, peer_column(categories, BUSINESS_TYPES)),
        importance=importance,
        carried=carried_by(importance, latest),
        golden=latest[order[places]],
        facts={**model.facts, **_facts(train, calibration)},
    )


def _facts(train: TrainingSlice, calibration: TrainingSlice) -> dict[str, Any]:
    facts: dict[str, Any] = {
        f"{name}_{what}": value
        for name, part in (("training", train), ("calibration", calibration))
        for what, value in (
            ("rows", len(part)),
            ("positives", int(part.positive.sum())),
            ("participants", len(np.unique(part.groups))),
            ("first_as_of", str(part.as_of.min())[:10]),
            ("last_as_of", str(part.as_of.max())[:10]),
        )
    }
    return facts | {"versions": {package: importlib.metadata.version(package) for package in VERSIONED}}
