"""Every table of the record: column, kind, unit, allowed values, meaning.

This module is the single list. The pandera schemas that guard the door, the documentation and
the simulator's files are all derived from :data:`TABLES`.
"""

from records.columns import Column, Table

BUSINESS_TYPES = (
    "importer",
    "highway_carrier",
    "foreign_manufacturer",
    "consolidator",
    "broker",
    "mexican_long_haul_carrier",
    "exporter",
    "third_party_logistics",
    "sea_carrier",
    "port_terminal_operator",
    "air_carrier",
    "rail_carrier",
)

TAXONOMY_VERSION = "2026.1"
INCIDENT_TYPES = (
    "drug",
    "human_smuggling",
    "weapons",
    "currency",
    "counterfeit",
    "forced_labor",
    "agricultural_contaminant",
    "seal_tamper",
    "discrepancy_theft",
    "unauthorized_access",
    "identity_misuse",
    "cyber_breach",
    "internal_conspiracy",
)

DISCOVERIES = ("port_exam", "field_office", "self_report", "other_agency")
STATUSES = ("applicant", "certified", "validated", "suspended", "removed", "withdrawn")
AT_RISK_STATUSES = ("certified", "validated")
TIERS = ("1", "2", "3")
SIZE_BANDS = ("micro", "small", "medium", "large")
IDENTIFIER_SCHEMES = ("ior", "ein", "mid", "scac", "svi", "duns", "dot", "fmc")
MODES = ("truck", "rail", "sea", "air", "other")
VALIDATION_KINDS = ("initial", "revalidation", "unannounced")
VALIDATION_OUTCOMES = ("pass", "pass_with_findings", "fail")
CRITERIA_CATEGORIES = (
    "security_vision",
    "risk_assessment",
    "business_partners",
    "cybersecurity",
    "conveyances",
    "seals",
    "procedures",
    "agriculture",
    "physical_access",
    "physical_security",
    "personnel",
    "training",
)
ACTION_KINDS = (
    "no_action",
    "outreach",
    "request_for_information",
    "post_incident_analysis",
    "corrective_action_plan",
    "targeted_revalidation",
    "partial_benefit_loss",
    "suspension",
    "removal",
    "law_enforcement_referral",
)


