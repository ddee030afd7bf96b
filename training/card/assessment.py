"""A draft of the impact assessment of one version: each duty, what the system does, the evidence, what is left to do.

The duties are those of federal rules on such systems: DHS Directive 139-08 (AI output is never the sole basis), the
minimum practices for high-impact AI of OMB memorandum M-25-21, and the four principles of the accountability framework
GAO-21-519SP; besides them what audits of other ranking systems asked for. A person completes and signs it.
"""

from collections.abc import Sequence

from models.documents import Block, Document, Gap, Listing, Paragraph, Section, Table
from models.registry import Promotion
from training.card.card import NOT_YET_JUDGED, card_facts
from training.card.results import capacities_of, middle_capacity
from training.card.source import CardSource, data_notice, not_rated_words
from training.card.words import capacity_name, counted, digits_of, figure, metric_name, share
from training.checks.judged import Judged
from training.checks.verdict import ReleaseReport

DRAFT = (
    "DRAFT for a person to complete. It was written from what was measured; what only a person knows stands open "
    "below, and nothing here is an approval."
)
DIRECTIVE, MEMORANDUM, FRAMEWORK = "DHS Directive 139-08", "OMB M-25-21", "GAO-21-519SP"


def build_assessment(source: CardSource) -> Document:
    """The draft; where the version was not judged, the evidence says so."""
    notices = [DRAFT, data_notice(source.simulated)]
    if source.judged is None:
        notices.append(NOT_YET_JUDGED)
    sections = (*_federal(source), *_accountability(source), _neighbors(source), _signatures())
    return Document(
        title=f"Impact assessment, draft: {source.name}",
        model_digest=source.model.digest,
        simulated=source.simulated,
        notices=tuple(notices),
        facts=card_facts(source),
        sections=(_overview(sections), *sections),
    )


def governance_section(report: ReleaseReport | None, promotions: Sequence[Promotion]) -> Section:
    """The duty that a promotion bears upon: written again when the version becomes champion."""
    return _duty(
        f"Governance ({FRAMEWORK})",
        "Every version and every promotion with its reason and who gave it are kept and never overwritten; of the "
        "checks, those that were run last.",
        [*_release(report), *_promoted(promotions)],
        "Goals, roles and the person who answers for this system.",
    )


def _duty(title: str, does: str, evidence: list[str], *left: str) -> Section:
    shown: tuple[Block, ...] = (Paragraph("Evidence:"), Listing(tuple(evidence))) if evidence else ()
    return Section(title, (Paragraph(does), *shown, *(Gap(words) for words in left)))


def _overview(sections: tuple[Section, ...]) -> Section:
    rows = []
    for each in sections:
        left = sum(isinstance(block, Gap) for block in each.blocks)
        shown = sum(len(block.items) for block in each.blocks if isinstance(block, Listing))
        rows.append((each.title, str(shown), str(left)))
    note = "Evidence counts statements that this version's own run bears out."
    return Section(
        "Overview", (Table("Duties", ("Duty", "Pieces of evidence", "Left to a person"), tuple(rows), note),)
    )


def _federal(source: CardSource) -> tuple[Section, ...]:
    return (
        _duty(
            f"Never the sole basis ({DIRECTIVE})",
            "A score orders the work. Every page of the console says that it is no ground for an action, and no part "
            "of the system acts by itself. Facts stand before the score, mitigating reasons beside raising ones.",
            _check(source, 6),
            "By which written criteria persons decide, and who decides. The system shows decisions that are on record, "
            "and brings draft criteria and an append-only, signed ledger that `trustlane audit verify` checks.",
        ),
        _duty(
            f"Testing before use ({MEMORANDUM})",
            "Before a version serves it is judged at moments of the past, each with what was known then, against "
            "simple rules, and passes numbered checks or is forced with a reason that is kept.",
            [*_ranking(source), *_release(source.report)],
            "Whether these figures are good enough for the use that is planned, and who says so.",
            *(("A test on the program's real records: these are simulated.",) if source.simulated else ()),
        ),
        _duty(
            f"Impact assessment ({MEMORANDUM})",
            "This draft is written for every version that is checked, from the figures of that version.",
            [*_benefit(source), *_groups(source)],
            "The purpose in law, the cost, and what is done if the benefit does not come.",
            "Which rights and interests of firms and persons are touched, and how likely and grave a harm is.",
            "Whether less intrusive means would do: the simple rules beside the model are shown in its card.",
        ),
        _duty(
            f"Monitoring ({MEMORANDUM})",
            "The quality of the record is measured at every training, and a version can be judged again on newer "
            "records. Drift of scores and labels is not watched by itself yet.",
            [*_check(source, 3), *_check(source, 4)],
            "How often the version is judged again, by whom, and at which figures it is taken out of service.",
        ),
        _duty(
            f"Training of operators ({MEMORANDUM})",
            "The console explains each figure where it stands, and words are given for every feature.",
            [],
            "Who was trained, on what and when; among it that a score is no finding, and that not rated is not low "
            "risk.",
        ),
        _duty(
            f"Human oversight and fail-safe ({MEMORANDUM})",
            "A person sees each reason with the records behind it before deciding. Not scored are "
            f"{not_rated_words(source.model)}. Without a model that fits its record the "
            "service shows the facts alone; an earlier version can be promoted again at once. Who may see or do what "
            "is not limited by the system yet.",
            [*_check(source, 7), *_check(source, 8)],
            "Who may override the list, and who may stop the service.",
            "How access is limited until the system does it.",
        ),
        _duty(
            f"Review and appeal ({MEMORANDUM})",
            "A score at any past date is computed from what was known then, and an earlier version, kept with its data "
            "version, gives the same score again. A correction that becomes known changes later scores; what was known "
            "before stays on record.",
            _check(source, 6),
            "How a firm learns that a list had a part in an examination, where it can ask for a review, and in which "
            "time.",
        ),
        _duty(
            f"Feedback of those affected ({MEMORANDUM})",
            "The system collects none.",
            [],
            "Who was consulted, members and the public, what they said, and what was changed for it.",
        ),
    )


