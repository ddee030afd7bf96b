"""Trade volume and examinations, and incidents against the volume."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Singles
from features.history import History, ratio
from features.participants import Participants
from features.peers import PeerGroups
from features.spine import Spine
from features.versions import Versions, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import TABLES

COUNTS = ("shipments", "crossings", "exams_targeted", "exams_random", "discrepancies")


@dataclass(frozen=True)
class Exposure:
    """Monthly activity of every participant; a month belongs to a window when its first day does."""

    participants: Participants
    groups: PeerGroups
    history: History
    months: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants, groups: PeerGroups, history: History) -> "Exposure":
        """Take the exposures of a record."""
        months = versions_of(records["exposures"], TABLES["exposures"].key)
        return cls(participants, groups, history, months)

    @cached_property
    def versions(self) -> Versions:
        """Each count by participant, and beside it how many months report it."""
        values = {name: self.months[name] for name in COUNTS}
        reported = {f"{name}_months": self.months[name].notna() for name in COUNTS}
        return self.participants.arranged(self.months, self.months["month"], **values, **reported)

    @cached_property
    def shipments_by_type(self) -> Versions:
        """Shipments by business type, as the record said at each moment who is of which type."""
        return self.groups.regrouped(self.versions, ("shipments",), self.groups.type_or_unknown)

    @cached_property
    def incidents_by_type(self) -> Versions:
        """Incidents by business type, likewise."""
        return self.groups.regrouped(self.history.versions, ("incidents",), self.groups.type_or_unknown)

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of trade volume and examinations."""
        sums = self._sums(spine)
        exams = sums["exams_targeted", 365] + sums["exams_random", 365]
        exams_long = sums["exams_targeted", 1095] + sums["exams_random", 1095]
        months = window_sums(self.versions, spine, [("shipments_months", 365)])[0]
        return {
            "shipments_prior_365d": sums["shipments", 365],
            "crossings_prior_365d": sums["crossings", 365],
            "shipments_over_year_before_prior_365d": ratio(
                sums["shipments", 365], sums["shipments", 730] - sums["shipments", 365]
            ),
            "months_reported_prior_365d": months,
            "incidents_over_expected_prior_1095d": self._over_expected(spine, sums["shipments", 1095]),
            "exams_prior_365d": exams,
            "exams_per_100_shipments_prior_365d": 100 * ratio(exams, sums["shipments", 365]),
            "targeted_exam_share_prior_365d": ratio(sums["exams_targeted", 365], exams),
            "discrepancies_prior_365d": sums["discrepancies", 365],
            "discrepancies_per_100_exams_prior_1095d": 100 * ratio(sums["discrepancies", 1095], exams_long),
        }

    def _sums(self, spine: Spine) -> dict[tuple[str, int], Singles]:
        """Windowed sums; unknown where no month of the window reports the count."""
        asked = [(name, days) for days in (365, 1095) for name in COUNTS] + [("shipments", 730)]
        found = window_sums(self.versions, spine, [*asked, *((f"{name}_months", days) for name, days in asked)])
        values, months = np.split(found, 2)
        known = np.where(months > 0, values, np.float32(np.nan))
        return dict(zip(asked, known, strict=True))

    def _over_expected(self, spine: Spine, shipments: Singles) -> Singles:
        """Incidents plus one over expected incidents plus one.

        Expected are the participant's shipments times the incidents a shipment of its business type, all in
        the last 1095 days as known then: the closed-form Gamma-Poisson rate with a prior worth one incident.
        """
        own = window_sums(self.history.versions, spine, [("incidents", 1095)])[0]
        incidents = self.groups.sums(self.incidents_by_type, spine, self.groups.type_or_unknown, [("incidents", 1095)])[
            0
        ]
        moved = self.groups.sums(self.shipments_by_type, spine, self.groups.type_or_unknown, [("shipments", 1095)])[0]
        expected = shipments.astype(np.float64) * ratio(incidents, moved)
        over: Singles = ((own + 1.0) / (expected + 1.0)).astype(np.float32)
        return over
