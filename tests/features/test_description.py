"""The catalog in words: one line for each feature, all that it says of one, the nearest names of none."""

import json

import pytest

from features.catalog import CATALOG, feature_named
from features.description import describe, described, description_json, description_text, list_json, list_text
from features.errors import UnknownFeature


def test_the_list_has_one_line_for_each_feature_with_name_family_unit_and_meaning() -> None:
    lines = list_text().splitlines()
    assert lines[0].split() == ["name", "family", "unit", "meaning"]
    assert len(lines) == len(CATALOG) + 1
    for line, feature in zip(lines[1:], CATALOG, strict=True):
        told = [part for part in line.split("  ") if part]
        assert [part.strip() for part in told] == [feature.name, feature.family, feature.unit, feature.meaning]


def test_the_json_holds_every_definition() -> None:
    listed = json.loads(list_json())
    assert [each["name"] for each in listed] == [feature.name for feature in CATALOG]
    assert {"family", "unit", "meaning", "monotone", "tables", "availability", "since"} <= set(listed[0])
    one = json.loads(description_json(feature_named("incidents_all")))
    assert one["name"] == "incidents_all"
    assert one["described"]["since"] == one["since"]


def test_a_description_says_everything_in_words() -> None:
    assert describe(feature_named("drug_incidents_prior_365d")) == {
        "name": "drug_incidents_prior_365d",
        "family": "incident_kinds: kinds of own incidents, what they were about",
        "unit": "count",
        "window": "the last 365 days",
        "meaning": "drug incidents in the last 365 days; unknown when no type is recorded for any of them",
        "phrase": "3 drug incidents in the last 365 days (for the value 3)",
        "when absent": "drug incidents in the last 365 days not known",
        "direction": "the risk never falls as the value grows",
        "tables": "participants, incidents, involvements; a program without one of them does not have the feature",
        "knows": "own_rows: the participant's own rows known before as_of, in the version valid then",
        "since": "0.1.0",
    }


@pytest.mark.parametrize("feature", CATALOG, ids=lambda feature: feature.name)
def test_every_feature_can_be_described(feature) -> None:
    text = description_text(described(feature.name))
    assert all(line.split("  ")[0] for line in text.splitlines())
    assert ("codes" in text) == (feature.categories is not None)


def test_half_lives_and_codes_are_told_and_of_many_codes_only_the_first() -> None:
    assert "counting half after every 180 days" in describe(feature_named("incidents_decayed_180d"))["window"]
    assert describe(feature_named("last_validation_outcome_code"))["codes"].startswith("0 pass, 1 ")
    assert describe(feature_named("country_code"))["codes"].endswith("and 656 more")


def test_an_unknown_name_is_refused_with_the_nearest_and_where_all_are() -> None:
    with pytest.raises(UnknownFeature, match=r"'incidents_al'. The nearest are incidents_all, .*features --list"):
        described("incidents_al")
