"""Stored tables of a few rows, from the columns that matter."""

import pandas as pd

from records.columns import DTYPES
from records.tables import TABLES


def stored(name, rows):
    """The table with every column that it stores; those that the rows do not name are empty."""
    columns = {column.name: DTYPES[column.kind] for column in TABLES[name].all_columns}
    frame = pd.DataFrame(rows).reindex(columns=list(columns))
    frame["record_id"] = [f"{name}-{number}" for number in range(len(frame))]
    frame["source"] = "test"
    flags = [column for column, kind in columns.items() if kind == "bool"]
    frame[flags] = frame[flags].astype("boolean").fillna(False).astype(bool)
    return frame.astype(columns)


def incident_records(rows, **others):
    """Tables of incidents given as (participant, occurred on, known at, severity), and other tables as they come."""
    from records.known import Records

    frame = pd.DataFrame(rows, columns=["participant_id", "occurred_on", "known_at", "severity"])
    frame = frame.assign(
        incident_id=[f"i{number}" for number in range(len(frame))],
        occurred_on=pd.to_datetime(frame["occurred_on"]),
        known_at=pd.to_datetime(frame["known_at"]),
        party_no="1",
    )
    tables = {"incidents": stored("incidents", frame.drop(columns=["participant_id", "party_no"]))}
    tables["involvements"] = stored("involvements", frame[["incident_id", "party_no", "participant_id", "known_at"]])
    return Records(tables | {name: stored(name, own) for name, own in others.items()}, "tiny")
