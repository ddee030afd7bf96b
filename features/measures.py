"""What one incident counts for: the measures that windowed and decayed sums are taken of."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.moments import days_between, microseconds

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

ROLES: Mapping[str, tuple[str, ...]] = {
    "incidents_as_carrier": ("carrier",),
    "incidents_as_trader": ("importer", "shipper", "consignee"),
}
"""Measures of incidents by the part that the participant played, and the roles that count."""

WITH_ROLE = "incidents_with_role"
"""The measure of incidents in which the participant's part is on record, whichever it is."""

DESCRIBING = ("incident_type", "severity", "discovery", "port", "reported_on")
"""Columns that say what an incident was; one that is empty is a missing field."""


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
    "field_office_incidents": lambda events: events["discovery"].eq("field_office"),
    "other_agency_incidents": lambda events: events["discovery"].eq("other_agency"),
    "missing_fields": lambda events: events[list(DESCRIBING)].isna().sum(axis=1),
}
"""What one incident counts for. A windowed sum of any of these is one line in the catalog."""

RECORDED: Mapping[str, str] = {
    "severity_sum": "graded_incidents",
    "grave_incidents": "graded_incidents",
    "affected_kg": "weighed_incidents",
    "port_exam_incidents": "sourced_incidents",
    "field_office_incidents": "sourced_incidents",
    "other_agency_incidents": "sourced_incidents",
    **dict.fromkeys(ROLES, WITH_ROLE),
    **dict.fromkeys(KINDS, "typed_incidents"),
}
"""Which incidents have the column that a measure reads. Incidents of which none has it make the sum unknown, not 0."""
