"""Two explanations of one participant held against each other: by factor group, and by feature."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.explanation import Explanation, FactorReason, FeatureReason


@dataclass(frozen=True)
class FeatureChange:
    """One feature before and after: values in ``unit``, contributions in log-odds."""

    name: str
    phrase: str
    unit: str
    value_before: float | None
    value_after: float | None
    contribution_before: float
    contribution_after: float


@dataclass(frozen=True)
class FactorChange:
    """One factor group before and after, in log-odds, with the features whose value or contribution changed."""

    family: str
    title: str
    contribution_before: float
    contribution_after: float
    features: tuple[FeatureChange, ...]


def changes_between(before: Explanation, after: Explanation) -> tuple[FactorChange, ...]:
    """The factor groups that differ, the one that moved most first; ties in the order of ``after``.

    Both must come from one model: then margins differ by exactly what contributions and base differ by.
    """
    earlier = {factor.family: factor for factor in before.factors}
    pairs = [(earlier[factor.family], factor) for factor in after.factors if factor.family in earlier]
    changed = [_factor(one, other) for one, other in pairs]
    moved = [each for each in changed if each.features]
    return tuple(sorted(moved, key=lambda each: -abs(each.contribution_after - each.contribution_before)))


def _factor(before: FactorReason, after: FactorReason) -> FactorChange:
    earlier: Mapping[str, FeatureReason] = {feature.name: feature for feature in before.features}
    features = [_feature(earlier[feature.name], feature) for feature in after.features]
    changed = [
        each
        for each in features
        if (each.value_before, each.contribution_before) != (each.value_after, each.contribution_after)
    ]
    changed.sort(key=lambda each: -abs(each.contribution_after - each.contribution_before))
    return FactorChange(after.family, after.title, before.contribution, after.contribution, tuple(changed))


def _feature(before: FeatureReason, after: FeatureReason) -> FeatureChange:
    return FeatureChange(
        after.name,
        after.phrase,
        after.unit,
        before.value,
        after.value,
        before.contribution,
        after.contribution,
    )
