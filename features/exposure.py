"""Trade volume and examinations, and incidents against the volume."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Floats, Singles
from features.groups import Groups
from features.history import History, ratio
from features.participants import Participants
from features.spine import Spine
from features.surroundings import Surroundings
from features.versions import Versions, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import TABLES

COUNTS = ("shipments", "crossings", "exams_targeted", "exams_random", "discrepancies")
LEAST_PRIOR, MOST_PRIOR = 0.05, 50.0
FEWEST_FIRMS = 20
"""Below this many firms of a type their spread is not estimated."""


@dataclass(frozen=True)
class Exposure:
    """Monthly activity of every participant; a month belongs to a window when its first day does."""

    participants: Participants
    months: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "Exposure":
        """Take the exposures of a record."""
        return cls(participants, versions_of(records["exposures"], TABLES["exposures"].key))

    @cached_property
    def versions(self) -> Versions:
        """Each count by participant, and beside it how many months report it."""
        values = {name: self.months[name] for name in COUNTS}
        reported = {f"{name}_months": self.months[name].notna() for name in COUNTS}
        return self.participants.arranged(self.months, self.months["month"], **values, **reported)

    def sums(self, spine: Spine) -> dict[tuple[str, int], Singles]:
        """Windowed sums; unknown where no month of the window reports the count."""
        asked = [(name, days) for days in (365, 1095) for name in COUNTS] + [("shipments", 730)]
        found = window_sums(self.versions, spine, [*asked, *((f"{name}_months", days) for name, days in asked)])
        values, months = np.split(found, 2)
        known = np.where(months > 0, values, np.float32(np.nan))
        return dict(zip(asked, known, strict=True))


@dataclass(frozen=True)
class Activity:
    """Features of trade volume and examinations, and of incidents against the volume."""

    exposure: Exposure
    groups: Groups
    history: History
    surroundings: Surroundings

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of trade volume and examinations."""
        sums = self.exposure.sums(spine)
        shipments, crossings = sums["shipments", 365], sums["crossings", 365]
        targeted, random = sums["exams_targeted", 365], sums["exams_random", 365]
        exams, exams_long = targeted + random, sums["exams_targeted", 1095] + sums["exams_random", 1095]
        own = window_sums(self.history.versions, spine, [("incidents", 1095)], exact=True)[0]
        return {
            "shipments_prior_365d": shipments,
            "crossings_prior_365d": crossings,
            "shipments_over_year_before_prior_365d": ratio(shipments, sums["shipments", 730] - shipments),
            "months_reported_prior_365d": window_sums(self.exposure.versions, spine, [("shipments_months", 365)])[0],
            "incidents_over_expected_prior_1095d": self._over_expected(spine, sums["shipments", 1095], own),
            "incidents_per_1000_shipments_prior_1095d": 1000 * ratio(own, sums["shipments", 1095]),
            "incidents_per_1000_crossings_prior_1095d": 1000 * ratio(own, sums["crossings", 1095]),
            "exams_prior_365d": exams,
            "exams_per_100_shipments_prior_365d": 100 * ratio(exams, shipments),
            "targeted_exams_per_100_shipments_prior_365d": 100 * ratio(targeted, shipments),
            "random_exams_per_100_shipments_prior_365d": 100 * ratio(random, shipments),
            "targeted_exam_share_prior_365d": ratio(targeted, exams),
            "discrepancies_prior_365d": sums["discrepancies", 365],
            "discrepancies_per_100_exams_prior_1095d": 100 * ratio(sums["discrepancies", 1095], exams_long),
        }

    def _over_expected(self, spine: Spine, shipments: Singles, own: Floats) -> Singles:
        """Incidents over those that its shipments lead one to expect, shrunk towards 1: the Gamma-Poisson posterior.

        Expected are the participant's shipments times the incidents a shipment of its business type, all in the last
        1095 days as known then. The prior is worth as many incidents as the spread among the firms of the type tells.
        """
        group = self.groups.in_force(spine, "type_or_unknown")
        as_of, everyone = spine.as_of_row, self.surroundings
        incidents = everyone.totals("incidents by type_or_unknown", group, as_of)[0]
        moved = everyone.totals("shipments by type_or_unknown", group, as_of)[0]
        expected = shipments * np.where(moved > 0, incidents / np.where(moved > 0, moved, 1), np.nan)
        members, total, squares = everyone.spread("type_or_unknown", group, as_of)
        worth = prior_incidents(members - 1, total - own, squares - own * own)
        over: Singles = ((own + worth) / (expected + worth)).astype(np.float32)
        return over


def prior_incidents(firms: Floats, total: Floats, squares: Floats) -> Floats:
    """How many incidents the prior is worth: the shape of a Gamma distribution, by moments of the firms' counts.

    With mean m and variance v of the counts it is m² / (v - m), the negative binomial estimate. It is held between
    :data:`LEAST_PRIOR` and :data:`MOST_PRIOR`, and is one for fewer than :data:`FEWEST_FIRMS` firms or no incidents.
    """
    many = (firms >= FEWEST_FIRMS) & (total > 0)
    count = np.where(many, firms, 1.0)
    mean = total / count
    excess = squares / count - mean * mean - mean
    shape = np.where(excess > 0, mean * mean / np.where(excess > 0, excess, 1.0), MOST_PRIOR)
    return np.where(many, np.clip(shape, LEAST_PRIOR, MOST_PRIOR), 1.0)
