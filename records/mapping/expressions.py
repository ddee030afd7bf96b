"""One chunk of raw rows to the columns of one of our tables. Every expression sees one chunk only.

The keys of an expression work in one fixed order: origin; ``empty``, ``trim``, ``case``, ``replace``,
``part``; ``values``; ``lookup``; ``number``, ``times``; ``date_format``, ``time_zone``,
``plus_months``, ``plus_days``;
``otherwise``; ``not_before``; ``floor``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from records.errors import Problem
from records.mapping.keys import DATE_KEYS, TEXT_KEYS, did_you_mean
from records.mapping.plan import Expression, template_parts
from records.mapping.values import as_dates, as_numbers, as_text


@dataclass(frozen=True)
class Lookup:
    """Which value belongs to which key; ``several`` holds keys that more than one value belongs to."""

    name: str
    found: Mapping[str, Any]
    several: Mapping[str, int]


@dataclass(frozen=True)
class Chunk:
    """Raw rows of one file on their way to one table. The index is each row's position in the file, from 0."""

    raw: pd.DataFrame
    table: str
    file: str
    lookups: Mapping[str, Lookup]
    problems: list[Problem]

    def mapped(self, columns: Mapping[str, Expression], kinds: Mapping[str, str]) -> pd.DataFrame:
        """The rows in our columns; those of kind ``text`` as text, all others as the expression left them."""
        made = {}
        for name, expression in columns.items():
            values = self.evaluate(expression, name)
            made[name] = as_text(values) if kinds.get(name) == "text" else values
        return pd.DataFrame(made, index=self.raw.index)

    def chosen(self, where: Mapping[str, Any]) -> "Chunk":
        """The rows that fulfil every condition."""
        kept = np.ones(len(self.raw), dtype=bool)
        for column, condition in where.items():
            kept &= self._fulfils(column, condition)
        return Chunk(self.raw[kept], self.table, self.file, self.lookups, self.problems)

    def evaluate(self, expression: Expression, name: str) -> pd.Series:
        """The values of one expression, the raw rows' index kept."""
        if isinstance(expression, str):
            return self.raw[expression]
        values = self._texts(self._origin(expression), expression, name)
        if "values" in expression:
            values = self._translated(values, expression["values"], expression.get("unmapped", "refuse"), name)
        if "lookup" in expression:
            values = self._looked_up(values, self.lookups[expression["lookup"]], expression, name)
        values = self._numbers(values, expression, name)
        if DATE_KEYS & set(expression):
            values = self._dates(values, expression, name)
        if "otherwise" in expression:
            values = self._otherwise(values, expression, name)
        if "not_before" in expression:
            floor = self._as_dates(self.evaluate(expression["not_before"], name), ["iso"], name)
            values = values.where(~(values < floor), floor)
        return _floored(values, expression.get("floor"))

    def _origin(self, expression: Mapping[str, Any]) -> pd.Series:
        if "constant" in expression:
            constant = expression["constant"]
            if isinstance(constant, date):
                constant = pd.Timestamp(constant)
            return pd.Series([constant] * len(self.raw), index=self.raw.index, dtype=None if len(self.raw) else object)
        if "template" in expression:
            return self._filled(expression["template"])
        column: pd.Series = self.raw[expression["column"]]
        return column

    def _filled(self, template: str) -> pd.Series:
        """A text with ``{column}`` in it, filled row by row; null where any of its columns is."""
        text = pd.Series("", index=self.raw.index, dtype="str")
        for literal, column in template_parts(template):
            text = text + literal
            if column is not None:
                text = text + as_text(self.raw[column])
        return text

    def _texts(self, values: pd.Series, expression: Mapping[str, Any], name: str) -> pd.Series:
        if not set(TEXT_KEYS) & set(expression):
            return values
        text = as_text(values)
        if "empty" in expression:
            text = text.where(~text.str.strip().isin([word.strip() for word in expression["empty"]]))
        if expression.get("trim"):
            text = text.str.split().str.join(" ").where(text.notna())
            text = text.where(text != "")
        if "case" in expression:
            text = text.str.upper() if expression["case"] == "upper" else text.str.lower()
        for old, new in expression.get("replace", {}).items():
            text = text.str.replace(old, new, regex=False)
        if "part" in expression:
            text = self._part(text, expression, name)
        return text

    def _part(self, text: pd.Series, expression: Mapping[str, Any], name: str) -> pd.Series:
        found: pd.Series = text.str.extract(expression["part"], expand=False).astype("str")
        lost = (text.notna() & found.isna()).to_numpy()
        return self._by_policy(
            found, text, lost, expression.get("unmatched", "refuse"), name, f"a text with the part {expression['part']}"
        )

    def _translated(self, values: pd.Series, table: Mapping[str, Any], unmapped: str, name: str) -> pd.Series:
        text = as_text(values)
        found = _mapped(text, table)
        lost = (text.notna() & ~text.isin(list(table))).to_numpy()
        listed = ", ".join(list(table)[:20]) + (", ..." if len(table) > 20 else "")
        expected = f"one of the mapped values {listed} (or set unmapped to null or keep)"
        return self._by_policy(found, values, lost, unmapped, name, expected, table)

    def _looked_up(self, values: pd.Series, lookup: Lookup, expression: Mapping[str, Any], name: str) -> pd.Series:
        text = as_text(values)
        found = _mapped(text, lookup.found)
        policy = expression.get("unmatched", "refuse")
        several = text.isin(list(lookup.several)).to_numpy()
        lost = (text.notna() & ~text.isin(list(lookup.found))).to_numpy()
        kept = self._by_policy(
            found, values, lost & ~several, policy, name, f"a key of the lookup {lookup.name}", lookup.found
        )
        # Two values for one key are no match: which one was meant, nobody here can tell.
        expected = f"a key of the lookup {lookup.name} that names one value, not several"
        return self._by_policy(kept, values, several, policy, name, expected)

    def _by_policy(
        self,
        found: pd.Series,
        values: pd.Series,
        lost: np.ndarray,
        policy: str,
        name: str,
        expected: str,
        known: Mapping[str, Any] | None = None,
    ) -> pd.Series:
        if policy == "keep":
            return found.where(~lost, values)
        if policy == "refuse":
            self._note(values, lost, name, expected, known)
        return found

    def _numbers(self, values: pd.Series, expression: Mapping[str, Any], name: str) -> pd.Series:
        if not {"number", "times"} & set(expression):
            return values
        notation = expression.get("number", {})
        decimal, thousands = notation.get("decimal", "."), notation.get("thousands", "")
        numbers, lost = as_numbers(values, decimal, thousands)
        thousand = f" and {thousands!r} between thousands" if thousands else ""
        self._note(values, lost, name, f"a number with the decimal sign {decimal!r}{thousand}")
        scaled: pd.Series = numbers * expression.get("times", 1)
        return scaled

    def _dates(self, values: pd.Series, expression: Mapping[str, Any], name: str) -> pd.Series:
        told = expression.get("date_format", "iso")
        dates = self._as_dates(values, [told] if isinstance(told, str) else told, name)
        if "time_zone" in expression:
            # An hour that the clock shows twice is taken as the later one: known too late is safe, too early is not.
            local = dates.dt.tz_localize(
                expression["time_zone"], ambiguous=np.zeros(len(dates), dtype=bool), nonexistent="shift_forward"
            )
            dates = local.dt.tz_convert("UTC").dt.tz_localize(None)
        if "plus_months" in expression:
            dates = (dates + pd.DateOffset(months=expression["plus_months"])).astype("datetime64[us]")
        return dates + pd.Timedelta(days=expression.get("plus_days", 0))

    def _as_dates(self, values: pd.Series, formats: list[str], name: str) -> pd.Series:
        dates, lost = as_dates(values, formats)
        self._note(values, lost, name, f"a date in the format {' or '.join(formats)}")
        return dates

    def _otherwise(self, values: pd.Series, expression: Mapping[str, Any], name: str) -> pd.Series:
        """The values, with those of another expression where they are null; only these rows are asked for it."""
        missing = values.isna().to_numpy()
        if not missing.any():
            return values
        rest = Chunk(self.raw[missing], self.table, self.file, self.lookups, self.problems)
        other = rest.evaluate(expression["otherwise"], name)
        if pd.api.types.is_datetime64_dtype(values.dtype):
            other = self._as_dates(other, ["iso"], name)
        elif values.dtype != other.dtype:
            values = values.astype(object)
        values = values.copy()
        values[missing] = other
        return values

    def _fulfils(self, column: str, condition: Any) -> np.ndarray:
        values = self.raw[column]
        if not isinstance(condition, Mapping):
            return as_text(values).isin([as_text(pd.Series([value])).iloc[0] for value in condition]).to_numpy()
        kept = np.ones(len(values), dtype=bool)
        if "empty" in condition:
            kept &= values.isna().to_numpy() == condition["empty"]
        if "not" in condition:
            kept &= (
                ~as_text(values).isin([as_text(pd.Series([value])).iloc[0] for value in condition["not"]]).to_numpy()
            )
        for key, sign in (("at_least", 1), ("at_most", -1)):
            if key in condition:
                kept &= self._compared(values, condition[key], sign, f"where {column}")
        return kept

    def _compared(self, values: pd.Series, bound: Any, sign: int, name: str) -> np.ndarray:
        if isinstance(bound, date):
            dates = self._as_dates(values, ["iso"], name)
            limit = pd.Timestamp(bound)
            return np.asarray(dates >= limit if sign > 0 else dates <= limit)
        numbers, lost = as_numbers(values)
        # A row that cannot be compared would be lost silently.
        self._note(values, lost, name, "a number, to compare it")
        return np.asarray(numbers >= bound if sign > 0 else numbers <= bound)

    def _note(
        self, values: pd.Series, lost: np.ndarray, name: str, expected: str, known: Mapping[str, Any] | None = None
    ) -> None:
        if lost.any():
            first = int(lost.argmax())
            got = str(values.iloc[first])
            hint = did_you_mean(got, list(known)).rstrip("?").replace(" Did you mean", ", nearest") if known else ""
            row = int(self.raw.index[first]) + 1
            self.problems.append(Problem(self.table, name, expected, int(lost.sum()), f"{got!r}{hint}", row, self.file))


def _mapped(text: pd.Series, table: Mapping[str, Any]) -> pd.Series:
    """Texts translated by a table; a table of one kind of value gives a column of that kind in every chunk."""
    kinds = {type(value) for value in table.values()}
    cells = [table.get(word) if known else None for word, known in zip(text, text.notna(), strict=True)]
    if kinds == {str}:
        return pd.Series(cells, index=text.index, dtype="str")
    if kinds <= {int, float}:
        return pd.Series(cells, index=text.index, dtype="float64")
    return pd.Series(cells, index=text.index, dtype=object)


def _floored(values: pd.Series, floor: str | None) -> pd.Series:
    if floor is None:
        return values
    days: pd.Series = values.dt.normalize()
    if floor != "day":
        back = days.dt.day - 1 if floor == "month" else days.dt.day_of_year - 1
        days = days - pd.to_timedelta(back, unit="D")
    return days
