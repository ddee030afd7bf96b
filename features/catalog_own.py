"""The catalog's part about a participant's own incidents.

Adding a windowed count is one line: name the measure (:data:`features.history.MEASURES`), the window and
the words. Directions keep one promise: wherever a self-report before discovery counts, a discovery in its place
counts at least as much. Totals hold both kinds, discoveries are counted once more on their own, and nothing
that a self-report alone moves may raise the risk.
"""

from features.catalog_forms import decayed, derived, window
from features.feature import Feature

INCIDENT = "incident|incidents"
KNOWN_SEVERITY = "; unknown when no severity is recorded for any of them"
KNOWN_KIND = "; unknown when no type is recorded for any of them"
NONE = "no incident on record"

OWN_INCIDENTS: tuple[Feature, ...] = (
    window("incidents", 90, "incident_history", INCIDENT),
    window("incidents", 180, "incident_history", INCIDENT),
    window("incidents", 365, "incident_history", INCIDENT),
    window("incidents", 1095, "incident_history", INCIDENT),
    window("incidents", None, "incident_history", INCIDENT),
    decayed("incidents", 180, "incident_history", "incidents"),
    decayed("incidents", 730, "incident_history", "incidents"),
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
    window(
        "severity_sum", 365, "incident_severity", "severity point|severity points", unit="points", note=KNOWN_SEVERITY
    ),
    window(
        "severity_sum", 1095, "incident_severity", "severity point|severity points", unit="points", note=KNOWN_SEVERITY
    ),
    decayed("severity_sum", 730, "incident_severity", "severity points", unit="points"),
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
    window("drug_incidents", 365, "incident_kinds", "drug incident|drug incidents", note=KNOWN_KIND),
    window("drug_incidents", 1095, "incident_kinds", "drug incident|drug incidents", note=KNOWN_KIND),
    window("drug_incidents", None, "incident_kinds", "drug incident|drug incidents", note=KNOWN_KIND),
    decayed("drug_incidents", 730, "incident_kinds", "drug incidents"),
    derived(
        "days_since_last_drug_incident",
        "incident_kinds",
        "gap",
        "days",
        (
            "days since the last drug incident occurred; not applicable without one",
            "last drug incident {x} [day|days] ago",
            "no drug incident on record",
        ),
        -1,
    ),
    window(
        "smuggling_incidents",
        1095,
        "incident_kinds",
        "incident of people, weapons or currency|incidents of people, weapons or currency",
        note=KNOWN_KIND,
    ),
    window(
        "trade_goods_incidents",
        1095,
        "incident_kinds",
        "incident of unlawful goods|incidents of unlawful goods",
        note=" (counterfeit, forced labor, agricultural contaminant)" + KNOWN_KIND,
    ),
    window(
        "cargo_integrity_incidents",
        365,
        "incident_kinds",
        "seal or theft incident|seal or theft incidents",
        note=KNOWN_KIND,
    ),
    window(
        "cargo_integrity_incidents",
        1095,
        "incident_kinds",
        "seal or theft incident|seal or theft incidents",
        note=KNOWN_KIND,
    ),
    window(
        "access_insider_incidents",
        1095,
        "incident_kinds",
        "incident of access, identity or insiders|incidents of access, identity or insiders",
        note=KNOWN_KIND,
    ),
    derived(
        "distinct_incident_types_all",
        "incident_kinds",
        "variety",
        "count",
        (
            "different incident types on record",
            "{n} different incident [type|types] on record",
            "incident types not known",
        ),
        1,
    ),
    derived(
        "distinct_ports_all",
        "incident_kinds",
        "variety",
        "count",
        (
            "different ports named in incidents on record",
            "incidents on record at {n} different [port|ports]",
            "ports not known",
        ),
        1,
    ),
    window(
        "discovered_incidents", 365, "reporting", "incident not self-reported first|incidents not self-reported first"
    ),
    window(
        "discovered_incidents", 1095, "reporting", "incident not self-reported first|incidents not self-reported first"
    ),
    decayed("discovered_incidents", 730, "reporting", "incidents not self-reported first"),
    window(
        "self_reports_before_discovery",
        1095,
        "reporting",
        "incident self-reported before discovery|incidents self-reported before discovery",
        monotone=-1,
    ),
    window(
        "port_exam_incidents",
        1095,
        "reporting",
        "incident found in a port examination|incidents found in a port examination",
        note="; unknown when no discovery is recorded for any incident",
    ),
    derived(
        "self_reported_share_all",
        "reporting",
        "ratio",
        "share",
        (
            "share of incidents on record told by the participant before anyone found them; not applicable without any",
            "{pct} of incidents on record self-reported before discovery",
            NONE,
        ),
        -1,
    ),
    derived(
        "mean_days_to_report_all",
        "reporting",
        "ratio",
        "days",
        (
            "mean days from an incident to its report, over incidents with a report date; not applicable without one",
            "incidents reported {x} [day|days] after they occurred on average",
            "no report date on record",
        ),
    ),
)
