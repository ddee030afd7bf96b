"""The pandera schemas that guard the door, derived from :data:`records.tables.TABLES`."""

from functools import cache

import pandera.pandas as pa

from records.columns import DTYPES, Column
from records.tables import TABLES


@cache
def schema(table: str) -> pa.DataFrameSchema:
    """The pandera schema of a stored table: dtypes, nulls, allowed values, ranges, patterns.

    Raises KeyError for a table that is not in :data:`TABLES`.
    """
    return pa.DataFrameSchema(
        {column.name: _pandera_column(column) for column in TABLES[table].all_columns},
        strict=True,
        ordered=True,
        name=table,
    )


def _pandera_column(column: Column) -> pa.Column:
    checks = []
    if column.kind == "text" and column.required:
        checks.append(pa.Check.str_length(min_value=1))
    if column.allowed:
        checks.append(pa.Check.isin(column.allowed))
    if column.pattern:
        checks.append(pa.Check.str_matches(column.pattern))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    nullable = not column.required and column.kind != "flag"
    return pa.Column(
        DTYPES[column.kind], checks, nullable=nullable, title=column.unit or None, description=column.meaning
    )
