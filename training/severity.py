"""How grave what came true was: severity points of a row's incidents in its window."""

import numpy as np
import pandas as pd

from records.known import Records
from training.labels import labelling_tables
from training.metrics import Floats


def severity_in_window(
    records: Records, spine: pd.DataFrame, horizon_days: int, *, record_end: pd.Timestamp
) -> Floats | None:
    """Severity points of incidents with ``as_of <= occurred_on < as_of + horizon``, shape (rows,).

    As known at ``record_end``: an incident counts with its latest grade then. Ungraded incidents add nothing, as
    in the features; None in a record that grades none.
    """
    known = labelling_tables(records, record_end)
    incidents = known["incidents"]
    if "severity" not in incidents.columns or incidents["severity"].isna().all():
        return None
    linked = known["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
    graded = linked.merge(incidents[["incident_id", "occurred_on", "severity"]], on="incident_id")
    rows = spine[["participant_id", "as_of"]].assign(row=np.arange(len(spine)))
    both = rows.merge(graded, on="participant_id")
    inside = (both["occurred_on"] >= both["as_of"]) & (
        both["occurred_on"] < both["as_of"] + pd.Timedelta(days=horizon_days)
    )
    points = both["severity"].fillna(0.0).to_numpy(dtype=np.float64)[inside]
    return np.bincount(both["row"].to_numpy()[inside], points, minlength=len(spine)).astype(np.float64)
