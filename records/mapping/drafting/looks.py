"""What one column of a foreign file looks like: how dates and numbers are written in it, and its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import pandas as pd

from records.mapping.drafting.words import SPANISH_MONTHS, plain_words
from records.mapping.keys import ambiguous_formats
from records.mapping.values import as_dates, as_text

MOST_VALUES = 3_000
"""Distinct values that are looked at to tell how a date or number is written."""

DAYS = (
    "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y",
    "%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%Y%m",
)  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
FIRST, LAST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")


@dataclass(frozen=True)
class DateReading:
    """How dates are written. Of two ``options`` that both fit, only a person can say which is meant."""

    formats: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    timed: bool = False
    unread: tuple[str, ...] = ()

    def dates(self, values: pd.Series) -> pd.Series:
        """The dates of cells, null where they cannot be read."""
        if self.formats and self.replace:
            values = as_text(values)
            for old, new in self.replace:
                values = values.str.replace(old, new, regex=False)
        return as_dates(values, self.formats or ["iso"])[0]


@dataclass(frozen=True)
class NumberReading:
    """How numbers are written; ``unsure`` where 1,234 could be either."""

    decimal: str = "."
    thousands: str = ""
    unsure: bool = False


@dataclass(frozen=True)
class Look:
    """One column of a sample of rows."""

    name: str
    values: pd.Series = field(repr=False)

    @cached_property
    def text(self) -> pd.Series:
        """Its cells as text, without those that are empty."""
        text = as_text(self.values).str.strip()
        return text[text.notna() & (text != "") & ~text.str.upper().isin(NOTHING)]

    @cached_property
    def distinct(self) -> list[str]:
        """Its distinct values, the most frequent first."""
        return [str(value) for value in self.text.value_counts().index]

    @property
    def is_full(self) -> bool:
        """Whether no cell is empty."""
        return len(self.text) == len(self.values) > 0

    @property
    def fillers(self) -> list[str]:
        """Words that stand for an empty cell."""
        text = as_text(self.values).str.strip()
        return sorted(set(text[text.str.upper().isin(NOTHING).fillna(False).astype(bool)]))

    @cached_property
    def is_unique(self) -> bool:
        """Whether no value occurs twice."""
        return len(self.distinct) == len(self.text) > 0

    @cached_property
    def date(self) -> DateReading | None:
        """How its dates are written, None when it holds none."""
        return read_dates(self.values[self.text.index], self.name)

    @cached_property
    def number(self) -> NumberReading | None:
        """How its numbers are written, None when it holds none."""
        return read_numbers(self.values[self.text.index])


NOTHING = frozenset({"N/A", "NA", "-", "--", "NULL", "NONE", "NAN", "NOT AVAILABLE", "UNKNOWN", "S/D", "?"})


def read_dates(values: pd.Series, name: str) -> DateReading | None:
    """How the dates of a column are written: day and month told apart by values over 12."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return DateReading(timed=bool((values != values.dt.normalize()).any()))
    if pd.api.types.is_bool_dtype(values.dtype) or values.empty:
        return None
    texts = as_text(values).str.strip().drop_duplicates().head(MOST_VALUES)
    if not texts.str.contains(r"\d").all():
        return None
    if texts.str.fullmatch(r"\d+(\.\d+)?").all():
        return _read_digits(texts, name)
    replace = _spanish(texts)
    for old, new in replace:
        texts = texts.str.replace(old, new, regex=False)
    fits = [name for name in _formats(texts) if _plausible(texts, name).notna().all()]
    if fits:
        clash = ambiguous_formats(fits)
        options = clash if clash and not _plausible(texts, clash[0]).equals(_plausible(texts, clash[1])) else ()
        return DateReading((fits[0],), replace, options, _timed(texts, fits[0]))
    return _read_mixed(texts, replace)


def _read_digits(texts: pd.Series, name: str) -> DateReading | None:
    """Dates of digits only are also numbers: the column's name must speak of a date."""
    speaks = {"date", "day", "month", "since", "when", "period", "at", "on", "mes", "entered"} & set(plain_words(name))
    if not speaks:
        return None
    for form in ("%Y%m%d", "%Y%m", "excel"):
        dates = _plausible(texts, form)
        if dates.notna().all() and (form != "excel" or dates.between("1980-01-01", LAST).all()):
            return DateReading((form,), timed=bool((dates != dates.dt.normalize()).any()))
    return None


