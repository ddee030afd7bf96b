"""Keep card, assessment and figures with a version's run, and complete them when it becomes champion: the effects."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from models.documents import Document, Drawing, figure_rows
from models.figures import draw_png
from models.registry import Promotion, promotions, version_tags
from models.run_files import keep_run_files, read_run_file, run_of_version
from records.lake import Program
from training.card.assessment import build_assessment, governance_section
from training.card.card import build_card
from training.card.plots import backtest_drawings, churn_drawing
from training.card.reason_plots import reason_drawings
from training.card.release import release_section
from training.card.source import CardSource, program_of
from training.checks.verdict import ReleaseReport
from training.evidence import Evidence
from training.recipe import Recipe

CARD, ASSESSMENT = "model_card", "impact_assessment"
"""Names of the documents among a run's artifacts: each as ``.json`` for programs and as ``.md`` to read."""

QUALITY = "quality.json"


def keep_documents(
    tracking_uri: str,
    version: str,
    recipe: Recipe,
    evidence: Evidence,
    report: ReleaseReport,
    *,
    program: Program | None = None,
    more: Sequence[Drawing] = (),
) -> Document:
    """Write the card and the assessment of a checked version into its run, with every figure; gives the card.

    Parameters
    ----------
    tracking_uri, version : str
        Which version of which registry.
    recipe : Recipe
        What its run recorded.
    evidence, report
        What the checks read, and what they said.
    program : Program, optional
        Whose record it is, and whether that is simulated; what the version's tags say of it when None.
    more : sequence of Drawing
        Figures beside those of the evidence.
    """
    run_id = run_of_version(tracking_uri, version)
    quality = read_run_file(tracking_uri, run_id, QUALITY)
    fitted = evidence.reproduction.fitted
    source = CardSource(
        model=evidence.model,
        split=fitted.split,
        tally=fitted.rows.tally,
        means=fitted.means,
        program=program or program_of(version_tags(tracking_uri, version)),
        version=version,
        run_id=run_id,
        recipe_digest=recipe.digest,
        quality={} if quality is None else json.loads(quality),
        report=report,
        judged=evidence.judged,
        unjudged=evidence.unjudged,
        disparity=evidence.disparity,
        equal_recall=evidence.equal_recall,
        promotions=_promotions_of(tracking_uri, version),
    )
    drawings = [*evidence_drawings(evidence), *more]
    card = build_card(source, drawings)
    files = _files({CARD: card, ASSESSMENT: build_assessment(source)})
    keep_run_files(tracking_uri, run_id, files | _figures(drawings))
    return card


def evidence_drawings(evidence: Evidence) -> tuple[Drawing, ...]:
    """Every figure that the evidence of the checks gives."""
    drawn = [] if evidence.judged is None else [*backtest_drawings(evidence.judged)]
    churned = churn_drawing(evidence.lists)
    reasons = reason_drawings(evidence.model, evidence.reproduction.fitted.rows.calibration)
    return (*drawn, *([] if churned is None else [churned]), *reasons)


def complete_documents(tracking_uri: str, version: str, report: ReleaseReport | None) -> None:
    """Write the promotion of a version into the documents that its checks left; none where they left none."""
    run_id = run_of_version(tracking_uri, version)
    own = _promotions_of(tracking_uri, version)
    section = {CARD: release_section(report, own), ASSESSMENT: governance_section(report, own)}
    done: dict[str, Document] = {}
    for name, changed in section.items():
        text = read_run_file(tracking_uri, run_id, f"{name}.json")
        if text is not None:
            done[name] = Document.from_json(text.decode("utf-8")).with_section(changed)
    if done:
        keep_run_files(tracking_uri, run_id, _files(done))


def _promotions_of(tracking_uri: str, version: str) -> tuple[Promotion, ...]:
    return tuple(each for each in promotions(tracking_uri) if each.version == version)


def _files(documents: Mapping[str, Document]) -> dict[str, bytes]:
    return {
        f"{name}.{kind}": text.encode("utf-8")
        for name, document in documents.items()
        for kind, text in (("json", document.to_json()), ("md", document.to_markdown()))
    }


def _figures(drawings: Sequence[Drawing]) -> dict[str, bytes]:
    """Each figure as a picture and as a table of its values."""
    files: dict[str, bytes] = {}
    for each in drawings:
        columns, rows = figure_rows(each.figure)
        table: Any = pd.DataFrame(list(rows), columns=list(columns))
        files[f"figures/{each.figure.name}.png"] = draw_png(each.figure)
        files[f"tables/{each.figure.name}.csv"] = table.to_csv(index=False).encode("utf-8")
    return files
