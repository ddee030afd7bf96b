"""The incidents behind a feature's value, by id, so that every reason can be checked."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.catalog import feature_named
from features.compiled import Ints
from features.feature import Feature
from features.measures import ROLES
from features.moments import DAY, UNDATED, microseconds
from features.prepared import Prepared, prepare
from features.recency import LATEST_OF, last_dates
from features.spine import arrange_spine
from features.versions import Versions
from records.known import Records

REACH: Mapping[str, int] = {"incidents_change_prior_365d": 730}
"""Windows that reach further back than the name says, in days."""

COMPARED = (
    "incidents_over_expected_prior_1095d",
    "incidents_per_1000_shipments_prior_1095d",
    "incidents_per_1000_crossings_prior_1095d",
    "incidents_minus_peer_mean_prior_1095d",
    "peer_percentile_of_incidents_prior_1095d",
    "peer_z_of_incidents_prior_1095d",
)
"""Features that hold own incidents against something else."""


def evidence(
    records: Records | Prepared, participant_id: str, as_of: pd.Timestamp, feature_names: Iterable[str]
) -> dict[str, list[str]]:
    """The incidents that each feature counts, the most recent first, then by id.

    Parameters
    ----------
    records : Records or Prepared
    participant_id : str
    as_of : Timestamp
    feature_names : iterable of str

    Returns
    -------
    dict of feature name to incident ids
        Own incidents for features of own incidents, the partners' for those of partners; empty for features
        that no incident stands behind, and for a participant unknown at that moment.

    Raises
    ------
    UnknownFeature
        When the catalog has no feature of that name.
    """
    prepared = records if isinstance(records, Prepared) else prepare(records)
    moment = int(microseconds(pd.Series([as_of]))[0])
    number = int(prepared.participants.index.get_indexer(pd.Index([participant_id]))[0])
    found = {}
    for name in feature_names:
        feature = feature_named(name)
        finder = _FINDERS.get(feature.family)
        usable = finder is not None and number >= 0 and all(table in prepared.records for table in feature.tables)
        found[name] = finder(prepared, number, moment, feature) if usable and finder is not None else []
    return found


def _own(prepared: Prepared, number: int, moment: int, feature: Feature) -> list[str]:
    history = prepared.history
    measure = feature.measure or LATEST_OF.get(feature.name, "incidents")
    if measure in ROLES:
        versions, incident = history.by_role(measure)
        place = _inside(versions, number, moment, feature.window_days)
        return _newest_first(history.involvements.incident_ids[incident[place]], versions.occurred[place])
    versions = history.versions
    place = _inside(versions, number, moment, REACH.get(feature.name, feature.window_days))
    place = place[versions.amounts[place, versions.measure(measure)] > 0]
    if feature.name in LATEST_OF and place.size:
        place = place[versions.occurred[place] == versions.occurred[place].max()]
    return _newest_first(_ids(prepared, versions.row[place]), versions.occurred[place])


def _undecided(prepared: Prepared, number: int, moment: int, feature: Feature) -> list[str]:
    if feature.name == "incidents_since_last_enforcement_action":
        return _since_enforcement(prepared, number, moment)
    if feature.name != "incidents_without_decision_prior_1095d":
        return []
    actions = prepared.enforcement.about(number, moment)
    return [incident for incident in _own(prepared, number, moment, feature) if incident not in actions]


def _since_enforcement(prepared: Prepared, number: int, moment: int) -> list[str]:
    spine = arrange_spine(np.array([number]), np.array([moment]))
    since = int(last_dates(prepared.enforcement.versions, spine, "enforcing")[0])
    versions = prepared.history.versions
    place = _inside(versions, number, moment, None)
    place = place[versions.occurred[place] >= since] if since != UNDATED else place[:0]
    return _newest_first(_ids(prepared, versions.row[place]), versions.occurred[place])


def _against_others(prepared: Prepared, number: int, moment: int, feature: Feature) -> list[str]:
    return _own(prepared, number, moment, feature) if feature.name in COMPARED else []


def _partners(prepared: Prepared, number: int, moment: int, feature: Feature) -> list[str]:
    if feature.name in ("partners_known", "new_partners_prior_365d", "partner_network_participants"):
        return []
    whose = prepared.partners.present(number, moment)
    if feature.name == "second_partner_incidents_prior_365d":
        further = [prepared.partners.present(int(each), moment) for each in whose]
        whose = np.unique(np.concatenate([*further, whose[:0]]))
        whose = whose[whose != number]
    versions = prepared.history.versions
    place = np.concatenate([_inside(versions, int(each), moment, feature.window_days) for each in whose] or [whose])
    return _newest_first(_ids(prepared, versions.row[place]), versions.occurred[place])


_FINDERS: Mapping[str, Callable[[Prepared, int, int, Feature], list[str]]] = {
    **dict.fromkeys(("incident_history", "incident_recency", "incident_severity", "incident_kinds", "reporting"), _own),
    "exposure": _against_others,
    "peers": _against_others,
    "enforcement": _undecided,
    "partners": _partners,
}


def _ids(prepared: Prepared, pair: Ints) -> npt.NDArray[np.object_]:
    involvements = prepared.history.involvements
    return involvements.incident_ids[involvements.incident[pair]]


def _inside(versions: Versions, number: int, moment: int, window_days: int | None) -> Ints:
    """Positions of the group's versions that are valid at the moment and inside the window."""
    place = np.arange(versions.pointer[number], versions.pointer[number + 1])
    valid = (versions.known_from[place] < moment) & (moment <= versions.known_until[place])
    if window_days is not None:
        valid &= versions.occurred[place] >= moment - window_days * DAY
    return place[valid]


def _newest_first(ids: npt.NDArray[np.object_], occurred: Ints) -> list[str]:
    dated = dict(zip(ids.tolist(), occurred.tolist(), strict=True))
    return sorted(dated, key=lambda incident: (-dated[incident], incident))