def _read_mixed(texts: pd.Series, replace: tuple[tuple[str, str], ...]) -> DateReading | None:
    """Dates written in more than one way, when nearly all can be read."""
    chosen: list[str] = []
    left = texts
    while len(left) and len(chosen) < 4:
        best = max(_formats(left), key=lambda form: int(_plausible(left, form).notna().sum()), default=None)
        if best is None or not _plausible(left, best).notna().any():
            break
        chosen.append(best)
        left = left[_plausible(left, best).isna()]
    if not chosen or len(left) > 0.05 * len(texts):
        return None
    options = ambiguous_formats(chosen) or ()
    return DateReading(tuple(chosen), replace, options, _timed(texts, chosen[0]), tuple(left.head(3)))


def _formats(texts: pd.Series) -> list[str]:
    """The formats worth trying: ISO first, then those with the same marks between digits and letters as some text."""
    sample = texts.head(20)
    found = ["iso"] if _plausible(sample, "iso").notna().any() else []
    shapes = {_shape(text) for text in sample}
    likely = [form for form, shape in SHAPES.items() if shape in shapes]
    return found + [form for form in likely if _plausible(sample, form).notna().any()]


def _shape(text: str) -> tuple[frozenset[str], bool]:
    """The marks in a text, and whether it has letters beside the T of ISO 8601."""
    letters = any(letter.isalpha() for letter in text.replace("T", ""))
    return frozenset(mark for mark in text if not mark.isalnum()), letters


NOON = datetime(2001, 2, 3, 13, 4, 5)  # noqa: DTZ001
SHAPES = {day + time: _shape(NOON.strftime(day + time)) for day in DAYS for time in TIMES if day != "%Y-%m-%d"}


def _plausible(texts: pd.Series, form: str) -> pd.Series:
    dates = as_dates(texts, [form])[0]
    return dates.where((dates >= FIRST) & (dates < LAST))


def _timed(texts: pd.Series, form: str) -> bool:
    dates = _plausible(texts, form).dropna()
    return bool((dates != dates.dt.normalize()).any())


def _spanish(texts: pd.Series) -> tuple[tuple[str, str], ...]:
    """Spanish names of months to numbers, where every word in the dates is one of them. ``jun`` is English, too."""
    words = sorted({word for text in texts for word in re.findall(r"[^\W\d_]+", text) if word.casefold() != "de"})
    if not words or any(word.casefold() not in SPANISH_MONTHS for word in words):
        return ()
    cased = words[0].upper() if words[0].isupper() else words[0].title() if words[0].istitle() else words[0]
    case = str.upper if cased.isupper() else str.title if cased.istitle() else str.lower
    long = max(map(len, words)) > 3 and any(word.casefold() != "sep" and len(word) > 3 for word in words)
    months = [name for name in SPANISH_MONTHS if (len(name) > 3) == long]
    return tuple((case(name), SPANISH_MONTHS[name]) for name in months)


def read_numbers(values: pd.Series) -> NumberReading | None:
    """How the numbers of a column are written, None when some cell is none."""
    if pd.api.types.is_bool_dtype(values.dtype) or values.empty:
        return None
    if pd.api.types.is_numeric_dtype(values.dtype):
        return NumberReading()
    texts = as_text(values).str.strip().drop_duplicates().head(MOST_VALUES)
    if texts.str.fullmatch(r"[+-]?\d+(\.\d+)?").all():
        return NumberReading(unsure=bool(texts.str.fullmatch(r"\d{1,3}\.\d{3}").all()))
    forms: Sequence[tuple[str, str, str]] = (
        (r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", ".", ","),
        (r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", ",", "."),
        (r"[+-]?(\d{1,3}([ \u00a0]\d{3})+|\d+)(,\d+)?", ",", " "),
    )
    fits = [(decimal, group) for form, decimal, group in forms if texts.str.fullmatch(form).all()]
    return NumberReading(*fits[0], unsure=len({decimal for decimal, _ in fits}) > 1) if fits else None
