"""Own incidents: what a participant was involved in, in the version known at each moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Ints, Singles
from features.decay import decayed_sums
from features.feature import Feature
from features.groups import COUNTRIES, country_codes
from features.involvements import Involvements, involvement_versions
from features.joins import codes_of
from features.measures import DESCRIBING, MEASURES, RECORDED, ROLES
from features.moments import DAY, UNDATED
from features.participants import Participants
from features.recency import days_since
from features.rhythm import gap_moments
from features.spine import Spine
from features.versions import Versions, arrange
from features.windows import window_sums
from records.known import Records

__all__ = ["History", "involvement_versions", "ratio"]

TREND_DAYS = 1095
"""The window of the trend."""

Span = TypeVar("Span", int, int | None)


@dataclass(frozen=True)
class History:
    """The incidents of every participant, arranged for the kernels."""

    participants: Participants
    involvements: Involvements = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "History":
        """Join the incidents of a record with the participants involved."""
        return cls(participants, Involvements.of(records))

    @cached_property
    def events(self) -> pd.DataFrame:
        """The frame of :func:`features.involvements.involvement_versions`."""
        return self.involvements.frame()

    @cached_property
    def versions(self) -> Versions:
        """Every measure of :data:`MEASURES`, by participant."""
        joined = self.involvements
        return arrange(
            joined.participant_codes(self.participants),
            self.participants.count,
            joined.known_from,
            joined.known_until,
            joined.occurred,
            {name: measure(joined.incidents) for name, measure in MEASURES.items()},
            joined.incident,
        )

    @cached_property
    def _by_role(self) -> dict[str, tuple[Versions, Ints]]:
        return {}

    def by_role(self, measure: str) -> tuple[Versions, Ints]:
        """Incidents in which a participant played a part of :data:`ROLES`, or any that is recorded.

        Returns
        -------
        Versions, and the row of the incidents table behind each of them
        """
        if measure not in self._by_role:
            joined = self.involvements.with_role(ROLES.get(measure))
            found = arrange(
                joined.participant_codes(self.participants),
                self.participants.count,
                joined.known_from,
                joined.known_until,
                joined.occurred,
                {measure: np.ones(joined.incident.size)},
            )
            self._by_role[measure] = found, joined.incident[found.row]
        return self._by_role[measure]

    @cached_property
    def since_known(self) -> Versions:
        """Whole days from the moment a participant became known to each of its incidents, negative before it."""
        joined = self.involvements
        owner = joined.participant_codes(self.participants)
        first = np.append(self.participants.first_known, 0)[owner]
        values = {"incidents": np.ones(owner.size), "days": (joined.occurred - first) // DAY}
        return arrange(owner, self.participants.count, joined.known_from, joined.known_until, joined.occurred, values)

    def places(self, column: str, ports: pd.Index) -> tuple[Ints, int]:
        """The number of each pair's port or country of origin, -1 where it is empty; and how many there may be."""
        text = self.involvements.incidents[column]
        if column == "port":
            codes, names = pd.factorize(text)
            numbers = np.append(ports.get_indexer(pd.Index(names)), -1)[codes]
            return numbers[self.involvements.incident].astype(np.int64), len(ports)
        return country_codes(text)[self.involvements.incident], COUNTRIES

    @cached_property
    def days(self) -> Versions:
        """Days with at least one incident, by participant; an incident day is valid while any of its incidents is."""
        day = self.versions.occurred // DAY
        return self.versions.distinct(day, day * DAY)

    @cached_property
    def types(self) -> Versions:
        """Distinct incident types, by participant."""
        return self._distinct("incident_type")

    @cached_property
    def ports(self) -> Versions:
        """Distinct ports of entry, by participant."""
        return self._distinct("port")

    def _distinct(self, column: str) -> Versions:
        codes = codes_of(self.involvements.incidents[column])[0][0]
        value = codes[self.involvements.incident[self.versions.row]]
        return self.versions.distinct(np.where(value < 0, UNDATED, value), self.versions.occurred)

    def columns(self, spine: Spine, features: Sequence[Feature]) -> dict[str, Singles]:
        """The asked features, each an array of shape (spine.rows,)."""
        kinds = {each.kind for each in features}
        found: dict[str, Singles] = {}
        if "window" in kinds:
            asked = [each for each in features if each.kind == "window"]
            spans = [(each.measure, each.window_days) for each in asked]
            found |= _recorded(asked, spans, lambda wanted: self._windows(spine, wanted))
        if "decayed" in kinds:
            asked = [each for each in features if each.kind == "decayed"]
            halves = [(each.measure, int(each.half_life_days or 0)) for each in asked]
            found |= _recorded(asked, halves, lambda wanted: self._decayed(spine, wanted))
        for kind, function in (("gap", self._gaps), ("variety", self._variety), ("ratio", self._ratios)):
            if kind in kinds:
                found |= function(spine)
        return found

    def _windows(self, spine: Spine, wanted: Sequence[tuple[str, int | None]]) -> Singles:
        """Windowed sums of any measures; those by role come from versions of their own."""
        out = np.empty((len(wanted), spine.rows), dtype=np.float32)
        plain = [place for place, (measure, _) in enumerate(wanted) if measure in MEASURES]
        out[plain] = window_sums(self.versions, spine, [wanted[place] for place in plain])
        for place, (measure, days) in enumerate(wanted):
            if measure not in MEASURES:
                out[place] = window_sums(self.by_role(measure)[0], spine, [(measure, days)])[0]
        return out

    def _decayed(self, spine: Spine, wanted: Sequence[tuple[str, int]]) -> Singles:
        return decayed_sums(self.versions, spine, wanted, self.participants.first_known)

    def _gaps(self, spine: Spine) -> dict[str, Singles]:
        wanted = [("incidents", "last"), ("incidents", "first"), ("drug_incidents", "last")]
        last, first, drug = days_since(self.versions, spine, wanted)
        days = window_sums(self.days, spine, [("distinct", None)])[0]
        gap = np.where(days >= 2, (first - last) / np.maximum(days - 1, 1), np.nan).astype(np.float32)
        gaps, total, squares, longest = gap_moments(self.days, spine)
        several = gaps >= 2
        mean = np.where(several, total, 1) / np.where(several, gaps, 1)
        spread = np.sqrt(np.maximum(squares / np.where(several, gaps, 1) - mean * mean, 0))
        return {
            "days_since_last_incident": last,
            "days_since_first_incident": first,
            "days_since_last_drug_incident": drug,
            "mean_gap_days_between_incident_days": gap,
            # A gap of at least one day: incident days are distinct, so this only guards odd times of day.
            "current_gap_over_mean_gap": last / np.maximum(gap, np.float32(1)),
            "gap_variation_between_incident_days": np.where(several, spread / mean, np.nan).astype(np.float32),
            "burstiness_of_incident_days": np.where(several, (spread - mean) / (spread + mean), np.nan).astype(
                np.float32
            ),
            "longest_gap_days_between_incident_days": np.where(gaps >= 1, longest, np.nan).astype(np.float32),
            "incident_trend_prior_1095d": self._trend(spine),
        }

    def _trend(self, spine: Spine) -> Singles:
        """Laplace's trend statistic: how far the mean date in the window is from its middle, in standard errors.

        D. R. Cox, P. A. W. Lewis (1966), The Statistical Analysis of Series of Events, chapter 3.
        """
        wanted: list[tuple[str, int | None]] = [("incidents", TREND_DAYS), ("days", TREND_DAYS)]
        count, days = window_sums(self.since_known, spine, wanted, exact=True)
        some = count > 0
        first = np.append(self.participants.first_known, 0)[spine.group_of_row]
        age = (spine.as_of_row - first) / DAY - days / np.where(some, count, 1)
        statistic = (TREND_DAYS / 2 - age) / (TREND_DAYS / np.sqrt(12 * np.where(some, count, 1)))
        return np.where(some, statistic, np.nan).astype(np.float32)

    def _variety(self, spine: Spine) -> dict[str, Singles]:
        recent, ever = window_sums(self.days, spine, [("distinct", 1095), ("distinct", None)])
        types = window_sums(self.types, spine, [("distinct", None)])[0]
        ports = window_sums(self.ports, spine, [("distinct", None)])[0]
        return {
            "incident_days_prior_1095d": recent,
            "incident_days_all": ever,
            "distinct_incident_types_all": np.where((types == 0) & (ever > 0), np.float32(np.nan), types),
            "distinct_ports_all": np.where((ports == 0) & (ever > 0), np.float32(np.nan), ports),
        }

    def _ratios(self, spine: Spine) -> dict[str, Singles]:
        year, two_years, three_years, missing, severity, graded, ever, self_reports, delay, dated = window_sums(
            self.versions,
            spine,
            [
                ("incidents", 365),
                ("incidents", 730),
                ("incidents", 1095),
                ("missing_fields", 1095),
                ("severity_sum", 1095),
                ("graded_incidents", 1095),
                ("incidents", None),
                ("self_reports_before_discovery", None),
                ("days_to_report", None),
                ("dated_reports", None),
            ],
        )
        return {
            "incidents_change_prior_365d": 2 * year - two_years,
            "mean_severity_prior_1095d": ratio(severity, graded),
            "self_reported_share_all": ratio(self_reports, ever),
            "mean_days_to_report_all": ratio(delay, dated),
            "missing_field_share_prior_1095d": ratio(missing, len(DESCRIBING) * three_years),
        }


def ratio(part: npt.NDArray[np.floating], whole: npt.NDArray[np.floating]) -> Singles:
    """``part / whole`` as float32; NaN where ``whole`` is not positive."""
    positive = whole > 0
    return np.where(positive, part / np.where(positive, whole, 1), np.nan).astype(np.float32)


def _recorded(
    features: Sequence[Feature], wanted: Sequence[tuple[str, Span]], sums: Callable[[list[tuple[str, Span]]], Singles]
) -> dict[str, Singles]:
    """The sums by feature name; NaN where there are incidents but none has the column that the measure reads."""
    asked = list(wanted)
    for measure, span in wanted:
        asked += [(RECORDED[measure], span), ("incidents", span)] if measure in RECORDED else []
    asked = list(dict.fromkeys(asked))
    column = dict(zip(asked, sums(asked), strict=True))
    found = {}
    for feature, (measure, span) in zip(features, wanted, strict=True):
        values = column[measure, span]
        if measure in RECORDED:
            unrecorded = (column[RECORDED[measure], span] == 0) & (column["incidents", span] > 0)
            values = np.where(unrecorded, np.float32(np.nan), values)
        found[feature.name] = values
    return found