def _accountability(source: CardSource) -> tuple[Section, ...]:
    return (
        governance_section(source.report, source.promotions),
        _duty(
            f"Data ({FRAMEWORK})",
            "The record is taken in through one door, with the day on which each row became known. Features and labels "
            "use nothing that was not known at their moment.",
            [*_check(source, 1), *_quality(source)],
            "Whether the record represents the program: which incidents never reach it, and why.",
        ),
        _duty(
            f"Performance ({FRAMEWORK})",
            "Figures stand with 95 % intervals and beside simple rules; what is not known is named.",
            [*_check(source, 2), *_check(source, 3), *_check(source, 10)],
            "The targets that performance is held to. None are set by the system.",
        ),
        _duty(
            f"Monitoring over time ({FRAMEWORK})",
            "Lists of two months are compared, and the change is split into news, learning again and seed.",
            _check(source, 4),
            "Until when this version may serve, and what would end its use earlier.",
        ),
    )


def _neighbors(source: CardSource) -> Section:
    model = source.model
    return _duty(
        "What audits of other ranking systems asked for",
        "GAO-13-9 found targeting without performance targets and with a change of weights that nobody had written "
        "down; a review by the National Academies (2017) found a safety ranking without uncertainty, with weights by "
        "opinion and thin data; site-specific targeting by OSHA draws a random list, so that targeting stays "
        "measurable.",
        [
            f"Every setting is recorded, under the recipe digest {source.recipe_digest[:12]}."
            if source.recipe_digest
            else "No recipe is kept with this version.",
            f"It learned from {model.facts.get('training_positives', 'an unknown number of')} positive rows.",
            "Probabilities are shown with an interval, and thin records are not rated.",
            "A share of the places of every list can be drawn at random.",
        ],
        "Performance targets, and the share of places that is drawn at random.",
    )


def _signatures() -> Section:
    return Section(
        "Completion",
        (
            Gap("Completed by, and when."),
            Gap("Reviewed by someone without a part in the system, and when."),
            Gap("Approved by, until when, and under which conditions."),
        ),
    )


def _check(source: CardSource, number: int) -> list[str]:
    if source.report is None:
        return []
    return [
        f"Check {result.number}, {result.name}, {result.verdict}: {result.sentence}"
        for result in source.report.results
        if result.number == number
    ]


def _release(report: ReleaseReport | None) -> list[str]:
    if report is None:
        return ["The version was not checked yet."]
    stand = [f"{result.number} ({result.name})" for result in report.blocking]
    passed = sum(result.verdict == "passed" for result in report.results)
    return [
        f"{passed} of {len(report.results)} release checks passed; "
        + (f"in the way stand {', '.join(stand)}." if stand else "none stands in the way.")
    ]


def _promoted(promotions: Sequence[Promotion]) -> list[str]:
    return [
        f"Champion since {each.at[:10]}, {'overruling checks' if each.forced else 'nothing overruled'}, "
        f"signed by {each.by or 'nobody by name'}: {each.reason}"
        for each in promotions[-1:]
    ] or ["It has not been champion."]


def _ranking(source: CardSource) -> list[str]:
    if source.judged is None:
        return [NOT_YET_JUDGED + (f" {source.unjudged}" if source.unjudged else "")]
    told = [_figure(source.judged, "average_precision"), *_at_capacity(source.judged, "precision", "recall")]
    origins = counted(len(source.judged.origins), "origin")
    return [f"{words} over {origins}." for words in told if words]


def _benefit(source: CardSource) -> list[str]:
    if source.judged is None:
        return []
    return [f"{words}." for words in _at_capacity(source.judged, "lift", "days_earlier") if words]


def _at_capacity(judged: Judged, *metrics: str) -> list[str]:
    capacity = middle_capacity(capacities_of(judged.summary))
    return [] if capacity is None else [_figure(judged, f"{metric}_at_{capacity}") for metric in metrics]


def _figure(judged: Judged, metric: str) -> str:
    rows = judged.summary
    own = rows[(rows["slice"] == "all") & (rows["metric"] == metric) & (rows["ranking"] == judged.candidate)]
    if own.empty:
        return ""
    plain, _, capacity = metric.partition("_at_")
    where = f" within {capacity_name(capacity)}" if capacity else ""
    value = figure(*own.iloc[0][["value", "lower", "upper"]].astype("float64"), digits=digits_of(plain))
    return f"{metric_name(plain)}{where} {value}"


def _groups(source: CardSource) -> list[str]:
    told = _check(source, 5)
    found = source.equal_recall
    if found is not None and found["recall_lost"].notna().any():
        worst = found.sort_values("recall_lost").dropna(subset=["recall_lost"]).iloc[-1]
        told.append(
            f"The same recall in every group of {str(worst['grouping']).replace('_', ' ')} would lower recall at the "
            f"same capacity from {share(worst['recall'])} to {share(worst['recall_equal'])} or less."
        )
    return told


def _quality(source: CardSource) -> list[str]:
    return [
        f"{each['title']}: {share(each['value'])} ({each['meaning']}); target {str(each['status']).replace('_', ' ')}."
        for each in source.quality.get("headline", [])
    ]
