"""Spellings of one firm within one list of names, by the same comparison that links parties.

A list says nothing of countries or addresses, and a firm that changes its legal form stays that firm, so the
name's words decide alone.
"""

from collections.abc import Iterable
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd

from records.linkage.blocking import near_names
from records.linkage.likeness import name_evidence
from records.linkage.model import score_pairs
from records.linkage.normalize import Spelling, spell
from records.linkage.policy import LinkPolicy
from records.linkage.rarity import Rarity
from records.workbench import open_workbench


def match_names(names: Iterable[str], *, least: float = LinkPolicy.automatic) -> pd.DataFrame:
    """Pairs of names that are spellings of one firm.

    Parameters
    ----------
    names : iterable of str
        A list of names; repetitions and order do not matter.
    least : float
        Smallest probability to return, in (0, 1).

    Returns
    -------
    DataFrame
        ``left``, ``right`` (left < right in the order of texts) and ``weight``, ordered by the first two.
    """
    written: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(set(names)):
        written.setdefault(spell(name).words, []).append(name)
    words = sorted(key for key in written if key)
    spellings = [spell(written[key][0]) for key in words]
    weighed = _weigh(spellings)
    found = weighed[weighed["weight"] >= least]
    rows = [
        (*sorted((a, b)), weight)
        for left, right, weight in zip(found["left_id"], found["right_id"], found["weight"], strict=True)
        for a, b in _pairs(written[words[left]], written[words[right]], same=left == right)
    ]
    pairs = pd.DataFrame(rows, columns=["left", "right", "weight"])
    pairs = pairs.astype({"left": "str", "right": "str", "weight": "float64"})
    return pairs.sort_values(["left", "right"], ignore_index=True)


def _pairs(left: list[str], right: list[str], *, same: bool) -> Iterable[tuple[str, str]]:
    return combinations(left, 2) if same else [(a, b) for a in left for b in right]


def _weigh(spellings: list[Spelling]) -> pd.DataFrame:
    """Probability of each pair worth comparing, each name with itself among them."""
    if not spellings:
        return pd.DataFrame({"left_id": [], "right_id": [], "weight": []})
    rarity = Rarity.of((spelling.words for spelling in spellings), own=1)
    book = pd.DataFrame({"name_id": range(len(spellings)), "words": [list(each.words) for each in spellings]})
    with open_workbench({}) as connection:
        near = near_names(connection, book, book, own=1).rename(columns={"name_id": "left_id", "book_id": "right_id"})
        itself = pd.DataFrame({"left_id": range(len(spellings)), "right_id": range(len(spellings))})
        pairs = pd.concat([near, itself], ignore_index=True)
        pairs["bits"] = [
            name_evidence(spellings[left], spellings[right], rarity).bits
            for left, right in zip(pairs["left_id"], pairs["right_id"], strict=True)
        ]
        _load(connection, pairs, len(spellings))
        scored = score_pairs(connection, names=len(spellings), link=False)
    odds = np.exp2(scored["bits"].clip(-60, 60))
    return scored.assign(weight=(odds / (1 + odds)).round(6))


def _load(connection: duckdb.DuckDBPyConnection, pairs: pd.DataFrame, size: int) -> None:
    connection.register("pairs_given", pairs)
    connection.execute("CREATE TEMP TABLE pairs AS SELECT left_id, right_id FROM pairs_given")
    connection.execute(f"""
        CREATE TEMP TABLE parties AS
        SELECT id AS unique_id, id AS name_id, NULL::VARCHAR[] AS form, NULL::VARCHAR AS country,
            NULL::VARCHAR[] AS kinds, NULL::VARCHAR[] AS address, NULL::VARCHAR[] AS schemes,
            NULL::VARCHAR[] AS numbers, NULL::VARCHAR[] AS number_keys, coalesce(name_bits, MAP {{}}) AS name_bits
        FROM range({int(size)}) numbered(id) LEFT JOIN (
            SELECT left_id AS id, map_from_entries(list((right_id, bits) ORDER BY right_id)) AS name_bits
            FROM pairs_given GROUP BY left_id
        ) USING (id)
    """)  # noqa: S608 - a count
