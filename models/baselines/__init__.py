"""What a model must beat: rankings that a program could draw with a pencil, and small models.

Each reads a few catalog columns. A baseline has a ``name``, is fitted on the same rows as the model
(most have nothing to fit) and gives a rank value, higher for riskier. Ties are left as ties.
"""

from collections.abc import Callable
from dataclasses import replace

from models.baselines.baseline import Baseline, CountsIncidents, GivesReasons
from models.baselines.bg_nbd import BgNbd
from models.baselines.columns import ALL_TIME, DECAYED, LAST_YEAR, SINCE_LAST
from models.baselines.counts import CountBaseline, PriorRate
from models.baselines.gamma_poisson import GammaPoisson
from models.baselines.random_list import positives_by_lot
from models.baselines.small_logistic import SmallLogistic
from models.baselines.weighted_index import WeightedIndex

__all__ = [
    "BASELINES",
    "Baseline",
    "BgNbd",
    "CountBaseline",
    "CountsIncidents",
    "GammaPoisson",
    "GivesReasons",
    "PriorRate",
    "SmallLogistic",
    "WeightedIndex",
    "all_baselines",
    "make_baseline",
    "positives_by_lot",
]

BASELINES: dict[str, Callable[[], Baseline]] = {
    "prior_rate": PriorRate,
    "prior_year_count": lambda: CountBaseline("prior_year_count", LAST_YEAR),
    "all_time_count": lambda: CountBaseline("all_time_count", ALL_TIME),
    "recency": lambda: CountBaseline("recency", SINCE_LAST, sign=-1.0),
    "decayed_count": lambda: CountBaseline("decayed_count", DECAYED),
    "weighted_index": WeightedIndex,
    "gamma_poisson": GammaPoisson,
    "bg_nbd": BgNbd,
    "logistic": SmallLogistic,
}
"""Makers of the baselines that every backtest prints, by name, in the order of their effort."""


def make_baseline(name: str, horizon_days: float = 365.0) -> Baseline:
    """The baseline of this name, not yet fitted, told the horizon where it does not read it from the labels."""
    baseline = BASELINES[name]()
    return replace(baseline, horizon_days=float(horizon_days)) if isinstance(baseline, BgNbd) else baseline


def all_baselines(horizon_days: float = 365.0) -> tuple[Baseline, ...]:
    """Every baseline, not yet fitted."""
    return tuple(make_baseline(name, horizon_days) for name in BASELINES)
