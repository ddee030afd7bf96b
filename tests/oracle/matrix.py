"""Every feature by its slow and obvious definition: cut the record at ``as_of``, filter, count.

Nothing here knows of versions, intervals or kernels. The record is cut by :func:`records.known.known_before`
for one moment at a time, and each feature is read off plain tables.
"""

import pandas as pd
from oracle.incidents import OwnIncidents
from oracle.oversight import Oversight
from oracle.past import NAN, place
from oracle.surroundings import Surroundings

from features.catalog import catalog_for
from features.profile import SOUTHERN_CORRIDOR
from records.known import Records, known_before
from records.tables import BUSINESS_TYPES, SIZE_BANDS


def oracle_matrix(records: Records, spine: pd.DataFrame) -> pd.DataFrame:
    """The matrix, row by row and feature by feature."""
    names = [feature.name for feature in catalog_for(records)]
    rows = []
    for who, as_of in zip(spine["participant_id"], spine["as_of"], strict=True):
        values = File(known_before(records, as_of), records, who, as_of).everything()
        rows.append([values[name] for name in names])
    return pd.DataFrame(rows, columns=names, index=spine.index, dtype=float)


class File(OwnIncidents, Oversight, Surroundings):
    """Everything about one participant at one moment."""

    def everything(self) -> dict[str, float]:
        values = self.history() | self.severity() | self.kinds() | self.reporting() | self.profile() | self.peers()
        values |= self.corridor()
        optional = {
            "exposures": self.exposure,
            "statuses": self.standing,
            "actions": self.enforcement,
            "validations": self.visits,
            "partnerships": self.partners,
        }
        for table, part in optional.items():
            values |= part() if table in self.now else {}
        if "findings" in self.now and "validations" in self.now:
            values |= self.findings()
        return values

    def profile(self) -> dict[str, float]:
        row = self.rows("participants").iloc[0]
        versions = self.record["participants"]
        first = versions.loc[versions["participant_id"] == self.who, "known_at"].min()
        country, tenure = row["country"], self.days_since(row["enrolled_on"])
        unknown = pd.isna(country)
        return {
            "business_type_code": place(row["business_type"], BUSINESS_TYPES),
            "country_code": NAN if unknown else 26.0 * (ord(country[0]) - 65) + ord(country[1]) - 65,
            "size_band_code": place(row["size_band"], SIZE_BANDS),
            "on_southern_corridor": NAN if unknown else float(country in SOUTHERN_CORRIDOR),
            "tenure_days": tenure if tenure >= 0 else NAN,
            "days_of_record": self.days_since(first),
        }
