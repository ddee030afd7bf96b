"""Parquet in its own types, a piece of a row group at a time."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from records.raw.cells import Chunks, check_names, refuse

BATCH_ROWS = 100_000

# Beside an empty cell a whole number would become a float, and the id 7 the text "7.0".
WHOLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}


def read_parquet(path: Path, table: str) -> Chunks:
    """Chunks of a Parquet file.

    Raises
    ------
    BatchRefused
        When it cannot be read, or a column holds lists, structures or bytes.
    """
    try:
        with pq.ParquetFile(path) as file:
            check_names(file.schema_arrow.names, table, path.name)
            for field in file.schema_arrow:
                if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
                    refuse(table, path.name, "one value in a cell", f"cells of {field.type}", column=field.name)
            first = 1
            for batch in file.iter_batches(BATCH_ROWS):
                yield _frame(batch), first
                first += batch.num_rows
            if first == 1:
                yield file.schema_arrow.empty_table().to_pandas(), first
    except (pa.ArrowInvalid, OSError) as error:
        refuse(table, path.name, "a readable Parquet file", str(error).splitlines()[0] if str(error) else "none")


def _frame(batch: pa.RecordBatch) -> pd.DataFrame:
    with_gaps = {column.type for column in batch.columns if column.type in WHOLE and column.null_count}
    frame: pd.DataFrame = batch.to_pandas(types_mapper=lambda kind: WHOLE[kind] if kind in with_gaps else None)
    return frame
