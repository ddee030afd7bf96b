"""One line of a draft: how one of our columns comes from a foreign one, why, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.columns import Column
from records.mapping.drafting.guesses import Match, country_of
from records.mapping.drafting.looks import Look
from records.mapping.drafting.words import (
    RETRACTED_WORDS,
    SEVERITY_WORDS,
    nearest_value,
    plain_words,
    vocabulary,
)

MOST_LISTED = 60
"""Distinct values up to which a column gets a table of values."""

POUNDS, KILOGRAMS = frozenset({"lb", "lbs", "pounds", "libras"}), frozenset({"kg", "kilos", "kilograms", "kilogramos"})

Translation = tuple[str, Any, str]
"""A value of the file, ours (None where nothing is near) and how sure."""


@dataclass(frozen=True)
class Line:
    """One of our columns in a draft; a line without an expression is a hole that a person fills."""

    ours: str
    expression: str | Mapping[str, Any] | None
    why: str
    values: tuple[Translation, ...] = ()
    decide: str = ""


def hole(ours: str, why: str) -> Line:
    """A line that only a person can write."""
    return Line(ours, None, why, decide=f"{ours}: {why}")


def line_for(column: Column, match: Match) -> Line:
    """The line for one of our columns out of the foreign column that was found for it."""
    why = f"{match.look.name!r} reads like it ({match.sure})"
    if column.kind in ("date", "moment"):
        return date_line(column.name, match.look, why)
    if column.name == "severity":
        return _severity_line(match.look, why)
    if column.kind == "number":
        return _number_line(column, match.look, why)
    if column.pattern:
        return _country_line(column.name, match.look, why)
    words = vocabulary(column.name, column.allowed)
    if words:
        return _vocabulary_line(column, match.look, why, words)
    return Line(column.name, text_expression(match.look), why)


def text_expression(look: Look, **more: Any) -> str | dict[str, Any]:
    """A column as text: trimmed where it has blanks too many, without the words that stand for nothing."""
    keys: dict[str, Any] = {"empty": look.fillers} if look.fillers else {}
    if any(value != " ".join(value.split()) for value in look.distinct[:1000]) or _has_margins(look):
        keys["trim"] = True
    return {"column": look.name, **keys, **more} if keys or more else look.name


def _has_margins(look: Look) -> bool:
    texts = look.values[look.text.index].astype("str")
    return bool((texts.str.strip() != texts).any())


def date_expression(look: Look, *, whole_days: bool, **more: Any) -> str | dict[str, Any]:
    """A column as a date, in the way that was found to read it."""
    reading = look.date
    if reading is None:
        raise ValueError(f"Expected a column of dates, got {look.name}.")
    keys: dict[str, Any] = {"empty": look.fillers} if look.fillers else {}
    if reading.replace:
        keys["replace"] = dict(reading.replace)
    if reading.formats not in ((), ("iso",)):
        keys["date_format"] = reading.formats[0] if len(reading.formats) == 1 else list(reading.formats)
    keys |= more
    if whole_days and reading.timed:
        keys["floor"] = "day"
    return {"column": look.name, **keys} if keys else look.name


def date_line(ours: str, look: Look, why: str, **more: Any) -> Line:
    """A line for a date; a hole where day and month cannot be told apart."""
    reading = look.date
    if reading and reading.options:
        first, second = reading.options
        return hole(ours, f"{look.name!r} reads as {first} and as {second}: no value tells day from month, say which")
    decide = f"{ours}: {', '.join(reading.unread)} cannot be read as dates" if reading and reading.unread else ""
    told = f", written {' or '.join(reading.formats)}" if reading and reading.formats else ""
    return Line(ours, date_expression(look, whole_days=True, **more), why + told, decide=decide)


def _number_line(column: Column, look: Look, why: str) -> Line:
    keys, decide = _notation(look, column.name)
    words = set(plain_words(look.name))
    if column.name == "quantity_kg" and words & POUNDS:
        keys["times"] = 0.45359237
        why += ", in pounds"
    elif column.name == "quantity_kg" and not words & KILOGRAMS:
        decide = f"quantity_kg: {look.name!r} does not say its unit; is it kilograms?"
    return Line(column.name, {"column": look.name, **keys} if keys else look.name, why, decide=decide)


def _notation(look: Look, ours: str) -> tuple[dict[str, Any], str]:
    """The keys that read a column's numbers, and what is not certain about them."""
    keys: dict[str, Any] = {"empty": look.fillers} if look.fillers else {}
    reading = look.number
    if reading is None:
        return keys, ""
    if reading.decimal != "." or reading.thousands:
        keys["number"] = {"decimal": reading.decimal} | ({"thousands": reading.thousands} if reading.thousands else {})
    decide = (
        f"{ours}: is {look.distinct[0]} of {look.name!r} read with the right decimal sign?" if reading.unsure else ""
    )
    return keys, decide


