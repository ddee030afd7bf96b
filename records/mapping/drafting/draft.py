"""A first mapping for files that nobody described yet. It guesses, says why, and never hides that it guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from records.errors import MappingError
from records.lake import Program
from records.mapping.drafting.entries import Entry, Sheet, identifier_entries, native_entry, plain_entry
from records.mapping.drafting.guesses import match_columns
from records.mapping.drafting.incidents import covers, firms_entry, incident_entries
from records.mapping.drafting.origins import find_rows
from records.mapping.drafting.render import render
from records.raw.sql_rows import is_database
from records.raw_files import raw_name, read_program
from records.tables import TABLES

LEAST_SCORE = 1.0
"""Rows that look less like any of our tables are left out of the draft, and named."""


@dataclass(frozen=True)
class Draft:
    """The text of a drafted mapping and what a person must decide before it is used."""

    text: str
    decisions: tuple[str, ...]
    tables: tuple[str, ...]


def draft_mapping(source: Path | str) -> Draft:
    """Draft a mapping by looking at everything in a source.

    Parameters
    ----------
    source : Path or str
        A folder, one file, or an SQLAlchemy address.

    Raises
    ------
    MappingError, BatchRefused
        When there is nothing that can be read.
    """
    sheets = [Sheet.of(found) for found in find_rows(source)]
    tables = _tables(sheets)
    register = next((sheet for sheet, table in zip(sheets, tables, strict=True) if table == "participants"), None)
    told = [sheet for sheet, table in zip(sheets, tables, strict=True) if table == "incidents"]
    foreign = [sheet for sheet in told if sheet.native_table is None]
    named = register if register and (register.native_table or covers(register, foreign)) else None
    unused = _unused(sheets, tables)
    if register and named is None:
        unused.append(f"{register.found.title}: a register of firms, but the incidents name firms that are not in it")
    entries: list[Entry] = []
    for sheet, table in zip(sheets, tables, strict=True):
        entries += _entries(sheet, table, named)
    entries.sort(key=lambda entry: list(TABLES).index(entry.table))
    decisions = tuple(
        f"[[rows]] {number} ({entry.table}): {decision}"
        for number, entry in enumerate(entries, 1)
        for decision in entry.decisions
    )
    text = render(_program(source), entries, decisions, register=_lookup(entries, named), unused=unused)
    return Draft(text, decisions, tuple(entry.table for entry in entries))


def write_draft(draft: Draft, path: Path) -> None:
    """Write a draft to a new file; MappingError when it exists, for it may hold what a person decided."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(draft.text)
    except FileExistsError as error:
        raise MappingError(
            f"Expected a new file for the draft, got {path}, which exists. Name another, or remove it first."
        ) from error


def _tables(sheets: Sequence[Sheet]) -> list[str | None]:
    """Which table each holds: the likeliest; and where none would be incidents, the likeliest incidents are."""
    chosen: list[str | None] = []
    for sheet in sheets:
        scores = {name: score for name, score in sheet.scores.items() if name != "involvements"}
        best = max(scores, key=lambda name: scores[name], default=None)
        chosen.append(sheet.native_table or (best if best and scores[best] >= LEAST_SCORE else None))
    if "incidents" not in chosen:
        likeliest = max(range(len(sheets)), key=lambda place: sheets[place].scores.get("incidents", 0.0))
        if "incidents" in sheets[likeliest].scores:
            chosen[likeliest] = "incidents"
    return chosen


def _unused(sheets: Sequence[Sheet], tables: Sequence[str | None]) -> list[str]:
    return [
        f"{sheet.found.title}: its columns ({', '.join(sheet.looks)}) look like none of our tables"
        for sheet, table in zip(sheets, tables, strict=True)
        if table is None
    ]


def _entries(sheet: Sheet, table: str | None, register: Sheet | None) -> list[Entry]:
    if table is None:
        return []
    if sheet.native_table:
        return [native_entry(table, sheet)]
    if table == "incidents":
        return [*([] if register else [firms_entry(sheet)]), *incident_entries(sheet, register)]
    if table == "participants":
        return [plain_entry(table, sheet), *identifier_entries(sheet)] if sheet is register else []
    return [plain_entry(table, sheet)]


def _lookup(entries: Sequence[Entry], register: Sheet | None) -> tuple[str, str, Sheet] | None:
    """The register's columns of names and numbers, when some line looks a name up."""
    used = any(
        isinstance(line.expression, dict) and "lookup" in line.expression for entry in entries for line in entry.lines
    )
    if not used or register is None:
        return None
    people = match_columns("participants", register.looks)
    return people["legal_name"].look.name, people["participant_id"].look.name, register


def _program(source: Path | str) -> Program:
    """The program as its own program.toml names it, else as its folder is called."""
    if is_database(source):
        return Program(raw_name(source))
    base = Path(source)
    told = read_program(base) if base.is_dir() else None
    return told or Program(base.resolve().stem)
