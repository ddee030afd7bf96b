"""Rows of own history: matrices, slices, and a Gamma-Poisson program with known rates."""

import numpy as np
import pandas as pd

from models.spec import TrainingSlice


def matrix_of(**columns):
    size = len(next(iter(columns.values())))
    base = {
        "incidents_prior_365d": np.zeros(size),
        "incidents_prior_1095d": np.zeros(size),
        "incidents_all": np.zeros(size),
        "incidents_decayed_730d": np.zeros(size),
        "days_since_last_incident": np.full(size, np.nan),
        "days_of_record": np.full(size, 2000.0),
    }
    return pd.DataFrame(base | columns).astype("float32")


def slice_of(matrix, incidents):
    size = len(matrix)
    return TrainingSlice(
        matrix=matrix,
        positive=np.asarray(incidents) > 0,
        incidents=np.asarray(incidents, dtype=float),
        weight=np.ones(size),
        groups=np.arange(size).astype(str),
        as_of=np.full(size, np.datetime64("2020-01-01", "us")),
    )


def program(seed, size=20_000, *, shape=0.3, rate=2.0, power=0.0):
    """Participants with Gamma rates, a decayed history simulated over ten years, and the year after."""
    rng = np.random.default_rng(seed)
    shipments = np.exp(rng.normal(4, 1, size))
    exposure = ((1 + shipments) / np.exp(np.log1p(shipments).mean())) ** power
    frailty = rng.gamma(shape, 1 / rate, size) * exposure
    years = 10
    yearly = rng.poisson(frailty[:, None], (size, years))
    age = np.arange(years)[::-1] + 0.5
    decayed = (yearly * 2.0 ** (-age / 2)).sum(axis=1)
    matrix = matrix_of(
        incidents_prior_365d=yearly[:, -1],
        incidents_prior_1095d=yearly[:, -3:].sum(axis=1),
        incidents_all=yearly.sum(axis=1),
        incidents_decayed_730d=decayed,
        days_since_last_incident=np.where(yearly.any(axis=1), 365 * (np.argmax(yearly[:, ::-1] > 0, 1) + 0.5), np.nan),
        shipments_prior_365d=shipments,
        days_of_record=np.full(size, 3650.0),
    )
    return slice_of(matrix, rng.poisson(frailty)), frailty
