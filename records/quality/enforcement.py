"""Decisions that should stand in the record and do not.

An action on any of the entries that are joined as one incident is an action on the incident. An incident younger than
the grace period may still be decided on and is not asked for yet.
"""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from records.quality.check import Check, every_row, wrong_rows
from records.quality.entries import heads
from records.quality.expectations import Expectations

AROUND_DAYS = 60
"""Days before and after a suspension or removal takes effect within which a decision counts as its decision."""


def enforcement_checks(expectations: Expectations, *, joined: bool) -> tuple[Check, ...]:
    """What is asked of the actions; ``joined`` says whether the record has a table of duplicates."""
    return (_incident_without_action(expectations.action_days, joined=joined), _standing_without_action())


def _incident_without_action(days: int, *, joined: bool) -> Check:
    asked = f"""
    (SELECT i.* FROM valid_incidents i JOIN ({heads(joined=joined)}) h USING (incident_id)
        WHERE h.head = i.incident_id AND i.first_known_at < getvariable('as_of') - INTERVAL {days} DAY
        AND i.incident_id IN (SELECT g.head FROM valid_involvements v JOIN ({heads(joined=joined)}) g
            USING (incident_id) WHERE v.participant_id IS NOT NULL)) t
    """
    bare = f"""
    {asked} WHERE t.incident_id NOT IN (SELECT g.head FROM valid_actions a JOIN ({heads(joined=joined)}) g
        ON g.incident_id = a.incident_id)
    """
    return Check(
        "missing.action",
        f"Incident of a participant without any action, {days} days after it became known",
        "The audit found incidents without enforcement and without explanation; that, too, needs a reason on record.",
        ("incidents", "involvements", "actions"),
        wrong_rows("incidents", bare, "concat('known ', strftime(t.first_known_at, '%Y-%m-%d'))"),
        f"SELECT t.occurred_on AS day FROM {asked}",
        kind="missing",
    )


def _standing_without_action() -> Check:
    bare = f"""
    valid_statuses t WHERE status IN ('suspended', 'removed') AND NOT EXISTS (FROM valid_actions a
        WHERE a.participant_id = t.participant_id
        AND a.kind = CASE t.status WHEN 'suspended' THEN 'suspension' ELSE 'removal' END
        AND a.decided_on BETWEEN t.effective_on - INTERVAL {AROUND_DAYS} DAY
        AND t.effective_on + INTERVAL {AROUND_DAYS} DAY)
    """
    return Check(
        "missing.standing",
        "Suspension or removal without an action",
        "Benefits were taken, and no decision says by whom, by which criterion and why.",
        ("statuses", "actions"),
        wrong_rows("statuses", bare, "t.status"),
        every_row("statuses", "WHERE status IN ('suspended', 'removed')"),
        kind="missing",
    )
