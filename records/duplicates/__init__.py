"""The same incident told by a port, a field office and the participant itself: found, weighed, joined.

Reports are compared in pairs with documented Fellegi-Sunter weights (:mod:`records.duplicates.weights`), over pairs
that a sorted neighbourhood proposes (:mod:`records.duplicates.candidates`), and joined under constraints
(:mod:`records.duplicates.grouping`).

Why not splink here, as in linkage: splink estimates m and u from the record at hand, so one batch more would change the
weight of links made before, and a quiet month has too few duplicates to estimate from; it weighs pairs one by one and
does not know that a teller tells an incident once, nor how busy a party is on the day. The comparison itself is eight
columns of arrays, 220,000 incidents in seconds, without a query engine.

A link is a row version from the source ``linkage``. It joins the repetition to the entry known first, and becomes known
one microsecond after the latest of what it rests on: the versions compared and the parties shared. What a person
decided, and what was once taken back, is not proposed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.door import record_ids
from records.duplicates.actions import find_duplicate_actions
from records.duplicates.candidates import find_candidates
from records.duplicates.entries import Entries, Floats, read_entries, read_mentions
from records.duplicates.grouping import Pair, group_pairs
from records.duplicates.weights import match_probability
from records.known import empty_table

__all__ = ["AUTOMATIC", "find_duplicate_actions", "find_duplicates"]

AUTOMATIC = 0.5
"""Pairs at least as likely as this to be one incident are joined; a link is one version away from being undone."""
SOURCE = "linkage"
REVIEW = "review:"


def find_duplicates(incidents: pd.DataFrame, involvements: pd.DataFrame, duplicates: pd.DataFrame) -> pd.DataFrame:
    """The links that the record does not hold yet between entries of one incident.

    Parameters
    ----------
    incidents, involvements, duplicates : DataFrame
        Every row version in the stored columns; of incidents and involvements it is enough to give those of the
        participants in question.

    Returns
    -------
    DataFrame
        Rows to append to ``duplicates``, complete and in the stored columns, by ``incident_id``. The same for any
        order of the rows given; none when the links are in the record already.

    Notes
    -----
    An entry whose latest version is retracted takes no part: it counts nowhere, so it needs no link. A link of which
    one entry is retracted later stays and does not hold; when the entry comes back, so does the link.
    """
    entries = read_entries(incidents)
    if len(entries) < 2:
        return empty_table("duplicates")
    pairs = find_candidates(entries, read_mentions(involvements, entries))
    probability = match_probability(entries, pairs)
    links = _read_links(entries, duplicates)
    groups = group_pairs(pairs, probability, entries.teller, least=AUTOMATIC, told=links.told, apart=links.apart)
    # Where the record says that the earliest entry repeats a later one, another link would close a circle.
    fresh = {
        place: root
        for place, root in groups.items()
        if links.told.get(place) != root and root not in links.told and place not in links.decided
    }
    return _rows(entries, pairs, probability, links, fresh)


@dataclass(frozen=True)
class _Links:
    """What the record says already: valid links, pairs never to be joined, entries that a person linked.

    ``weight`` and ``known_at`` are those of the latest version of each entry's link.
    """

    told: Mapping[int, int]
    apart: frozenset[Pair]
    decided: frozenset[int]
    weight: Mapping[int, float]
    known_at: Mapping[int, np.datetime64]


def _read_links(entries: Entries, duplicates: pd.DataFrame) -> _Links:
    index = pd.Index(entries.incident_id)
    rows = duplicates.sort_values(["known_at", "record_id"], kind="stable")
    rows = rows.assign(
        place=index.get_indexer(pd.Index(rows["incident_id"])), root=index.get_indexer(pd.Index(rows["duplicate_of"]))
    )
    mine = rows[rows["place"] >= 0].drop_duplicates("place", keep="last")
    valid = mine[~mine["retracted"] & (mine["root"] >= 0)]
    by_person = mine[~mine["retracted"] & mine["source"].str.startswith(REVIEW)]
    both = rows[(rows["place"] >= 0) & (rows["root"] >= 0)].drop_duplicates(["place", "root"], keep="last")
    # A person who names another original has also said that the first one was wrong.
    chosen = both["place"].map(by_person.set_index("place")["root"])
    apart = both[both["retracted"] | (chosen.notna() & (chosen != both["root"]))]
    return _Links(
        told=dict(zip(valid["place"].tolist(), valid["root"].tolist(), strict=True)),
        apart=frozenset(
            (min(pair), max(pair)) for pair in zip(apart["place"].tolist(), apart["root"].tolist(), strict=True)
        ),
        decided=frozenset(by_person["place"].tolist()),
        weight=dict(zip(mine["place"].tolist(), mine["weight"].tolist(), strict=True)),
        known_at=dict(zip(mine["place"].tolist(), mine["known_at"].to_numpy(dtype="datetime64[us]"), strict=True)),
    )


def _rows(
    entries: Entries, pairs: pd.DataFrame, probability: Floats, links: _Links, fresh: Mapping[int, int]
) -> pd.DataFrame:
    """One row version for each entry and the entry that it repeats."""
    if not fresh:
        return empty_table("duplicates")
    found = pd.DataFrame({"late": list(fresh.keys()), "early": list(fresh.values())})
    found = found.merge(pairs[["early", "late", "known_at"]].assign(weight=probability), how="left")
    late, early = found["late"].to_numpy(), found["early"].to_numpy()
    earlier = np.array([links.known_at.get(place, np.datetime64("NaT", "us")) for place in late.tolist()])
    known_at = np.fmax(np.fmax(entries.known_at[late], entries.known_at[early]), np.fmax(found["known_at"], earlier))
    rows = pd.DataFrame(
        {
            "incident_id": entries.incident_id[late],
            "duplicate_of": entries.incident_id[early],
            # An entry that follows its original to an earlier one was not compared with that one.
            "weight": found["weight"].fillna(pd.Series([links.weight.get(place, np.nan) for place in late.tolist()])),
            "retracted": False,
            "known_at": known_at + np.timedelta64(1, "us"),
            "source": SOURCE,
            "record_id": "",
        }
    )
    stored = empty_table("duplicates")
    rows = rows[list(stored.columns)].astype(stored.dtypes.to_dict()).sort_values("incident_id", ignore_index=True)
    return rows.assign(record_id=record_ids(rows, "duplicates"))
