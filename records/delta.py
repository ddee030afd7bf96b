"""One Delta table on disk: written, read at a version, taken back. The only door to deltalake."""

import json
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
from deltalake import DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake
from deltalake.transaction import AddAction, RemoveAction

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
    """Append Parquet files in the stored schema to a table by moving them into it; they must stand on its disk.

    Delta's own writer was measured to hold 1.3 GB for 17 million rows, whatever the size of their pieces.
    """
    if not exists(folder) or set(schema.names) - {field.name for field in DeltaTable(str(folder)).schema().fields}:
        write(folder, schema.empty_table())
    added: list[AddAction | RemoveAction] = [_moved(path, folder) for path in files if pq.read_metadata(path).num_rows]
    if added:
        DeltaTable(str(folder)).create_write_transaction(
            added, "append", schema, post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False)
        )


def _moved(path: Path, folder: Path) -> AddAction:
    rows, target = pq.read_metadata(path).num_rows, folder / f"part-{uuid.uuid4()}.parquet"
    path.rename(target)
    state = target.stat()
    return AddAction(target.name, state.st_size, {}, int(state.st_mtime * 1000), True, json.dumps({"numRecords": rows}))


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
    # Delta's own way to its files is a Python object, which Arrow's threads may outlive.
    disk = pyarrow.fs.SubTreeFileSystem(str(folder.absolute()), pyarrow.fs.LocalFileSystem())
    frame: pd.DataFrame = table.to_pandas(columns=wanted, filters=equal, filesystem=disk)
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
