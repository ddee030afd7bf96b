"""The catalog's part about what the program did: decisions, visits, findings."""

from features.catalog_forms import SECOND, THREE_YEARS, fact
from features.feature import INCIDENT_TABLES, Feature
from features.validation import AREAS
from records.tables import VALIDATION_OUTCOMES

STATUS = ("participants", "statuses")
ACTIONS = (*INCIDENT_TABLES, "actions")
VISITS = ("participants", "validations")
FINDINGS = (*VISITS, "findings")
NO_VISIT = "no validation visit on record"

ENFORCEMENT_FEATURES: tuple[Feature, ...] = (
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
        "incidents_since_last_enforcement_action",
        "enforcement",
        "count",
        ACTIONS,
        (
            "incidents on or after the day of the last decision from a corrective action plan upwards; not applicable "
            "without one",
            "{n} [incident|incidents] since the last enforcement action",
            "no enforcement action on record",
        ),
        monotone=1,
        since=SECOND,
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
        "suspensions_prior_1095d",
        "enforcement",
        "count",
        STATUS,
        (f"suspensions {THREE_YEARS}", f"{{n}} [suspension|suspensions] {THREE_YEARS}", "standing not known"),
        monotone=1,
        since=SECOND,
    ),
    fact(
        "days_since_last_reinstatement",
        "enforcement",
        "days",
        STATUS,
        (
            "days since it last returned from suspension; not applicable when it never did",
            "reinstated {x} [day|days] ago",
            "never reinstated",
        ),
        since=SECOND,
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

VALIDATION_FEATURES: tuple[Feature, ...] = (
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
        "validation_visits_prior_1095d",
        "validation",
        "count",
        VISITS,
        (f"visits made {THREE_YEARS}", f"{{n}} validation [visit|visits] {THREE_YEARS}", NO_VISIT),
        since=SECOND,
    ),
    fact(
        "days_until_next_validation",
        "validation",
        "days",
        VISITS,
        (
            "days until the earliest visit not yet made is due, negative when overdue; not applicable without one",
            "next validation visit due in {x} [day|days]",
            "no validation visit is due",
        ),
        availability="own_dates",
        since=SECOND,
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
    *(
        fact(
            f"open_{area}_findings",
            "findings",
            "count",
            FINDINGS,
            (
                f"findings not yet corrected about {', '.join(AREAS[area]).replace('_', ' ')}",
                f"{{n}} open [finding|findings] about {area}",
                "findings not known",
            ),
            monotone=1,
            since=SECOND,
        )
        for area in AREAS
    ),
    fact(
        "must_findings_prior_1095d",
        "findings",
        "count",
        FINDINGS,
        (
            f"findings against a must criterion by visits {THREE_YEARS}",
            f"{{n}} must [finding|findings] {THREE_YEARS}",
            "findings not known",
        ),
        monotone=1,
        since=SECOND,
    ),
    fact(
        "mean_days_to_correct_findings_prior_1095d",
        "findings",
        "days",
        FINDINGS,
        (
            f"mean days from the visit to the correction of findings corrected {THREE_YEARS}; not applicable without "
            "one",
            f"findings corrected {THREE_YEARS} took {{x}} [day|days] on average",
            f"no finding corrected {THREE_YEARS}",
        ),
        since=SECOND,
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