def _severity_line(look: Look, why: str) -> Line:
    if look.number:
        keys, decide = _notation(look, "severity")
        numbers = look.text.str.replace(look.number.thousands, "", regex=False) if look.number.thousands else look.text
        grades = numbers.str.replace(look.number.decimal, ".", regex=False).astype("float64")
        outside = int((~grades.between(1, 10)).sum())
        if outside:
            return hole("severity", f"{look.name!r} reads like it, but {outside:,} values lie outside 1 to 10")
        return Line("severity", {"column": look.name, **keys} if keys else look.name, why, decide=decide)
    values = tuple((value, SEVERITY_WORDS.get(" ".join(plain_words(value))), "a guess") for value in _listed(look))
    return _translated("severity", look, why, values, "a number from 1 to 10")


def _country_line(ours: str, look: Look, why: str) -> Line:
    if all(len(value) == 2 and value.isupper() for value in look.distinct):
        return Line(ours, text_expression(look), why)
    values = tuple((value, country_of(value), "likely") for value in look.distinct)
    return _translated(ours, look, why, values, "an ISO code of two letters")


def _vocabulary_line(column: Column, look: Look, why: str, words: tuple[str, ...]) -> Line:
    if all(value in words for value in look.distinct):
        return Line(column.name, text_expression(look), why)
    guesses = [(value, nearest_value(value, words)) for value in _listed(look)]
    if not column.allowed and 2 * sum(guess is not None for _, guess in guesses) < len(look.distinct):
        return Line(column.name, text_expression(look), why + "; its own words are kept")
    values = tuple((value, *(guess or (None, ""))) for value, guess in guesses)
    return _translated(column.name, look, why, values, f"one of {', '.join(words)}")


def retraction_line(match: Match) -> Line:
    """Which words of a column take a row back."""
    values = tuple(
        (value, RETRACTED_WORDS.get(" ".join(plain_words(value))), "a guess") for value in _listed(match.look)
    )
    why = f"{match.look.name!r} says what was taken back ({match.sure})"
    return _translated("retracted", match.look, why, values, "true or false")


def _translated(ours: str, look: Look, why: str, values: tuple[Translation, ...], expected: str) -> Line:
    missing = [value for value, our_value, _ in values if our_value is None]
    if len(missing) == len(values):
        listed = ", ".join(map(repr, missing[:8]))
        return hole(ours, f"{look.name!r} reads like it, but none of {listed} is {expected}")
    decide = f"{ours}: say what {', '.join(map(repr, missing[:8]))} of {look.name!r} means" if missing else ""
    guessed = [value for value, our_value, sure in values if our_value is not None and sure == "a guess"]
    if guessed and not missing:
        decide = f"{ours}: check the guesses for {', '.join(map(repr, guessed[:8]))} of {look.name!r}"
    expression = text_expression(look)
    return Line(ours, {"column": expression} if isinstance(expression, str) else expression, why, values, decide)


def _listed(look: Look) -> list[str]:
    """The values to translate, as they read after trimming."""
    return list(dict.fromkeys(" ".join(value.split()) for value in look.distinct))[:MOST_LISTED]
