"""The record with its merges and duplicates applied, as row versions.

What is stored is never touched. At reading, the rows that a merge or a duplicate link concerns are stated again as
later versions, known from the moment at which the link is in force and once more when it is undone. Every
reader cuts by ``known_at`` and takes the latest version, so every reader sees the same, and none has to know.

- While a **merge** is in force, what is on record of the account that ended counts as the survivor's; its
  own participants and statuses rows are retracted. Where both accounts have the same key the survivor's row wins;
  monthly counts are added up. A partnership of the two with each other vanishes.
- While a **duplicate link** is in force, the repetition is retracted, its parties are further parties of the
  original (``party_no`` "<repetition>/<party_no>"), and actions that cite it cite the original. The original
  has the earliest discovery and the earliest self-report of all its entries.

Worked example: account B is merged into A on 2024-03-01 and the merge undone on 2024-06-01. An incident of B, known
since 2023, is a party version naming A, known from 2024-03-01, and one naming B, known from 2024-06-01.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.known import Records, version_intervals
from records.lineage import Lineage, Links, duplicate_links, merge_cycles, merge_links, trace
from records.periods import Ints, cut
from records.tables import TABLES

__all__ = ["entries_of", "merge_cycles", "resolve"]

COUNTS = ("shipments", "crossings", "exams_targeted", "exams_random", "discrepancies")
NO_DATE = np.iinfo(np.int64).min
ENTRY = ("incident_id", "source", "discovery", "reported_on", "known_at")

Flags = npt.NDArray[np.bool_]
Combine = Callable[[pd.DataFrame, Ints], Mapping[str, npt.NDArray[np.generic]]]
"""Several rows of one key, one after the other, and where each key's begin, to the columns of one row a key."""


def resolve(records: Records) -> Records:
    """The record in which merged accounts are one and repeated incidents one, at every moment as known then.

    Parameters
    ----------
    records : Records
        Every row version, as stored.

    Returns
    -------
    Records
        The same where neither table has a link; tables without an affected row keep their frames. Row versions
        made here have the stored row's ``record_id`` with the moment appended.
    """
    tables = dict(records.tables)
    if len(tables.get("merges", ())):
        links = merge_links(tables["merges"])
        tables |= _merged(tables, trace(links)) if links.child.size else {}
    if len(tables.get("duplicates", ())):
        links = duplicate_links(tables["duplicates"], tables["incidents"])
        tables |= _deduplicated(tables, trace(links)) if links.child.size else {}
    if all(tables[name] is frame for name, frame in records.tables.items()):
        return records
    return Records(tables, records.data_version, records.as_stored)


def entries_of(records: Records, incident_id: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """The entries that make up one incident as known at ``as_of``: the original first, then by moment known.

    Parameters
    ----------
    records : Records
        As stored or resolved.
    incident_id : str
        The original or any of its repetitions.
    as_of : Timestamp

    Returns
    -------
    DataFrame
        incident_id, source, discovery, reported_on and known_at (of the entry's first version) as stored, and the
        ``weight`` of the link (NaN for the original). No rows when the incident was not known or is retracted.
    """
    stored = {name: frame for name, frame in records.as_stored.tables.items() if name in ("incidents", "duplicates")}
    incidents = stored["incidents"][stored["incidents"]["known_at"] < as_of]
    duplicates = stored.get("duplicates")
    family, weights = {incident_id: incident_id}, pd.Series(dtype="float64")
    if duplicates is not None:
        duplicates = duplicates[duplicates["known_at"] < as_of]
        family = _roots_now(duplicate_links(duplicates, incidents)) or family
        latest = duplicates.sort_values(["known_at", "record_id"]).drop_duplicates("incident_id", keep="last")
        weights = latest.set_index("incident_id")["weight"]
    root = family.get(incident_id, incident_id)
    members = [name for name, origin in family.items() if origin == root] or [root]
    rows = incidents[incidents["incident_id"].isin(members)].sort_values(["known_at", "record_id"])
    last = rows.drop_duplicates("incident_id", keep="last")
    last = last[~last["retracted"]]
    first_known = rows.drop_duplicates("incident_id").set_index("incident_id")["known_at"]
    names = last["incident_id"]
    found = last[list(ENTRY)].assign(
        known_at=first_known.reindex(names).to_numpy(),
        weight=np.where(names.eq(root), np.nan, weights.reindex(names).to_numpy(dtype=np.float64)),
        repeats=names.ne(root),
    )
    return found.sort_values(["repeats", "known_at", "incident_id"], ignore_index=True).drop(columns="repeats")


def _roots_now(links: Links) -> dict[str, str]:
    """The root of each linked thing when every link's last period holds."""
    lineage = trace(links)
    last = np.append(lineage.node[1:] != lineage.node[:-1], True)[: lineage.node.size]
    names = lineage.names.to_numpy(dtype=object)
    return dict(zip(names[lineage.node[last]].tolist(), names[lineage.root[last]].tolist(), strict=True))


def _merged(tables: Mapping[str, pd.DataFrame], lineage: Lineage) -> dict[str, pd.DataFrame]:
    person = ("participant_id",)
    how: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "participants": lambda frame: _renamed(frame, "participants", "participant_id", lineage, hidden=True),
        "statuses": lambda frame: _renamed(frame, "statuses", "participant_id", lineage, hidden=True),
        "identifiers": lambda frame: _moved(frame, "identifiers", person, lineage),
        "involvements": lambda frame: _renamed(frame, "involvements", "participant_id", lineage),
        "exposures": lambda frame: _moved(frame, "exposures", person, lineage, _added_up),
        "validations": lambda frame: _renamed(frame, "validations", "participant_id", lineage),
        "partnerships": lambda frame: _moved(frame, "partnerships", ("participant_id", "partner_id"), lineage),
        "actions": lambda frame: _renamed(frame, "actions", "participant_id", lineage),
    }
    return {name: applied(tables[name]) for name, applied in how.items() if name in tables}


