"""The record as the program found it: without incidents of which only the participant itself has told.

Who reports its incidents has more of them on record than an equal that conceals, and would pay for it in every count.
An incident is **told only** when the participant told it (``discovery`` is ``self_report``, or
``self_reported_before_discovery``) and nobody else is on record as having found it (no ``discovered_on``). In the
record as found it does not stand. From the version on that tells of a discovery by another it does, told before or
not, as it would have stood of one that conceals. So telling by itself moves nothing; being found counts whoever told.

A decision about such an incident stands from the discovery on: it, too, is what telling brings. Suspensions and
removals do stand, because they settle who is in the program.

Worked example: a participant reports an incident on 2024-03-01; on 2024-05-10 another agency that found it adds its day
of discovery. The record as found at 2024-04-01 has no such incident; that at 2024-06-01 has it, told beforehand.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.errors import TreatmentUnknown
from records.known import Records

AS_FOUND, COUNTED = "as_found", "counted"
TREATMENTS = (AS_FOUND, COUNTED)
"""What self-reports may count for: nothing until someone else finds the incident, or as much as a discovery."""


def treated(records: Records, self_reports: str) -> Records:
    """The record as a treatment of self-reports sees it; TreatmentUnknown for none of :data:`TREATMENTS`."""
    if self_reports not in TREATMENTS:
        raise TreatmentUnknown(
            f"Expected self_reports to be {' or '.join(TREATMENTS)}; got {self_reports!r}. Correct the configuration."
        )
    return as_found(records) if self_reports == AS_FOUND else records


def as_found(records: Records) -> Records:
    """The record without incidents that only the participant told, version by version; itself when there are none.

    Such versions stand as retracted, so that every cut of the past leaves them out, and none that became known later
    reaches back.
    """
    if "incidents" not in records:
        return records
    incidents = records["incidents"]
    only = told_only(incidents)
    if not only.any():
        return records
    tables = {**records.tables, "incidents": incidents.assign(retracted=incidents["retracted"].to_numpy() | only)}
    if "actions" in records:
        tables["actions"] = _once_found(records["actions"], incidents, only)
    return Records(tables, records.data_version, records.as_stored)


def told_only(incidents: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which row versions tell of an incident that only the participant told, shape (rows,)."""
    told = incidents["self_reported_before_discovery"] | incidents["discovery"].eq("self_report").fillna(False)
    return np.asarray(told.to_numpy(dtype=bool) & incidents["discovered_on"].isna().to_numpy(), dtype=np.bool_)


def _once_found(actions: pd.DataFrame, incidents: pd.DataFrame, only: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Decisions on incidents only told until then: known once the incident was found, left out if it never was.

    Whether one is such a decision is read from what was known when it was, so that nothing later reaches back.
    """
    valid = incidents[~only & ~incidents["retracted"].to_numpy(dtype=bool)]

    def first(versions: pd.DataFrame) -> pd.Series:
        known = versions.groupby("incident_id")["known_at"].min()
        return pd.Series(known.reindex(actions["incident_id"]).to_numpy(), index=actions.index)

    decided, told, since = actions["known_at"], first(incidents[only]), first(valid)
    about = (told <= decided) & ~(since <= decided)
    known = decided.where(~about, since).astype(decided.dtype)
    return actions.assign(known_at=known)[~about | since.notna()].reset_index(drop=True)
