"""The quality report on one page of its own: to read, to print, to file, with nothing to load."""

from records.lake import Program
from records.quality.metric import Metric
from records.quality.report import QualityReport
from serving.console.pages import ENVIRONMENT, STATIC
from serving.figures import share_in_words, target_in_words, value_in_words
from serving.quality_charts import arrival_chart, delay_chart

WITHIN_DAYS = (7, 30, 90, 180, 365)


def render_quality(report: QualityReport, program: Program, data_version: str) -> str:
    """The report as HTML, the style in the file itself."""
    page = ENVIRONMENT.overlay()
    page.filters = ENVIRONMENT.filters | {
        "share_in_words": share_in_words,
        "target_in_words": target_in_words,
        "value_in_words": value_in_words,
    }
    return page.get_template("quality.html").render(
        stylesheet=(STATIC / "trustlane.css").read_text(encoding="utf-8"),
        simulated=program.simulated,
        program=program.name,
        data_version=data_version,
        report=report,
        kinds={kind: _of_kind(report, kind) for kind in sorted({metric.kind for metric in report.metrics})},
        within=WITHIN_DAYS,
        arrivals=arrival_chart(report),
        delays=delay_chart(report),
    )


def _of_kind(report: QualityReport, kind: str) -> list[Metric]:
    return [metric for metric in report.metrics if metric.kind == kind]
