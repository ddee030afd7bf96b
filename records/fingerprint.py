"""The content of rows as numbers: the same row is the same number in any file, chunk, order or later version of us.

Every cell that says something adds a number of its own to two sums of 64 bits: one that depends on the column's
name and the value, not on where the cell stands. An empty cell and a flag that is false add nothing, so a column
that is added to a table later changes no row that does not use it. A set of rows is the sum over its rows, and
with it independent of their order and of how they were cut into pieces. This guards against accidents; it is no
signature against someone who forges rows.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from records.columns import Kind
from records.tables import TABLES

LANES = ("trustlane-rows-1", "trustlane-rows-2")
"""Two independent numbers a row: the chance that two of 25 million rows share both is about 1 in 10^24."""


@dataclass(frozen=True)
class Fingerprint:
    """A set of rows: how many, and the sums of their two numbers modulo 2^64."""

    rows: int = 0
    first: int = 0
    second: int = 0

    def __add__(self, other: "Fingerprint") -> "Fingerprint":
        return Fingerprint(
            self.rows + other.rows, (self.first + other.first) % 2**64, (self.second + other.second) % 2**64
        )


def content_hashes(frame: pd.DataFrame, table: str) -> np.ndarray:
    """Two numbers for each row from its content, ``record_id`` left out.

    Parameters
    ----------
    frame : DataFrame
        Rows in the stored columns and dtypes of ``table``.

    Returns
    -------
    ndarray of uint64, shape (rows, 2)
    """
    sums = np.zeros((len(frame), len(LANES)), dtype=np.uint64)
    for column in TABLES[table].all_columns:
        if column.name == "record_id" or column.name not in frame.columns:
            continue
        for lane, key in enumerate(LANES):
            salt = int.from_bytes(hashlib.sha256(f"{key}/{column.name}".encode()).digest()[:8], "little")
            given, cells = _cells(frame[column.name], column.kind, key)
            numbers = _mixed(cells ^ np.uint64(salt))
            sums[:, lane] += numbers if given is None else np.where(given, numbers, np.uint64(0))
    return _mixed(sums)


def fingerprint(hashes: np.ndarray) -> Fingerprint:
    """The set of rows whose numbers are ``hashes``, shape (rows, 2)."""
    first, second = hashes.sum(axis=0, dtype=np.uint64)
    return Fingerprint(len(hashes), int(first), int(second))


def record_ids_of(hashes: np.ndarray, table: str) -> pd.Series:
    """An id for each row: four digits for the table and the row's two numbers, in hexadecimal."""
    salt = np.frombuffer(hashlib.sha256(table.encode()).hexdigest()[:4].encode(), dtype=np.uint8)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    content = np.ascontiguousarray(hashes.astype(">u8")).view(np.uint8).reshape(len(hashes), 16)
    text = np.empty((len(hashes), 36), dtype=np.uint8)
    text[:, :4] = salt
    text[:, 4::2] = digits[content >> 4]
    text[:, 5::2] = digits[content & 15]
    offsets = np.arange(0, 36 * len(hashes) + 1, 36, dtype=np.int64)
    ids = pa.LargeStringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))
    return pd.Series(ids.to_pandas(), dtype="str")


def chain(previous: str, tables: Mapping[str, Fingerprint]) -> str:
    """The data version after a batch: that before it, and for each table of the batch its new rows as a set."""
    digest = hashlib.sha256(previous.encode())
    for name in sorted(tables):
        rows = tables[name]
        digest.update(f"/{name}:{rows.rows}:{rows.first:016x}:{rows.second:016x}".encode())
    return digest.hexdigest()[:32]


def _cells(values: pd.Series, kind: Kind, key: str) -> tuple[np.ndarray | None, np.ndarray]:
    """Which cells say something (None for all), and a number for each."""
    if kind == "flag":
        flags = values.to_numpy(dtype=bool)
        return flags, flags.astype(np.uint64)
    if kind == "number":
        # Zero added to minus zero is zero: both are the same quantity.
        numbers = values.to_numpy(dtype=np.float64) + 0.0
        return ~np.isnan(numbers), numbers.view(np.uint64)
    if kind in ("date", "moment"):
        moments = values.to_numpy(dtype="datetime64[us]")
        return ~np.isnat(moments), moments.view(np.uint64)
    codes, words = pd.factorize(values)
    if not len(words):
        return np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=np.uint64)
    hashed = pd.util.hash_array(np.asarray(words, dtype=object), hash_key=key[-16:], categorize=False)
    return codes >= 0, hashed[codes]


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input changes half of the output."""
    mixed = numbers.copy()
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
