"""Gather what the release checks judge: train again, with another seed, a month earlier, without a feature; backtest.

The parts share nothing that they change and run side by side. Costly and free of effects: everything is returned.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from features.matrix import prepare
from models.candidates.from_baseline import BaselineCandidate
from models.errors import MatrixRefused, SliceTooThin
from models.fitted import RiskModel
from models.spec import TrainingSlice
from records.known import Records
from records.progress import Report, silent
from training import metrics
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig
from training.backtest_result import BacktestResult
from training.checks.judged import Judged
from training.checks.leak import Removal
from training.checks.stable import places_compared
from training.delay import delay_margin
from training.disparity import disparity
from training.equal_recall import equal_recall
from training.errors import DelayUnknown, OriginRefused, TooFewPositives
from training.fitting import fit_rows
from training.groups import groups_at
from training.labels import end_of_record
from training.learning_rows import LearningRows, learning_rows
from training.metrics import Floats
from training.parallel import in_parallel
from training.recipe import Recipe
from training.reproduction import Reproduction, reproduce
from training.splits import split_at
from training.stability import Lists, draw_lists
from training.train_config import TrainConfig

CANDIDATE = "version"
SHORT_ORIGINS, DRAWS = 4, 300
"""The most origins, and the draws, of the backtest that is run where a version brings none of its own."""

BLANKED = 5
"""How many of the first features are taken away one by one."""

ASK_AGAIN = 0.3
"""Share of the skill lost by blanking a feature from which on the model is fitted without it."""

TOO_SHORT = (OriginRefused, TooFewPositives, DelayUnknown, SliceTooThin)


@dataclass(frozen=True)
class Evidence:
    """What the checks of one version read.

    Attributes
    ----------
    model : RiskModel
        The version.
    horizon_days : int
    reproduction : Reproduction
        The version trained again, with its training dates and rows.
    lists : Lists
    removals : tuple of Removal
    skill : float
        Average precision above the prior rate on the calibration slice.
    judged : Judged or None
        Its backtest; None where the record cannot judge it, and then ``unjudged`` says why.
    disparity, equal_recall : DataFrame or None
    backtest : BacktestResult or None
        The backtest that was run here; None where the version brought its own.
    """

    model: RiskModel = field(repr=False)
    horizon_days: int
    reproduction: Reproduction = field(repr=False)
    lists: Lists = field(repr=False)
    removals: tuple[Removal, ...]
    skill: float
    judged: Judged | None = field(repr=False)
    disparity: pd.DataFrame | None = field(repr=False)
    equal_recall: pd.DataFrame | None = field(repr=False)
    backtest: BacktestResult | None = field(repr=False)
    unjudged: str = ""


def gather_evidence(
    model: RiskModel, recipe: Recipe, records: Records, judged: Judged | None = None, *, report: Report = silent
) -> Evidence:
    """Everything that the checks of a version read.

    Parameters
    ----------
    model : RiskModel
        The version as it is stored.
    recipe : Recipe
        What its run recorded.
    records : Records
        The record at ``recipe.data_version``.
    judged : Judged, optional
        Its backtest on the same record; a short one is run when None.
    report : Report
        Told how many of the parts are done.
    """
    config = recipe.train_config()
    jobs: dict[str, Callable[[], Any]] = {"backtest": lambda: _backtest(records, config)} if judged is None else {}
    jobs |= {"again": lambda: _again(recipe, records), "earlier": lambda: _earlier(records, config)}
    found = in_parallel(jobs, lambda done, total: report("train again and judge", done, total))
    again, reseeded, removals, skill = found["again"]
    backtest, unjudged = found.get("backtest", (None, ""))
    if backtest is not None:
        judged = Judged.of(backtest, CANDIDATE)
    as_of = again.fitted.split.origin.normalize()
    table, cost = (None, None) if judged is None else _audit(records, judged)
    return Evidence(
        model,
        config.plan.horizon_days,
        again,
        draw_lists(model, reseeded, found["earlier"], prepare(records), as_of),
        removals,
        skill,
        judged,
        table,
        cost,
        backtest,
        unjudged,
    )


def _backtest(records: Records, config: TrainConfig) -> tuple[BacktestResult | None, str]:
    """A backtest of the configured model over as many of the last yearly origins as the record can judge, or why none.

    An early origin may have too little behind it to learn from where a later one has enough.
    """
    asked = BacktestConfig(
        plan=config.plan,
        candidates={CANDIDATE: config.spec},
        replicates=DRAWS,
        seed=config.seed,
        record_end=config.record_end,
    )
    why = ""
    for origins in range(SHORT_ORIGINS, 0, -1):
        try:
            return run_backtest(records, replace(asked, last_origins=origins)), ""
        except TOO_SHORT as problem:
            why = str(problem)
    return None, why


def _again(recipe: Recipe, records: Records) -> tuple[Reproduction, RiskModel, tuple[Removal, ...], float]:
    again = reproduce(recipe, records)
    config, rows = recipe.train_config(), again.fitted.rows
    other = replace(config, seed=config.seed + 1)
    reseeded = fit_rows(rows, other, data_version=records.data_version, replicas=False)
    skill = _skill(again.model.margin(rows.calibration.matrix), rows.calibration)
    return again, reseeded, _removals(again.model, rows, config, skill), skill


def _earlier(records: Records, config: TrainConfig) -> RiskModel | None:
    """The model that the same configuration would have given a month before; None where the record is too short."""
    end = config.record_end if config.record_end is not None else end_of_record(records)
    origin = end - pd.DateOffset(months=1)
    try:
        margin = delay_margin(records, record_end=origin)
        split = split_at(origin, config.plan, first_known=records.first_known_at, margin=margin)
        rows = learning_rows(records, split, horizon_days=config.plan.horizon_days)
        return fit_rows(rows, config, data_version=records.data_version, replicas=False)
    except TOO_SHORT:
        return None


def _removals(model: RiskModel, rows: LearningRows, config: TrainConfig, skill: float) -> tuple[Removal, ...]:
    """What the model loses without each of its first features; a rule reads few by design, and none is removed."""
    if isinstance(config.spec, BaselineCandidate):
        return ()
    values = model.values(rows.calibration.matrix)
    first = np.argsort(-np.asarray(model.importance), kind="stable")[:BLANKED]
    return tuple(_removal(model, rows, config, values, int(place), skill) for place in first) if skill > 0 else ()


def _removal(
    model: RiskModel, rows: LearningRows, config: TrainConfig, values: Any, place: int, skill: float
) -> Removal:
    name, blank = model.features[place], values.copy()
    blank[:, place] = np.nan
    lost = 1 - _skill(model.margin_of(blank), rows.calibration) / skill
    if lost <= ASK_AGAIN or len(model.features) < 2:
        return Removal(name, lost, 1.0 if len(model.features) < 2 else None)
    fit, calibration = (replace(part, matrix=part.matrix.drop(columns=name)) for part in (rows.fit, rows.calibration))
    try:
        without = fit_rows(LearningRows(fit, calibration, rows.tally), config, data_version="", replicas=False)
    except MatrixRefused:
        # A rule in a stack reads this very column: there is no such model without it.
        return Removal(name, lost, None)
    return Removal(name, lost, 1 - _skill(without.margin(calibration.matrix), calibration) / skill)


def _skill(margin: Floats, part: TrainingSlice) -> float:
    """Average precision above the prior rate, in the mean over the dates of a slice."""
    found = []
    for date in np.unique(part.as_of):
        rows = part.as_of == date
        told = metrics.gather(margin[rows], part.positive[rows], weight=part.weight[rows])
        found.append(
            float(metrics.average_precision(told)) - np.average(part.positive[rows], weights=part.weight[rows])
        )
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def _audit(records: Records, judged: Judged) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Disparity at as many places as stability is judged on, and what equal recall would cost there."""
    predictions = judged.predictions
    groups = groups_at(records, predictions)
    capacity = places_compared(round(len(predictions) / max(len(judged.origins), 1)))
    table = disparity(predictions, groups, capacity, DRAWS, 1, ranking=judged.candidate)
    return table, equal_recall(predictions, groups, capacity, ranking=judged.candidate)
