"""The door: what a row must be to enter the record. Every defect of a batch is reported at once.

A raw frame is brought to the stored columns and dtypes; each value that cannot be is a problem.
Then the table's schema and the rules between columns are checked. Inside the record, tables are
trusted and nothing is checked again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.errors

from records.columns import DTYPES, Column, Table
from records.errors import Problem
from records.schemas import schema
from records.tables import TABLES

EARLIEST = pd.Timestamp("1900-01-01")
"""Dates before this are typing errors, not history."""

NOT_AFTER: dict[str, tuple[tuple[str, str], ...]] = {
    "incidents": (("occurred_on", "reported_on"), ("occurred_on", "known_at"), ("reported_on", "known_at")),
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
    """Rows of one file on their way in, and what is wrong with them."""

    table: str
    file: str
    rows: pd.DataFrame
    problems: tuple[Problem, ...]


def admit(raw: pd.DataFrame, table: str, *, source: str, file: str, now: pd.Timestamp) -> Arrival:
    """Bring a raw frame to the stored columns and dtypes of a table and list every defect.

    Parameters
    ----------
    raw : DataFrame
        Columns named as the table's; text, or types that already fit.
    source : str
        Fills ``source`` where the file has none.
    now : Timestamp
        Nothing can have become known later than this.
    """
    spec = TABLES[table]
    problems = list(_column_problems(raw, spec, file))
    converted: dict[str, pd.Series] = {}
    for column in spec.all_columns:
        if column.name in raw.columns:
            converted[column.name], defects = _convert(raw[column.name], column)
            problems += _values_problem(raw[column.name], defects, column, table, file)
        else:
            converted[column.name] = _absent(column, len(raw))
    frame = pd.DataFrame(converted)
    frame["source"] = frame["source"].fillna(source)
    derived = frame["record_id"].isna()
    if derived.any():
        frame.loc[derived, "record_id"] = record_ids(frame[derived], table)
    problems += _schema_problems(frame, raw, spec, file, already={problem.column for problem in problems})
    problems += _date_problems(frame, table, file, now)
    return Arrival(table, file, frame, tuple(problems))


def record_ids(frame: pd.DataFrame, table: str) -> pd.Series:
    """A record id for each row from its content: the same row sent twice gets the same one."""
    content = frame[[name for name in TABLES[table].column_names if name != "record_id"]]
    first = pd.util.hash_pandas_object(content, index=False, hash_key="trustlane-rows-1")
    second = pd.util.hash_pandas_object(content, index=False, hash_key="trustlane-rows-2")
    salt = hashlib.sha256(table.encode()).hexdigest()[:4]
    return pd.Series(
        [f"{salt}{a:016x}{b:016x}" for a, b in zip(first.to_numpy(), second.to_numpy(), strict=True)],
        index=frame.index,
        dtype="str",
    )


def conflicts(rows: pd.DataFrame, table: str, stored: pd.DataFrame) -> list[Problem]:
    """Two different versions of one key that became known at the same moment: the record could not tell which holds.

    Parameters
    ----------
    rows : DataFrame
        New rows of all files of the batch, each ``record_id`` once.
    stored : DataFrame
        Key, ``known_at`` and ``record_id`` of the rows already in the lake.
    """
    versions = [*TABLES[table].key, "known_at"]
    both = pd.concat([stored[[*versions, "record_id"]], rows[[*versions, "record_id"]]], ignore_index=True)
    clash = both.duplicated(versions, keep=False).to_numpy()[len(stored) :]
    if not clash.any():
        return []
    first = int(np.flatnonzero(clash)[0])
    example = ", ".join(f"{name}={_show(rows[name].iloc[first])}" for name in versions)
    expected = f"one version of each {' + '.join(TABLES[table].key)} at one known_at (give an amendment a later one)"
    return [Problem(table, "known_at", expected, int(clash.sum()), f"several with {example}", first + 1)]


def orphans(rows: pd.Series, known: Iterable[str], table: str, column: str, parent: str) -> list[Problem]:
    """References to a row of another table that neither the batch nor the lake holds."""
    missing = rows.notna() & ~rows.isin(pd.Index(known))
    if not missing.any():
        return []
    first = int(np.flatnonzero(missing.to_numpy())[0])
    expected = f"an id that {parent} holds, in this batch or before"
    return [Problem(table, column, expected, int(missing.sum()), repr(str(rows.iloc[first])), first + 1)]


def _column_problems(raw: pd.DataFrame, spec: Table, file: str) -> Iterable[Problem]:
    for name in raw.columns:
        if name not in spec.column_names:
            expected = f"only the columns {', '.join(spec.column_names)}"
            yield Problem(spec.name, str(name), expected, len(raw), "an unknown column", 1, file)
    for column in spec.all_columns:
        if column.required and column.name not in raw.columns and column.name not in ("source", "record_id"):
            yield Problem(spec.name, column.name, column.expected, len(raw), "no such column", 1, file)


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
        finite = np.isfinite(numbers.to_numpy())
        finite_or_null: pd.Series = numbers.where(finite)
        return finite_or_null, given & ~finite
    moments = _moments(values)
    wrong = given & moments.isna().to_numpy()
    if column.kind == "date":
        wrong |= given & (moments != moments.dt.normalize()).to_numpy() & moments.notna().to_numpy()
    wrong |= (moments < EARLIEST).to_numpy()
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


def _values_problem(raw: pd.Series, defects: np.ndarray, column: Column, table: str, file: str) -> list[Problem]:
    if not defects.any():
        return []
    first = int(np.flatnonzero(defects)[0])
    return [
        Problem(table, column.name, column.expected, int(defects.sum()), repr(_show(raw.iloc[first])), first + 1, file)
    ]


def _schema_problems(
    frame: pd.DataFrame, raw: pd.DataFrame, spec: Table, file: str, already: set[str]
) -> Iterable[Problem]:
    try:
        schema(spec.name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        # A column that already has a problem would only be reported a second time, as a null.
        for name, group in cases[~cases["column"].isin(already)].groupby("column", sort=False):
            rows = group["index"].dropna().astype(int).unique()
            first = int(rows.min()) if len(rows) else 0
            value = raw[name].iloc[first] if name in raw.columns and first < len(raw) else None
            count = max(len(rows), 1)
            yield Problem(spec.name, str(name), spec.column(str(name)).expected, count, _quoted(value), first + 1, file)


def _date_problems(frame: pd.DataFrame, table: str, file: str, now: pd.Timestamp) -> Iterable[Problem]:
    late = (frame["known_at"] > now).to_numpy()
    if late.any():
        first = int(np.flatnonzero(late)[0])
        expected = f"a moment that is not in the future (now is {_show(now)})"
        yield Problem(
            table, "known_at", expected, int(late.sum()), _show(frame["known_at"].iloc[first]), first + 1, file
        )
    for earlier, later in NOT_AFTER.get(table, ()):
        wrong = (frame[earlier] > frame[later]).to_numpy()
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            got = f"{earlier} {_show(frame[earlier].iloc[first])} after {later} {_show(frame[later].iloc[first])}"
            yield Problem(table, later, f"{later} not before {earlier}", int(wrong.sum()), got, first + 1, file)


def _show(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _quoted(value: object) -> str:
    return "nothing" if value is None or pd.isna(value) else repr(_show(value))  # type: ignore[call-overload]
