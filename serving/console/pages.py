"""How pages are made: the templates, what every page shows, and the page of a failure."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from serving.access.present import form_token, may, present
from serving.console import words
from serving.wiring import Holder, Workspace

HERE = Path(__file__).parent
STATIC = HERE / "static"
TITLES = {
    "unknown_participant": "Not on record",
    "as_of_out_of_range": "No list for this date",
    "invalid_request": "Something in the form does not fit",
    "not_found": "No such page",
    "no_model": "No model yet",
    "model_mismatch": "The model does not fit this version",
    "not_ready": "Not ready",
    "timeout": "This takes longer than expected",
    "too_many_requests": "Busy",
    "not_permitted": "Not for this account",
    "form_refused": "Nothing was changed",
    "accounts_away": "Nobody can be let in at present",
    "internal": "The page could not be made",
}
DATE_PROBLEMS = ("as_of_out_of_range", "invalid_request")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        words.amount,
        words.capitalize_first,
        words.count,
        words.day,
        words.lower_first,
        words.median_of,
        words.named,
        words.odds,
        words.percent,
        words.percent_range,
        words.phrase,
        words.sentence,
        words.plural,
        words.value_of,
    )
    environment.filters |= {item.__name__: item for item in filters}
    style = hashlib.sha256((STATIC / "trustlane.css").read_bytes()).hexdigest()[:12]
    environment.globals |= {"style": f"/console/static/trustlane.css?v={style}", "nothing": words.NOTHING}
    environment.globals |= {item.__name__: item for item in (present, may, form_token)}
    return environment


ENVIRONMENT = _environment()


def render(template: str, workspace: Workspace | None, **content: Any) -> str:
    """A page in the console's frame."""
    frame = {
        "simulated": workspace.program.simulated if workspace else False,
        "program": workspace.program.name if workspace else "",
        "model_version": workspace.model_version if workspace and workspace.model else "",
        "data_version": workspace.records.data_version[:12] if workspace else "",
        "as_of": None,
    }
    return ENVIRONMENT.get_template(template).render(**(frame | content))


def render_problem(holder: Holder, status: int, error: Mapping[str, Any]) -> str:
    """The page of a failure: what it is called, what to do, where to go; never what was sent."""
    workspace = holder.peek()
    code, details = str(error["code"]), error["details"]
    date = None
    if code in DATE_PROBLEMS and workspace is not None:
        date = workspace.default_as_of
    return render(
        "problem.html",
        workspace,
        title=TITLES.get(code, "Not possible"),
        message=str(error["message"]),
        code=code,
        status=status,
        state=code in ("no_model",),
        commands=details.get("commands", []),
        differences=details.get("differences", []),
        problems=details.get("problems", []),
        date=date,
    )
