"""The catalog's part about the kinds of a participant's incidents, and how they were found and reported.

Directions keep the promise that :mod:`features.catalog_own` states.
"""

from features.catalog_forms import SECOND, decayed, derived, window
from features.feature import Feature

KNOWN_KIND = "; unknown when no type is recorded for any of them"
UNKNOWN_DISCOVERY = "; unknown when no discovery is recorded for any incident"
NONE = "no incident on record"

KINDS_OF_INCIDENTS: tuple[Feature, ...] = (
    window("drug_incidents", 180, "incident_kinds", "drug incident|drug incidents", note=KNOWN_KIND, since=SECOND),
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
        note=UNKNOWN_DISCOVERY,
    ),
    window(
        "field_office_incidents",
        1095,
        "reporting",
        "incident found by a field office|incidents found by a field office",
        note=UNKNOWN_DISCOVERY,
        since=SECOND,
    ),
    window(
        "other_agency_incidents",
        1095,
        "reporting",
        "incident found by another agency|incidents found by another agency",
        note=UNKNOWN_DISCOVERY,
        since=SECOND,
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
    derived(
        "missing_field_share_prior_1095d",
        "reporting",
        "ratio",
        "share",
        (
            "share of type, severity, discovery, port and report date left empty in incidents of the last 1095 days; "
            "not applicable without one",
            "{pct} of what describes incidents in the last 1095 days is left empty",
            "no incident in the last 1095 days",
        ),
        since=SECOND,
    ),
)
