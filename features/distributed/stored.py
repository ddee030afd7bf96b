"""Stored rows stretch by stretch, in the columns of today whatever version of us wrote them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from records.staging import stored_schema

STRETCH_ROWS = 1_200_000
"""Rows that are read together: with every column of an incident about 350 MB."""


@dataclass(frozen=True)
class Stretch:
    """Row groups of one file that follow each other."""

    path: str
    groups: tuple[int, ...]


def stretches(files: Sequence[str], rows: int = STRETCH_ROWS) -> list[Stretch]:
    """The files cut into stretches of at most so many rows, or of one row group that has more."""
    found = []
    for path in files:
        metadata = pq.read_metadata(path)
        taken: list[int] = []
        count = 0
        for group in range(metadata.num_row_groups):
            size = metadata.row_group(group).num_rows
            if taken and count + size > rows:
                found.append(Stretch(path, tuple(taken)))
                taken, count = [], 0
            taken.append(group)
            count += size
        if taken:
            found.append(Stretch(path, tuple(taken)))
    return found


def read_stretch(table: str, stretch: Stretch, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a stretch in the stored schema; a column that the file does not have is empty, a flag False."""
    wanted = stored_schema(table)
    if columns is not None:
        wanted = pa.schema([wanted.field(name) for name in columns])
    with pq.ParquetFile(stretch.path) as file:
        present = [name for name in wanted.names if name in file.schema_arrow.names]
        rows = file.read_row_groups(list(stretch.groups), columns=present, use_threads=False)
    arrays = []
    for field in wanted:
        there = field.name in rows.schema.names
        values = rows[field.name].cast(field.type) if there else pa.nulls(rows.num_rows, field.type)
        arrays.append(pc.fill_null(values, False) if pa.types.is_boolean(field.type) else values)
    return pa.Table.from_arrays(arrays, schema=wanted)


def stored_rows(table: str, files: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The rows of files, a stretch at a time."""
    for stretch in stretches(files):
        yield read_stretch(table, stretch, columns)
