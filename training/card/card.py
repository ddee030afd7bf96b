"""The model card of one version, under the headings of Mitchell et al., Model Cards for Model Reporting (2019)."""

from collections.abc import Sequence

from features.catalog import FAMILIES
from models.documents import Block, Document, Drawing, Gap, Listing, Paragraph, Section, Table
from training.card.own_rates import own_rates_table
from training.card.release import release_section
from training.card.results import (
    capacities_of,
    capacity_table,
    disparity_table,
    equal_recall_table,
    figures_of,
    middle_capacity,
    origins_table,
    overall_table,
    paired_table,
    slices_table,
)
from training.card.source import CardSource, data_notice, not_rated_words
from training.card.words import NOTHING, capacity_name, counted, figure, metric_name, share
from training.log_items import importance_tables

NOT_YET_JUDGED = "NOT YET JUDGED by a backtest: no figure here says how well this version ranks."
FORBIDDEN = (
    "as the ground, or the only ground, for suspension, removal, denial of a benefit or any other act against a "
    "participant; a person decides, cites a written criterion and signs",
    "for decisions about natural persons, and to infer intent or guilt",
    "for firms outside the program, and for another program than the one whose record it learned from",
    "as a sign that a participant with a low or no score is safe",
    "for a horizon other than its own",
)


def build_card(source: CardSource, drawings: Sequence[Drawing] = ()) -> Document:
    """The card, as complete as what is known: without a backtest it says plainly that it was not judged."""
    judged = source.judged
    notices = [data_notice(source.simulated)]
    if judged is None:
        notices.append(NOT_YET_JUDGED + (f" {source.unjudged}" if source.unjudged else ""))
    sections = (
        Section("Model details", _details(source)),
        Section("Intended use", _use(source)),
        Section("Factors", _factors()),
        Section("Metrics", _metrics()),
        Section("Evaluation data", _evaluation(source)),
        Section("Training data", _training(source)),
        Section("Quantitative analyses", _analyses(source, drawings)),
        release_section(source.report, source.promotions),
        Section("Ethical considerations", _ethics()),
        Section("Caveats and recommendations", _caveats(source)),
    )
    return Document(
        title=f"Model card: {source.name}",
        model_digest=source.model.digest,
        simulated=source.simulated,
        notices=tuple(notices),
        facts=card_facts(source),
        sections=sections,
        figures={} if judged is None else figures_of(judged),
    )


def card_facts(source: CardSource) -> tuple[tuple[str, str], ...]:
    """What identifies the version and the record behind it."""
    model = source.model
    return (
        ("Version", source.version or "not registered"),
        ("Program", "not told" if source.program is None else source.program.name),
        ("Data", {True: "simulated", False: "real", None: "not told"}[source.simulated]),
        ("Data version", model.data_version),
        ("Looks ahead", f"{model.horizon_days} days"),
        ("Model digest", model.digest),
    )


def _details(source: CardSource) -> tuple[Block, ...]:
    model = source.model
    settings = tuple((str(name), str(value)) for name, value in model.spec.to_dict().items())
    versions = model.facts.get("versions", {})
    made = [
        ("Model digest", model.digest),
        ("Recipe digest", source.recipe_digest or NOTHING),
        ("Catalog of features", model.catalog_hash),
        ("Run", source.run_id or NOTHING),
        ("Seed", str(model.seed)),
        ("Made with", ", ".join(f"{name} {number}" for name, number in versions.items()) or NOTHING),
    ]
    return (
        Paragraph(
            f"It gives each participant at risk a probability of at least one recorded incident within "
            f"{model.horizon_days} days, an expected number of incidents, an interval, a rank and reasons that add up "
            f"to the score. It reads {len(model.features)} features of the record as it was known at the date."
        ),
        Paragraph(model.calibration.words()),
        Table("Versions and digests", ("What", "Value"), tuple(made)),
        Table("Settings of the fit", ("Setting", "Value"), settings),
        Gap("Who owns this model, who answers questions about it, and under which terms it may be used."),
    )


def _use(source: CardSource) -> tuple[Block, ...]:
    return (
        Paragraph(
            "Intended: order the participants of one trusted-trader program for a fixed capacity of examination and "
            "validation, by persons of the program who see the reasons and the evidence behind each. "
            "The score advises. It is no ground for an action by itself."
        ),
        Paragraph("Forbidden:"),
        Listing(tuple(f"{words}." for words in FORBIDDEN)),
        Paragraph(f"Not scored: {not_rated_words(source.model)}."),
    )


def _factors() -> tuple[Block, ...]:
    return (
        Paragraph(
            "Judged apart are participants with and without history, business type, size, country or region, border "
            "and field office, as known at the date. Nationality or ethnicity of persons is no input and is not on "
            "record; the country of a firm is, and disparity by it is shown below."
        ),
        Paragraph(
            "What gets recorded depends on who is examined and how promptly incidents are reported. Both differ "
            "between groups, and the model cannot tell a quiet participant from one that nobody looked at."
        ),
    )


def _metrics() -> tuple[Block, ...]:
    return (
        Paragraph(
            "The list is what is used, so precision, recall and lift at the capacity stand first, with the days by "
            "which incidents are reached earlier. Average precision ranks versions. Probabilities are judged by slope "
            "and by expected over observed. Ties count by their exact expected value. Intervals are 95 %, by draws of "
            "whole participants; differences to simple rules are drawn in pairs."
        ),
    )


