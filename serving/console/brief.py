"""One participant on one page of its own: a file to print, to file or to send, with nothing to load."""

from models.explanation import Explanation
from records.known import Records
from records.lake import Program
from serving.console.facts import participant_facts
from serving.console.pages import ENVIRONMENT, STATIC
from serving.console.participant_page import identity
from serving.console.record_chart import record_chart


def render_brief(records: Records, program: Program, explanation: Explanation) -> str:
    """The brief as HTML: facts, score, reasons and decisions, the style in the file itself."""
    facts = participant_facts(records, explanation.participant_id, explanation.as_of)
    return ENVIRONMENT.get_template("brief.html").render(
        stylesheet=(STATIC / "trustlane.css").read_text(encoding="utf-8"),
        simulated=program.simulated,
        program=program.name,
        name=facts.profile.get("legal_name") or explanation.participant_id,
        facts=facts,
        chart=record_chart(facts),
        identity=identity(facts),
        explanation=explanation,
        as_of=explanation.as_of,
    )
