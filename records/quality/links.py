"""Whom the parties in reports are linked to, by what, and who is still nobody's."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from dataclasses import dataclass

from records.quality.check import Check, Findings, wrong_rows
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
