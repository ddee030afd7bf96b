"""Candidate pairs to groups of entries that tell one incident."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from records.duplicates.entries import Floats, Ints

Pair = tuple[int, int]


def group_pairs(
    pairs: pd.DataFrame,
    probability: Floats,
    teller: Ints,
    *,
    least: float,
    told: Mapping[int, int],
    apart: frozenset[Pair],
) -> dict[int, int]:
    """The earliest entry of the group of each entry that repeats another.

    The surest pairs are joined first. Two groups become one only when every pair across them is a candidate, none of
    them is kept apart, the evidence of all of them together speaks for it, and no teller would tell the incident twice:
    so a chain of look-alikes of a busy participant never becomes one incident.

    Parameters
    ----------
    pairs : DataFrame
        ``early`` and ``late``, places of entries in order of becoming known.
    probability : (n,) array
        Of each pair, in 0-1.
    teller : (entries,) array
        Who told each entry.
    least : float
        Pairs below it are not joined on their own account.
    told : mapping
        Links that hold already: from the repetition to the entry that it repeats.
    apart : set of pairs
        Pairs (early, late) that must not come into one group.
    """
    early, late = pairs["early"].tolist(), pairs["late"].tolist()
    log_odds = np.log(probability) - np.log1p(-probability)
    evidence = dict(zip(zip(early, late, strict=True), log_odds.tolist(), strict=True))
    groups: dict[int, frozenset[int]] = {}
    for place, root in told.items():
        _join(groups, place, root)
    sure = np.lexsort((pairs["late"].to_numpy(), pairs["early"].to_numpy(), -probability))
    order = [(early[pair], late[pair]) for pair in sure[probability[sure] >= least]]
    fits = _rule(evidence, teller, apart)
    # Again until nothing changes, so that a second search of the same record finds nothing more.
    while _join_all(groups, order, fits):
        pass
    return {place: min(group) for place, group in groups.items() if place != min(group)}


def _join_all(
    groups: dict[int, frozenset[int]], order: list[Pair], fits: Callable[[frozenset[int], frozenset[int]], bool]
) -> bool:
    """Join every pair that may be, in order; whether there was one."""
    changed = False
    for one, other in order:
        mine, its = groups.get(one, frozenset({one})), groups.get(other, frozenset({other}))
        if mine != its and fits(mine, its):
            _join(groups, one, other)
            changed = True
    return changed


def _join(groups: dict[int, frozenset[int]], one: int, other: int) -> None:
    both = groups.get(one, frozenset({one})) | groups.get(other, frozenset({other}))
    for place in both:
        groups[place] = both


def _rule(
    evidence: Mapping[Pair, float], teller: Ints, apart: frozenset[Pair]
) -> Callable[[frozenset[int], frozenset[int]], bool]:
    """Whether two groups may become one."""

    def fits(mine: frozenset[int], its: frozenset[int]) -> bool:
        across = [(min(one, other), max(one, other)) for one in mine for other in its]
        if any(pair in apart or pair not in evidence for pair in across):
            return False
        tellers = {int(teller[place]) for place in mine} & {int(teller[place]) for place in its}
        return not tellers and sum(evidence[pair] for pair in across) >= 0

    return fits
