"""Every key that a mapping file may hold, and what its value must be. docs/mapping.md says what each does."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd


@dataclass(frozen=True)
class Key:
    """One key: what its value must be, in words and as a test. ``required`` keys may not be left out."""

    expected: str
    accepts: Callable[[Any], bool]
    required: bool = False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | date | datetime)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _is_part(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value).groups == 1
    except re.error:
        return False


def _is_format(value: Any) -> bool:
    formats = [value] if isinstance(value, str) else value
    return _texts(formats) and all(name in NAMED_FORMATS or "%" in name for name in formats)


def _is_zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _one_of(*words: str) -> Key:
    return Key(f"one of {', '.join(words)}", lambda value: value in words)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _condition(value: Any) -> bool:
    return (isinstance(value, list) and bool(value) and all(map(_is_scalar, value))) or _is_table(value)


NAMED_FORMATS = ("iso", "excel")

PROGRAM_KEYS = {
    "name": Key("a text", _is_text),
    "simulated": Key("true or false", lambda value: isinstance(value, bool)),
}

ORIGIN_KEYS = {
    "file": Key("a file's name, or a pattern such as incidents_*.csv", _is_text),
    "sheet": Key("the name of a sheet", _is_text),
    "query": Key("an SQL query", _is_text),
    "database": Key("an address of SQLAlchemy", _is_text),
    "delimiter": Key("one character", lambda value: isinstance(value, str) and len(value) == 1),
}
"""Where raw rows come from: the same keys in [[rows]] and [[lookups]]."""

ROWS_KEYS = {
    "table": Key("one of our tables", _is_text, required=True),
    **ORIGIN_KEYS,
    "source": Key("a text", _is_text),
    "where": Key("a table of conditions", _is_table),
    "columns": Key("a table with an expression for each of our columns", _is_table, required=True),
    "first_by": Key("one of the mapped columns", _is_text),
    "combine": Key("a table from mapped columns to sum, min or max", _is_table),
}

LOOKUP_KEYS = {
    "name": Key("a text", _is_text, required=True),
    **ORIGIN_KEYS,
    "where": Key("a table of conditions", _is_table),
    "key": Key("an expression", lambda value: isinstance(value, str | dict), required=True),
    "value": Key("an expression", lambda value: isinstance(value, str | dict), required=True),
}

EXPRESSION_KEYS = {
    "column": Key("the name of a column of the file", _is_text),
    "template": Key("a text with {column} in it", _is_text),
    "constant": Key("a text, number, date, true or false", _is_scalar),
    "empty": Key("a list of texts", _texts),
    "trim": Key("true or false", lambda value: isinstance(value, bool)),
    "case": _one_of("upper", "lower"),
    "replace": Key(
        "a table of texts", lambda value: _is_table(value) and all(isinstance(new, str) for new in value.values())
    ),
    "part": Key("a regular expression with exactly one group", _is_part),
    "values": Key("a table from the file's values to ours", _is_table),
    "unmapped": _one_of("refuse", "null", "keep"),
    "lookup": Key("the name of one of the [[lookups]]", _is_text),
    "unmatched": _one_of("refuse", "null", "keep"),
    "number": Key("a table with decimal and thousands", lambda value: isinstance(value, dict)),
    "times": Key("a number", _is_number),
    "date_format": Key("strftime notation, iso or excel, or a list of these", _is_format),
    "time_zone": Key("a time zone such as America/Chicago", _is_zone),
    "plus_days": Key("a whole number", _whole),
    "plus_months": Key("a whole number", _whole),
    "floor": _one_of("day", "month", "year"),
    "otherwise": Key("an expression", lambda value: isinstance(value, str | dict)),
    "not_before": Key("an expression", lambda value: isinstance(value, str | dict)),
}

DATE_KEYS = frozenset({"date_format", "time_zone", "plus_days", "plus_months", "floor", "not_before"})
TEXT_KEYS = ("empty", "trim", "case", "replace", "part")

NUMBER_KEYS = {
    "decimal": _one_of(".", ","),
    "thousands": Key("one character", lambda value: isinstance(value, str) and len(value) == 1),
}

CONDITION_KEYS = {
    "at_least": Key("a number or a date", lambda value: _is_number(value) or isinstance(value, date)),
    "at_most": Key("a number or a date", lambda value: _is_number(value) or isinstance(value, date)),
    "not": Key("a list of values", lambda value: isinstance(value, list) and bool(value)),
    "empty": Key("true or false", lambda value: isinstance(value, bool)),
}

COMBINATIONS = ("sum", "min", "max")

ALL_KEYS = {
    "program": PROGRAM_KEYS,
    "rows": ROWS_KEYS,
    "lookups": LOOKUP_KEYS,
    "expression": EXPRESSION_KEYS,
    "number": NUMBER_KEYS,
    "where": CONDITION_KEYS,
}
"""Each section of the page and the keys it must describe."""


def key_faults(content: dict[str, Any], keys: dict[str, Key], what: str) -> list[str]:
    """Unknown keys, missing keys and values of the wrong kind, each with what was expected."""
    faults = [
        f"expected {what} to have {name!r}, got none" for name in keys if keys[name].required if name not in content
    ]
    for name, value in content.items():
        if name not in keys:
            faults.append(not_found(f"key of {what}", name, keys))
        elif not keys[name].accepts(value):
            faults.append(f"expected {name} of {what} to be {keys[name].expected}, got {value!r}")
    return faults


def not_found(what: str, name: str, known: Iterable[str]) -> str:
    """A fault that says which names exist and which of them is nearest."""
    names = list(known)
    listed = ", ".join(names[:40]) + (", ..." if len(names) > 40 else "")
    return f"expected a {what}, one of {listed or 'none'}; got {name!r}.{did_you_mean(name, names)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest existing name as a question with a space before it, or nothing. Case and punctuation do not count."""
    plain = {re.sub(r"[\W_]+", "", text).casefold(): text for text in known}
    near = difflib.get_close_matches(re.sub(r"[\W_]+", "", name).casefold(), list(plain), n=1)
    return f" Did you mean {plain[near[0]]!r}?" if near else ""


def ambiguous_formats(formats: list[str]) -> tuple[str, str] | None:
    """Two formats of a list that read one text as two different days, or None. First of March or third of January?"""
    written = [name for name in formats if name not in NAMED_FORMATS]
    day = datetime(2001, 2, 3)  # noqa: DTZ001
    for first in written:
        for second in written:
            read = pd.to_datetime(day.strftime(first), format=second, errors="coerce")
            if not pd.isna(read) and read.date() != day.date() and "%y" not in first + second:
                return first, second
    return None
