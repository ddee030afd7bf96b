"""The catalog's part about those around a firm: partners, peers, corridor."""

from features.catalog_forms import SECOND, THREE_YEARS, YEAR, fact
from features.feature import INCIDENT_TABLES, Feature
from features.peers import FEWEST_PEERS

PARTNERS = (*INCIDENT_TABLES, "partnerships")
NO_PARTNER = "no partner on record"
TOO_FEW_PEERS = "too few peers of its size, or all alike"
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
        "second_partner_incidents_prior_365d",
        "partners",
        "count",
        PARTNERS,
        (
            f"incidents {YEAR} of the other partners of its partners, one for each way there; not applicable without "
            "partners",
            f"{{n}} [incident|incidents] of its partners' other partners {YEAR}",
            NO_PARTNER,
        ),
        monotone=1,
        availability="all_rows",
        since=SECOND,
    ),
    fact(
        "partner_network_participants",
        "partners",
        "count",
        PARTNERS,
        (
            "firms that hang together through partnerships, itself included",
            "{n} [firm|firms] hang together through its partnerships",
            NO_PARTNER,
        ),
        availability="all_rows",
        since=SECOND,
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
    fact(
        "same_size_peer_incidents_per_100_prior_365d",
        "peers",
        "per 100 firms",
        INCIDENT_TABLES,
        (
            f"incidents {YEAR} for each 100 other participants of the same business type, country and size, leaning on "
            "those of any size as if on 20 more firms; not applicable without known peers of any size",
            f"{{x}} [incident|incidents] {YEAR} for each 100 firms of its type, country and size",
            NO_PEERS,
        ),
        monotone=1,
        availability="all_rows",
        since=SECOND,
    ),
    fact(
        "peer_percentile_of_incidents_prior_1095d",
        "peers",
        "share",
        INCIDENT_TABLES,
        (
            f"share of peers of the same type, country and size with fewer incidents {THREE_YEARS}, half of those with "
            f"as many added; not applicable with fewer than {FEWEST_PEERS} peers",
            f"more incidents {THREE_YEARS} than {{pct}} of firms of its type, country and size",
            TOO_FEW_PEERS,
        ),
        monotone=1,
        availability="all_rows",
        since=SECOND,
    ),
    fact(
        "peer_z_of_incidents_prior_1095d",
        "peers",
        "z",
        INCIDENT_TABLES,
        (
            f"incidents {THREE_YEARS} minus the mean of peers of the same type, country and size, in their standard "
            f"deviations; not applicable with fewer than {FEWEST_PEERS} peers, or when all have as many",
            f"incidents {THREE_YEARS} are {{x}} standard deviations from the mean of its peers",
            TOO_FEW_PEERS,
        ),
        monotone=1,
        availability="all_rows",
        since=SECOND,
    ),
)

CORRIDOR_FEATURES: tuple[Feature, ...] = (
    *(
        fact(
            f"{name}_incidents_per_100_prior_365d",
            "corridor",
            "per 100 firms",
            INCIDENT_TABLES,
            (
                f"incidents {YEAR} for each 100 other participants {where}; not applicable without others",
                f"{{x}} [incident|incidents] {YEAR} for each 100 other firms {where}",
                unknown,
            ),
            monotone=1,
            availability="all_rows",
            since=SECOND,
        )
        for name, where, unknown in (
            ("country", "of the same country", "country not known or no others"),
            ("office", "under the same field office", "field office not known or no others"),
        )
    ),
    *(
        fact(
            f"{name}_incidents_prior_{days}d",
            "corridor",
            "count",
            INCIDENT_TABLES,
            (
                f"incidents in the last {days} days {where}, one for each other participant involved; {without}",
                f"{{n}} [incident|incidents] of others {said} in the last {days} days",
                unknown,
            ),
            monotone=1,
            availability="all_rows",
            since=SECOND,
        )
        for name, where, said, without, unknown in (
            (
                "origin_country",
                "with goods from the participant's country",
                "with goods from its country",
                "unknown without a country",
                "country not known",
            ),
            (
                "last_port",
                "at the port of its own last incident",
                "at the port of its last incident",
                "not applicable without an incident at a known port",
                "no incident at a known port",
            ),
        )
        for days in (90, 365)
    ),
)
