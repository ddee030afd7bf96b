"""The part of a card that a promotion completes: what the checks said, and how the version became champion."""

from collections.abc import Sequence

from models.documents import Block, Paragraph, Section, Table
from models.registry import Promotion
from training.checks.verdict import ReleaseReport

RELEASE = "Release checks and promotion"


def release_section(report: ReleaseReport | None, promotions: Sequence[Promotion]) -> Section:
    """The checks with their verdicts, and how the version became champion."""
    return Section(RELEASE, (*_checks(report), *_promotions(promotions)))


def _checks(report: ReleaseReport | None) -> tuple[Block, ...]:
    if report is None:
        return (Paragraph("Not yet checked. Run trustlane check."),)
    counts = dict.fromkeys(("passed", "warned", "failed", "not judged"), 0)
    for result in report.results:
        counts[result.verdict] += 1
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
    stand = ", ".join(str(result.number) for result in report.blocking)
    words = f"In the way of a release: {stand}." if stand else "Nothing stands in the way of a release."
    rows = tuple((str(each.number), each.name, each.verdict, each.sentence) for each in report.results)
    return (
        Paragraph(f"Of {len(report.results)} checks: {told}. {words}"),
        Table("Release checks", ("Number", "Check", "Verdict", "What was found"), rows),
    )


def _promotions(promotions: Sequence[Promotion]) -> tuple[Block, ...]:
    if not promotions:
        return (Paragraph("It has not been champion."),)
    rows = tuple(
        (
            each.at[:10],
            each.replaced or "none",
            "yes" if each.forced else "no",
            each.by or "not told",
            each.reason,
        )
        for each in promotions
    )
    return (Table("Promotions", ("When", "In place of version", "Overruled", "By", "Reason"), rows),)
