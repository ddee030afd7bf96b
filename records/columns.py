"""What a table and a column of the record are: kinds, dtypes, allowed values, bookkeeping.

Kinds and their pandas dtypes: ``text`` (str), ``date`` and ``moment`` (datetime64[us], UTC without a
zone; a date is a moment at midnight), ``number`` (float64), ``flag`` (bool).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date", "moment", "number", "flag"]

DTYPES: dict[Kind, str] = {
    "text": "str",
    "date": "datetime64[us]",
    "moment": "datetime64[us]",
    "number": "float64",
    "flag": "bool",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind, meaning, unit and what a value may be.

    ``required`` columns must be present and never null. All others may be absent or null, except a
    ``flag``, whose absence means False.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    pattern: str = ""

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        parts = {
            "text": "text",
            "date": "a date YYYY-MM-DD",
            "moment": "a date YYYY-MM-DD or a UTC moment YYYY-MM-DDTHH:MM:SS",
            "number": "a number",
            "flag": "true or false",
        }
        words = f"one of {', '.join(self.allowed)}" if self.allowed else parts[self.kind]
        if self.pattern:
            words += f" matching {self.pattern}"
        if self.low is not None and self.high is not None:
            words += f" from {self.low:g} to {self.high:g}"
        elif self.low is not None:
            words += f" of at least {self.low:g}"
        return words + (", never empty" if self.required else "")


@dataclass(frozen=True)
class Table:
    """One table: its key, its columns, and whether a program can do without it."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        """Every column, the bookkeeping columns last, in the order of the stored table."""
        return tuple(column.name for column in self.all_columns)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns and those that every table carries."""
        return self.columns + BOOKKEEPING

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError when the table has none."""
        return {column.name: column for column in self.all_columns}[name]


BOOKKEEPING = (
    Column("retracted", "flag", "the row was withdrawn; a deletion is an amendment"),
    Column("known_at", "moment", "when the row entered the record; the only date that cuts the past", required=True),
    Column("source", "text", "who sent the row", required=True),
    Column("record_id", "text", "unique per row; the same row sent twice is stored once", required=True),
)
