"""The catalog's part about trade volume and examinations."""

from features.catalog_forms import SECOND, THREE_YEARS, YEAR, fact
from features.feature import INCIDENT_TABLES, Feature

EXPOSURE = (*INCIDENT_TABLES, "exposures")
NO_VOLUME = "trade volume not reported"

ACTIVITY_FEATURES: tuple[Feature, ...] = (
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
            f"(incidents + k) / (expected incidents + k) {THREE_YEARS}; expected are its shipments times the "
            "incidents a shipment of its business type, and k is what a Gamma prior fitted to the counts of its "
            "business type is worth, all as known then; unknown without reported shipments",
            f"incidents {THREE_YEARS} are {{x}} times what its shipments lead one to expect",
            NO_VOLUME,
        ),
        monotone=1,
        availability="all_rows",
        since=SECOND,
    ),
    *(
        fact(
            f"incidents_per_1000_{each}_prior_1095d",
            "exposure",
            f"per 1000 {each}",
            EXPOSURE,
            (
                f"incidents for each 1000 {each} {THREE_YEARS}; not applicable without {each}",
                f"{{x}} [incident|incidents] for each 1000 {each} {THREE_YEARS}",
                NO_VOLUME,
            ),
            monotone=1,
            since=SECOND,
        )
        for each in ("shipments", "crossings")
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
    *(
        fact(
            f"{kind}_exams_per_100_shipments_prior_365d",
            "examinations",
            "per 100 shipments",
            EXPOSURE,
            (
                f"{kind} examinations for each 100 shipments {YEAR}; not applicable without shipments",
                f"{{x}} {kind} [examination|examinations] for each 100 shipments {YEAR}",
                NO_VOLUME,
            ),
            since=SECOND,
        )
        for kind in ("targeted", "random")
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
