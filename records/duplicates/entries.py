"""What is compared: the latest version of every incident that stands, and the parties that it names."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from records.linkage.normalize import normalize_name

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Entries:
    """Incidents that stand, one place for each, in the order in which they first became known.

    ``day`` counts from 1970; ``teller`` numbers who told it, and ``retold`` who else added a version (place, teller).
    Of ``kind``, ``port``, ``mode`` and ``country`` only equality matters: codes, -1 where empty;
    an empty ``conveyance`` is "".
    """

    incident_id: npt.NDArray[np.object_]
    known_at: Moments
    day: Ints
    teller: Ints
    retold: frozenset[tuple[int, int]]
    kind: Ints
    port: Ints
    mode: Ints
    country: Ints
    severity: Floats
    quantity: Floats
    conveyance: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.incident_id)


@dataclass(frozen=True)
class Mentions:
    """Parties by what names them: one place for each entry and token, in order of token, day and entry.

    A token is an account, a number or a normalized name; ``linked`` marks accounts. ``known_at`` is that of the party.
    """

    entry: Ints
    token: Ints
    linked: npt.NDArray[np.bool_]
    known_at: Moments


def read_entries(incidents: pd.DataFrame) -> Entries:
    """The entries of all row versions of incidents; those whose latest version is retracted take no part.

    A retracted entry counts nowhere and needs no link; when a later version brings it back, the next search finds it.
    """
    ordered = incidents.sort_values(["incident_id", "known_at", "record_id"], kind="stable", ignore_index=True)
    first = ordered.drop_duplicates("incident_id").set_index("incident_id")
    latest = ordered.drop_duplicates("incident_id", keep="last").set_index("incident_id")
    latest = latest.assign(first_known=first["known_at"], first_source=first["source"])
    latest["teller"] = latest["discovery"].astype(object).where(latest["discovery"].notna(), latest["first_source"])
    latest = latest[~latest["retracted"]].sort_values(["first_known", "incident_id"], kind="stable")
    place = pd.Series(np.arange(len(latest)), index=latest.index)
    tellers = pd.Index(sorted(latest["teller"].unique()))
    return Entries(
        incident_id=latest.index.to_numpy(dtype=object),
        known_at=latest["known_at"].to_numpy(dtype="datetime64[us]"),
        day=latest["occurred_on"].to_numpy(dtype="datetime64[D]").astype(np.int64),
        teller=tellers.get_indexer(pd.Index(latest["teller"])).astype(np.int64),
        retold=_retold(ordered, place, tellers, latest["first_source"]),
        kind=_codes(latest["incident_type"]),
        port=_codes(latest["port"]),
        mode=_codes(latest["mode"]),
        country=_codes(latest["country_of_origin"]),
        severity=latest["severity"].to_numpy(dtype=np.float64),
        quantity=latest["quantity_kg"].to_numpy(dtype=np.float64),
        conveyance=_plain(latest["conveyance_number"]),
    )


def _retold(
    ordered: pd.DataFrame, place: pd.Series, tellers: pd.Index, first_source: pd.Series
) -> frozenset[tuple[int, int]]:
    """Which tellers added themselves to an entry that another told first."""
    versions = ordered[["incident_id", "source"]].drop_duplicates()
    versions = versions[versions["incident_id"].isin(place.index)]
    later = versions[versions["source"] != versions["incident_id"].map(first_source)]
    who = tellers.get_indexer(pd.Index(later["source"]))
    where = place.reindex(later["incident_id"]).to_numpy()
    return frozenset(zip(where[who >= 0].tolist(), who[who >= 0].tolist(), strict=True))


def _plain(values: pd.Series) -> npt.NDArray[np.object_]:
    """Letters and digits only, in capitals; empty where nothing is told."""
    return values.fillna("").str.upper().str.replace(r"[^A-Z0-9]", "", regex=True).to_numpy(dtype=object)


def _codes(values: pd.Series) -> Ints:
    return pd.factorize(values, sort=True)[0].astype(np.int64)


def read_mentions(involvements: pd.DataFrame, entries: Entries) -> Mentions:
    """The tokens of the entries' parties from all row versions of involvements."""
    ordered = involvements.sort_values(["incident_id", "party_no", "known_at", "record_id"], kind="stable")
    latest = ordered.drop_duplicates(["incident_id", "party_no"], keep="last")
    latest = latest[~latest["retracted"]]
    entry = pd.Index(entries.incident_id).get_indexer(pd.Index(latest["incident_id"]))
    latest = latest.assign(entry=entry)[entry >= 0]
    tokens = pd.concat(
        [_tokens(latest, "account", latest["participant_id"]), _numbers(latest), _names(latest)], ignore_index=True
    )
    tokens = tokens.sort_values("known_at", kind="stable").drop_duplicates(["entry", "token"], keep="last")
    tokens["day"] = entries.day[tokens["entry"]]
    tokens["code"] = pd.factorize(tokens["token"], sort=True)[0]
    tokens = tokens.sort_values(["code", "day", "entry"], ignore_index=True)
    return Mentions(
        entry=tokens["entry"].to_numpy(dtype=np.int64),
        token=tokens["code"].to_numpy(dtype=np.int64),
        linked=tokens["token"].str.startswith("account ").to_numpy(dtype=np.bool_),
        known_at=tokens["known_at"].to_numpy(dtype="datetime64[us]"),
    )


def _tokens(rows: pd.DataFrame, scheme: str, values: pd.Series) -> pd.DataFrame:
    told = values.notna() & (values != "")
    columns = {"entry": rows["entry"], "token": scheme + " " + values.astype("str"), "known_at": rows["known_at"]}
    return pd.DataFrame(columns)[told]


def _numbers(rows: pd.DataFrame) -> pd.DataFrame:
    given = rows.dropna(subset=["party_scheme", "party_value"])
    return _tokens(given, "number", given["party_scheme"] + " " + given["party_value"])


def _names(rows: pd.DataFrame) -> pd.DataFrame:
    written = rows["party_name"].dropna()
    normal = {name: normalize_name(name) for name in written.unique()}
    return _tokens(rows.loc[written.index], "name", written.map(normal).astype("str"))
