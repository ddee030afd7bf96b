"""Which groups a participant was in when a list was drawn, as the record said then: the groups of an audit."""

import numpy as np
import pandas as pd

from features.participants import Participants
from features.profile import SOUTHERN_CORRIDOR
from records.known import Records

GROUPINGS = ("business_type", "size_band", "country_group", "border_region", "field_office")
UNKNOWN = "unknown"
OTHER_COUNTRIES = "other countries"
LEAST_OF_A_COUNTRY = 30
"""Countries with fewer participants among the rows stand together: alone they say nothing."""

BORDERS = {
    **dict.fromkeys(SOUTHERN_CORRIDOR, "southern land border"),
    "CA": "northern land border",
    "US": "United States",
}
"""How the trade of a firm of this country comes in; any other comes by sea or air."""

OVERSEAS = "overseas"


def groups_at(records: Records, rows: pd.DataFrame) -> pd.DataFrame:
    """The groups of each row, as known at its moment.

    Parameters
    ----------
    records : Records
        Every row version; only those known before a row's moment are read for it.
    rows : DataFrame
        ``participant_id`` and the moment as ``origin`` (a backtest's predictions) or ``as_of`` (a spine).

    Returns
    -------
    DataFrame with the index of ``rows`` and one text column for each of :data:`GROUPINGS` that the program
    tells at all; ``unknown`` where it does not tell it of a participant.

    Raises
    ------
    UnknownParticipants
        A participant is not on record at its moment.
    """
    spine = pd.DataFrame(
        {
            "participant_id": rows["participant_id"].astype("str"),
            "as_of": rows["origin" if "origin" in rows else "as_of"].astype("datetime64[us]"),
        }
    ).reset_index(drop=True)
    people = Participants.of(records)
    profile = people.profile.iloc[people.profile_row(people.spine(spine))]
    country = profile["country"].reset_index(drop=True)
    told = {
        "business_type": profile["business_type"],
        "size_band": profile["size_band"],
        "country_group": _country_group(country, spine["participant_id"]),
        "border_region": country.map(BORDERS).where(country.map(BORDERS).notna() | country.isna(), OVERSEAS),
        "field_office": profile["field_office"],
    }
    columns = {name: pd.Series(values.to_numpy(dtype=object), index=rows.index) for name, values in told.items()}
    found = pd.DataFrame({name: column for name, column in columns.items() if column.notna().any()}, index=rows.index)
    return found.where(found.notna(), UNKNOWN)


def _country_group(country: pd.Series, participant_ids: pd.Series) -> pd.Series:
    """The country itself where it has enough participants among the rows, else :data:`OTHER_COUNTRIES`."""
    sizes = participant_ids.groupby(country).nunique()
    large = sizes.index[sizes >= LEAST_OF_A_COUNTRY]
    small = np.asarray(country.notna() & ~country.isin(large), dtype=bool)
    return country.where(~small, OTHER_COUNTRIES)
