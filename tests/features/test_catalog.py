"""The catalog is the single list: complete, consistent, documented, and readable."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import world

from features.catalog import CATALOG, FAMILIES, catalog_diff, catalog_hash, feature_named
from features.catalog_page import catalog_page
from features.matrix import part_of
from features.measures import KINDS, MEASURES, RECORDED, ROLES, WITH_ROLE
from features.phrases import number, phrase
from features.prepared import prepare
from features.validation import AREAS
from records.tables import CRITERIA_CATEGORIES, INCIDENT_TYPES, TABLES

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_page_is_what_the_catalog_renders() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalog_page(), "run: python -m features.catalog_page > docs/features.md"


def test_every_family_has_features_and_there_are_few_enough_to_read() -> None:
    assert {feature.family for feature in CATALOG} == set(FAMILIES)
    assert 10 <= len(FAMILIES) <= 15
    assert len(CATALOG) >= 120


def test_a_name_says_its_window_and_its_half_life() -> None:
    for feature in CATALOG:
        window, half = re.search(r"_prior_(\d+)d$", feature.name), re.search(r"_decayed_(\d+)d$", feature.name)
        assert feature.window_days == (int(window[1]) if window else None), feature.name
        assert feature.half_life_days == (int(half[1]) if half else None), feature.name
        assert not feature.name.startswith("days_since") or feature.unit == "days"


def test_every_measure_is_used_and_every_used_measure_exists() -> None:
    used = {feature.measure for feature in CATALOG if feature.measure}
    assert used <= {*MEASURES, *ROLES}
    assert set(RECORDED) <= {*MEASURES, *ROLES}
    assert set(RECORDED.values()) <= {*MEASURES, WITH_ROLE}


def test_every_incident_type_and_every_category_of_criteria_is_in_exactly_one_group() -> None:
    assert sorted(name for names in KINDS.values() for name in names) == sorted(INCIDENT_TYPES)
    assert sorted(name for names in AREAS.values() for name in names) == sorted(CRITERIA_CATEGORIES)


def test_every_feature_is_computed_by_a_part_that_a_full_record_has() -> None:
    full = prepare(world(**{name: [] for name in TABLES if name != "participants"}))
    assert [feature.name for feature in full.features] == [feature.name for feature in CATALOG]
    assert {part_of(feature) for feature in CATALOG} == {"history", *full.columns_of}


def test_no_feature_reads_a_person_or_an_inspector() -> None:
    forbidden = ("nationality", "ethnic", "race", "inspector", "officer", "decided_by", "name")
    assert [feature.name for feature in CATALOG if any(word in feature.name for word in forbidden)] == []


def test_the_hash_follows_definitions_and_order_but_not_words() -> None:
    first = CATALOG[0]
    assert catalog_hash(CATALOG) == catalog_hash([replace(first, phrase="other words"), *CATALOG[1:]])
    assert catalog_hash(CATALOG) != catalog_hash([replace(first, monotone=0), *CATALOG[1:]])
    assert catalog_hash(CATALOG) != catalog_hash(CATALOG[::-1])


def test_the_difference_of_catalogs_is_readable_and_empty_after_a_round_trip() -> None:
    stored = json.loads(json.dumps([feature.definition() for feature in CATALOG]))
    assert catalog_diff(stored, CATALOG) == []
    changed = [replace(CATALOG[0], monotone=0), *CATALOG[2:]]
    assert catalog_diff(stored, changed) == [
        "- incidents_prior_180d: stored, not in the code",
        "~ incidents_prior_90d: monotone was 1, is 0",
    ]
    assert catalog_diff(stored[1:], CATALOG) == ["+ incidents_prior_90d: in the code, not stored"]
    assert catalog_diff(stored[::-1], CATALOG) == ["~ the order of the columns differs"]


@pytest.mark.parametrize(
    ("name", "value", "peers", "words"),
    [
        ("drug_incidents_prior_365d", 3, 0, "3 drug incidents in the last 365 days; peers have none"),
        ("drug_incidents_prior_365d", 1, 2, "1 drug incident in the last 365 days; peers 2"),
        ("drug_incidents_prior_365d", 0, None, "no drug incidents in the last 365 days"),
        ("drug_incidents_prior_365d", None, 0, "drug incidents in the last 365 days not known"),
        ("days_since_last_incident", 55, float("nan"), "last incident 55 days ago"),
        ("days_since_last_incident", float("nan"), None, "no incident on record"),
        ("self_reported_share_all", 0.25, 0.5, "25% of incidents on record self-reported before discovery; peers 50%"),
        (
            "incidents_change_prior_365d",
            -2,
            None,
            "2 fewer incidents in the last 365 days than in the 365 days before",
        ),
        ("business_type_code", 5, 5, "business type: mexican long haul carrier"),
        ("country_code", 12 * 26 + 23, None, "country: MX"),
        ("last_validation_outcome_code", 1, None, "last validation visit: pass with findings"),
    ],
)
def test_a_reason_is_said_in_plain_words(name: str, value: float | None, peers: float | None, words: str) -> None:
    assert phrase(feature_named(name), value, peers) == words


def test_every_phrase_works_for_none_one_many_and_unknown_and_is_short() -> None:
    for feature in CATALOG:
        said = [phrase(feature, value, 1.0) for value in (0.0, 1.0, 2.5, 12_345.0, None)]
        for words in said:
            assert not re.search(r"[\[\]{}|]|nan", words), (feature.name, words)
            assert len(words) <= 110, (feature.name, words)
        assert "suspicious" not in " ".join(said)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3, "3"),
        (0.256, "0.26"),
        (1.04, "1"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (-2.5, "−2.5"),
        (-0.001, "0"),
    ],
)
def test_numbers_are_short_and_keep_a_real_minus(value: float, text: str) -> None:
    assert number(value) == text
