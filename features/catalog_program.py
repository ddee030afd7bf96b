"""The catalog's part about what the program knows besides a participant's own incidents."""

from features.feature import INCIDENT_TABLES, Feature
from features.validation import AREAS
from records.tables import BUSINESS_TYPES, SIZE_BANDS, TIERS, VALIDATION_OUTCOMES

EXPOSURE = (*INCIDENT_TABLES, "exposures")
STATUS = ("participants", "statuses")
ACTIONS = (*INCIDENT_TABLES, "actions")
VISITS = ("participants", "validations")
FINDINGS = (*VISITS, "findings")
PARTNERS = (*INCIDENT_TABLES, "partnerships")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNTRY_CODES = tuple(one + other for one in LETTERS for other in LETTERS)

Words = tuple[str, str, str]


def fact(
    name: str,
    family: str,
    unit: str,
    tables: tuple[str, ...],
    words: Words,
    *,
    monotone: int = 0,
    availability: str = "own_rows",
    half_life: int | None = None,
    categories: tuple[str, ...] | None = None,
) -> Feature:
    """A feature that a function of its family computes; ``words`` are meaning, phrase, phrase when absent."""
    window_days = int(name.rsplit("_", 1)[1][:-1]) if "_prior_" in name else None
    return Feature(
        name=name,
        family=family,
        unit=unit,
        meaning=words[0],
        phrase=words[1],
        absent=words[2],
        monotone=monotone,
        tables=tables,
        availability=availability,
        window_days=window_days,
        half_life_days=half_life,
        categories=categories,
    )


YEAR = "in the last 365 days"
THREE_YEARS = "in the last 1095 days"
NO_VOLUME = "trade volume not reported"
NO_VISIT = "no validation visit on record"
NO_PARTNER = "no partner on record"
NO_PEERS = "business type not known or no peers"

EXPOSURE_FEATURES = (
    fact(
        "shipments_prior_365d",
        "exposure",
        "count",
        EXPOSURE,
        (f"shipments {YEAR}; unknown when no month reports them", f"{{n}} [shipment|shipments] {YEAR}", NO_VOLUME),
        monotone=1,
    ),
    fact(
        "crossings_prior_365d",
        "exposure",
        "count",
        EXPOSURE,
        (
            f"border crossings {YEAR}; unknown when no month reports them",
            f"{{n}} [crossing|crossings] {YEAR}",
            NO_VOLUME,
        ),
        monotone=1,
    ),
    fact(
        "shipments_over_year_before_prior_365d",
        "exposure",
        "ratio",
        EXPOSURE,
        (
            f"shipments {YEAR} over those in the 365 days before; not applicable without the earlier ones",
            f"shipments {YEAR} are {{x}} times those of the 365 days before",
            "no shipments in the year before the last to compare with",
        ),
    ),
    fact(
        "months_reported_prior_365d",
        "exposure",
        "months",
        EXPOSURE,
        (
            f"months {YEAR} for which shipments are reported",
            f"{{n}} [month|months] of shipments reported {YEAR}",
            NO_VOLUME,
        ),
    ),
    fact(
        "incidents_over_expected_prior_1095d",
        "exposure",
        "ratio",
        EXPOSURE,
        (
            f"(incidents + 1) / (expected incidents + 1) {THREE_YEARS}; expected are its shipments times the "
            "incidents a shipment of its business type, as known then; unknown without reported shipments",
            f"incidents {THREE_YEARS} are {{x}} times what its shipments lead one to expect",
            NO_VOLUME,
        ),
        monotone=1,
        availability="all_rows",
    ),
    fact(
        "exams_prior_365d",
        "examinations",
        "count",
        EXPOSURE,
        (
            f"examinations {YEAR}, targeted and random; unknown when no month reports them",
            f"{{n}} [examination|examinations] {YEAR}",
            "examinations not reported",
        ),
    ),
    fact(
        "exams_per_100_shipments_prior_365d",
        "examinations",
        "per 100 shipments",
        EXPOSURE,
        (
            f"examinations for each 100 shipments {YEAR}; not applicable without shipments",
            f"{{x}} [examination|examinations] for each 100 shipments {YEAR}",
            NO_VOLUME,
        ),
    ),
    fact(
        "targeted_exam_share_prior_365d",
        "examinations",
        "share",
        EXPOSURE,
        (
            f"share of examinations {YEAR} chosen by targeting; not applicable without examinations",
            f"{{pct}} of examinations {YEAR} chosen by targeting",
            f"no examination {YEAR}",
        ),
    ),
    fact(
        "discrepancies_prior_365d",
        "examinations",
        "count",
        EXPOSURE,
        (
            f"examinations {YEAR} that found a discrepancy; unknown when no month reports them",
            f"{{n}} [discrepancy|discrepancies] found {YEAR}",
            "examination results not reported",
        ),
        monotone=1,
    ),
    fact(
        "discrepancies_per_100_exams_prior_1095d",
        "examinations",
        "per 100 exams",
        EXPOSURE,
        (
            f"discrepancies for each 100 examinations {THREE_YEARS}; not applicable without examinations",
            f"{{x}} [discrepancy|discrepancies] for each 100 examinations {THREE_YEARS}",
            f"no examination {THREE_YEARS}",
        ),
        monotone=1,
    ),
)

