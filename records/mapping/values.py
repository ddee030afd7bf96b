"""One meaning for one value, whatever kind of file it came in: text, numbers and dates of raw cells.

A CSV cell "7", an Excel number 7.0 and a JSON 7 are the same id "7"; the leading zeros of a text stay.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

EXCEL_ZERO = pd.Timestamp("1899-12-30")
"""Day 0 of spreadsheet serial numbers, for every day after February 1900."""


def as_text(values: pd.Series) -> pd.Series:
    """Cells as text: whole numbers without a point, dates as ISO 8601 without a midnight, null where null."""
    if isinstance(values.dtype, pd.StringDtype):
        return values
    if pd.api.types.is_integer_dtype(values.dtype):
        known = values.notna()
        text: pd.Series = values.astype("str").where(known)
        return text
    cells = [None if missing else _cell(value) for value, missing in zip(values, values.isna(), strict=True)]
    return pd.Series(cells, index=values.index, dtype="str")


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | Decimal | np.floating):
        return str(int(value)) if np.isfinite(float(value)) and value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def as_dates(values: pd.Series, formats: Sequence[str]) -> tuple[pd.Series, np.ndarray]:
    """Cells as moments in UTC without a zone, by the first format that reads them; and which had a value none reads.

    Formats are in the notation of ``strftime``, ``iso`` for ISO 8601 with at least a whole date, or ``excel``
    for serial numbers. Cells that are dates already stay as they are.
    """
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return values.astype("datetime64[us]"), np.zeros(len(values), dtype=bool)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        in_utc = values.dt.tz_convert("UTC").dt.tz_localize(None)
        return in_utc.astype("datetime64[us]"), np.zeros(len(values), dtype=bool)
    text = as_text(values).str.strip()
    moments = pd.Series(pd.NaT, index=values.index, dtype="datetime64[us]")
    # A cell of a date type among texts needs no format: it comes out of as_text in ISO 8601.
    if values.dtype == object:
        typed = np.array([isinstance(value, date) for value in values], dtype=bool)
        moments = _read_dates(text.where(typed), "iso")
    for name in formats:
        moments = moments.where(moments.notna(), _read_dates(text.where(moments.isna()), name))
    return moments, (values.notna() & moments.isna()).to_numpy()


def _read_dates(text: pd.Series, name: str) -> pd.Series:
    if name == "iso":
        whole = text.where(text.str.match(r"\d{4}-\d{2}-\d{2}").fillna(False).astype(bool))
        read = pd.to_datetime(whole, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    elif name == "excel":
        serial = text.where(text.str.fullmatch(r"\d{2,6}(\.\d+)?").fillna(False).astype(bool))
        # A fraction of a day is a time of day; its last digits are rounding, not microseconds.
        seconds = (pd.to_numeric(serial).astype("float64") * 86_400).round()
        read = EXCEL_ZERO + pd.to_timedelta(seconds, unit="s")
    else:
        read = pd.to_datetime(text, format=name, errors="coerce")
        if isinstance(read.dtype, pd.DatetimeTZDtype):
            read = read.dt.tz_convert("UTC").dt.tz_localize(None)
    moments: pd.Series = read.astype("datetime64[us]")
    return moments


def as_numbers(values: pd.Series, decimal: str = ".", thousands: str = "") -> tuple[pd.Series, np.ndarray]:
    """Cells as float64, and which had a value that is no number in this notation.

    Thousands must stand in groups of three: "1,5" read with a thousands comma is refused and never 15.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers: pd.Series = values.astype("float64")
        return numbers, np.zeros(len(values), dtype=bool)
    text = as_text(values).str.strip()
    point, group = _escaped(decimal), _escaped(thousands)
    whole = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)" if thousands else r"\d+"
    fits = text.str.fullmatch(rf"[+-]?{whole}(?:{point}\d*)?(?:[eE][+-]?\d+)?").fillna(False).astype(bool)
    plain = text.where(fits)
    if thousands:
        plain = plain.str.replace(thousands, "", regex=False)
    if decimal != ".":
        plain = plain.str.replace(decimal, ".", regex=False)
    return pd.to_numeric(plain).astype("float64"), (text.notna() & ~fits).to_numpy()


def _escaped(character: str) -> str:
    return f"[{character}]" if character else ""
