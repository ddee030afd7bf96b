"""A batch on its way in: admitted pieces on disk, and every problem of all of them.

The folder stands inside the lake, so that both are on one disk. It is removed at the end, and by the next
writer when a run was stopped.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from records.columns import Kind
from records.door import Arrival
from records.errors import BatchRefused, Problem
from records.tables import TABLES

ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "date": pa.timestamp("us"),
    "moment": pa.timestamp("us"),
    "number": pa.float64(),
    "flag": pa.bool_(),
}
"""How each kind is kept on disk."""

EXTRAS = (("hash_1", pa.uint64()), ("hash_2", pa.uint64()), ("file_no", pa.int32()), ("row_no", pa.int64()))
"""What a staged row carries beside its columns: its content as two numbers, its file and its place in it."""


def stored_schema(table: str) -> pa.Schema:
    """The columns of a stored table."""
    return pa.schema([(column.name, ARROW[column.kind]) for column in TABLES[table].all_columns])


def to_stored(frame: pd.DataFrame, table: str) -> pa.Table:
    """Rows in the stored columns and dtypes as Arrow."""
    return pa.Table.from_pandas(frame, schema=stored_schema(table), preserve_index=False)


class ProblemList:
    """Problems of many pieces: one for each kind of defect of a file, with all its rows and the first example."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str], Problem] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, problems: Iterable[Problem]) -> None:
        """Take the problems of one more piece."""
        for problem in problems:
            kind = (problem.table, problem.column, problem.expected, problem.file)
            before = self._found.get(kind)
            count = problem.count + (before.count if before else 0)
            self._found[kind] = replace(before or problem, count=count)

    def refuse(self) -> None:
        """Raise BatchRefused with every problem, if there are any."""
        if self._found:
            raise BatchRefused(list(self._found.values()))


class Staging:
    """The rows of one batch, in the order of their arrival, one Parquet file a table.

    Parameters
    ----------
    folder : Path
        Made here and emptied by :class:`records.lake.Lake`, whoever is stopped.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems = ProblemList()
        self.files: list[str] = []
        self.given_ids: set[str] = set()
        self.rows: dict[str, int] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, arrival: Arrival) -> None:
        """Take one admitted piece. After the first problem rows are only counted: the batch will be refused."""
        self.problems.add(arrival.problems)
        table = arrival.table
        self.rows[table] = self.rows.get(table, 0) + len(arrival.rows)
        if self.problems:
            return
        if arrival.given_ids:
            self.given_ids.add(table)
        if table not in self._writers:
            schema = pa.schema([*stored_schema(table), *EXTRAS])
            self._writers[table] = pq.ParquetWriter(self.path(table), schema)
        if not self.files or self.files[-1] != arrival.file:
            self.files.append(arrival.file)
        extras = (
            pa.array(arrival.hashes[:, 0]),
            pa.array(arrival.hashes[:, 1]),
            pa.repeat(pa.scalar(len(self.files) - 1, pa.int32()), len(arrival.rows)),
            pa.array(arrival.places, pa.int64()),
        )
        content = to_stored(arrival.rows, table)
        for (name, _), values in zip(EXTRAS, extras, strict=True):
            content = content.append_column(name, values)
        self._writers[table].write_table(content)

    @property
    def tables(self) -> list[str]:
        """The tables of the batch, in the order of the record."""
        return [name for name in TABLES if name in self.rows]

    def path(self, table: str, stage: str = "arrived") -> Path:
        """Where rows of a table stand at one stage of their way."""
        return self.folder / f"{table}.{stage}.parquet"

    def close(self) -> None:
        """Finish the files, so that they can be read."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
