"""Which of our tables rows hold, and which column is which of ours: by its name and by what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from records.columns import Column
from records.door import FALSE_WORDS, TRUE_WORDS
from records.mapping.drafting.looks import Look
from records.mapping.drafting.words import (
    COUNTRIES,
    RETRACTED_WORDS,
    SEVERITY_WORDS,
    name_score,
    nearest_value,
    plain_words,
    table_hint,
    vocabulary,
)
from records.tables import IDENTIFIER_SCHEMES, TABLES

ENOUGH = 0.6
"""A column with a lower score is not guessed at all."""

APART = frozenset({"known_at", "source", "record_id", "retracted"})
"""Bookkeeping is found after the rest: it may share a column with it."""


@dataclass(frozen=True)
class Match:
    """A foreign column that may be one of ours."""

    look: Look
    score: float

    @property
    def sure(self) -> str:
        """How sure, in a word."""
        return "sure" if self.score >= 0.93 else "likely" if self.score >= 0.75 else "a guess"


Looks = Mapping[str, Look]
Matches = dict[str, Match]


def match_columns(table: str, looks: Looks) -> Matches:
    """The best column for each of ours, the best pair first, each foreign column once."""
    pairs = []
    for column in TABLES[table].columns:
        for look in looks.values():
            score = column_score(table, column, look)
            if score >= ENOUGH:
                pairs.append((score, column.name, look))
    pairs.sort(key=lambda pair: -pair[0])
    found: Matches = {}
    taken: set[str] = set()
    for score, name, look in pairs:
        if name not in found and look.name not in taken:
            found[name] = Match(look, score)
            taken.add(look.name)
    return found


def column_score(table: str, column: Column, look: Look) -> float:
    """How well a foreign column fits one of ours, 0 to 1: 0 where its content cannot be that."""
    named = name_score(look.name, column.name)
    if named == 0 or not len(look.text) or (table == "incidents" and _tells_of_the_firm(look.name, named)):
        return 0.0
    return named * _content(table, column, look)


def _tells_of_the_firm(name: str, score: float) -> bool:
    """Whether a name fits a column of the register clearly better: "Facility Type" is no kind of incident."""
    return any(name_score(name, column.name) > score + 0.15 for column in TABLES["participants"].columns)


def _content(table: str, column: Column, look: Look) -> float:
    if column.kind in ("date", "moment"):
        return 1.0 if look.date else 0.0
    if column.name == "severity":
        return 1.0 if look.number or share_known(look, tuple(SEVERITY_WORDS)) > 0 else 0.7
    if column.kind == "number":
        return 1.0 if look.number else 0.0
    if column.kind == "flag":
        words = TRUE_WORDS | FALSE_WORDS
        return 1.0 if all(value.casefold() in words for value in look.distinct) else 0.0
    if column.pattern:
        return 1.0 if all(country_of(value) for value in look.distinct[:200]) else 0.0
    if column.allowed:
        share = _vocabulary_share(look, vocabulary(column.name, column.allowed))
        return 0.0 if share < 0.3 else 0.8 + 0.2 * share
    return _text_content(table, column.name, look)


def _text_content(table: str, name: str, look: Look) -> float:
    """Free text and ids: an id is no date and no fraction, a name has letters, a register names each firm once."""
    if look.date and not look.number:
        return 0.0
    if name in ("legal_name", "party_name"):
        lettered = sum(any(letter.isalpha() for letter in value) for value in look.distinct[:200])
        return 1.0 if lettered > 0.8 * len(look.distinct[:200]) else 0.3
    if name.endswith("_id"):
        whole = all(_is_code(value) for value in look.distinct[:500])
        if name in TABLES[table].key and len(TABLES[table].key) == 1 and not look.is_unique:
            return 0.9 if whole else 0.0
        return 1.0 if whole else 0.4
    return 1.0


def _is_code(value: str) -> bool:
    """Whether a value could be a number or code: one short word, with a digit or all in capitals."""
    return len(value) <= 40 and " " not in value and (any(letter.isdigit() for letter in value) or value.isupper())


def _vocabulary_share(look: Look, allowed: tuple[str, ...]) -> float:
    distinct = look.distinct[:100]
    return sum(nearest_value(value, allowed) is not None for value in distinct) / max(len(distinct), 1)


def share_known(look: Look, words: tuple[str, ...]) -> float:
    """The share of a column's values that are one of these words."""
    known = sum(" ".join(plain_words(value)) in words for value in look.distinct[:100])
    return known / max(len(look.distinct[:100]), 1)


