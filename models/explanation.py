"""Reasons: exact contributions to the margin, summed into governed factor groups, phrased, with evidence.

Contributions are LightGBM's own (exact TreeSHAP given the path through the trees), so base + all
contributions = margin. They are kept to ten decimals: the law holds within 1e-6, and the stored text is half as long.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import CATALOG, FAMILIES
from features.phrases import phrase
from models.fitted import RiskModel
from models.peers import PeerMedians
from models.spec import Array
from models.trees import Matrix

DECIMALS = 10
FLOOR = 0.05
"""Log-odds below which a factor is not named as a reason: it multiplies the odds by less than 1.05."""
MOST_REASONS = 5

FEATURES = {feature.name: feature for feature in CATALOG}

Evidence = Mapping[str, Sequence[str]]
"""Incident ids behind each feature, newest first."""


@dataclass(frozen=True)
class FeatureReason:
    """One feature's part: its value, what is usual among peers, what it adds to the margin."""

    name: str
    phrase: str
    unit: str
    value: float | None
    peer_median: float | None
    contribution: float


@dataclass(frozen=True)
class FactorReason:
    """One factor group's part. ``probability_without`` is approximate: the margin less this contribution."""

    family: str
    title: str
    contribution: float
    phrase: str
    probability_without: float
    evidence: tuple[str, ...]
    features: tuple[FeatureReason, ...]


@dataclass(frozen=True)
class Explanation:
    """One participant's score at one moment and everything behind it.

    ``factors`` holds all groups by size of contribution (ties in catalog order); ``raising`` and ``mitigating``
    at most five each, over a floor. ``residual`` is base + contributions - margin.
    """

    participant_id: str
    as_of: pd.Timestamp
    base: float
    margin: float
    probability: float
    lower: float
    upper: float
    expected_incidents: float
    rank: int | None
    percentile: float | None
    cohort_size: int | None
    rated: bool
    not_rated_reason: str
    factors: tuple[FactorReason, ...]
    raising: tuple[FactorReason, ...]
    mitigating: tuple[FactorReason, ...]
    residual: float
    model_version: str
    data_version: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values; ``as_of`` as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class Grouped:
    """Contributions of n rows summed into the model's factor groups.

    Parameters
    ----------
    families : tuple of str
        Groups that the model reads, in catalog order.
    members : tuple of tuple of int
        Positions of each group's features.
    shown, peers, contributions : arrays of shape (n, features)
        Values and peer medians as they are written, and the contributions.
    sums, without : arrays of shape (n, groups)
        Contribution of each group, and the calibrated probability without it.
    """

    model: RiskModel
    base: float
    families: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    shown: Array
    peers: Array
    contributions: Array
    sums: Array
    without: Array

    def order(self, row: int) -> NDArray[np.intp]:
        """Groups of one row by size of contribution; ties keep catalog order."""
        return np.argsort(-np.abs(self.sums[row]), kind="stable")


def group_contributions(model: RiskModel, values: Matrix, margin: Array, peers: PeerMedians) -> Grouped:
    """Contributions of each row, by factor group. ``values`` in the model's order, ``margin`` of the same rows."""
    base, contributions = model.contributions_of(values)
    contributions = np.round(contributions, DECIMALS)
    family_of = [entry["family"] for entry in model.catalog]
    families = tuple(family for family in FAMILIES if family in family_of)
    members = tuple(tuple(place for place, family in enumerate(family_of) if family == name) for name in families)
    sums = np.zeros((len(values), len(families)))
    for group, places in enumerate(members):
        for place in places:
            sums[:, group] += contributions[:, place]
    sums = np.asarray(np.round(sums, DECIMALS), dtype=np.float64)
    without: Array = np.round(model.probability(margin[:, None] - sums), 6)
    # Six decimals are enough to read a value, and 0.1 stays 0.1 on its way from float32.
    shown = np.asarray(np.round(values.astype(np.float64), 6), dtype=np.float64)
    usual: Array = np.round(peers.of(values), 6)
    return Grouped(model, base, families, members, shown, usual, contributions, sums, without)


def stored_reasons(grouped: Grouped, row: int, evidence: Evidence) -> str:
    """JSON text of all factor groups of one row, as it is stored with a score.

    Features that add exactly nothing are left out, which halves the text; their groups stay.
    """
    records = reason_records(grouped, row, evidence)
    for record in records:
        record["features"] = [feature for feature in record["features"] if feature["contribution"] != 0.0]
    return json.dumps(records, separators=(",", ":"), ensure_ascii=False)


def reason_records(grouped: Grouped, row: int, evidence: Evidence) -> list[dict[str, Any]]:
    """All factor groups of one row with all their features, by size of contribution."""
    catalog = grouped.model.catalog
    values, peers = grouped.shown[row].tolist(), grouped.peers[row].tolist()
    contributions, sums = grouped.contributions[row].tolist(), grouped.sums[row].tolist()
    without = grouped.without[row].tolist()
    records = []
    for group in grouped.order(row):
        places = grouped.members[group]
        lead = _leading(places, contributions, sums[group])
        records.append(
            {
                "family": grouped.families[group],
                "title": FAMILIES[grouped.families[group]].title,
                "contribution": sums[group],
                "phrase": phrase(FEATURES[catalog[lead]["name"]], values[lead], peers[lead]),
                "probability_without": without[group],
                "evidence": _evidence_of((catalog[place]["name"] for place in places), evidence),
                "features": [
                    {
                        "name": catalog[place]["name"],
                        "value": _known(values[place]),
                        "peer_median": _known(peers[place]),
                        "contribution": contributions[place],
                    }
                    for place in places
                ],
            }
        )
    return records


def factor_reasons(grouped: Grouped, row: int, evidence: Evidence) -> tuple[FactorReason, ...]:
    """All factor groups of one row, every feature with its own phrase and unit."""
    factors = []
    for record in reason_records(grouped, row, evidence):
        features = tuple(
            FeatureReason(
                phrase=phrase(FEATURES[feature["name"]], feature["value"], feature["peer_median"]),
                unit=FEATURES[feature["name"]].unit,
                **feature,
            )
            for feature in record["features"]
        )
        factors.append(FactorReason(**record | {"evidence": tuple(record["evidence"]), "features": features}))
    return tuple(factors)


def most_important(
    factors: Sequence[FactorReason],
) -> tuple[tuple[FactorReason, ...], tuple[FactorReason, ...]]:
    """Raising and mitigating factors over the floor, at most five each, in the order given."""
    raising = [factor for factor in factors if factor.contribution > FLOOR]
    mitigating = [factor for factor in factors if factor.contribution < -FLOOR]
    return tuple(raising[:MOST_REASONS]), tuple(mitigating[:MOST_REASONS])


def _leading(places: Sequence[int], contributions: Sequence[float], total: float) -> int:
    """The feature that pulls most in its group's own direction; the first of equals."""
    sign = 1.0 if total >= 0 else -1.0
    return max(places, key=lambda place: sign * contributions[place])


def _evidence_of(names: Iterable[str], evidence: Evidence) -> list[str]:
    """Incident ids behind any of the features, each once."""
    return list(dict.fromkeys(incident for name in names for incident in evidence.get(name, ())))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
