"""The catalog's part about the firm itself: profile and standing."""

from features.catalog_forms import fact
from features.feature import Feature
from records.tables import BUSINESS_TYPES, SIZE_BANDS, TIERS

STATUS = ("participants", "statuses")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNTRY_CODES = tuple(one + other for one in LETTERS for other in LETTERS)

PROFILE_FEATURES: tuple[Feature, ...] = (
    fact(
        "business_type_code",
        "profile",
        "code",
        ("participants",),
        ("what the firm does", "business type: {label}", "business type not known"),
        categories=BUSINESS_TYPES,
    ),
    fact(
        "country_code",
        "profile",
        "code",
        ("participants",),
        (
            "country of the firm: 26 times the first letter plus the second, A = 0",
            "country: {label}",
            "country not known",
        ),
        categories=COUNTRY_CODES,
    ),
    fact(
        "size_band_code",
        "profile",
        "code",
        ("participants",),
        ("size of the firm, ascending", "size: {label}", "size not known"),
        categories=SIZE_BANDS,
    ),
    fact(
        "on_southern_corridor",
        "profile",
        "flag",
        ("participants",),
        (
            "1 when the country's trade crosses the southern land border of the United States",
            "country on the southern corridor: {label}",
            "country not known",
        ),
        categories=("no", "yes"),
    ),
    fact(
        "tier_code",
        "standing",
        "code",
        STATUS,
        ("benefit tier in force: code 0 is tier 1", "tier {label}", "tier not known"),
        categories=TIERS,
    ),
    fact(
        "days_since_status_change",
        "standing",
        "days",
        STATUS,
        ("days since the present standing began", "present standing for {x} [day|days]", "standing not known"),
        availability="own_dates",
    ),
    fact(
        "tenure_days",
        "standing",
        "days",
        ("participants",),
        ("days since enrollment", "member for {x} [day|days]", "enrollment date not known"),
        availability="own_dates",
    ),
    fact(
        "days_of_record",
        "standing",
        "days",
        ("participants",),
        ("days since the participant became known to the record", "{x} [day|days] of record", "not on record"),
        availability="own_dates",
    ),
)
