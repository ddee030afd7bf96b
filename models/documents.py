"""A document about a model as values: sections of paragraphs, lists, tables, figures and gaps for a person.

Written once where it is known, read by whoever shows it: as JSON for programs, as Markdown for a file, as a page of
the console. Nothing in it is computed again by those who show it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from models.errors import DocumentRefused
from models.run_items import Figure, Series

FORMAT = 1


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Points of one kind, in order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of ready words: the first column names the row. ``note`` says how to read it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Drawing:
    """A figure as values, and what it shows in a sentence."""

    figure: Figure
    meaning: str


@dataclass(frozen=True)
class Gap:
    """What only a person can add."""

    text: str


Block = Paragraph | Listing | Table | Drawing | Gap
_KINDS: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in (Paragraph, Listing, Table, Drawing, Gap)}


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A document about one version of a model.

    Attributes
    ----------
    title : str
    model_digest : str
        Digest of the bundle that it describes; it is shown beside no other.
    simulated : bool or None
        Whether the record behind it is invented; None where nobody told.
    notices : tuple of str
        What a reader must know before anything else.
    facts : tuple of (name, value)
        What identifies the version.
    sections : tuple of Section
    figures : mapping
        The numbers behind the words, for programs.
    """

    title: str
    model_digest: str
    simulated: bool | None
    notices: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)

    def section(self, title: str) -> Section:
        """The section of that title; KeyError when there is none."""
        for each in self.sections:
            if each.title == title:
                return each
        raise KeyError(title)

    def with_section(self, section: Section) -> "Document":
        """The document with the section of the same title replaced, or added as the last."""
        if all(each.title != section.title for each in self.sections):
            return replace(self, sections=(*self.sections, section))
        return replace(self, sections=tuple(section if each.title == section.title else each for each in self.sections))

    def to_dict(self) -> dict[str, Any]:
        """The document as plain values; a number that is not finite is None."""
        told: dict[str, Any] = _plain(
            {
                "format": FORMAT,
                "title": self.title,
                "model_digest": self.model_digest,
                "simulated": self.simulated,
                "notices": self.notices,
                "facts": self.facts,
                "sections": [
                    {"title": each.title, "blocks": [_block_to_dict(block) for block in each.blocks]}
                    for each in self.sections
                ],
                "figures": self.figures,
            }
        )
        return told

    def to_json(self) -> str:
        """:meth:`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Document":
        """The document that :meth:`to_json` wrote; DocumentRefused for anything else."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']!r} instead of {FORMAT}")
            return cls(
                str(told["title"]),
                str(told["model_digest"]),
                told["simulated"],
                tuple(told["notices"]),
                tuple((name, value) for name, value in told["facts"]),
                tuple(
                    Section(each["title"], tuple(_block_from_dict(block) for block in each["blocks"]))
                    for each in told["sections"]
                ),
                told["figures"],
            )
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise DocumentRefused(
                f"Expected a document as trustlane check writes it; got: {type(problem).__name__} {problem}. "
                "Run trustlane check again."
            ) from problem

    def to_markdown(self) -> str:
        """The document as a file to read; a figure becomes the table of its values."""
        lines = [f"# {self.title}", ""]
        for notice in self.notices:
            lines += [f"> **{notice}**", ""]
        lines += [f"- {name}: {value}" for name, value in self.facts]
        for each in self.sections:
            lines += ["", f"## {each.title}", ""]
            lines += [line for block in each.blocks for line in (*_block_to_markdown(block), "")]
        return "\n".join(lines).rstrip() + "\n"


def figure_rows(figure: Figure) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """The values of a figure as a table: its columns, and a row for each mark."""
    bounded = any(each.lower is not None for each in figure.series)
    several = len(figure.series) > 1
    names = (figure.y_label, figure.x_label) if figure.lanes else (figure.x_label, figure.y_label)
    columns = (*(("series",) if several else ()), *names, *(("lower", "upper") if bounded else ()))
    rows = []
    for each in figure.series:
        for place, (x, y) in enumerate(zip(each.x, each.y, strict=True)):
            marks = (figure.lanes[round(y)], x) if figure.lanes else (x, y)
            bounds = (None, None) if each.lower is None else (each.lower[place], (each.upper or ())[place])
            rows.append((*((each.label,) if several else ()), *marks, *(bounds if bounded else ())))
    return columns, tuple(rows)


def _block_to_dict(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__.lower(), **asdict(block)}


def _block_from_dict(told: Mapping[str, Any]) -> Block:
    values = dict(told)
    kind = _KINDS[values.pop("kind")]
    if kind is Drawing:
        figure = dict(values["figure"])
        figure |= {"series": tuple(Series(**each) for each in figure["series"]), "lanes": tuple(figure["lanes"])}
        return Drawing(Figure(**figure), values["meaning"])
    if kind is Table:
        values |= {"columns": tuple(values["columns"]), "rows": tuple(tuple(row) for row in values["rows"])}
    if kind is Listing:
        values["items"] = tuple(values["items"])
    made: Block = kind(**values)
    return made


def _block_to_markdown(block: Block) -> list[str]:
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Gap):
        return [f"- [ ] **A person fills in:** {block.text}"]
    if isinstance(block, Listing):
        return [f"- {item}" for item in block.items]
    if isinstance(block, Drawing):
        title = f"**{block.figure.title}.** {block.meaning}"
        if block.figure.scattered:
            return [title, "", f"Drawn in `figures/{block.figure.name}.png`; its values stand in `tables/`."]
        columns, rows = figure_rows(block.figure)
        return [title, "", *_grid(columns, [[_cell(value) for value in row] for row in rows])]
    return [f"**{block.title}**", *([block.note] if block.note else []), "", *_grid(block.columns, block.rows)]


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    told = [columns, ["---"] * len(columns), *rows]
    return ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in told]


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
