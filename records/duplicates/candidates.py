"""Pairs of entries that may tell the same incident: a party in common, days apart at most, different tellers.

Sorted neighbourhood (Hernandez and Stolfo 1995): the mentions of a party stand in order of day, and each is
compared with those that follow within WINDOW_DAYS, NEAREST at most. Work and memory are linear in the record, also
where every report names the same "UNKNOWN".
"""

import numpy as np
import pandas as pd

from records.duplicates.entries import Entries, Ints, Mentions

WINDOW_DAYS = 10
"""Two reports of one incident differ by a few days; a typing error of a week is still found."""
NEAREST = 60
"""A name or number that stands in more reports than this within the window tells nothing and is left out."""
BUSY_DAYS = 90
"""How busy a party was is counted in so many days before and after."""


def find_candidates(entries: Entries, mentions: Mentions) -> pd.DataFrame:
    """Each candidate pair once: ``early`` and ``late`` (places in ``entries``, in order of becoming known).

    ``others`` is the number of further entries that name the shared party within BUSY_DAYS (of the least busy one
    that both name); ``parties`` the shared accounts; ``known_at`` that of the latest mention shared.
    """
    mentions = _telling(entries, mentions)
    near = _count_near(entries, mentions, BUSY_DAYS)
    day, parts = entries.day[mentions.entry], []
    for step in range(1, NEAREST + 1):
        first, second = np.arange(len(day) - step), np.arange(step, len(day))
        close = (mentions.token[first] == mentions.token[second]) & (day[second] - day[first] <= WINDOW_DAYS)
        if not close.any():
            break
        parts.append(_pairs(entries, mentions, first[close], second[close], near))
    columns = {"early": "int64", "late": "int64", "others": "int64", "parties": "int64", "known_at": "datetime64[us]"}
    pairs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns)).astype(columns)
    pairs = pairs.groupby(["early", "late"], as_index=False).agg(
        others=("others", "min"), parties=("parties", "sum"), known_at=("known_at", "max")
    )
    return pairs[~_told_twice(entries, pairs["early"].to_numpy(), pairs["late"].to_numpy())].reset_index(drop=True)


def _telling(entries: Entries, mentions: Mentions) -> Mentions:
    """The mentions by account, and by a name or number that is not in everybody's report."""
    kept = mentions.linked | (_count_near(entries, mentions, WINDOW_DAYS) <= NEAREST)
    return Mentions(mentions.entry[kept], mentions.token[kept], mentions.linked[kept], mentions.known_at[kept])


def _count_near(entries: Entries, mentions: Mentions, days: int) -> Ints:
    """Entries that name the same party within so many days of each mention, itself included."""
    span = int(np.ptp(entries.day)) + 2 * days + 2
    place = mentions.token * span + entries.day[mentions.entry]
    return np.searchsorted(place, place + days, "right") - np.searchsorted(place, place - days, "left")


def _pairs(entries: Entries, mentions: Mentions, first: Ints, second: Ints, near: Ints) -> pd.DataFrame:
    one, other = mentions.entry[first], mentions.entry[second]
    told_apart = entries.teller[one] != entries.teller[other]
    rows = pd.DataFrame(
        {
            "early": np.minimum(one, other),
            "late": np.maximum(one, other),
            "others": np.maximum(near[first], near[second]) - 2,
            "parties": mentions.linked[first].astype(np.int64),
            "known_at": np.maximum(mentions.known_at[first], mentions.known_at[second]),
        }
    )
    kept: pd.DataFrame = rows.loc[told_apart]
    return kept


def _told_twice(entries: Entries, early: Ints, late: Ints) -> np.ndarray:
    """Pairs that would let one teller tell the same incident twice: it stands already in the other's versions."""
    if not entries.retold:
        return np.zeros(len(early), dtype=np.bool_)
    tellers = int(entries.teller.max()) + 1
    retold = np.array([place * tellers + who for place, who in entries.retold], dtype=np.int64)
    added = np.isin(early * tellers + entries.teller[late], retold)
    return added | np.isin(late * tellers + entries.teller[early], retold)