def _deduplicated(tables: Mapping[str, pd.DataFrame], lineage: Lineage) -> dict[str, pd.DataFrame]:
    entry = ("incident_id",)
    how: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "incidents": lambda frame: _moved(frame, "incidents", entry, lineage, _told_first),
        "involvements": lambda frame: _moved(frame, "involvements", entry, lineage),
        "actions": lambda frame: _renamed(frame, "actions", "incident_id", lineage),
    }
    return {name: applied(tables[name]) for name, applied in how.items() if name in tables}


def _renamed(frame: pd.DataFrame, table: str, column: str, lineage: Lineage, *, hidden: bool = False) -> pd.DataFrame:
    """State rows again whenever the root of ``column`` changes: under the root's name, or retracted when ``hidden``."""
    key = TABLES[table].key
    touched = frame[column].isin(lineage.names)
    if not touched.any():
        return frame
    # Versions of one key may name different accounts: all of them are needed to know when each one ends.
    mine = touched if column == key[0] else frame[key[0]].isin(frame.loc[touched, key[0]])
    part = _valid(frame[mine], key)
    row, root, start, _ = lineage.split(
        part[column], _microseconds(part["known_from"]), _microseconds(part["known_until"])
    )
    names, other = _names(part[column], row, root, lineage)
    retracted = part["retracted"].to_numpy(dtype=bool)[row]
    changed = {"retracted": retracted | other} if hidden else {column: names}
    return _beside(frame[~mine], _stated(part, row, start, np.zeros(row.size, dtype=bool)).assign(**changed))


def _moved(
    frame: pd.DataFrame, table: str, columns: Sequence[str], lineage: Lineage, combine: Combine | None = None
) -> pd.DataFrame:
    """State rows again under another key whenever the root of one of the key's ``columns`` changes.

    Where several rows come under one key the one that was stored there wins, then the least stored key;
    ``combine`` replaces columns by what all of them give together.
    """
    mine = frame[list(columns)].isin(set(lineage.names)).any(axis=1)
    if not mine.any():
        return frame
    part = _valid(frame[mine], TABLES[table].key)
    part = part[~part["retracted"]].reset_index(drop=True)
    pieces = _pieces(part, table, columns, lineage)
    made = _one_a_key(pieces, TABLES[table].key, combine) if len(pieces) else frame.iloc[:0]
    return _beside(frame[~mine], made)


def _pieces(part: pd.DataFrame, table: str, columns: Sequence[str], lineage: Lineage) -> pd.DataFrame:
    """The rows under the names of their roots, cut into periods, those that kept their names first."""
    start, end = _microseconds(part["known_from"]), _microseconds(part["known_until"])
    pieces, moved = part, np.zeros(len(part), dtype=bool)
    for column in columns:
        row, root, start, end = lineage.split(pieces[column], start, end)
        names, other = _names(pieces[column], row, root, lineage)
        moved = moved[row] | other
        pieces = pieces.iloc[row].reset_index(drop=True)
        if table == "involvements":
            own = pieces["incident_id"] + "/" + pieces["party_no"]
            pieces = pieces.assign(party_no=pieces["party_no"].where(~moved, own))
        pieces = pieces.assign(**{column: names})
    pieces = pieces.assign(known_from=start.view("datetime64[us]"), known_until=end.view("datetime64[us]"), moved=moved)
    if table == "partnerships":
        pieces = pieces[~(pieces["moved"] & pieces["participant_id"].eq(pieces["partner_id"]))]
    return pieces.sort_values("moved", kind="stable", ignore_index=True)