def country_of(value: str) -> str | None:
    """The ISO alpha-2 code of a value that is one already or a country's name, else None."""
    if len(value) == 2 and value.isascii() and value.isalpha():
        return value.upper()
    return COUNTRIES.get(" ".join(plain_words(value)))


def table_scores(title: str, looks: Looks) -> dict[str, float]:
    """How much rows look like each of our tables; a table whose needs are not met is not among them."""
    hints = table_hint(title)
    scores = {}
    for name, table in TABLES.items():
        matches = match_columns(name, looks)
        needed = [need for need in _needs(name) if need not in APART]
        strengths = [
            max((matches[each].score for each in need.split("|") if each in matches), default=0.0) for need in needed
        ]
        if any(strength < ENOUGH for strength in strengths) or not _is_plausible(name, matches, looks):
            continue
        optional = [column.name for column in table.columns if column.name in matches]
        scores[name] = hints.get(name, 0.0) + sum(strengths) / len(strengths) + 0.15 * min(len(optional), 6)
    return scores


def _needs(table: str) -> tuple[str, ...]:
    """The columns without which rows are not guessed to be of a table; ``|`` means one of them."""
    special = {
        "participants": ("participant_id", "legal_name"),
        "incidents": ("occurred_on",),
        "involvements": ("incident_id", "participant_id|party_name|party_value"),
        "exposures": ("participant_id", "month"),
    }
    required = tuple(column.name for column in TABLES[table].columns if column.required)
    return special.get(table, required)


def _is_plausible(table: str, matches: Matches, looks: Looks) -> bool:
    if table == "participants":
        # A firm that stands there many times is told of, not registered.
        match = matches["participant_id"].look
        return len(match.distinct) >= 0.95 * len(match.text)
    if table == "exposures":
        return any(name in matches for name in ("shipments", "crossings", "exams_targeted", "exams_random"))
    if table == "statuses":
        return "status" in matches
    if table == "incidents":
        firm = any(
            name_score(name, "participant_id") >= ENOUGH or name_score(name, "legal_name") >= ENOUGH for name in looks
        )
        return firm and ("incident_id" in matches or len(matches) >= 3)
    return True


def entered_columns(looks: Looks) -> list[Match]:
    """Columns that may say when a row entered the record, the likeliest first."""
    scored = [Match(look, name_score(look.name, "known_at")) for look in looks.values() if look.date]
    return sorted((match for match in scored if match.score >= ENOUGH), key=lambda match: -match.score)


def retraction_column(looks: Looks) -> Match | None:
    """A column whose values say that a row was taken back, or None."""
    for look in looks.values():
        if name_score(look.name, "retracted") >= ENOUGH and any(
            RETRACTED_WORDS.get(" ".join(plain_words(value)), False) for value in look.distinct[:50]
        ):
            return Match(look, name_score(look.name, "retracted"))
    return None


def scheme_columns(looks: Looks) -> list[tuple[str, Look]]:
    """Columns that are named as a kind of registration number and hold such numbers."""
    return [
        (scheme, look)
        for scheme in IDENTIFIER_SCHEMES
        for look in looks.values()
        if scheme in plain_words(look.name) and len(look.text) and all(_is_code(value) for value in look.distinct[:200])
    ]
