"""Joining facts that each have a period of validity: the result is valid while both are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.compiled import Ints, compiled
from features.versions import grouped


@dataclass(frozen=True)
class Joined:
    """Pairs of rows that are valid together, and while when.

    ``left`` and ``right`` are positions in the two inputs; the interval is open at ``known_from`` and closed
    at ``known_until``, like every version's.
    """

    left: Ints
    right: Ints
    known_from: Ints
    known_until: Ints


def join_versions(left: tuple[Ints, Ints, Ints], right: tuple[Ints, Ints, Ints], keys: int) -> Joined:
    """All pairs with the same key whose periods of validity overlap.

    Parameters
    ----------
    left, right : (key, known_from, known_until), int64 arrays
        Keys run from 0 to ``keys - 1``; a negative key joins nothing.
    """
    left_row, right_row = np.flatnonzero(left[0] >= 0), np.flatnonzero(right[0] >= 0)
    pointer, order = grouped(np.ascontiguousarray(right[0][right_row]), keys)
    key = left[0][left_row]
    matches = pointer[key + 1] - pointer[key]
    first = np.repeat(pointer[key] - (np.cumsum(matches) - matches), matches)
    left_row = np.repeat(left_row, matches)
    right_row = right_row[order[first + np.arange(left_row.size)]]
    known_from = np.maximum(left[1][left_row], right[1][right_row])
    known_until = np.minimum(left[2][left_row], right[2][right_row])
    overlap = known_from < known_until
    if overlap.all():
        return Joined(left_row, right_row, known_from, known_until)
    return Joined(left_row[overlap], right_row[overlap], known_from[overlap], known_until[overlap])


def union_intervals(key: Ints, known_from: Ints, known_until: Ints) -> tuple[Ints, Ints, Ints]:
    """The periods in which at least one row of a key is valid, without overlap.

    Returns
    -------
    row, known_from, known_until : int64 arrays
        ``row`` is the input row that begins each period. Rows with a negative key are left out.
    """
    order = np.lexsort((known_until, known_from, key))
    order = order[np.searchsorted(key[order], 0) :]
    begins, ends = _merged(key[order], known_from[order], known_until[order])
    row = order[begins]
    return row, known_from[row], ends


def codes_of(*columns: pd.Series) -> tuple[list[Ints], int]:
    """Integer codes of text shared by several columns, -1 for empty; and how many codes there are."""
    together = columns[0] if len(columns) == 1 else pd.concat(columns, ignore_index=True)
    codes, values = pd.factorize(together)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return [part.astype(np.int64) for part in np.split(codes, ends)], len(values)


@compiled
def _merged(key: Ints, known_from: Ints, known_until: Ints) -> tuple[Ints, Ints]:
    """Positions at which a merged period begins, and where it ends; the input is sorted."""
    begins, ends = np.empty(key.size, np.int64), np.empty(key.size, np.int64)
    found = 0
    for position in range(key.size):
        touches = found > 0 and key[begins[found - 1]] == key[position] and known_from[position] <= ends[found - 1]
        if touches:
            ends[found - 1] = max(ends[found - 1], known_until[position])
        else:
            begins[found], ends[found] = position, known_until[position]
            found += 1
    return begins[:found], ends[:found]
