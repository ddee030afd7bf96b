"""Own incidents: what a participant was involved in, in the version known at each moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Ints, Singles
from features.decay import decayed_sums
from features.feature import Feature
from features.joins import codes_of, join_versions, union_intervals
from features.moments import DAY, UNDATED, days_between, microseconds
from features.participants import Participants
from features.recency import days_since
from features.spine import Spine
from features.versions import Versions, arrange, versions_of
from features.windows import window_sums
from records.known import Records

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

CARRIED = (
    "incident_id",
    "occurred_on",
    "reported_on",
    "incident_type",
    "severity",
    "discovery",
    "self_reported_before_discovery",
    "port",
    "mode",
    "country_of_origin",
    "quantity_kg",
)

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


def involvement_versions(records: Records) -> pd.DataFrame:
    """Who was involved in which incident, and in which period the record said so.

    Parameters
    ----------
    records : Records
        Needs the tables incidents and involvements.

    Returns
    -------
    DataFrame
        One row for each (participant, incident) and period in which all of its columns stayed the same:
        participant_id, role, link_weight, the incident's own columns, and ``known_from`` < ``known_until``
        (valid at ``as_of`` exactly when ``known_from < as_of <= known_until``). Retracted incidents and parties
        not linked to a participant are left out; a participant named twice in one incident counts once,
        with the role of the party linked first. Rows come in no promised order.
    """
    incidents = versions_of(records["incidents"], ("incident_id",))
    parties = versions_of(records["involvements"], ("incident_id", "party_no"))
    if incidents["retracted"].any():
        incidents = incidents[~incidents["retracted"]]
    if parties["participant_id"].isna().any():
        parties = parties[parties["participant_id"].notna()]
    (left, right), keys = codes_of(incidents["incident_id"], parties["incident_id"])
    pairs = join_versions((left, *interval(incidents)), (right, *interval(parties)), keys)
    (participant,), _ = codes_of(parties["participant_id"])
    row, known_from, known_until = _once_each(pairs.left, participant[pairs.right], pairs.known_from, pairs.known_until)
    incident, party = incidents.iloc[pairs.left[row]], parties.iloc[pairs.right[row]]
    columns = {name: incident[name].array for name in CARRIED}
    columns |= {name: party[name].array for name in ("participant_id", "role", "link_weight")}
    return pd.DataFrame(
        columns | {"known_from": known_from.view("datetime64[us]"), "known_until": known_until.view("datetime64[us]")},
        copy=False,
    )


def interval(frame: pd.DataFrame) -> tuple[Ints, Ints]:
    """``known_from`` and ``known_until`` of a frame of versions, as microseconds."""
    return microseconds(frame["known_from"]), microseconds(frame["known_until"])


def _once_each(incident: Ints, participant: Ints, known_from: Ints, known_until: Ints) -> tuple[Ints, Ints, Ints]:
    """Merge the periods of parties that name the same participant in the same incident version."""
    key = incident * (participant.max(initial=0) + 1) + participant
    if pd.Series(key).is_unique:
        return np.arange(key.size), known_from, known_until
    return union_intervals(key, known_from, known_until)


@dataclass(frozen=True)
class History:
    """The incidents of every participant, arranged for the kernels."""

    participants: Participants
    events: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "History":
        """Join and arrange the incidents of a record."""
        return cls(participants, involvement_versions(records))

    @cached_property
    def versions(self) -> Versions:
        """Every measure of :data:`MEASURES`, by participant."""
        values = {name: measure(self.events) for name, measure in MEASURES.items()}
        return self.participants.arranged(self.events, self.events["occurred_on"], **values)

    @cached_property
    def days(self) -> Versions:
        """Days with at least one incident, by participant; an incident day is valid while any of its incidents is."""
        return self._distinct(microseconds(self.events["occurred_on"]) // DAY)

    @cached_property
    def types(self) -> Versions:
        """Distinct incident types, by participant."""
        return self._distinct(_text_codes(self.events["incident_type"]))

    @cached_property
    def ports(self) -> Versions:
        """Distinct ports of entry, by participant."""
        return self._distinct(_text_codes(self.events["port"]))

    @cached_property
    def incident_ids(self) -> npt.NDArray[np.object_]:
        """The incident of each row of ``events``."""
        return self.events["incident_id"].to_numpy(dtype=object)

    def _distinct(self, value: Ints) -> Versions:
        """One row for each period in which a participant has a ``value`` on record; dated by its day."""
        group = self.participants.codes(self.events["participant_id"])
        known = (group >= 0) & (value != UNDATED)
        low = value[known].min(initial=0)
        span = value[known].max(initial=low) - low + 1
        key = np.where(known, group * span + (value - low), -1)
        row, known_from, known_until = union_intervals(key, *interval(self.events))
        day = microseconds(self.events["occurred_on"])[row] // DAY * DAY
        return arrange(
            group[row], self.participants.count, known_from, known_until, day, {"distinct": np.ones(row.size)}
        )

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
            found |= _recorded(asked, halves, lambda wanted: decayed_sums(self.versions, spine, wanted))
        for kind, function in (("gap", self._gaps), ("variety", self._variety), ("ratio", self._ratios)):
            if kind in kinds:
                found |= function(spine)
        return found

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


def _text_codes(text: pd.Series) -> Ints:
    codes = codes_of(text)[0][0]
    return np.where(codes < 0, UNDATED, codes)
