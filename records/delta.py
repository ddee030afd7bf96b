"""One Delta table on disk: written, read at a version, taken back. The only door to deltalake."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake

BATCH_ROWS = 65_536
KEPT_FOR_EVER = {"delta.logRetentionDuration": "interval 36500 days", "delta.enableExpiredLogCleanup": "false"}
"""Delta forgets old versions after thirty days unless it is told not to."""


def exists(folder: Path) -> bool:
    """Whether a table with at least one version stands in a folder."""
    return DeltaTable.is_deltatable(str(folder))


def version(folder: Path) -> int:
    """The latest version of a table, landed or not."""
    return int(DeltaTable(str(folder)).version())


def write(folder: Path, rows: pa.Table | pa.RecordBatchReader) -> None:
    """Append rows to a table, which is made when it is not there; columns new to it are added."""
    there = exists(folder)
    write_deltalake(
        str(folder),
        rows,
        mode="append",
        schema_mode="merge" if there else None,
        configuration=None if there else KEPT_FOR_EVER,
        post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        # The writer holds a row group in memory, with a million rows of it by default.
        writer_properties=WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=BATCH_ROWS),
    )


def write_files(folder: Path, files: Sequence[Path], schema: pa.Schema) -> None:
    """Append the rows of Parquet files to a table, a piece at a time."""
    write(folder, pa.RecordBatchReader.from_batches(schema, _batches(files, schema)))


def _batches(files: Sequence[Path], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                yield batch.cast(schema)


def read(
    folder: Path,
    at: int | None = None,
    columns: Sequence[str] | None = None,
    *,
    only: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """The rows of a table at one version, or its latest.

    Columns that it does not have are left out; ``only`` is a column and the value it must have.
    """
    table = DeltaTable(str(folder), version=at)
    present = [field.name for field in table.schema().fields]
    wanted = None if columns is None else [name for name in columns if name in present]
    equal = None if only is None else [(only[0], "=", only[1])]
    frame: pd.DataFrame = table.to_pandas(columns=wanted, filters=equal)
    return frame


def files(folder: Path, at: int) -> list[str]:
    """The Parquet files of a table at one version."""
    return [str(uri) for uri in DeltaTable(str(folder), version=at).file_uris()]


def roll_back(folder: Path, landed: int) -> None:
    """Bring a table back to the version that landed, and remove files that no landed version has.

    Tables only grow, so the last landed version has the files of all before it.
    """
    kept = _names(files(folder, landed))
    table = DeltaTable(str(folder))
    if _names(table.file_uris()) != kept:
        table.alter.set_table_properties(KEPT_FOR_EVER)
        table.restore(landed, post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False))
    for path in folder.glob("*.parquet"):
        if path.name not in kept:
            path.unlink()


def _names(uris: Iterable[str]) -> set[str]:
    # A name is unique by itself; the way to it may be written in several manners.
    return {uri.rpartition("/")[2] for uri in uris}
