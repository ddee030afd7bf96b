"""The catalog's part about the firm and those around it: partners, peers, profile, standing."""

from features.catalog_forms import THREE_YEARS, YEAR, fact
from features.feature import INCIDENT_TABLES, Feature
from records.tables import BUSINESS_TYPES, SIZE_BANDS, TIERS

STATUS = ("participants", "statuses")
PARTNERS = (*INCIDENT_TABLES, "partnerships")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNTRY_CODES = tuple(one + other for one in LETTERS for other in LETTERS)
NO_PARTNER = "no partner on record"
NO_PEERS = "business type not known or no peers"

PARTNER_FEATURES: tuple[Feature, ...] = (
    fact(
        "partners_known",
        "partners",
        "count",
        PARTNERS,
        ("business partners on record", "{n} business [partner|partners] on record", NO_PARTNER),
    ),
    fact(
        "new_partners_prior_365d",
        "partners",
        "count",
        PARTNERS,
        (f"partnerships that began {YEAR} and still hold", f"{{n}} new [partner|partners] {YEAR}", NO_PARTNER),
    ),
    *(
        fact(
            f"partner_incidents_prior_{days}d",
            "partners",
            "count",
            PARTNERS,
            (
                f"incidents of present partners in the last {days} days, one for each partner involved; "
                "not applicable without partners",
                f"{{n}} [incident|incidents] of its partners in the last {days} days",
                NO_PARTNER,
            ),
            monotone=1,
            availability="all_rows",
        )
        for days in (365, 1095)
    ),
    fact(
        "partner_incidents_decayed_730d",
        "partners",
        "count",
        PARTNERS,
        (
            "incidents of present partners, each counting half after every 730 days; not applicable without partners",
            "incidents of its partners weigh {x} when each counts half after every 730 days",
            NO_PARTNER,
        ),
        monotone=1,
        availability="all_rows",
        half_life=730,
    ),
    fact(
        "share_of_partners_with_incidents_prior_1095d",
        "partners",
        "share",
        PARTNERS,
        (
            f"share of present partners with an incident {THREE_YEARS}; not applicable without partners",
            f"{{pct}} of its partners had an incident {THREE_YEARS}",
            NO_PARTNER,
        ),
        monotone=1,
        availability="all_rows",
    ),
)

PEER_FEATURES: tuple[Feature, ...] = (
    fact(
        "peer_participants",
        "peers",
        "count",
        INCIDENT_TABLES,
        (
            "other participants of the same business type and country",
            "{n} other [participant|participants] of its type and country",
            "business type or country not known",
        ),
        availability="all_rows",
    ),
    fact(
        "business_type_incidents_per_100_prior_365d",
        "peers",
        "per 100 firms",
        INCIDENT_TABLES,
        (
            f"incidents {YEAR} for each 100 other participants of the same business type",
            f"{{x}} [incident|incidents] {YEAR} for each 100 firms of its type",
            NO_PEERS,
        ),
        monotone=1,
        availability="all_rows",
    ),
    fact(
        "peer_incidents_per_100_prior_365d",
        "peers",
        "per 100 firms",
        INCIDENT_TABLES,
        (
            f"incidents {YEAR} for each 100 other participants of the same business type and country, "
            "leaning on the business type as if on 20 more firms",
            f"{{x}} [incident|incidents] {YEAR} for each 100 firms of its type and country",
            NO_PEERS,
        ),
        monotone=1,
        availability="all_rows",
    ),
    fact(
        "incidents_minus_peer_mean_prior_1095d",
        "peers",
        "count",
        INCIDENT_TABLES,
        (
            f"own incidents {THREE_YEARS} minus the mean of the peer group, leaning on the business type as above",
            f"{{signed}} incidents {THREE_YEARS} than the mean of its peers",
            NO_PEERS,
        ),
        monotone=1,
        availability="all_rows",
    ),
)

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
