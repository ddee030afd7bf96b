"""Entries that repeat another entry: those joined already, those that look like it, and actions told twice."""

from records.quality.check import Check, Findings, every_row, wrong_rows
from records.quality.metric import Metric

JOINED = Check(
    "duplicate.joined",
    "Incident joined to another entry that it repeats",
    "It counts once; the number says how often sources tell the same incident apart.",
    ("incidents", "duplicates"),
    wrong_rows(
        "incidents",
        "valid_incidents t JOIN valid_duplicates d USING (incident_id) "
        "JOIN valid_incidents o ON o.incident_id = d.duplicate_of",
        "concat('repeats ', d.duplicate_of, ', weight ', round(d.weight, 3))",
    ),
    every_row("incidents"),
    kind="duplicate",
)


def measure_repeats(findings: Findings) -> tuple[Metric, ...]:
    """Repeated incidents and actions."""
    return (findings.ask(JOINED),)
