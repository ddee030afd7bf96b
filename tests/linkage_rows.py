"""Rows of a tiny program to be linked: three firms, their numbers, and parties as reports write them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from worlds import day, table

from records.linkage import Linkage, link_parties

FIRMS = (
    {"participant_id": "P1", "legal_name": "Transportes Nubelar, S.A. de C.V.", "business_type": "highway_carrier"},
    {"participant_id": "P2", "legal_name": "Harbor Light Imports LLC", "business_type": "importer"},
    {"participant_id": "P3", "legal_name": "Aurora Brokerage Inc.", "business_type": "broker"},
)
COUNTRIES = ("MX", "US", "US")
Row = Mapping[str, Any]


def firms(*more: Row, known: float = 0) -> pd.DataFrame:
    """The three firms and more, all known since ``known``."""
    rows = [{**firm, "country": country} for firm, country in zip(FIRMS, COUNTRIES, strict=True)]
    return table("participants", [{"known_at": day(known), **row} for row in [*rows, *more]])


def number(participant: str, value: str, known: float = 0, scheme: str = "scac", **columns: Any) -> Row:
    """A row of identifiers."""
    told = {"participant_id": participant, "scheme": scheme, "value": value, "known_at": day(known)}
    return told | columns


def party(place: int = 1, known: float = 100, **columns: Any) -> Row:
    """An open party of the incident with the same number."""
    return {"incident_id": f"I{place}", "party_no": "1", "known_at": day(known), **columns}


def link(
    parties: pd.DataFrame | Sequence[Row],
    numbers: Sequence[Row] = (),
    participants: pd.DataFrame | None = None,
    merges: Sequence[Row] = (),
    occurred: float = 90,
    **policy: Any,
) -> Linkage:
    """Link parties; all their incidents occurred on one day and became known a day later."""
    rows = parties if isinstance(parties, pd.DataFrame) else table("involvements", parties)
    told = sorted(set(rows["incident_id"]))
    incidents = [{"incident_id": one, "occurred_on": day(occurred), "known_at": day(occurred + 1)} for one in told]
    return link_parties(
        rows,
        table("incidents", incidents),
        table("identifiers", numbers),
        firms() if participants is None else participants,
        table("merges", merges),
        **policy,
    )


def after(parties: pd.DataFrame, found: Linkage) -> pd.DataFrame:
    """The latest version of each party once the links are appended."""
    both = pd.concat([parties, found.links], ignore_index=True).sort_values(["known_at", "record_id"])
    return both.drop_duplicates(["incident_id", "party_no"], keep="last").reset_index(drop=True)
