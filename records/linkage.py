"""Named parties to participants: exact numbers first, then the written name.

A link is a row version of the involvement like any other: it carries a weight, and a later version
can undo it. It becomes known when both the report and the identifier or name it rests on were
known, so a link never brings a later registration into the past.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from records.door import record_ids

AUTOMATIC_WEIGHT = 0.93
"""A name link below this similarity is left open for a person. Names that two participants share never link."""

LEGAL_FORMS = frozenset(
    (  # noqa: SIM905 - a list of forty short words reads best as one line of text
        "inc incorporated corp corporation co company llc ltd limited lp plc gmbh ag sa de cv srl spa bv nv ab oy as "
        "sapi rl sas sarl pte pty kk the and"
    ).split()
)


@dataclass(frozen=True)
class LinkCounts:
    """How the parties of a batch were linked."""

    given: int
    by_identifier: int
    by_name: int
    unlinked: int


def link(
    involvements: pd.DataFrame, incidents: pd.DataFrame, identifiers: pd.DataFrame, participants: pd.DataFrame
) -> tuple[pd.DataFrame, LinkCounts]:
    """New versions of the unlinked involvements that could be linked.

    Parameters
    ----------
    involvements : DataFrame
        The latest version of each involvement, in the stored columns.
    incidents, identifiers, participants : DataFrame
        Every version that the record holds, this batch included.

    Returns
    -------
    DataFrame
        Rows to append, in the stored columns: ``participant_id`` and ``link_weight`` filled, ``source``
        ``linkage``, and a ``known_at`` just after both sides were known.
    LinkCounts
        How many parties came linked, were linked by number and by name, and stayed open.
    """
    given = involvements["participant_id"].notna()
    open_rows = involvements[~given].merge(
        incidents.groupby("incident_id")["occurred_on"].last(), on="incident_id", how="left"
    )
    by_number = _by_identifier(open_rows, identifiers)
    rest = open_rows[~open_rows["record_id"].isin(by_number["record_id"])]
    by_name = _by_name(rest, participants)
    found = pd.concat([by_number, by_name], ignore_index=True)
    counts = LinkCounts(int(given.sum()), len(by_number), len(by_name), len(open_rows) - len(found))
    return _link_versions(involvements, found), counts


def normalize_name(name: str) -> str:
    """A name without accents, case, punctuation and legal form, words in their order."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"[.']", "", plain)).split()
    kept = [word for word in words if word not in LEGAL_FORMS]
    return " ".join(kept or words)


def _by_identifier(open_rows: pd.DataFrame, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Parties whose number names exactly one participant on the day of the incident."""
    wanted = open_rows.dropna(subset=["party_scheme", "party_value"])
    latest = identifiers.sort_values(["known_at", "record_id"]).drop_duplicates(
        ["participant_id", "scheme", "value"], keep="last"
    )
    pairs = wanted[["record_id", "party_scheme", "party_value", "occurred_on"]].merge(
        latest[["participant_id", "scheme", "value", "valid_from", "valid_to", "known_at"]],
        left_on=["party_scheme", "party_value"],
        right_on=["scheme", "value"],
    )
    begun = pairs["valid_from"].isna() | (pairs["valid_from"] <= pairs["occurred_on"])
    not_ended = pairs["valid_to"].isna() | (pairs["occurred_on"] < pairs["valid_to"])
    valid = pairs[begun & not_ended]
    unique = valid[valid.groupby("record_id")["participant_id"].transform("nunique") == 1]
    best = unique.sort_values("known_at").drop_duplicates("record_id")
    return _found(best["record_id"], best["participant_id"], best["known_at"], 1.0)


def _by_name(open_rows: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """Parties whose normalized name is equal, or nearly equal, to that of exactly one participant."""
    named = open_rows.dropna(subset=["party_name"])
    book = participants.dropna(subset=["legal_name"]).copy()
    if named.empty or book.empty:
        return _found([], [], [], [])
    book["normal"] = book["legal_name"].map(normalize_name)
    owners = book.groupby("normal").agg(
        participant_id=("participant_id", "first"),
        owners=("participant_id", "nunique"),
        known_at=("known_at", "min"),
    )
    names = named["party_name"].map(normalize_name)
    matches = _best_matches(names.unique(), owners.index.to_numpy())
    matched = names.map(lambda name: matches[name][0])
    weight = names.map(lambda name: matches[name][1])
    certain = (weight >= AUTOMATIC_WEIGHT) & (matched.map(owners["owners"]) == 1)
    rows, targets = named[certain], owners.loc[matched[certain]]
    return _found(
        rows["record_id"], targets["participant_id"].to_numpy(), targets["known_at"].to_numpy(), weight[certain]
    )


def _best_matches(names: np.ndarray, book: np.ndarray) -> dict[str, tuple[str, float]]:
    """For each name the nearest of the book and its similarity in 0-1; 0 when the two nearest are equally near."""
    exact = set(book)
    matches: dict[str, tuple[str, float]] = {name: (name, 1.0) for name in names if name in exact}
    blocks: dict[str, list[str]] = {}
    for entry in book:
        blocks.setdefault(entry[:1], []).append(entry)
    for name in names:
        if name in matches:
            continue
        # Misspellings rarely touch the first letter, and the block keeps the work linear in practice.
        near = process.extract(
            name, blocks.get(name[:1], []), scorer=fuzz.ratio, limit=2, score_cutoff=100 * AUTOMATIC_WEIGHT
        )
        if not near or (len(near) == 2 and near[0][1] == near[1][1]):
            matches[name] = (name, 0.0)
        else:
            matches[name] = (near[0][0], near[0][1] / 100)
    return matches


def _found(record_id: Any, participant_id: Any, known_at: Any, weight: Any) -> pd.DataFrame:
    columns = {"record_id": record_id, "linked": participant_id, "basis_known_at": known_at, "weight": weight}
    return pd.DataFrame(columns).astype(
        {"record_id": "str", "linked": "str", "basis_known_at": "datetime64[us]", "weight": "float64"}
    )


def _link_versions(involvements: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    rows = involvements.merge(found, on="record_id", validate="one_to_one")
    # One microsecond after the later of both: the open version and the linked one are two moments.
    known_at = rows[["known_at", "basis_known_at"]].max(axis=1) + pd.Timedelta(1, "us")
    linked = rows.assign(
        participant_id=rows["linked"], link_weight=rows["weight"], known_at=known_at, source="linkage"
    )[list(involvements.columns)].astype(involvements.dtypes.to_dict())
    return linked.assign(record_id=record_ids(linked, "involvements"))
