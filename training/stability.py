"""How much a list changes, and why: other data, another fit, or mere luck of the seed.

A list that changes from month to month without news is not believed. Of the change between two months one part
comes from the participants' news (same model, later rows), one from learning again, and the seed alone moves
some names too: the last is what no argument about a participant can explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.prepared import Prepared
from models.cohort_view import CohortView, view_cohort
from models.fitted import RiskModel

Names = Sequence[str]
PERSISTENCE = 0.98
"""A reader who goes from one name to the next with this chance sees 50 names of a list on average."""


@dataclass(frozen=True)
class Lists:
    """The same cohort's and the earlier cohort's lists, as different models draw them, best first.

    Attributes
    ----------
    now : list of str
        The version's list at the end of its record.
    reseeded : list of str
        The list of the same rows learned with another seed.
    before : list of str or None
        The list a month earlier, by a model trained a month earlier; None where the record is too short for one.
    before_with_news : list of str or None
        The earlier model's list of the present cohort.
    same_a_month_before : list of str
        The version's own list of the cohort a month earlier.
    """

    now: Names
    reseeded: Names
    before: Names | None
    before_with_news: Names | None
    same_a_month_before: Names


@dataclass(frozen=True)
class Churn:
    """The change between two months' first ``k`` names, and the part of each cause.

    Attributes
    ----------
    k : int
    entered, left : tuple of str
        Names of the first ``k`` that came and went.
    total, data, retrain, seed : float
        Share of the first ``k`` names that changed: in all; by the participants' news alone; by learning again,
        on the same rows to rank; and by another seed, which is a part of what learning again changes.
    rank_biased_overlap : float
        Of the two months, see :func:`rank_biased_overlap`.
    """

    k: int
    entered: tuple[str, ...]
    left: tuple[str, ...]
    total: float
    data: float
    retrain: float
    seed: float
    rank_biased_overlap: float


def draw_lists(
    model: RiskModel, reseeded: RiskModel, earlier: RiskModel | None, records: Prepared, as_of: pd.Timestamp
) -> Lists:
    """Draw every list that stability is judged on, at ``as_of`` and a month before."""
    before = as_of - pd.DateOffset(months=1)
    return Lists(
        _names(view_cohort(model, records, as_of)),
        _names(view_cohort(reseeded, records, as_of)),
        None if earlier is None else _names(view_cohort(earlier, records, before)),
        None if earlier is None else _names(view_cohort(earlier, records, as_of)),
        _names(view_cohort(model, records, before)),
    )


def overlap(first: Names, second: Names, k: int) -> float:
    """Share of the first ``k`` names that both lists have; shorter lists count as they are. NaN for empty ones."""
    one, other = set(first[:k]), set(second[:k])
    most = max(len(one), len(other))
    return len(one & other) / most if most else float("nan")


def rank_biased_overlap(first: Names, second: Names, persistence: float = PERSISTENCE) -> float:
    """Agreement of two lists, the first places counting most: 1 for the same order, 0 for no common name.

    Webber, Moffat and Zobel (2010), extrapolated from the depth of the shorter list as if its agreement went on.
    Names occur once in a list.
    """
    depth = min(len(first), len(second))
    if not depth:
        return float("nan")
    place = {name: rank for rank, name in enumerate(second[:depth])}
    meets = np.array(
        [max(rank, place[name]) for rank, name in enumerate(first[:depth]) if name in place], dtype=np.intp
    )
    agreement = np.cumsum(np.bincount(meets, minlength=depth)) / np.arange(1, depth + 1)
    weights = persistence ** np.arange(depth)
    return float((1 - persistence) * (weights @ agreement) + persistence**depth * agreement[-1])


def churn(lists: Lists, k: int) -> Churn | None:
    """The change of the first ``k`` names from a month before to now by its causes; None without the earlier list."""
    if lists.before is None or lists.before_with_news is None:
        return None
    old, new = lists.before[:k], lists.now[:k]
    return Churn(
        k,
        tuple(name for name in new if name not in set(old)),
        tuple(name for name in old if name not in set(new)),
        1 - overlap(lists.before, lists.now, k),
        1 - overlap(lists.before, lists.before_with_news, k),
        1 - overlap(lists.before_with_news, lists.now, k),
        1 - overlap(lists.now, lists.reseeded, k),
        rank_biased_overlap(lists.before, lists.now),
    )


def _names(view: CohortView) -> list[str]:
    return [str(name) for name in view.participant_ids[np.argsort(view.rank)]]
