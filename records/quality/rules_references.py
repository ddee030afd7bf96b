"""Consistency of references: rows that name what the record does not hold, or lack what must stand beside them."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from records.quality.check import Check, every_row, wrong_rows

NOBODY = "NOT EXISTS (FROM valid_participants p WHERE p.participant_id = t.participant_id)"
PARTIES = "valid_involvements t JOIN valid_incidents i USING (incident_id)"
"""Parties of incidents that hold; their day is the incident's."""
LINKED_PARTIES = f"SELECT i.occurred_on AS day FROM {PARTIES} WHERE t.participant_id IS NOT NULL"


def _of_nobody(id: str, table: str, title: str) -> Check:
    return Check(
        id,
        title,
        "No such account: nobody answers for the row, and no figure of a participant counts it.",
        (table, "participants"),
        wrong_rows(
            table,
            f"valid_{table} t WHERE t.participant_id IS NOT NULL AND {NOBODY}",
            "concat('participant ', t.participant_id)",
        ),
        every_row(table),
    )


def _never_recorded(id: str, table: str, column: str, parent: str, title: str, why: str) -> Check:
    return Check(
        id,
        title,
        why,
        (table, parent),
        wrong_rows(
            table,
            f"valid_{table} t WHERE t.{column} IS NOT NULL "
            f"AND NOT EXISTS (FROM every_{parent} o WHERE o.{column} = t.{column})",
            f"concat('no ', t.{column})",
        ),
        every_row(table, f"WHERE t.{column} IS NOT NULL"),
    )


_OVERLAPPING = """
(SELECT a.*, min(b.participant_id) AS other FROM valid_identifiers a JOIN valid_identifiers b
    ON a.scheme = b.scheme AND a.value = b.value AND a.participant_id <> b.participant_id
    AND coalesce(a.valid_from, TIMESTAMP '0001-01-01') < coalesce(b.valid_to, TIMESTAMP '9999-01-01')
    AND coalesce(b.valid_from, TIMESTAMP '0001-01-01') < coalesce(a.valid_to, TIMESTAMP '9999-01-01')
    GROUP BY ALL) t
"""
_NO_PARTY_TO_IT = """
valid_actions t WHERE t.participant_id IS NOT NULL
    AND EXISTS (FROM valid_incidents i WHERE i.incident_id = t.incident_id)
    AND NOT EXISTS (FROM valid_involvements v WHERE v.incident_id = t.incident_id
        AND (v.participant_id IS NULL OR v.participant_id = t.participant_id))
"""

REFERENCE_RULES = (
    Check(
        "QR020",
        "Incident without involvement",
        "It happened to somebody: an incident without a party counts for nobody.",
        ("incidents", "involvements"),
        wrong_rows("incidents", "valid_incidents t ANTI JOIN valid_involvements v USING (incident_id)", "'no party'"),
        every_row("incidents"),
    ),
    _never_recorded(
        "QR021",
        "involvements",
        "incident_id",
        "incidents",
        "Involvement in an incident that was never recorded",
        "The report that named the party is lost.",
    ),
    Check(
        "QR022",
        "Involvement of a participant who had not enrolled on the day",
        "The link is wrong, or the account has a date too late.",
        ("incidents", "involvements", "participants"),
        wrong_rows(
            "involvements",
            f"{PARTIES} JOIN valid_participants p ON p.participant_id = t.participant_id "
            "WHERE i.occurred_on < p.enrolled_on",
            "concat('participant ', t.participant_id, ', occurred ', strftime(i.occurred_on, '%Y-%m-%d'), "
            "', enrolled ', strftime(p.enrolled_on, '%Y-%m-%d'))",
            day="i.occurred_on",
        ),
        LINKED_PARTIES,
    ),
    Check(
        "QR023",
        "Involvement of an unknown participant",
        "No such account: the incident counts for nobody.",
        ("incidents", "involvements", "participants"),
        wrong_rows(
            "involvements",
            f"{PARTIES} WHERE t.participant_id IS NOT NULL AND {NOBODY}",
            "concat('participant ', t.participant_id)",
            day="i.occurred_on",
        ),
        LINKED_PARTIES,
    ),
    _never_recorded(
        "QR024",
        "actions",
        "incident_id",
        "incidents",
        "Action about an incident that was never recorded",
        "A decision on something that nobody can look up.",
    ),
    Check(
        "QR025",
        "Action about a participant who is no party to its incident",
        "The party is linked to another account than the decision: one of the two is wrong.",
        ("actions", "incidents", "involvements"),
        wrong_rows(
            "actions", _NO_PARTY_TO_IT, "concat('participant ', t.participant_id, ', incident ', t.incident_id)"
        ),
        every_row("actions", "WHERE t.incident_id IS NOT NULL AND t.participant_id IS NOT NULL"),
    ),
    _of_nobody("QR026", "exposures", "Exposure without participant"),
    _of_nobody("QR027", "actions", "Action about an unknown participant"),
    _of_nobody("QR028", "statuses", "Standing of an unknown participant"),
    _of_nobody("QR029", "validations", "Visit to an unknown participant"),
    _never_recorded(
        "QR030",
        "findings",
        "validation_id",
        "validations",
        "Finding of a visit that was never recorded",
        "What was found cannot be traced to who was visited.",
    ),
    Check(
        "QR031",
        "One number names two participants on the same day",
        "A party that gives this number cannot be linked to either of them.",
        ("identifiers",),
        wrong_rows("identifiers", _OVERLAPPING, "concat('also names ', t.other)"),
        every_row("identifiers"),
    ),
    Check(
        "QR032",
        "Account merged into an unknown account, or into itself",
        "Its history would be nobody's.",
        ("merges", "participants"),
        wrong_rows(
            "merges",
            "valid_merges t WHERE t.participant_id = t.into_participant_id OR t.into_participant_id IS NULL OR "
            "NOT EXISTS (FROM valid_participants p WHERE p.participant_id = t.into_participant_id)",
            "concat('into ', t.into_participant_id)",
        ),
        every_row("merges"),
    ),
)
