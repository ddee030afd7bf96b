"""The single list of features: every column of the matrix, in order.

Its parts are declared by subject: :mod:`features.catalog_own` (own incidents), :mod:`features.catalog_kinds`
(their kinds, discovery and reporting), :mod:`features.catalog_activity` (trade volume, examinations),
:mod:`features.catalog_oversight` (decisions, visits, findings), :mod:`features.catalog_surroundings` (partners,
peers, corridor) and :mod:`features.catalog_profile` (profile, standing).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from features.catalog_activity import ACTIVITY_FEATURES
from features.catalog_kinds import KINDS_OF_INCIDENTS
from features.catalog_oversight import ENFORCEMENT_FEATURES, VALIDATION_FEATURES
from features.catalog_own import OWN_INCIDENTS
from features.catalog_profile import PROFILE_FEATURES
from features.catalog_surroundings import CORRIDOR_FEATURES, PARTNER_FEATURES, PEER_FEATURES
from features.errors import CatalogError, UnknownFeature
from features.feature import FAMILIES, Family, Feature
from records.known import Records

__all__ = [
    "CATALOG",
    "FAMILIES",
    "Family",
    "Feature",
    "catalog_diff",
    "catalog_for",
    "catalog_hash",
    "checked",
    "feature_named",
]

BINDING = ("family", "unit", "meaning", "monotone", "tables", "window_days", "half_life_days", "categories", "measure")
"""What must be the same for a stored model to be fed by this code; words of a phrase may be improved."""


def checked(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features, when no name occurs twice; CatalogError otherwise."""
    names = [feature.name for feature in features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogError(f"Expected each feature name once; got {', '.join(twice)} twice. Rename one of them.")
    return tuple(features)


CATALOG: tuple[Feature, ...] = checked(
    (
        *OWN_INCIDENTS,
        *KINDS_OF_INCIDENTS,
        *ACTIVITY_FEATURES,
        *ENFORCEMENT_FEATURES,
        *VALIDATION_FEATURES,
        *PARTNER_FEATURES,
        *PEER_FEATURES,
        *CORRIDOR_FEATURES,
        *PROFILE_FEATURES,
    )
)


def feature_named(name: str) -> Feature:
    """The feature called ``name``; UnknownFeature when the catalog has none."""
    found = {feature.name: feature for feature in CATALOG}.get(name)
    if found is None:
        raise UnknownFeature(f"Expected a feature of the catalog; got {name!r}. The list is in docs/features.md.")
    return found


def catalog_for(records: Records) -> tuple[Feature, ...]:
    """The features whose tables this program sends, in catalog order."""
    return tuple(feature for feature in CATALOG if all(table in records for table in feature.tables))


def catalog_hash(features: Iterable[Feature]) -> str:
    """SHA-256 over names, order and definitions; the same hash means interchangeable matrices."""
    text = json.dumps(
        [{"name": feature.name, **_binding(feature.definition())} for feature in features], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def catalog_diff(stored: Sequence[Mapping[str, object]], code: Sequence[Feature]) -> list[str]:
    """What differs between a stored catalog and the code's, one readable line each; empty when nothing does.

    Parameters
    ----------
    stored : sequence of mappings
        As :meth:`Feature.definition` gave them, also after a round trip through JSON.
    code : sequence of Feature
    """
    before = {str(each["name"]): _binding(each) for each in stored}
    after = {feature.name: _binding(feature.definition()) for feature in code}
    lines = [f"- {name}: stored, not in the code" for name in before if name not in after]
    lines += [f"+ {name}: in the code, not stored" for name in after if name not in before]
    for name in before:
        for field in BINDING if name in after else ():
            if before[name][field] != after[name][field]:
                lines.append(f"~ {name}: {field} was {before[name][field]!r}, is {after[name][field]!r}")
    if not lines and list(before) != list(after):
        lines.append("~ the order of the columns differs")
    return lines


def _binding(definition: Mapping[str, object]) -> dict[str, object]:
    values = {field: definition.get(field) for field in BINDING}
    return {field: list(value) if isinstance(value, tuple) else value for field, value in values.items()}
