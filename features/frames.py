"""Tables of any kind, made pandas at the door: Polars, PyArrow, Modin, DuckDB and whatever else Narwhals reads.

Inside there is one kind of table only. What is pandas already passes untouched, with its index; everything else
goes through Arrow and gets a fresh index from 0.
"""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from features.errors import FrameRefused
from records.columns import DTYPES
from records.known import Records
from records.tables import TABLES


def as_pandas(table: Any, *, what: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The table as pandas; one that is pandas already is given back as it is.

    Parameters
    ----------
    table : any table that Narwhals reads
        Eager or lazy; a lazy one (Polars LazyFrame, DuckDB relation) is computed here, in the order in which it gives
        its rows. Say ORDER BY where the order matters.
    what : str
        What the table is, for a refusal: "the spine".
    columns : sequence of str, optional
        Only these are converted when the table has them all; by default every column.

    Returns
    -------
    DataFrame
        Texts as ``str``, also where they were categories; dates as datetime64; with an index from 0 unless the table
        was pandas.

    Raises
    ------
    FrameRefused
        It is no table.
    """
    if isinstance(table, pd.DataFrame):
        return table
    try:
        read = nw.from_native(table)
    except TypeError as problem:
        raise FrameRefused(
            f"Expected {what} as a table: pandas, Polars, PyArrow, DuckDB or another that Narwhals reads; "
            f"got {type(table).__name__}. Make a pandas.DataFrame of it."
        ) from problem
    names = read.collect_schema().names()
    if columns and set(columns) <= set(names):
        read = read.select(*columns)
    eager = read.collect("pyarrow") if isinstance(read, nw.LazyFrame) else read
    if eager.implementation.is_pandas_like():
        found = eager.to_pandas().reset_index(drop=True)
    else:
        found = eager.to_arrow().to_pandas(date_as_object=False)
    return found.astype({name: "str" for name in found.columns if isinstance(found[name].dtype, pd.CategoricalDtype)})


def pandas_records(records: Records) -> Records:
    """The record with every table as pandas; the same object when all are already.

    Parameters
    ----------
    records : Records
        Tables that are not pandas need every column of :data:`records.tables.TABLES` and are brought to its dtypes;
        an empty flag means False, as at the door of the record.

    Raises
    ------
    FrameRefused
        A table is none, lacks columns, or holds values that its columns cannot.
    """
    if all(isinstance(frame, pd.DataFrame) for frame in records.tables.values()):
        return records
    tables = {name: _stored(name, frame) for name, frame in records.tables.items()}
    stored = None if records.stored is None else pandas_records(records.stored)
    return Records(tables, records.data_version, stored)


def _stored(name: str, table: Any) -> pd.DataFrame:
    """A table with the columns and dtypes of the record."""
    if isinstance(table, pd.DataFrame):
        return table
    columns = TABLES[name].all_columns
    frame = as_pandas(table, what=f"the table {name}", columns=[column.name for column in columns])
    missing = [column.name for column in columns if column.name not in frame]
    if missing:
        raise FrameRefused(
            f"Expected the table {name} with all its columns; {', '.join(missing)} are not there. "
            "Add them, or let trustlane ingest read the files: it fills what may be absent."
        )
    flags = {column.name: frame[column.name].fillna(False) for column in columns if column.kind == "flag"}
    try:
        return frame.assign(**flags).astype({column.name: DTYPES[column.kind] for column in columns})
    except (TypeError, ValueError) as problem:
        raise FrameRefused(
            f"Expected the table {name} with the kinds of columns in docs/records.md; got: {problem}. Convert them."
        ) from problem
