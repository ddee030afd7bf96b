"""How much of a ranking is explained by detection effort, and what the correction changes in its first places."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata, spearmanr

from features.catalog import FAMILIES, feature_named
from models.candidates.calibrated import CalibratedRanker
from models.candidates.classifier import FittedClassifier
from training.metrics import Floats

OVERSIGHT = ("examinations", "enforcement", "validation", "findings")
"""Families about what the program itself did."""
BINS = 20


def explained_table(rankings: Mapping[str, Floats], measures: Mapping[str, Floats], volume: Floats) -> pd.DataFrame:
    """Of each ranking and measure of effort: rank correlation, share explained, and the share beyond volume.

    Parameters
    ----------
    rankings : mapping of name to array of shape (participants,)
        Rank values.
    measures : mapping of name to array of shape (participants,)
        Of effort; NaN is a level of its own.
    volume : array of shape (participants,)
        Movements of the year before.

    Returns
    -------
    DataFrame
        ``ranking, measure, rank_correlation, share_explained, share_beyond_volume``. Shares are of the variance of
        ranks, by means within :data:`BINS` bins of equal size, less what as many bins would explain by chance
        (adjusted for degrees of freedom). The last says what the measure adds to volume: a large firm is examined more
        often and carries more risk, and that part is no fault of targeting.
    """
    rows = []
    for ranking, value in rankings.items():
        ranks = rankdata(value)
        moved = _bins(volume)
        alone = _share(ranks, moved)
        for measure, effort in measures.items():
            known = ~np.isnan(effort)
            both = known.sum() > 2 and np.ptp(effort[known]) > 0 and np.ptp(value[known]) > 0
            correlation = float(spearmanr(effort[known], value[known]).statistic) if both else float("nan")
            own = _bins(effort)
            beyond = max(_share(ranks, np.column_stack([moved, own])) - max(alone, 0.0), 0.0)
            rows.append((ranking, measure, correlation, max(_share(ranks, own), 0.0), beyond))
    names = ["ranking", "measure", "rank_correlation", "share_explained", "share_beyond_volume"]
    return pd.DataFrame(rows, columns=names)


def family_shares(ranker: Any, matrix: pd.DataFrame) -> pd.DataFrame | None:
    """Share of each family in the mean absolute contribution to the margin; None of a ranker that tells no columns.

    ``family, share, oversight``, the largest first; exact contributions, those of a family added up row by row.
    """
    told = _contributions(ranker, matrix)
    if told is None:
        return None
    parts = told.T.groupby([feature_named(name).family for name in told.columns]).sum().T
    sizes = parts.abs().mean()
    table = pd.DataFrame({"family": sizes.index, "share": (sizes / sizes.sum()).to_numpy()})
    table["oversight"] = table["family"].isin(OVERSIGHT)
    return table.sort_values("share", ascending=False, ignore_index=True)


def family_title(family: str) -> str:
    """A family in words."""
    return FAMILIES[family].title


def first_places_changed(naive: Floats, corrected: Floats, capacities: Sequence[int]) -> pd.DataFrame:
    """How many of the first k places hold the same participants: ``capacity, kept, entered, overlap``.

    Ties are broken by the order of the rows, the same for both.
    """
    rows = []
    for k in capacities:
        places = min(k, len(naive))
        kept = len(np.intersect1d(first(naive, places), first(corrected, places)))
        rows.append((k, kept, places - kept, kept / places if places else float("nan")))
    return pd.DataFrame(rows, columns=["capacity", "kept", "entered", "overlap"])


def groups_changed(
    naive: Floats, corrected: Floats, groups: pd.DataFrame, rate: Floats, relative: Floats, capacity: int
) -> pd.DataFrame:
    """By group: places among the first under either ranking, and how much it is examined.

    Returns
    -------
    DataFrame
        ``grouping, group, participants, examination_rate`` (the median participant's), ``relative_detection`` (the
        mean), ``places_naive, places_corrected``.
    """
    here = {
        "places_naive": np.isin(np.arange(len(naive)), first(naive, capacity)),
        "places_corrected": np.isin(np.arange(len(naive)), first(corrected, capacity)),
    }
    rows = []
    for grouping in groups.columns:
        frame = groups[[grouping]].rename(columns={grouping: "group"}).reset_index(drop=True)
        frame = frame.assign(examination_rate=rate, relative_detection=relative, **here)
        told = frame.groupby("group", sort=True).agg(
            participants=("examination_rate", "size"),
            examination_rate=("examination_rate", "median"),
            relative_detection=("relative_detection", "mean"),
            places_naive=("places_naive", "sum"),
            places_corrected=("places_corrected", "sum"),
        )
        rows.append(told.reset_index().assign(grouping=grouping))
    names = ["participants", "examination_rate", "relative_detection", "places_naive", "places_corrected"]
    return pd.concat(rows, ignore_index=True)[["grouping", "group", *names]]


def first(value: Floats, places: int) -> npt.NDArray[np.int64]:
    """Rows of the first places."""
    return np.argsort(-value, kind="stable")[:places]


def _contributions(ranker: Any, matrix: pd.DataFrame) -> pd.DataFrame | None:
    if isinstance(ranker, FittedClassifier):
        _, parts = ranker.model.contributions(matrix)
        return pd.DataFrame(parts, columns=list(ranker.model.features))
    if isinstance(ranker, CalibratedRanker) and hasattr(ranker.scorer, "contributions"):
        _, told = ranker.scorer.contributions(matrix)
        return pd.DataFrame(told)
    return None


def _bins(values: Floats) -> npt.NDArray[np.float64]:
    """Columns of 0 and 1 for bins of equal size, without the first; missing values have a bin of their own."""
    known = ~np.isnan(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)[1:-1])) if known.any() else np.zeros(0)
    place = np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    levels = np.unique(place)[1:]
    return np.asarray(place[:, None] == levels[None, :], dtype=np.float64)


def _share(ranks: Floats, design: npt.NDArray[np.float64]) -> float:
    """Adjusted share of variance explained by the columns; 0 where nothing varies."""
    rows, columns = design.shape
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if total == 0 or columns == 0 or rows <= columns + 1:
        return 0.0
    full = np.column_stack([np.ones(rows), design])
    fitted = full @ np.linalg.lstsq(full, ranks, rcond=None)[0]
    unexplained = float(((ranks - fitted) ** 2).sum())
    return float(1.0 - (unexplained / (rows - columns - 1)) / (total / (rows - 1)))
