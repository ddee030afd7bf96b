"""The model card and the draft of the impact assessment as pages: any document of values, section by section."""

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from models.documents import Block, Drawing, Table, figure_rows
from serving.console.figure_chart import FigureChart, figure_chart
from serving.documents import DOCUMENTS, Kept
from serving.wiring import Workspace

FOLDED_ROWS = 16
"""Tables with more rows are folded away."""

FIGURE = re.compile(r"(± ?|[+−])?[\d,.]+( %| days)?( to [+−]?[\d,.]+)?|\d{4}-\d{2}-\d{2}")
BOUNDED = re.compile(r"(?P<value>[+−]?[\d,.]+) \((?P<bounds>[+−]?[\d,.]+ to [+−]?[\d,.]+)\)")
DIGEST = re.compile(r"[0-9a-f]{20,}")
WORDS_FOR_NOTHING = ("–", "too few", "none")


@dataclass(frozen=True)
class Shown:
    """A block as the page draws it: what it is, the block, its chart, and which columns hold numbers."""

    kind: str
    block: Any
    chart: FigureChart | None = None
    numeric: tuple[bool, ...] = ()
    values: tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]] | None = None


def slug_of(name: str) -> str:
    """The last part of a document's address: ``model-card``."""
    return name.replace("_", "-")


def kept_of(workspace: Workspace, name: str) -> Kept:
    """The document of the model in service; the problem where there is no model that can be used."""
    workspace.usable_model()
    return workspace.documents.get(name, Kept(None))


def document_content(workspace: Workspace, name: str) -> dict[str, Any]:
    """Everything that a document's page shows."""
    kept = kept_of(workspace, name)
    document = kept.document
    return {
        "title": DOCUMENTS[name],
        "slug": slug_of(name),
        "kept": kept,
        "document": document,
        "sections": []
        if document is None
        else [(each.title, [_shown(block) for block in _gathered(each.blocks)]) for each in document.sections],
        "cell": cell,
        "folded": FOLDED_ROWS,
        "short": short,
    }


def cell(text: str) -> Markup:
    """A table's cell: a value with its interval below it, or the words as they are, escaped."""
    found = BOUNDED.fullmatch(text)
    if found:
        return Markup('{}<br><span class="ci">{}</span>').format(found["value"], found["bounds"])
    return Markup('<span class="few">{}</span>').format(text) if text in WORDS_FOR_NOTHING else Markup.escape(text)


def short(value: str) -> Markup:
    """A fact; of a digest its first digits, the whole behind them."""
    if DIGEST.fullmatch(value):
        return Markup('<abbr title="{}">{}</abbr>').format(value, value[:12])
    return Markup.escape(value)


def _gathered(blocks: tuple[Block, ...]) -> list[Block | list[Drawing]]:
    """Blocks in order, figures that follow one another in one list."""
    found: list[Block | list[Drawing]] = []
    for block in blocks:
        if not isinstance(block, Drawing):
            found.append(block)
        elif found and isinstance(found[-1], list):
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _shown(block: Block | list[Drawing]) -> Shown:
    if isinstance(block, list):
        return Shown("drawings", [_drawn(each) for each in block])
    if isinstance(block, Table):
        columns = range(len(block.columns))
        return Shown("table", block, numeric=tuple(_is_numeric(block, place) for place in columns))
    return Shown(type(block).__name__.lower(), block)


def _drawn(block: Drawing) -> Shown:
    values = None if block.figure.scattered else figure_rows(block.figure)
    return Shown("drawing", block, figure_chart(block.figure), values=values)


def _is_numeric(table: Table, place: int) -> bool:
    """Whether a column holds figures; the first one names its row."""
    if place == 0:
        return False
    cells = [row[place] for row in table.rows if row[place] not in WORDS_FOR_NOTHING]
    return bool(cells) and all(FIGURE.fullmatch(text) or BOUNDED.fullmatch(text) for text in cells)