ENFORCEMENT_FEATURES = (
    fact(
        "enforcement_actions_prior_1095d",
        "enforcement",
        "count",
        ACTIONS,
        (
            f"decisions {THREE_YEARS} from a corrective action plan upwards",
            f"{{n}} enforcement [action|actions] {THREE_YEARS}",
            "enforcement actions not known",
        ),
    ),
    fact(
        "no_action_decisions_prior_1095d",
        "enforcement",
        "count",
        ACTIONS,
        (
            f"decisions {THREE_YEARS} to take no action",
            f"{{n}} [decision|decisions] of no action {THREE_YEARS}",
            "decisions not known",
        ),
    ),
    fact(
        "days_since_last_enforcement_action",
        "enforcement",
        "days",
        ACTIONS,
        (
            "days since the last decision from a corrective action plan upwards; not applicable without one",
            "last enforcement action {x} [day|days] ago",
            "no enforcement action on record",
        ),
    ),
    fact(
        "incidents_without_decision_prior_1095d",
        "enforcement",
        "count",
        ACTIONS,
        (
            f"incidents {THREE_YEARS} about which no decision on the participant is on record",
            f"{{n}} [incident|incidents] {THREE_YEARS} without a decision on record",
            "decisions not known",
        ),
        monotone=1,
    ),
    fact(
        "suspensions_all",
        "enforcement",
        "count",
        STATUS,
        ("suspensions on record", "{n} [suspension|suspensions] on record", "standing not known"),
        monotone=1,
    ),
    fact(
        "days_since_last_suspension",
        "enforcement",
        "days",
        STATUS,
        (
            "days since the last suspension began; not applicable without one",
            "last suspended {x} [day|days] ago",
            "no suspension on record",
        ),
    ),
)

VALIDATION_FEATURES = (
    fact(
        "days_since_last_validation",
        "validation",
        "days",
        VISITS,
        ("days since the last visit; not applicable without one", "last validation visit {x} [day|days] ago", NO_VISIT),
    ),
    fact(
        "last_validation_outcome_code",
        "validation",
        "code",
        VISITS,
        ("result of the last visit; unknown without one", "last validation visit: {label}", NO_VISIT),
        monotone=1,
        categories=VALIDATION_OUTCOMES,
    ),
    fact(
        "failed_validations_all",
        "validation",
        "count",
        VISITS,
        ("visits on record with the result fail", "{n} failed validation [visit|visits] on record", NO_VISIT),
        monotone=1,
    ),
    fact(
        "validation_overdue_days",
        "validation",
        "days",
        VISITS,
        (
            "days by which the earliest visit not yet made is overdue, 0 when none is; not applicable without visits",
            "validation visit overdue by {n} [day|days]",
            NO_VISIT,
        ),
        monotone=1,
    ),
    fact(
        "open_findings",
        "findings",
        "count",
        FINDINGS,
        ("findings not yet corrected", "{n} open [finding|findings]", "findings not known"),
        monotone=1,
    ),
    fact(
        "open_must_findings",
        "findings",
        "count",
        FINDINGS,
        (
            "findings against a must criterion not yet corrected",
            "{n} open must [finding|findings]",
            "findings not known",
        ),
        monotone=1,
    ),
    fact(
        "overdue_findings",
        "findings",
        "count",
        FINDINGS,
        ("findings not corrected by the day they were due", "{n} overdue [finding|findings]", "findings not known"),
        monotone=1,
    ),
    fact(
        "days_since_oldest_open_finding",
        "findings",
        "days",
        FINDINGS,
        (
            "days since the visit that made the oldest finding still open; not applicable when none is open",
            "oldest open finding {x} [day|days] old",
            "no open finding",
        ),
    ),
    *(
        fact(
            f"last_visit_{area}_findings",
            "findings",
            "count",
            FINDINGS,
            (
                f"findings of the last visit about {', '.join(AREAS[area]).replace('_', ' ')}; "
                "not applicable without a visit",
                f"{{n}} [finding|findings] about {area} in the last visit",
                NO_VISIT,
            ),
            monotone=1,
        )
        for area in AREAS
    ),
)

PARTNER_FEATURES = (
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

PEER_FEATURES = (
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

PROFILE_FEATURES = (
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

PROGRAM: tuple[Feature, ...] = (
    *EXPOSURE_FEATURES,
    *ENFORCEMENT_FEATURES,
    *VALIDATION_FEATURES,
    *PARTNER_FEATURES,
    *PEER_FEATURES,
    *PROFILE_FEATURES,
)
