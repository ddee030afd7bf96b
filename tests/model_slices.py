"""Synthetic slices in real catalog columns: risk grows with the first counts, some cells are unknown; with models."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from features.catalog import CATALOG
from models.risk_model import ModelSpec, RiskModel, TrainingSlice, fit_risk_model
from records.tables import BUSINESS_TYPES

COUNTS = tuple(feature.name for feature in CATALOG if feature.monotone == 1)[:5]
GAPS = tuple(feature.name for feature in CATALOG if feature.monotone == -1)[:2]
FREE = tuple(feature.name for feature in CATALOG if feature.monotone == 0 and feature.categories is None)[:2]
TYPE = next(feature.name for feature in CATALOG if feature.categories == BUSINESS_TYPES)
COLUMNS = tuple(feature.name for feature in CATALOG if feature.name in {*COUNTS, *GAPS, *FREE, TYPE})

QUICK = ModelSpec(
    rounds=25, leaves=4, learning_rate=0.15, l2=1.0, min_child_rows=10, replicas=4, replica_rounds=10, threads=1
)


def make_matrix(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    columns = {name: random.poisson(0.8, rows).astype(float) for name in COUNTS}
    columns |= {name: random.exponential(300.0, rows) for name in GAPS}
    columns |= {name: random.normal(0.0, 1.0, rows) for name in FREE}
    columns[TYPE] = random.integers(0, 4, rows).astype(float)
    matrix = pd.DataFrame(columns).astype("float32")[list(COLUMNS)]
    for name in (*GAPS, TYPE):
        matrix.loc[random.random(rows) < 0.15, name] = np.nan
    return matrix


def make_slice(rows: int, seed: int, year: int) -> TrainingSlice:
    random = np.random.default_rng([seed, 1])
    matrix = make_matrix(rows, seed)
    log_odds = -2.2 + 0.7 * matrix[COUNTS[0]] + 0.3 * matrix[COUNTS[1]] + 0.6 * (matrix[TYPE] == 2)
    log_odds -= 0.002 * matrix[GAPS[0]].fillna(300)
    incidents = random.poisson(np.log1p(np.exp(log_odds.to_numpy())))
    return TrainingSlice(
        matrix=matrix,
        positive=incidents > 0,
        incidents=incidents.astype(float),
        weight=np.ones(rows),
        groups=np.array([f"P{number % (rows // 2):04d}" for number in range(rows)], dtype=object),
        as_of=np.array([f"{year}-01-01", f"{year}-07-01"], dtype="datetime64[us]")[np.arange(rows) // (rows // 2) % 2],
    )


@cache
def slices() -> tuple[TrainingSlice, TrainingSlice]:
    return make_slice(2000, 3, 2019), make_slice(1200, 4, 2021)


@cache
def quick_model() -> RiskModel:
    train, calibration = slices()
    return fit_risk_model(train, calibration, QUICK, seed=1, data_version="synthetic")


@cache
def blended_model() -> RiskModel:
    """Three bags, a linear part, beta calibration, refitted: everything a specification can ask for."""
    train, calibration = slices()
    spec = replace(QUICK, bags=3, linear_weight=0.4, calibration="beta", refit=True)
    return fit_risk_model(train, calibration, spec, seed=2, data_version="synthetic")
