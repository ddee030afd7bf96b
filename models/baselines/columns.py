"""The catalog columns that baselines read, and how they are read."""

import numpy as np
import pandas as pd

from models.errors import MatrixRefused
from models.spec import Array

LAST_YEAR = "incidents_prior_365d"
THREE_YEARS = "incidents_prior_1095d"
ALL_TIME = "incidents_all"
DECAYED = "incidents_decayed_730d"
SINCE_LAST = "days_since_last_incident"
SINCE_FIRST = "days_since_first_incident"
WATCHED = "days_of_record"
SHIPMENTS = "shipments_prior_365d"
SEVERITY_LAST_YEAR = "severity_sum_prior_365d"
SEVERITY_THREE_YEARS = "severity_sum_prior_1095d"
BUSINESS_TYPE = "business_type_code"


def read_column(matrix: pd.DataFrame, name: str) -> Array:
    """One column as float64, shape (n,); MatrixRefused names it when it is not there."""
    if name not in matrix.columns:
        raise MatrixRefused([name], matrix.shape[1])
    return matrix[name].to_numpy(dtype=np.float64, na_value=np.nan)


def read_where_sent(matrix: pd.DataFrame, name: str) -> Array:
    """One column as float64, shape (n,); NaN for everybody in a program that does not send it."""
    return read_column(matrix, name) if name in matrix.columns else np.full(len(matrix), np.nan)


def typical_size(shipments: Array) -> float:
    """Geometric mean of one plus the shipments that are known; 1 when none are."""
    known = shipments[~np.isnan(shipments)]
    return float(np.exp(np.log1p(known).mean())) if len(known) else 1.0