def _one_a_key(pieces: pd.DataFrame, key: Sequence[str], combine: Combine | None) -> pd.DataFrame:
    """Row versions of each key, from pieces that may be valid together; retracted where none is."""
    start, end = _microseconds(pieces["known_from"]), _microseconds(pieces["known_until"])
    group = _codes(pieces, key)
    slots = cut(group, start, end)
    piece, slot = slots.covered(group, start, end)
    order = np.lexsort((piece, slot))
    piece, slot = piece[order], slot[order]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    winner = np.full(slots.start.size, -1, dtype=np.int64)
    winner[slot[first]] = piece[first]
    # A key begins with a piece, so what ended is always found before its gap.
    template = winner[np.maximum.accumulate(np.where(winner >= 0, np.arange(winner.size), 0))]
    gap = winner < 0
    made = _stated(pieces, template, slots.start, gap).assign(retracted=gap)
    if combine is not None:
        for name, values in combine(pieces.iloc[piece], first).items():
            column = made[name].to_numpy(copy=True)
            column[slot[first]] = values
            made[name] = pd.Series(column, index=made.index, dtype=made[name].dtype)
    fresh = np.ones(winner.size, dtype=bool)
    fresh[1:] = (np.diff(slots.group) != 0) | (np.diff(winner) != 0) | (combine is not None)
    return made[fresh]


def _added_up(months: pd.DataFrame, first: Ints) -> dict[str, npt.NDArray[np.generic]]:
    """Monthly counts over the accounts; unknown where none of them reports."""
    sums = {}
    for name in COUNTS:
        counts = months[name].to_numpy(dtype=np.float64)
        reported = np.add.reduceat(~np.isnan(counts), first, dtype=np.int64)
        sums[name] = np.where(reported > 0, np.add.reduceat(np.nan_to_num(counts), first), np.nan)
    return sums


def _told_first(entries: pd.DataFrame, first: Ints) -> dict[str, npt.NDArray[np.generic]]:
    """When the incident was first found by others and first told by the participant, over all entries.

    An entry without its own date of discovery was found on the day of its report, if it says who found it and
    that is not the participant; the same for self-reports. A lone entry keeps what it says.
    """
    told = entries["discovery"].eq("self_report").to_numpy(dtype=bool)
    found = entries["discovery"].notna().to_numpy(dtype=bool) & ~told
    reported = _microseconds(entries["reported_on"])
    discovered = _earliest(_microseconds(entries["discovered_on"]), np.where(found, reported, NO_DATE), first)
    self_reported = _earliest(_microseconds(entries["self_reported_on"]), np.where(told, reported, NO_DATE), first)
    says = entries["self_reported_before_discovery"].to_numpy(dtype=bool)
    before = (self_reported != NO_DATE) & (discovered != NO_DATE) & (self_reported < discovered)
    several = np.diff(np.append(first, len(entries))) > 1
    return {
        "discovered_on": np.where(several, discovered, _microseconds(entries["discovered_on"])[first]).view(
            "datetime64[us]"
        ),
        "self_reported_on": np.where(several, self_reported, _microseconds(entries["self_reported_on"])[first]).view(
            "datetime64[us]"
        ),
        "self_reported_before_discovery": np.where(several, np.logical_or.reduceat(says, first) | before, says[first]),
    }


def _earliest(dates: Ints, otherwise: Ints, first: Ints) -> Ints:
    dated = np.where(dates == NO_DATE, otherwise, dates)
    never = np.iinfo(np.int64).max
    least = np.minimum.reduceat(np.where(dated == NO_DATE, never, dated), first)
    return np.where(least == never, NO_DATE, least)


def _valid(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    timed = version_intervals(frame, key)
    return timed[timed["known_from"] < timed["known_until"]].reset_index(drop=True)


def _names(column: pd.Series, row: Ints, root: Ints, lineage: Lineage) -> tuple[pd.Series, Flags]:
    """The root's name in each row, the row's own where nothing is linked; and where the two differ."""
    own = column.to_numpy(dtype=object)[row]
    names = np.where(root >= 0, lineage.names.to_numpy(dtype=object)[root], own)
    return pd.Series(names, dtype=column.dtype), (root >= 0) & (names != own)


def _stated(rows: pd.DataFrame, place: Ints, known_at: Ints, ended: Flags) -> pd.DataFrame:
    """The rows at ``place`` as versions known at the given moments, each with a record_id of its own."""
    made = rows.iloc[place].reset_index(drop=True)
    again = ended | (known_at != _microseconds(made["known_at"]))
    moment = pd.Series(np.char.add(np.where(ended, " ended ", " stated "), known_at.view("datetime64[us]").astype(str)))
    ids = made["record_id"] + moment.astype(made["record_id"].dtype)
    return made.assign(known_at=known_at.view("datetime64[us]"), record_id=made["record_id"].where(~again, ids))


def _beside(untouched: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([untouched, made[list(untouched.columns)].astype(untouched.dtypes.to_dict())], ignore_index=True)


def _codes(frame: pd.DataFrame, key: Sequence[str]) -> Ints:
    """A number for each distinct key."""
    code = np.zeros(len(frame), dtype=np.int64)
    for column in key:
        part, values = pd.factorize(frame[column])
        code = np.unique(code * (len(values) + 1) + part, return_inverse=True)[1].astype(np.int64)
    return code


def _microseconds(moments: pd.Series) -> Ints:
    return moments.to_numpy(dtype="datetime64[us]").astype(np.int64)