def _evaluation(source: CardSource) -> tuple[Block, ...]:
    if source.judged is None:
        return (Paragraph(NOT_YET_JUDGED), *([Paragraph(source.unjudged)] if source.unjudged else []))
    return (
        Paragraph(
            f"A backtest on data version {source.judged.data_version}: at each origin the cohort as known then, "
            "features of what was known before, and a gap of the horizon and the reporting delay before what was "
            "learned from."
        ),
        origins_table(source.judged),
    )


def _training(source: CardSource) -> tuple[Block, ...]:
    model, split, tally = source.model, source.split, source.tally
    kinds = (("rows", "Rows"), ("positives", "Positive rows"), ("participants", "Participants"))
    dates = (("first_as_of", "First date"), ("last_as_of", "Last date"))
    rows = [
        (name, *(_told(model.facts.get(f"{part}_{key}")) for part in ("training", "calibration")))
        for key, name in (*kinds, *dates)
    ]
    return (
        Paragraph(
            f"{data_notice(source.simulated)} Labels as known on {split.origin:%Y-%m-%d}, with {split.margin.days} "
            f"days allowed for late reports. Left out: {tally.get('immature', 0):,} rows too recent to be labelled and "
            f"{tally.get('censored', 0):,} whose participant left before the window ended; those like them stand in "
            "by weight."
        ),
        Table("Rows learned from", ("Of the rows", "Fit", "Calibration"), tuple(rows)),
        *_quality(source),
    )


def _quality(source: CardSource) -> tuple[Block, ...]:
    headline = source.quality.get("headline")
    if not headline:
        return (Paragraph("The quality of the record was not measured with this version."),)
    rows = [
        (each["title"], share(each["value"]), str(each["status"]).replace("_", " "), each["meaning"])
        for each in headline
    ]
    return (
        Table(
            "Quality of the record",
            ("Headline", "Share", "Target", "Of"),
            tuple(rows),
            f"Measured as of {str(source.quality.get('as_of', ''))[:10]}; the whole report is kept with the run.",
        ),
    )


def _analyses(source: CardSource, drawings: Sequence[Drawing]) -> tuple[Block, ...]:
    judged = source.judged
    blocks: list[Block] = []
    if judged is None:
        blocks.append(_slice_table(source))
    else:
        blocks += [overall_table(judged), capacity_table(judged)]
        blocks += [paired_table(judged, middle_capacity(capacities_of(judged.summary))), slices_table(judged)]
    if source.disparity is not None and not source.disparity.empty:
        blocks.append(disparity_table(source.disparity))
    if source.equal_recall is not None and not source.equal_recall.empty:
        blocks.append(equal_recall_table(source.equal_recall))
    return (*blocks, *own_rates_table(source.model), _drivers(source), *drawings)


def _slice_table(source: CardSource) -> Table:
    rows = []
    for name, value in source.means.items():
        metric, _, capacity = name.partition("_at_")
        words = metric_name(metric) + (f" at {capacity_name(capacity)}" if capacity else "")
        rows.append((words, figure(value, digits=4)))
    return Table(
        "On the calibration slice only",
        ("Figure, mean over dates", "Value"),
        tuple(rows),
        "Dates later than those fitted on. Calibration was fitted here, so its own figures flatter; there are no "
        "intervals and no simple rules beside them. The backtest is the judge.",
    )


def _drivers(source: CardSource) -> Table:
    _, groups = importance_tables(source.model)
    rows = [
        (title, FAMILIES[family].meaning, f"{contribution:.4f}")
        for family, title, contribution in groups.to_numpy().tolist()
    ]
    note = "Mean absolute contribution to the log-odds over the last cohort seen in training."
    return Table("What drives it", ("Factor group", "Meaning", "Contribution"), tuple(rows), note)


def _ethics() -> tuple[Block, ...]:
    harmed = "An examination burdens a firm that did nothing, and a list that overlooks a group leaves it unwatched."
    return (
        Paragraph(
            f"{harmed} Both are shown by group above. Where groups differ in risk no ranking can hold recall, false "
            "positives and calibration equal at once (Chouldechova 2017)."
        ),
        Paragraph(
            "Labels are incidents that were recorded. Where nobody looks nothing is recorded, so the model learns the "
            "risk of a recorded incident under past examination, and a list drawn by it alone would confirm itself. A "
            "share of the places drawn at random keeps targeting measurable."
        ),
        Gap("Which differences between groups the program accepts, who accepted them, and why."),
        Gap("Whether those affected were heard, and what they said."),
    )


def _caveats(source: CardSource) -> tuple[Block, ...]:
    model = source.model
    held = sum(1 for entry in model.catalog if entry["monotone"])
    points = [
        "The interval of a participant is that of its own probability, which differs from the mean of those that look "
        "alike by what no record tells. Whether an incident then happens is a further toss.",
        "“Probability without” a factor group takes the group's contribution away and changes nothing else.",
        "Contributions say how the model uses the record, not what causes incidents.",
        "It holds for a record that is kept as the one behind it: check it again after a change of definitions, of "
        "reporting or of examination policy.",
    ]
    if model.spec.to_dict().get("monotone"):
        points.append(
            f"{held} of {len(model.features)} features are held to a direction: more of a known cause never lowers the "
            "score."
        )
    if source.judged is not None:
        origins = counted(len(source.judged.origins), "origin")
        points.append(f"Judged at {origins}: what other years would have given is known only so far.")
    if source.simulated:
        points.append("A simulated program follows its simulator; judge again on real records before any use.")
    return (Listing(tuple(points)), Gap("When this version is to be reviewed, and by whom."))


def _told(value: object) -> str:
    return NOTHING if value is None else f"{value:,}" if isinstance(value, int) else str(value)
