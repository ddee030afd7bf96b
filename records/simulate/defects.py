"""truth/defects: every defect of the record, as it happened in this program.

Columns: ``kind``, ``table``, ``key`` (the key columns of the row, joined by ``|``), ``detail``.
"""

from types import MappingProxyType

import numpy as np
import pandas as pd

from records.simulate.contents import Contents
from records.simulate.conveyances import has_conveyance
from records.simulate.versions import latest_versions

KINDS = MappingProxyType(
    {
        "duplicate_incident": "an entry that repeats another; detail: the entry it repeats",
        "duplicate_action": "an action recorded twice, with another step or date; detail: the action it repeats",
        "incident_without_action": "an entry about a participant, not retracted, without any action; detail: whom",
        "status_without_action": "a suspension or removal without its action; detail: the status",
        "party_without_account": "a participant named without its account when the report came in; detail: whom",
        "wrong_account": "a party sent with the account of another participant; detail: whose it should be",
        "misspelled_name": "a participant's name written otherwise than registered; detail: the registered name",
        "wrong_number": "a registration number with a typing error; detail: the right number",
        "missing_value": "a value that the program knew and no version of the entry tells; detail: the column",
        "spurious_incident": "a false alarm about a participant; detail: retracted or standing at the record's end",
        "late_entry": "an entry that waited for a batch of old cases; detail: the day on which the program was told",
        "inconsistent": "a row that contradicts another; detail: action_before_incident or found_before_it_occurred",
    }
)
"""What each kind means. An outsider's name is no defect, nor is a matter outside the program."""


def planted_defects(contents: Contents) -> pd.DataFrame:
    """The rows of truth/defects, by kind, table and key."""
    parts = [*_entry_defects(contents), *_enforcement_defects(contents), *_party_defects(contents)]
    rows = pd.concat(parts, ignore_index=True).astype("str")
    return rows.sort_values(["kind", "table", "key", "detail"], kind="stable", ignore_index=True)


def _rows(kind: str, table: str, key: object, detail: object) -> pd.DataFrame:
    columns = {"key": np.asarray(key, dtype=object), "detail": detail}
    return pd.DataFrame(columns).assign(kind=kind, table=table)[["kind", "table", "key", "detail"]]


def _entry_defects(contents: Contents) -> list[pd.DataFrame]:
    entries, world = contents.entries, contents.world
    name = np.array(entries.incident_id, dtype=object)
    latest = latest_versions(contents.versions)
    retracted = np.zeros(len(entries), dtype=bool)
    retracted[latest["place"]] = latest["retracted"].astype(bool)
    again = np.flatnonzero(entries.original >= 0)
    alarm = np.flatnonzero((entries.happening < 0) & (entries.lead >= 0))
    late = np.flatnonzero(entries.waited)
    told = world.calendar.dates(entries.reported[late]).astype(str)
    early = np.flatnonzero(np.isin(np.arange(len(entries)), latest.loc[latest["found_early"].astype(bool), "place"]))
    state = np.where(retracted[alarm], "retracted", "standing")
    return [
        _rows("duplicate_incident", "incidents", name[again], name[entries.original[again]]),
        _rows("spurious_incident", "incidents", name[alarm], state),
        _rows("late_entry", "incidents", name[late], told),
        _rows("inconsistent", "incidents", name[early], "found_before_it_occurred"),
        *_missing_values(contents, latest[~latest["retracted"].astype(bool)]),
    ]


def _missing_values(contents: Contents, standing: pd.DataFrame) -> list[pd.DataFrame]:
    """Gaps in the latest versions of the entries that stand at the record's end."""
    happening = contents.entries.happening[standing["place"]]
    measured = (happening >= 0) & np.isfinite(contents.truth.quantity[happening])
    carried = (happening < 0) | has_conveyance(contents.truth.kind[happening])
    there = {"quantity_kg": measured, "conveyance_number": carried}
    columns = {"severity": "severity", "reported": "reported_on", "port": "port"}
    columns |= {name: name for name in ("country_of_origin", "quantity_kg", "conveyance_number")}
    parts = []
    for column, title in columns.items():
        gap = standing[column].isna() & there.get(column, True)
        parts.append(_rows("missing_value", "incidents", standing.loc[gap, "incident_id"], title))
    return parts


def _enforcement_defects(contents: Contents) -> list[pd.DataFrame]:
    entries, actions, statuses = contents.entries, contents.actions, contents.statuses
    latest = latest_versions(contents.versions)
    standing = latest.loc[~latest["retracted"].astype(bool), "place"].to_numpy()
    standing = standing[entries.lead[standing] >= 0]
    name = np.array(entries.incident_id, dtype=object)[standing]
    bare = ~np.isin(name, actions["incident_id"].dropna().to_numpy(dtype=object))
    account = np.array(contents.world.population.participant_id, dtype=object)
    changed = statuses[statuses["status"].isin(["suspended", "removed"])]
    changed = changed[~changed.index.isin(actions["status"])]
    key = changed["participant_id"] + "|" + changed["effective_on"].astype("datetime64[s]").dt.strftime("%Y-%m-%d")
    twice = actions[actions["repeats"].notna()]
    misdated = actions.loc[actions["misdated"], "action_id"]
    return [
        _rows("incident_without_action", "incidents", name[bare], account[entries.lead[standing[bare]]]),
        _rows("status_without_action", "statuses", key, changed["status"].to_numpy()),
        _rows("duplicate_action", "actions", twice["action_id"], twice["repeats"].to_numpy()),
        _rows("inconsistent", "actions", misdated, "action_before_incident"),
    ]


def _party_defects(contents: Contents) -> list[pd.DataFrame]:
    rows = contents.parties.rows.drop_duplicates(["place", "party_no"])
    rows = rows[rows["participant"] >= 0]
    account = np.array(contents.world.population.participant_id, dtype=object)[rows["participant"]]
    rows = rows.assign(true_account=account, key=rows["incident_id"] + "|" + rows["party_no"])
    cases = {
        "party_without_account": (rows["participant_id"].isna(), "true_account"),
        "wrong_account": (rows["participant_id"].notna() & (rows["participant_id"] != account), "true_account"),
        "misspelled_name": (rows["party_name"] != rows["true_name"], "true_name"),
        "wrong_number": (rows["party_value"].notna() & (rows["party_value"] != rows["true_value"]), "true_value"),
    }
    return [
        _rows(kind, "involvements", rows.loc[chosen, "key"], rows.loc[chosen, detail].to_numpy())
        for kind, (chosen, detail) in cases.items()
    ]
