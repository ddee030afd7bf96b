"""Fitted baselines as plain values, and how many numbers each fits."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast

from models.baselines import BASELINES, Baseline
from models.baselines.weighted_index import PeerMeasures

FITTED_NUMBERS: Mapping[str, int] = {
    "prior_rate": 2,
    "prior_year_count": 0,
    "all_time_count": 0,
    "recency": 0,
    "decayed_count": 0,
    "weighted_index": 1,
    "gamma_poisson": 4,
    "bg_nbd": 4,
    "logistic": 6,
}
"""How many numbers each baseline learns from the rows; the weighted index knows the typical exposure, and peers."""


def constants_of(baseline: Baseline) -> dict[str, Any]:
    """Everything but the name of a fitted baseline, as plain values."""
    told = {entry.name: getattr(baseline, entry.name) for entry in fields(cast(Any, baseline)) if entry.name != "name"}
    return {name: _plain(value) for name, value in told.items()}


def baseline_from(name: str, constants: Mapping[str, Any]) -> Baseline:
    """The fitted baseline of these constants; KeyError or TypeError for a name or a constant that there is not."""
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in constants.items()}
    if "peers" in told:
        told["peers"] = {
            key: PeerMeasures(each["participants"], tuple(each["above_zero"])) for key, each in told["peers"].items()
        }
    return cast(Baseline, replace(cast(Any, BASELINES[name]()), **told))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, PeerMeasures):
        return {"participants": value.participants, "above_zero": list(value.above_zero)}
    return list(value) if isinstance(value, tuple) else value
