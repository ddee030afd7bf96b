"""The catalog's part about a participant's own incidents.

Adding a windowed count is one line: name the measure (:data:`features.measures.MEASURES`), the window and
the words. Directions keep one promise: wherever a self-report before discovery counts, a discovery in its place
counts at least as much. Totals hold both kinds, discoveries are counted once more on their own, and nothing
that a self-report alone moves may raise the risk.
"""

from features.catalog_forms import SECOND, decayed, derived, window
from features.feature import Feature

INCIDENT = "incident|incidents"
KNOWN_SEVERITY = "; unknown when no severity is recorded for any of them"
UNKNOWN_ROLE = "; unknown when no role is recorded in any of them"
NONE = "no incident on record"
TOO_FEW_DAYS = "fewer than three incident days on record"

OWN_INCIDENTS: tuple[Feature, ...] = (
    window("incidents", 90, "incident_history", INCIDENT),
    window("incidents", 180, "incident_history", INCIDENT),
    window("incidents", 365, "incident_history", INCIDENT),
    window("incidents", 1095, "incident_history", INCIDENT),
    window("incidents", None, "incident_history", INCIDENT),
    decayed("incidents", 90, "incident_history", "incidents", since=SECOND),
    decayed("incidents", 180, "incident_history", "incidents"),
    decayed("incidents", 730, "incident_history", "incidents"),
    window(
        "incidents_as_carrier",
        1095,
        "incident_history",
        "incident as carrier|incidents as carrier",
        note=UNKNOWN_ROLE,
        since=SECOND,
    ),
    window(
        "incidents_as_trader",
        1095,
        "incident_history",
        "incident as importer, shipper or consignee|incidents as importer, shipper or consignee",
        note=UNKNOWN_ROLE,
        since=SECOND,
    ),
    derived(
        "incident_days_prior_1095d",
        "incident_history",
        "variety",
        "days",
        (
            "days with at least one incident in the last 1095 days",
            "{n} [day|days] with an incident in the last 1095 days",
            NONE,
        ),
        1,
    ),
    derived(
        "incident_days_all",
        "incident_history",
        "variety",
        "days",
        ("days with at least one incident on record", "{n} [day|days] with an incident on record", NONE),
        1,
    ),
    derived(
        "incidents_change_prior_365d",
        "incident_history",
        "ratio",
        "count",
        (
            "incidents in the last 365 days minus those in the 365 days before",
            "{signed} [incident|incidents] in the last 365 days than in the 365 days before",
            NONE,
        ),
    ),
    derived(
        "days_since_last_incident",
        "incident_recency",
        "gap",
        "days",
        ("days since the last incident occurred; not applicable without one", "last incident {x} [day|days] ago", NONE),
        -1,
    ),
    derived(
        "days_since_first_incident",
        "incident_recency",
        "gap",
        "days",
        (
            "days since the first incident occurred; not applicable without one",
            "first incident {x} [day|days] ago",
            NONE,
        ),
    ),
    derived(
        "mean_gap_days_between_incident_days",
        "incident_recency",
        "gap",
        "days",
        (
            "mean days between one incident day and the next; not applicable with fewer than two",
            "an incident day every {x} [day|days] on average",
            "fewer than two incident days on record",
        ),
    ),
    derived(
        "current_gap_over_mean_gap",
        "incident_recency",
        "gap",
        "ratio",
        (
            "days since the last incident over the mean gap; not applicable with fewer than two incident days",
            "the time since the last incident is {x} times the usual gap",
            "fewer than two incident days on record",
        ),
    ),
    derived(
        "gap_variation_between_incident_days",
        "incident_recency",
        "gap",
        "ratio",
        (
            "standard deviation of the gaps between incident days over their mean; not applicable with fewer than "
            "three",
            "the gaps between incident days vary by {x} times their mean",
            TOO_FEW_DAYS,
        ),
        since=SECOND,
    ),
    derived(
        "burstiness_of_incident_days",
        "incident_recency",
        "gap",
        "index",
        (
            "(deviation - mean) / (deviation + mean) of the gaps between incident days: -1 regular, 0 at random, 1 in "
            "bursts; not applicable with fewer than three",
            "burstiness of incident days {x} (regular −1, random 0, bursts 1)",
            TOO_FEW_DAYS,
        ),
        since=SECOND,
    ),
    derived(
        "longest_gap_days_between_incident_days",
        "incident_recency",
        "gap",
        "days",
        (
            "longest time between one incident day and the next; not applicable with fewer than two",
            "longest quiet between incident days {x} [day|days]",
            "fewer than two incident days on record",
        ),
        since=SECOND,
    ),
    derived(
        "incident_trend_prior_1095d",
        "incident_recency",
        "gap",
        "z",
        (
            "Laplace trend statistic of incidents in the last 1095 days: above 0 when they come late in the window; "
            "not applicable without one",
            "trend of incidents in the last 1095 days {x} (above 0: coming more often)",
            "no incident in the last 1095 days",
        ),
        since=SECOND,
    ),
    window(
        "severity_sum", 365, "incident_severity", "severity point|severity points", unit="points", note=KNOWN_SEVERITY
    ),
    window(
        "severity_sum", 1095, "incident_severity", "severity point|severity points", unit="points", note=KNOWN_SEVERITY
    ),
    decayed("severity_sum", 180, "incident_severity", "severity points", unit="points", since=SECOND),
    decayed("severity_sum", 730, "incident_severity", "severity points", unit="points"),
    window(
        "grave_incidents",
        365,
        "incident_severity",
        "incident of severity 7 or more|incidents of severity 7 or more",
        since=SECOND,
    ),
    window(
        "grave_incidents", 1095, "incident_severity", "incident of severity 7 or more|incidents of severity 7 or more"
    ),
    window(
        "grave_incidents", None, "incident_severity", "incident of severity 7 or more|incidents of severity 7 or more"
    ),
    derived(
        "mean_severity_prior_1095d",
        "incident_severity",
        "ratio",
        "points",
        (
            "mean severity of incidents in the last 1095 days; not applicable when none is graded",
            "incidents in the last 1095 days of mean severity {x}",
            "no graded incident in the last 1095 days",
        ),
    ),
    window(
        "affected_kg",
        1095,
        "incident_severity",
        "kg seized or affected|kg seized or affected",
        unit="kg",
        note="; unknown when none was weighed",
    ),
)
