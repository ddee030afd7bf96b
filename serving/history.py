"""One participant's scores at earlier dates, by the present model on the record as it was known then."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.matrix import Prepared, build_matrix
from models.cohort_view import days_of_record, prepared_of
from models.risk_model import RiskModel


@dataclass(frozen=True)
class PastScore:
    """A score at one date: probability and its 95 % interval, each from 0 to 1."""

    as_of: pd.Timestamp
    probability: float
    lower: float
    upper: float


def past_moments(as_of: pd.Timestamp, first: pd.Timestamp, count: int = 12) -> list[pd.Timestamp]:
    """Up to ``count`` moments that end at ``as_of``: the firsts of the months before it, not before ``first``."""
    months = pd.date_range(end=as_of - pd.Timedelta(days=1), periods=count - 1, freq="MS")
    return [*(month.normalize() for month in months if month >= first), as_of]


def score_history(
    model: RiskModel, prepared: Prepared, participant_id: str, moments: Sequence[pd.Timestamp]
) -> list[PastScore]:
    """Scores of one participant at the moments at which enough was known of it, from one matrix of as many rows."""
    prepared = prepared_of(model, prepared)
    spine = pd.DataFrame({"participant_id": participant_id, "as_of": pd.Series(list(moments), dtype="datetime64[us]")})
    matrix = build_matrix(prepared, spine, features=list(model.features))
    days = np.array([days_of_record(prepared, [participant_id], moment)[0] for moment in moments])
    enough = model.carried.enough(model.catalog, model.values(matrix), days)
    probability = model.probability(model.margin(matrix))
    lower, upper = model.interval(matrix)
    return [
        PastScore(moment, float(p), float(low), float(high))
        for moment, p, low, high, known in zip(moments, probability, lower, upper, enough, strict=True)
        if known
    ]
