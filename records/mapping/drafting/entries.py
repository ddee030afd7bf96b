"""The entries of a draft: which rows of a foreign file go to which of our tables, column by column."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.mapping.drafting.guesses import (
    Looks,
    Matches,
    match_columns,
    retraction_column,
    scheme_columns,
    table_scores,
)
from records.mapping.drafting.lines import Line, hole, line_for, retraction_line, text_expression
from records.mapping.drafting.looks import Look
from records.mapping.drafting.moments import known_at_line
from records.mapping.drafting.origins import FoundRows
from records.mapping.plan import columns_read
from records.raw_files import suffix_of
from records.tables import TABLES

ANCHORS = {
    "participants": "enrolled_on",
    "incidents": "occurred_on",
    "involvements": "occurred_on",
    "exposures": "month",
    "statuses": "effective_on",
    "validations": "performed_on",
    "actions": "decided_on",
    "partnerships": "valid_from",
    "identifiers": "valid_from",
    "findings": "corrected_on",
}
"""The date that a row of each table is about."""


@dataclass(frozen=True)
class Sheet:
    """Rows of one layout with a look at each column and what tables they could be."""

    found: FoundRows
    looks: Looks
    scores: dict[str, float]

    @classmethod
    def of(cls, found: FoundRows) -> "Sheet":
        """Look at the sample of found rows."""
        looks = {name: Look(name, found.sample[name]) for name in found.sample.columns}
        return cls(found, looks, table_scores(found.title, looks))

    @property
    def source(self) -> str:
        """Who sent the rows, as the name of the file tells: what follows the table in a native name."""
        if self.native_table:
            place = self.found.places[0].place
            name = place.name.removesuffix(suffix_of(place)) if isinstance(place, Path) else self.found.stem
            return name.partition(".")[2] or self.found.stem
        return self.found.stem

    @property
    def native_table(self) -> str | None:
        """The table whose layout these rows have already, or None."""
        return self.found.stem if set(self.looks) <= set(_names(self.found.stem)) and self.looks else None


@dataclass(frozen=True)
class Entry:
    """One [[rows]] of a draft."""

    table: str
    sheet: Sheet
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    first_by: str | None = None
    where: dict[str, Any] = field(default_factory=dict)
    where_hint: str = ""

    @property
    def used(self) -> set[str]:
        """Foreign columns that some line reads."""
        return set().union(*(columns_read(line.expression) for line in self.lines if line.expression is not None))

    @property
    def decisions(self) -> list[str]:
        """What a person must decide about it."""
        asked = [line.decide for line in self.lines if line.decide]
        if self.where_hint:
            asked.append(f"are all rows incidents? Else take the mark off the line {self.where_hint}")
        return asked


def _names(table: str) -> tuple[str, ...]:
    return TABLES[table].column_names if table in TABLES else ()


def native_entry(table: str, sheet: Sheet) -> Entry:
    """Rows that are in our layout already: every column is itself."""
    return Entry(table, sheet, tuple(Line(name, name, "") for name in sheet.looks))


def plain_entry(table: str, sheet: Sheet) -> Entry:
    """Rows of one table, each column as it was found."""
    matches = match_columns(table, sheet.looks)
    lines = [*lines_of(table, matches), *bookkeeping_of(table, sheet, matches)]
    return Entry(table, sheet, tuple(lines))


def lines_of(table: str, matches: Matches) -> Iterator[Line]:
    """A line for each column that was found, and a hole for each that must be and was not."""
    for column in TABLES[table].columns:
        if column.name in matches:
            yield line_for(column, matches[column.name])
        elif column.required:
            yield hole(column.name, "no column looks like it: name one")


def bookkeeping_of(table: str, sheet: Sheet, matches: Matches) -> Iterator[Line]:
    """What takes a row back, and when it became known."""
    taken_back = retraction_column(sheet.looks)
    if taken_back and table != "statuses":
        yield retraction_line(taken_back)
    anchor = matches.get(ANCHORS.get(table, ""))
    reported = matches.get("reported_on")
    yield known_at_line(table, sheet.looks, anchor.look if anchor else None, reported.look if reported else None)


def identifier_entries(sheet: Sheet) -> Iterator[Entry]:
    """The registration numbers that stand in a register, one entry for each kind."""
    people = match_columns("participants", sheet.looks)
    for scheme, look in scheme_columns(sheet.looks):
        if look is people["participant_id"].look:
            continue
        lines = (
            Line("participant_id", text_expression(people["participant_id"].look), "the account it names"),
            Line("scheme", {"constant": scheme}, f"{look.name!r} is named so (likely)"),
            Line("value", text_expression(look), f"{look.name!r} holds such numbers (likely)"),
            *(line for line in bookkeeping_of("participants", sheet, people) if line.ours == "known_at"),
        )
        yield Entry("identifiers", sheet, lines, where={} if look.is_full else {look.name: {"empty": False}})
