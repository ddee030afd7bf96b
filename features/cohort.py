"""Who is at risk: the participants that a list drawn at a moment ranks."""

import numpy as np
import pandas as pd

from features.moments import microseconds
from features.prepared import Prepared, prepare
from features.spine import arrange_spine
from records.known import Records
from records.tables import AT_RISK_STATUSES


def at_risk(records: Records | Prepared, as_of: pd.Timestamp) -> pd.DataFrame:
    """Participants that are certified or validated as known at ``as_of``.

    In a program without a statuses table, every participant with a row in the participants table that is valid at
    ``as_of``. An account that is merged into another is not on record. A standing announced for a later day does
    not count yet.

    Returns
    -------
    DataFrame with the column participant_id, sorted
    """
    prepared = records if isinstance(records, Prepared) else prepare(records)
    people = prepared.participants
    moment = microseconds(pd.Series([as_of]))[0]
    everyone = arrange_spine(np.arange(people.count), np.full(people.count, moment))
    known = np.flatnonzero(people.on_record(everyone))
    if "statuses" in prepared.records:
        row = prepared.standing.in_force(arrange_spine(known, np.full(known.size, moment)))
        standing = prepared.standing.statuses["status"].isin(AT_RISK_STATUSES).to_numpy()
        known = known[np.append(standing, False)[row]]
    ids = pd.Series(people.index[known], name="participant_id", dtype="str").sort_values(ignore_index=True)
    return ids.to_frame()
