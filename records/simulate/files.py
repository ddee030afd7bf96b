"""Write a simulated program as a program would send it: one file for each table and source, and the truth apart."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from records.tables import TABLES

PARQUET_TABLES = frozenset({"exposures", "partnerships"})


def write_table(out: Path, table: str, source: str, rows: pd.DataFrame, start: np.datetime64) -> str:
    """Write the rows of one table and source; gives the file's name.

    ``rows`` has the columns of the table that the program keeps (dates as dates) and ``known`` in days from ``start``.
    """
    columns = {column.name: column for column in TABLES[table].all_columns if column.name in rows.columns}
    seconds = np.floor(rows["known"].to_numpy(dtype=np.float64) * 86_400).astype("timedelta64[s]")
    frame = rows[list(columns)].assign(known_at=start.astype("datetime64[s]") + seconds)
    arrays, fields = [], []
    for name in frame.columns:
        kind = columns[name].kind if name in columns else "moment"
        fields.append(pa.field(name, _ARROW[kind]))
        arrays.append(pa.array(_plain(frame[name], kind), type=_ARROW[kind], from_pandas=True))
    name = f"{table}.{source}.{'parquet' if table in PARQUET_TABLES else 'csv'}"
    sheet = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    if table in PARQUET_TABLES:
        pyarrow.parquet.write_table(sheet, out / name, compression="zstd")
    else:
        _write_csv(sheet, out / name)
    return name


def write_truth(folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write each truth frame as Parquet, without traces of the library's version."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        sheet = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        pyarrow.parquet.write_table(sheet, folder / f"{name}.parquet", compression="zstd")


_ARROW = {
    "text": pa.string(),
    "date": pa.timestamp("us"),
    "moment": pa.timestamp("us"),
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def _plain(values: pd.Series, kind: str) -> np.ndarray:
    if kind in ("date", "moment"):
        return values.to_numpy(dtype="datetime64[us]")
    if kind == "text":
        return values.astype(object).where(values.notna(), None).to_numpy()
    return values.to_numpy()


def _write_csv(sheet: pa.Table, path: Path) -> None:
    """ISO dates (moments with a time), empty cells for nulls, line feeds on every system."""
    columns = []
    for name in sheet.column_names:
        column = sheet.column(name)
        if pa.types.is_timestamp(column.type):
            pattern = "%Y-%m-%dT%H:%M:%S" if name == "known_at" else "%Y-%m-%d"
            column = pa.compute.strftime(column.cast(pa.timestamp("s")), format=pattern)
        columns.append(column)
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(pa.Table.from_arrays(columns, names=sheet.column_names), path, options)
