"""A draft as a TOML file: one comment a guess, holes as comments, and what a person must decide at the top."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from records.lake import Program
from records.mapping.drafting.entries import Entry, Sheet
from records.mapping.drafting.incidents import NORMAL
from records.mapping.drafting.lines import Line
from records.mapping.drafting.writing import toml
from records.mapping.plan import Origin

WIDTH = 118


def render(
    program: Program,
    entries: Sequence[Entry],
    decisions: Sequence[str],
    *,
    register: tuple[str, str, Sheet] | None,
    unused: Sequence[str],
) -> str:
    """The text of a draft.

    Parameters
    ----------
    program : Program
        What the record is about.
    entries : sequence of Entry
        In the order in which they are written.
    decisions : sequence of str
        What a person must decide.
    register : (name column, number column, Sheet) or None
        What firms are looked up in.
    unused : sequence of str
        What was found and is not in the draft, each with the reason.
    """
    parts = [*_head(decisions, unused), "[program]", f"name = {toml(program.name)}"]
    parts += ["simulated = true", ""] if program.simulated else [""]
    if register:
        parts += _lookup(*register)
    for number, entry in enumerate(entries, 1):
        parts += [*_entry(entry, number), ""]
    return "\n".join(parts)


def _head(decisions: Sequence[str], unused: Sequence[str]) -> Iterator[str]:
    yield "# A draft, made by looking at the files. Each line says why it was guessed and how sure that is."
    yield "# Read it line by line before it is used: docs/mapping.md describes every key."
    yield "#"
    if decisions:
        yield "# To be decided by a person:"
        for decision in decisions:
            yield from textwrap.wrap(decision, WIDTH, initial_indent="#   - ", subsequent_indent="#     ")
    else:
        yield "# Nothing is left open."
    if unused:
        yield "#"
        yield "# Not in this draft:"
        for words in unused:
            yield from textwrap.wrap(words, WIDTH, initial_indent="#   - ", subsequent_indent="#     ")
    yield ""


def _lookup(names: str, numbers: str, sheet: Sheet) -> Iterator[str]:
    yield "# Firms that are only named get their number from the register; names are compared without case and marks."
    yield "[[lookups]]"
    yield 'name = "accounts"'
    yield from _origin(sheet.found.origin)
    yield f"key = {toml({'column': names, **NORMAL})}"
    yield f"value = {toml(numbers)}"
    yield ""


def _origin(origin: Origin) -> Iterator[str]:
    for key in ("file", "sheet", "query", "delimiter"):
        value = getattr(origin, key)
        if value:
            yield f"{key} = {toml(value)}"


def _entry(entry: Entry, number: int) -> Iterator[str]:
    yield f"# {number}. {entry.table} out of {entry.sheet.found.title}"
    if not entry.sheet.found.is_whole:
        yield f"# Only its first {len(entry.sheet.found.sample):,} rows were looked at."
    for note in entry.notes:
        yield from textwrap.wrap(note, WIDTH, initial_indent="# ", subsequent_indent="# ")
    left = [name for name in entry.sheet.looks if name not in entry.used and name not in entry.where]
    if left:
        yield from textwrap.wrap(f"Not used: {', '.join(left)}", WIDTH, initial_indent="# ", subsequent_indent="# ")
    yield "[[rows]]"
    yield f"table = {toml(entry.table)}"
    yield from _origin(entry.sheet.found.origin)
    yield f"source = {toml(entry.sheet.source)}"
    if entry.first_by:
        # A hole cannot be ordered by: the line waits for it.
        known = any(line.ours == entry.first_by and line.expression is not None for line in entry.lines)
        yield f"{'' if known else '# '}first_by = {toml(entry.first_by)}" + ("" if known else "  # once it is mapped")
    if entry.where:
        yield f"where = {toml(entry.where)}"
    if entry.where_hint:
        yield f"# {entry.where_hint}"
    yield "[rows.columns]"
    short = [line for line in entry.lines if not line.values and len(_inline(line)) <= WIDTH]
    for line in short:
        yield from _written(line)
    for line in entry.lines:
        if line not in short:
            yield from _table(line)


def _inline(line: Line) -> str:
    return f"{line.ours} = {toml(line.expression)}" if line.expression is not None else f"# {line.ours} = ..."


def _written(line: Line) -> Iterator[str]:
    """A line with its reason: behind it where that fits, else above it."""
    text = _inline(line)
    if not line.why:
        yield text
    elif len(text) + len(line.why) + 4 <= WIDTH:
        yield f"{text}  # {line.why}"
    elif line.expression is None:
        yield from textwrap.wrap(f"{text}  # {line.why}", WIDTH, subsequent_indent="#   ")
    else:
        yield from textwrap.wrap(line.why, WIDTH, initial_indent="# ", subsequent_indent="# ")
        yield text


def _table(line: Line) -> Iterator[str]:
    """A line whose keys need a table of their own, and each translated value its own comment."""
    yield from textwrap.wrap(line.why, WIDTH, initial_indent="# ", subsequent_indent="# ")
    yield f"[rows.columns.{line.ours}]"
    expression = line.expression if isinstance(line.expression, Mapping) else {"column": line.expression}
    for key, value in expression.items():
        yield f"{key} = {toml(value)}"
    if line.values:
        yield f"[rows.columns.{line.ours}.values]"
        for raw, ours, sure in line.values:
            if ours is None:
                yield f"# {toml(raw)} = ...  # nothing is near: say what it means; until then such rows are refused"
            else:
                yield f"{toml(raw)} = {toml(ours)}" + ("" if sure == "sure" else f"  # {sure}")
