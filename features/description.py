"""One feature in words, and all of them as lines: what the catalog says, for the command line."""

import json
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from features.catalog import CATALOG
from features.errors import UnknownFeature
from features.feature import AVAILABILITY, FAMILIES, Feature
from features.phrases import phrase

DIRECTIONS: Mapping[int, str] = {
    1: "the risk never falls as the value grows",
    -1: "the risk never rises as the value grows",
    0: "free",
}
EXAMPLES: Mapping[str, float] = {"share": 0.25, "ratio": 1.5, "flag": 1.0, "code": 0.0, "days": 45.0, "kg": 120.0}
"""A value to show the words with, by unit; 3 for any other."""
SUGGESTED = 5


def described(name: str) -> Feature:
    """The feature of that name; UnknownFeature with the nearest names otherwise."""
    found = {feature.name: feature for feature in CATALOG}
    if name in found:
        return found[name]
    near = [each for each, *_ in process.extract(name, list(found), scorer=fuzz.WRatio, limit=SUGGESTED)]
    raise UnknownFeature(
        f"Expected a feature of the catalog; got {name!r}. The nearest are {', '.join(near)}. "
        "All are listed by trustlane features --list."
    )


def describe(feature: Feature) -> dict[str, str]:
    """Everything that the catalog says of a feature, in words, by what it is about."""
    example = EXAMPLES.get(feature.unit, 3.0)
    family = FAMILIES[feature.family]
    described = {
        "name": feature.name,
        "family": f"{feature.family}: {family.title.lower()}, {family.meaning}",
        "unit": feature.unit,
        "window": _window(feature),
        "meaning": feature.meaning,
        "phrase": f"{phrase(feature, example)} (for the value {example:g})",
        "when absent": phrase(feature, None),
        "direction": DIRECTIONS[feature.monotone],
        "tables": f"{', '.join(feature.tables)}; a program without one of them does not have the feature",
        "knows": f"{feature.availability}: {AVAILABILITY[feature.availability]}",
        "since": feature.since,
    }
    if feature.categories is not None:
        described["codes"] = _codes(feature.categories)
    return described


def description_text(feature: Feature) -> str:
    """The description, one line for each thing it says."""
    words = describe(feature)
    width = max(map(len, words)) + 2
    return "\n".join(f"{name:<{width}}{value}" for name, value in words.items())


def list_text(features: Sequence[Feature] = CATALOG) -> str:
    """A table with one line for each feature: name, family, unit, meaning."""
    rows = [("name", "family", "unit", "meaning")]
    rows += [(feature.name, feature.family, feature.unit, feature.meaning) for feature in features]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    )


def list_json(features: Sequence[Feature] = CATALOG) -> str:
    """The definitions of the features as a JSON array, in catalog order."""
    return json.dumps([feature.definition() for feature in features], indent=2, ensure_ascii=False)


def description_json(feature: Feature) -> str:
    """A feature's definition as a JSON object, and the same in words under "described"."""
    return json.dumps({**feature.definition(), "described": describe(feature)}, indent=2, ensure_ascii=False)


def _window(feature: Feature) -> str:
    if feature.window_days is not None:
        return f"the last {feature.window_days} days"
    if feature.half_life_days is not None:
        return f"all time, counting half after every {feature.half_life_days} days"
    return "all time, or none applies"


def _codes(categories: Sequence[str]) -> str:
    """The categories with their codes; of many only the first."""
    shown = [f"{code} {name}" for code, name in enumerate(categories[:20])]
    return ", ".join(shown) + (f" and {len(categories) - 20} more" if len(categories) > 20 else "")
