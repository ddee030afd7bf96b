"""The door: what a row must be to enter the record. Every defect of a batch is reported at once.

A raw frame is brought to the stored columns and dtypes; each value that cannot be is a problem.
Then the table's schema and the rules between columns are checked. Inside the record, tables are
trusted and nothing is checked again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.errors

from records.columns import DTYPES, Column, Table
from records.errors import Problem
from records.fingerprint import content_hashes, record_ids_of
from records.schemas import schema
from records.tables import TABLES

EARLIEST = pd.Timestamp("1900-01-01")
"""Dates before this are typing errors, not history."""
LATEST = pd.Timestamp("2100-12-31")
"""Dates after this are typing errors, not plans: 2202-01-01 is 2022-01-01 mistyped."""
MOST_EXACT = 2**53
"""Beyond this a number cannot be held exactly."""

NOT_AFTER: dict[str, tuple[tuple[str, str], ...]] = {
    "incidents": (
        ("occurred_on", "reported_on"),
        ("occurred_on", "known_at"),
        ("reported_on", "known_at"),
        ("discovered_on", "known_at"),
        ("self_reported_on", "known_at"),
    ),
    "identifiers": (("valid_from", "valid_to"),),
    "partnerships": (("valid_from", "valid_to"),),
    "validations": (("performed_on", "known_at"),),
    "findings": (("corrected_on", "known_at"),),
    "actions": (("decided_on", "known_at"),),
    "exposures": (("month", "known_at"),),
}
"""Pairs of dates in one row of which the first may not be later than the second."""

TRUE_WORDS = frozenset({"true", "1", "yes", "y", "t"})
FALSE_WORDS = frozenset({"false", "0", "no", "n", "f", ""})


@dataclass(frozen=True)
class Arrival:
    """Rows of one file on their way in, and what is wrong with them.

    ``places`` are the rows' numbers in the file, counted from 1; ``hashes`` their contents as numbers, shape
    (rows, 2), see :mod:`records.fingerprint`; ``given_ids`` says whether the file had record ids of its own.
    """

    table: str
    file: str
    rows: pd.DataFrame
    problems: tuple[Problem, ...]
    places: np.ndarray
    hashes: np.ndarray
    given_ids: bool


def admit(raw: pd.DataFrame, table: str, *, source: str, file: str, now: pd.Timestamp, first_row: int = 1) -> Arrival:
    """Bring a raw frame to the stored columns and dtypes of a table and list every defect.

    Parameters
    ----------
    raw : DataFrame
        Columns named as the table's; text, or types that already fit. Its index says how many rows after
        ``first_row`` each stands in the file.
    source : str
        Fills ``source`` where the file has none.
    now : Timestamp
        Nothing can have become known later than this.
    first_row : int
        Number of the first row of a piece of a file.
    """
    spec = TABLES[table]
    place = _Place(table, file, raw.index.to_numpy() + first_row)
    problems = list(_column_problems(raw, spec, place))
    converted: dict[str, pd.Series] = {}
    for column in spec.all_columns:
        if column.name in raw.columns:
            converted[column.name], defects = _convert(raw[column.name], column)
            problems += _values_problem(raw[column.name], defects, column, place)
        else:
            converted[column.name] = _absent(column, len(raw))
    frame = pd.DataFrame(converted)
    frame["source"] = frame["source"].fillna(source)
    hashes = content_hashes(frame, table)
    derived = frame["record_id"].isna()
    frame["record_id"] = frame["record_id"].fillna(record_ids_of(hashes, table))
    problems += _schema_problems(frame, raw, spec, place, already={problem.column for problem in problems})
    problems += _date_problems(frame, place, now)
    return Arrival(table, file, frame, tuple(problems), place.rows, hashes, not derived.all())


def record_ids(frame: pd.DataFrame, table: str) -> pd.Series:
    """A record id for each row from its content: the same row sent twice gets the same one."""
    ids = record_ids_of(content_hashes(frame, table), table)
    ids.index = frame.index
    return ids


@dataclass(frozen=True)
class _Place:
    """Where the rows under examination come from: their table, their file, and their numbers in it."""

    table: str
    file: str
    rows: np.ndarray

    def problem(self, column: str, expected: str, wrong: np.ndarray, example: str) -> Problem:
        """One problem of the rows marked in ``wrong``, at the first of them."""
        return Problem(
            self.table, column, expected, int(wrong.sum()), example, int(self.rows[wrong.argmax()]), self.file
        )

    def whole(self, column: str, expected: str, example: str) -> Problem:
        """One problem of all rows."""
        return Problem(self.table, column, expected, len(self.rows), example, 1, self.file)


def _column_problems(raw: pd.DataFrame, spec: Table, place: _Place) -> Iterable[Problem]:
    for name in raw.columns:
        if name not in spec.column_names:
            yield place.whole(str(name), f"only the columns {', '.join(spec.column_names)}", "an unknown column")
    for column in spec.all_columns:
        if column.required and column.name not in raw.columns and column.name not in ("source", "record_id"):
            yield place.whole(column.name, column.expected, "no such column")


def _absent(column: Column, length: int) -> pd.Series:
    if column.kind == "flag":
        return pd.Series(np.zeros(length, dtype=bool))
    return pd.Series([None] * length, dtype=DTYPES[column.kind])


def _convert(values: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray]:
    """The values in the stored dtype, and which of them had a value that would not convert."""
    values = values.reset_index(drop=True)
    given = values.notna().to_numpy()
    if column.kind == "text":
        text: pd.Series = values.astype("str").where(given)
        return text, np.zeros(len(values), dtype=bool)
    if column.kind == "flag":
        words = values.astype("str").str.strip().str.lower().where(given, "")
        is_true = words.isin(TRUE_WORDS).to_numpy()
        return pd.Series(is_true), ~is_true & ~words.isin(FALSE_WORDS).to_numpy()
    if column.kind == "number":
        numbers: pd.Series = pd.to_numeric(values, errors="coerce").astype("float64")
        finite = (numbers.abs() <= MOST_EXACT).to_numpy()
        finite_or_null: pd.Series = numbers.where(finite)
        return finite_or_null, given & ~finite
    moments = _moments(values)
    wrong = given & moments.isna().to_numpy()
    if column.kind == "date":
        wrong |= given & (moments != moments.dt.normalize()).to_numpy() & moments.notna().to_numpy()
    wrong |= ((moments < EARLIEST) | (moments > LATEST)).to_numpy()
    return moments, wrong


def _moments(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return values.astype("datetime64[us]")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        in_utc: pd.Series = values.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
        return in_utc
    # pandas reads "2024" and "2024-03" as dates of their first day: a whole date is asked for.
    texts = values.astype("str")
    whole = texts.where(texts.str.match(r"\d{4}-\d{2}-\d{2}"))
    parsed = pd.to_datetime(whole, format="ISO8601", errors="coerce", utc=True)
    moments: pd.Series = parsed.dt.tz_localize(None).astype("datetime64[us]")
    return moments


def _values_problem(raw: pd.Series, defects: np.ndarray, column: Column, place: _Place) -> list[Problem]:
    if not defects.any():
        return []
    expected = column.expected
    if column.kind in ("date", "moment"):
        expected += f", from {EARLIEST.year} to {LATEST.year}"
    return [place.problem(column.name, expected, defects, repr(_show(raw.iloc[int(defects.argmax())])))]


def _schema_problems(
    frame: pd.DataFrame, raw: pd.DataFrame, spec: Table, place: _Place, already: set[str]
) -> Iterable[Problem]:
    try:
        schema(spec.name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        # A column that already has a problem would only be reported a second time, as a null.
        for name, group in cases[~cases["column"].isin(already)].groupby("column", sort=False):
            wrong = np.zeros(max(len(frame), 1), dtype=bool)
            wrong[group["index"].dropna().astype(int).unique()] = True
            wrong[0] |= not wrong.any()
            first = int(wrong.argmax())
            value = raw[name].iloc[first] if name in raw.columns and first < len(raw) else None
            yield place.problem(str(name), spec.column(str(name)).expected, wrong, _quoted(value))


def _date_problems(frame: pd.DataFrame, place: _Place, now: pd.Timestamp) -> Iterable[Problem]:
    late = (frame["known_at"] > now).to_numpy()
    if late.any():
        expected = f"a moment that is not in the future (now is {_show(now)})"
        yield place.problem("known_at", expected, late, _show(frame["known_at"].iloc[int(late.argmax())]))
    for earlier, later in NOT_AFTER.get(place.table, ()):
        wrong = (frame[earlier] > frame[later]).to_numpy()
        if wrong.any():
            first = int(wrong.argmax())
            got = f"{earlier} {_show(frame[earlier].iloc[first])} after {later} {_show(frame[later].iloc[first])}"
            yield place.problem(later, f"{later} not before {earlier}", wrong, got)


def _show(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _quoted(value: object) -> str:
    return "nothing" if value is None or pd.isna(value) else repr(_show(value))  # type: ignore[call-overload]
