"""Several mapped rows of one key to one row: the first of them, or their sums and extremes.

Rows come chunk by chunk and the result does not depend on where chunks end: sums are added in the order of
the file, one by one, because floating-point addition in groups would round differently. What is kept in memory
grows with the number of distinct keys, not with the number of rows.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from records.door import TRUE_WORDS
from records.errors import Problem
from records.mapping.plan import RowsEntry
from records.mapping.values import as_dates, as_numbers, as_text
from records.tables import TABLES

MOST_BUFFERED = 100_000
"""Rows that are collected before they are combined, at least; more once there are more distinct keys."""


class Combination:
    """The rows of one [[rows]] entry with ``first_by`` or ``combine``, added chunk by chunk."""

    def __init__(self, entry: RowsEntry) -> None:
        self.entry = entry
        self.keys = list(TABLES[entry.table].key)
        self.buffer: list[pd.DataFrame] = []
        self.combined = 0

    def add(self, frame: pd.DataFrame, file: str) -> list[Problem]:
        """Take the mapped rows of one chunk; gives the values that cannot be compared or added."""
        problems: list[Problem] = []
        ordered = [self.entry.first_by] if self.entry.first_by else list(self.entry.combine)
        typed = {name: _typed(frame[name], self.entry.table, name, file, problems) for name in ordered}
        self.buffer.append(frame.assign(**typed))
        if sum(map(len, self.buffer)) > max(MOST_BUFFERED, 2 * self.combined):
            self._combine()
        return problems

    def result(self) -> pd.DataFrame:
        """One row of each key; rows without a whole key stay as they are, for the door to refuse."""
        self._combine()
        return self.buffer[0] if self.buffer else pd.DataFrame(columns=list(self.entry.columns))

    def _combine(self) -> None:
        if not self.buffer:
            return
        rows = pd.concat(self.buffer) if len(self.buffer) > 1 else self.buffer[0]
        if self.entry.first_by:
            done = rows.sort_values(self.entry.first_by, kind="stable").drop_duplicates(self.keys)
        else:
            done = _summed(rows, self.keys, self.entry.combine)
        self.buffer, self.combined = [done], len(done)


def _summed(rows: pd.DataFrame, keys: list[str], combine: Mapping[str, str]) -> pd.DataFrame:
    codes = rows.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    first = ~rows.duplicated(keys).to_numpy()
    done = rows[first].copy()
    for name, how in combine.items():
        if how == "sum":
            done[name] = _sums(codes, rows[name].to_numpy(dtype="float64"), len(done))
        else:
            done[name] = rows[name].groupby(codes).agg(how).to_numpy()
    return done


def _sums(codes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Sum of each group in the order of the rows; null where every value is."""
    known = ~np.isnan(values)
    total = np.zeros(count)
    np.add.at(total, codes[known], values[known])
    total[np.bincount(codes[known], minlength=count) == 0] = np.nan
    return total


def _typed(values: pd.Series, table: str, name: str, file: str, problems: list[Problem]) -> pd.Series:
    """Values as what our column holds, so that 10 comes after 9 and one date format after another."""
    column = TABLES[table].column(name)
    if column.kind == "text":
        return as_text(values)
    if column.kind == "flag":
        return as_text(values).str.lower().isin(TRUE_WORDS)
    typed, lost = as_numbers(values) if column.kind == "number" else as_dates(values, ["iso"])
    if lost.any():
        row = int(lost.argmax())
        got, place = repr(str(values.iloc[row])), int(values.index[row]) + 1
        problems.append(Problem(table, name, column.expected, int(lost.sum()), got, place, file))
    return typed
