"""Files that are there whole or not at all: written under another name, then renamed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """A name to write under; the file appears as ``path`` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.arriving")
    yield hidden
    hidden.replace(path)


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Arrays by name in one file."""
    with arriving(path) as hidden, hidden.open("wb") as out:
        np.savez(out, **arrays)  # type: ignore[arg-type]


def write_array(path: Path, values: np.ndarray) -> None:
    """One array, to be read in place."""
    with arriving(path) as hidden, hidden.open("wb") as out:
        np.save(out, values)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Plain values, readable by people."""
    with arriving(path) as hidden:
        hidden.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_table(path: Path, rows: pa.Table, *, row_group_rows: int = 131_072) -> None:
    """Rows as Parquet."""
    with arriving(path) as hidden:
        pq.write_table(rows, hidden, compression="zstd", compression_level=1, row_group_size=row_group_rows)