def _id(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, required=True)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "participants",
            "members of the program, past and present",
            ("participant_id",),
            (
                _id("participant_id", "the program's own account number"),
                Column("legal_name", "text", "registered name of the firm"),
                Column("business_type", "text", "what the firm does", allowed=BUSINESS_TYPES),
                Column("country", "text", "country of the firm, ISO 3166 alpha-2", pattern="^[A-Z]{2}$"),
                Column("field_office", "text", "office that supervises the participant"),
                Column("size_band", "text", "size of the firm by shipments", allowed=SIZE_BANDS),
                Column("enrolled_on", "date", "first certification"),
                Column("address", "text", "street, city and postal code, as registered"),
            ),
            optional=False,
        ),
        Table(
            "identifiers",
            "registration numbers that name a participant in other systems, with their period of validity",
            ("participant_id", "scheme", "value"),
            (
                _id("participant_id", "the participant that the number names"),
                Column("scheme", "text", "kind of number", required=True, allowed=IDENTIFIER_SCHEMES),
                _id("value", "the number itself"),
                Column("valid_from", "date", "first day on which the number names the participant"),
                Column("valid_to", "date", "first day on which it no longer does; empty while it does"),
            ),
        ),
        Table(
            "statuses",
            "standing in the program over time",
            ("participant_id", "effective_on"),
            (
                _id("participant_id", "whose standing"),
                Column("effective_on", "date", "first day of the standing", required=True),
                Column("status", "text", "the standing", required=True, allowed=STATUSES),
                Column("tier", "text", "benefit tier", allowed=TIERS),
                Column("reason", "text", "why the standing changed, as recorded"),
            ),
        ),
        Table(
            "incidents",
            "security incidents as recorded",
            ("incident_id",),
            (
                _id("incident_id", "the record's number of the incident"),
                Column("occurred_on", "date", "when it happened; windows and labels are measured on it", required=True),
                Column("reported_on", "date", "when the program was told"),
                Column("incident_type", "text", "kind of incident in the program's taxonomy"),
                Column("taxonomy_version", "text", "version of the taxonomy that incident_type belongs to"),
                Column("severity", "number", "gravity as the program grades it", unit="1-10", low=1, high=10),
                Column("discovery", "text", "who found it", allowed=DISCOVERIES),
                Column("self_reported_before_discovery", "flag", "the participant told before anyone found it"),
                Column("discovered_on", "date", "when someone other than the participant found it"),
                Column("self_reported_on", "date", "when the participant told"),
                Column("port", "text", "port of entry, Schedule D code"),
                Column("mode", "text", "mode of transport", allowed=MODES),
                Column("conveyance_number", "text", "number of the container, trailer, car or vehicle as written"),
                Column("country_of_origin", "text", "origin of the goods, ISO alpha-2", pattern="^[A-Z]{2}$"),
                Column("quantity_kg", "number", "seized or affected quantity", unit="kg", low=0),
            ),
            optional=False,
        ),
        Table(
            "involvements",
            "parties named in an incident and the participants they are linked to",
            ("incident_id", "party_no"),
            (
                _id("incident_id", "the incident"),
                _id("party_no", "number of the party within the incident"),
                Column("participant_id", "text", "the participant; empty until the party is linked"),
                Column("role", "text", "part played: importer, carrier, shipper, consignee, broker or other"),
                Column("party_name", "text", "name as written in the report"),
                Column("party_scheme", "text", "kind of the number in the report", allowed=IDENTIFIER_SCHEMES),
                Column("party_value", "text", "number as written in the report"),
                Column("party_country", "text", "country as written in the report, ISO alpha-2", pattern="^[A-Z]{2}$"),
                Column("party_address", "text", "address as written in the report"),
                Column("link_weight", "number", "certainty of the link", unit="0-1", low=0, high=1),
                Column(
                    "link_reason", "text", "why the party was linked so, or not: the fields compared, a person's reason"
                ),
            ),
            optional=False,
        ),
        Table(
            "exposures",
            "monthly activity and examinations",
            ("participant_id", "month"),
            (
                _id("participant_id", "whose activity"),
                Column("month", "date", "first day of the month", required=True),
                Column("shipments", "number", "shipments", unit="count", low=0),
                Column("crossings", "number", "border crossings", unit="count", low=0),
                Column("exams_targeted", "number", "examinations chosen by targeting", unit="count", low=0),
                Column("exams_random", "number", "examinations drawn at random", unit="count", low=0),
                Column("discrepancies", "number", "examinations that found a discrepancy", unit="count", low=0),
            ),
        ),
        Table(
            "validations",
            "site visits",
            ("validation_id",),
            (
                _id("validation_id", "the visit"),
                _id("participant_id", "who was visited"),
                Column("kind", "text", "why", allowed=VALIDATION_KINDS),
                Column("due_on", "date", "when the law wants it"),
                Column("performed_on", "date", "when it was done; empty while it is open"),
                Column("outcome", "text", "result", allowed=VALIDATION_OUTCOMES),
                Column("staff_hours", "number", "work spent", unit="hours", low=0),
            ),
        ),
        Table(
            "findings",
            "criteria that a visit found unmet",
            ("finding_id",),
            (
                _id("finding_id", "the finding"),
                _id("validation_id", "the visit that made it"),
                Column("criteria_version", "text", "version of the minimum security criteria"),
                Column("criterion_id", "text", "the criterion"),
                Column("category", "text", "group of criteria", allowed=CRITERIA_CATEGORIES),
                Column("must", "flag", "a must, not a should"),
                Column("due_on", "date", "when it must be corrected"),
                Column("corrected_on", "date", "when it was; empty while it is open"),
            ),
        ),
        Table(
            "partnerships",
            "who trades with whom",
            ("participant_id", "partner_id", "valid_from"),
            (
                _id("participant_id", "one side"),
                _id("partner_id", "the other side"),
                Column("valid_from", "date", "first day", required=True),
                Column("role", "text", "what the partner is to the participant"),
                Column("valid_to", "date", "first day on which it no longer holds; empty while it does"),
            ),
        ),
        Table(
            "actions",
            "what the program decided",
            ("action_id",),
            (
                _id("action_id", "the decision"),
                _id("participant_id", "about whom"),
                Column("incident_id", "text", "about which incident, when about one"),
                Column("kind", "text", "step of the enforcement ladder", required=True, allowed=ACTION_KINDS),
                Column("decided_on", "date", "when", required=True),
                Column("criterion", "text", "written rule cited; empty in legacy records"),
                Column("reason", "text", "why, as recorded; empty in legacy records"),
                Column("decided_by", "text", "who signed"),
            ),
        ),
        Table(
            "merges",
            "accounts that are continued by another account",
            ("participant_id",),
            (
                _id("participant_id", "the account that ends"),
                _id("into_participant_id", "the account that continues it and takes over its history"),
                Column("effective_on", "date", "first day on which it does", required=True),
            ),
        ),
        Table(
            "duplicates",
            "incidents that repeat another incident, told by another source",
            ("incident_id",),
            (
                _id("incident_id", "the repetition"),
                _id("duplicate_of", "the incident that it repeats"),
                Column("weight", "number", "certainty that both are the same", unit="0-1", low=0, high=1),
            ),
        ),
    )
}
