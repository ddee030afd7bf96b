"""Own incidents: what a participant was involved in, in the version known at each moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Singles
from features.decay import decayed_sums
from features.feature import Feature
from features.involvements import Involvements, involvement_versions
from features.joins import codes_of
from features.moments import DAY, UNDATED, days_between, microseconds
from features.participants import Participants
from features.recency import days_since
from features.spine import Spine
from features.versions import Versions, arrange
from features.windows import window_sums
from records.known import Records

__all__ = ["KINDS", "MEASURES", "RECORDED", "History", "involvement_versions", "ratio"]

GRAVE = 7.0
"""Severity from which an incident counts as grave."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "drug_incidents": ("drug",),
    "smuggling_incidents": ("human_smuggling", "weapons", "currency"),
    "trade_goods_incidents": ("counterfeit", "forced_labor", "agricultural_contaminant"),
    "cargo_integrity_incidents": ("seal_tamper", "discrepancy_theft"),
    "access_insider_incidents": ("unauthorized_access", "identity_misuse", "cyber_breach", "internal_conspiracy"),
}
"""Groups of incident types that are counted together; every type of the taxonomy is in one."""

Span = TypeVar("Span", int, int | None)
Measure = Callable[[pd.DataFrame], npt.ArrayLike]


def _kind(types: tuple[str, ...]) -> Measure:
    return lambda events: events["incident_type"].isin(types)


MEASURES: Mapping[str, Measure] = {
    "incidents": lambda events: np.ones(len(events)),
    "severity_sum": lambda events: events["severity"],
    "graded_incidents": lambda events: events["severity"].notna(),
    "grave_incidents": lambda events: events["severity"] >= GRAVE,
    "affected_kg": lambda events: events["quantity_kg"],
    "weighed_incidents": lambda events: events["quantity_kg"].notna(),
    **{name: _kind(types) for name, types in KINDS.items()},
    "discovered_incidents": lambda events: ~events["self_reported_before_discovery"],
    "self_reports_before_discovery": lambda events: events["self_reported_before_discovery"],
    "port_exam_incidents": lambda events: events["discovery"].eq("port_exam"),
    "days_to_report": lambda events: days_between(
        microseconds(events["reported_on"]), microseconds(events["occurred_on"])
    ),
    "dated_reports": lambda events: events["reported_on"].notna(),
    "typed_incidents": lambda events: events["incident_type"].notna(),
    "sourced_incidents": lambda events: events["discovery"].notna(),
}
"""What one incident counts for. A windowed sum of any of these is one line in the catalog."""

RECORDED: Mapping[str, str] = {
    "severity_sum": "graded_incidents",
    "grave_incidents": "graded_incidents",
    "affected_kg": "weighed_incidents",
    "port_exam_incidents": "sourced_incidents",
    **dict.fromkeys(KINDS, "typed_incidents"),
}
"""Which incidents have the column that a measure reads. Incidents of which none has it make the sum unknown, not 0."""


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
            found |= _recorded(asked, spans, lambda wanted: window_sums(self.versions, spine, wanted))
        if "decayed" in kinds:
            asked = [each for each in features if each.kind == "decayed"]
            halves = [(each.measure, int(each.half_life_days or 0)) for each in asked]
            found |= _recorded(asked, halves, lambda wanted: self._decayed(spine, wanted))
        for kind, function in (("gap", self._gaps), ("variety", self._variety), ("ratio", self._ratios)):
            if kind in kinds:
                found |= function(spine)
        return found

    def _decayed(self, spine: Spine, wanted: Sequence[tuple[str, int]]) -> Singles:
        return decayed_sums(self.versions, spine, wanted, self.participants.first_known)

    def _gaps(self, spine: Spine) -> dict[str, Singles]:
        wanted = [("incidents", "last"), ("incidents", "first"), ("drug_incidents", "last")]
        last, first, drug = days_since(self.versions, spine, wanted)
        days = window_sums(self.days, spine, [("distinct", None)])[0]
        gap = np.where(days >= 2, (first - last) / np.maximum(days - 1, 1), np.nan).astype(np.float32)
        return {
            "days_since_last_incident": last,
            "days_since_first_incident": first,
            "days_since_last_drug_incident": drug,
            "mean_gap_days_between_incident_days": gap,
            # A gap of at least one day: incident days are distinct, so this only guards odd times of day.
            "current_gap_over_mean_gap": last / np.maximum(gap, np.float32(1)),
        }

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
        year, two_years, severity, graded, ever, self_reports, delay, dated = window_sums(
            self.versions,
            spine,
            [
                ("incidents", 365),
                ("incidents", 730),
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
