"""Whom the parties in reports are linked to, by what, and who is still nobody's."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from dataclasses import dataclass

from records.linkage import link_parties
from records.quality.check import Check, Findings, wrong_rows
from records.quality.metric import Metric
from records.quality.repeats import MOST_COMPARED, NOT_SEARCHED, TOO_MANY, stored_rows, unanswered, versions
from records.quality.rules_references import PARTIES

CERTAIN = 0.9999
"""A link by number has the full weight; one by name never has."""

OPEN = Check(
    "link.open",
    "Party linked to no participant",
    "Its incident counts for nobody. Firms outside the program are among these parties until a person says so.",
    ("incidents", "involvements"),
    wrong_rows(
        "involvements",
        f"{PARTIES} WHERE t.participant_id IS NULL AND NOT starts_with(t.source, 'review:')",
        "coalesce(party_name, concat(party_scheme, ' ', party_value), 'no name')",
        day="i.occurred_on",
    ),
    f"SELECT i.occurred_on AS day FROM {PARTIES}",
    kind="link",
)


REVIEW = Check(
    "link.review",
    "Party that waits for a person",
    "A name much like a participant's, and not alike enough to link without a look; see trustlane link review.",
    ("incidents", "involvements", "participants"),
    wrong_rows(
        "involvements",
        f"{PARTIES} SEMI JOIN proposed w ON w.incident_id = t.incident_id AND w.party_no = t.party_no",
        "coalesce(party_name, 'no name')",
        day="i.occurred_on",
    ),
    f"SELECT i.occurred_on AS day FROM {PARTIES}",
    kind="link",
)


@dataclass(frozen=True)
class LinkShares:
    """Parties of valid incidents by how they are linked.

    ``outside`` are those of whom a person decided that they are no participant; ``open`` are linked to nobody.
    """

    parties: int
    given: int
    by_number: int
    by_name: int
    by_person: int
    outside: int
    open: int


def measure_links(findings: Findings) -> LinkShares:
    """How the parties of valid incidents are linked now."""
    row = findings.connection.execute(
        f"""
        SELECT count(*),
            count(*) FILTER (linked AND NOT derived AND NOT person),
            count(*) FILTER (linked AND derived AND link_weight >= {CERTAIN}),
            count(*) FILTER (linked AND derived AND NOT coalesce(link_weight >= {CERTAIN}, false)),
            count(*) FILTER (linked AND person),
            count(*) FILTER (NOT linked AND person),
            count(*) FILTER (NOT linked AND NOT person)
        FROM (SELECT t.participant_id IS NOT NULL AS linked, t.source = 'linkage' AS derived,
            starts_with(t.source, 'review:') AS person, t.link_weight FROM {PARTIES})
        """
    ).fetchall()[0]
    return LinkShares(*(int(count) for count in row))


def link_metrics(findings: Findings, *, search: bool) -> tuple[Metric, Metric]:
    """Parties linked to nobody, and those of them that wait for a person; ``search`` says whether to look for these."""
    return findings.ask(OPEN), _waiting(findings, search=search)


def _waiting(findings: Findings, *, search: bool) -> Metric:
    if not search or versions(findings, "involvements") > MOST_COMPARED:
        return unanswered(findings, REVIEW, TOO_MANY if search else NOT_SEARCHED)
    latest = stored_rows(findings, "involvements").sort_values(
        ["incident_id", "party_no", "known_at", "record_id"], kind="stable"
    )
    latest = latest.drop_duplicates(["incident_id", "party_no"], keep="last")
    still_open = latest[latest["participant_id"].isna() & ~latest["retracted"]].reset_index(drop=True)
    others = [stored_rows(findings, name) for name in ("incidents", "identifiers", "participants", "merges")]
    findings.connection.register("proposed", link_parties(still_open, *others).proposals[["incident_id", "party_no"]])
    metric = findings.ask(REVIEW)
    findings.connection.unregister("proposed")
    return metric
