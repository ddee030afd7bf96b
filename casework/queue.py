"""The ranked list within capacity, with a slice drawn at random so that targeting stays measurable."""

import hashlib

import numpy as np
import pandas as pd

from casework.errors import QueueError

QUEUE_COLUMNS = ("place", "drawn", "above_capacity_line")


def draw_queue(
    scores: pd.DataFrame, *, capacity: int, seed: int, audit_share: float = 0.15, length: int | None = None
) -> pd.DataFrame:
    """The order in which participants are examined.

    Of ``capacity`` places, ``round(audit_share x capacity)`` go to rated participants drawn at random from
    those that rank would not have chosen, all with the same chance; the others go by rank. The drawn ones
    stand at random places above the capacity line, so that nobody sees which they are.

    Parameters
    ----------
    scores : DataFrame
        At least ``participant_id, as_of, rank, rated``, one row a participant, all at one ``as_of``.
        ``rank`` 1 is the first; ties were broken when it was given.
    capacity : int
        Places above the line, at least 1. All rated participants when there are fewer.
    seed : int
        Together with ``as_of`` it decides the draw: the same list can be drawn again.
    audit_share : float
        Share of the capacity that is drawn at random, 0 to 1.
    length : int, optional
        Rows to return, the ones below the line in the order of rank; all rated ones when None.

    Returns
    -------
    DataFrame
        The rows of ``scores`` in order, with ``place`` (from 1), ``drawn`` (``rank`` or ``audit``) and
        ``above_capacity_line``.

    Raises
    ------
    QueueError
        For a capacity under 1, a share outside 0-1, or several moments in one list.
    """
    _check(scores, capacity, audit_share)
    rated = scores[scores["rated"].astype(bool)].sort_values("rank", kind="stable", ignore_index=True)
    places = min(capacity, len(rated))
    drawn_count = round(audit_share * places)
    by_rank = np.arange(places - drawn_count)
    rng = np.random.default_rng(_draw_seed(rated, seed))
    drawn = rng.choice(np.arange(len(by_rank), len(rated)), size=drawn_count, replace=False)
    is_drawn_place = np.zeros(places, dtype=bool)
    is_drawn_place[rng.choice(places, size=drawn_count, replace=False)] = True
    above = np.empty(places, dtype=np.int64)
    above[is_drawn_place], above[~is_drawn_place] = drawn, by_rank
    below = np.setdiff1d(np.arange(len(rated)), above)
    order = np.concatenate([above, below])
    queue = rated.iloc[order].reset_index(drop=True)
    queue["place"] = np.arange(1, len(queue) + 1)
    queue["drawn"] = np.where(np.isin(order, drawn), "audit", "rank")
    queue["above_capacity_line"] = queue["place"] <= places
    return queue if length is None else queue.head(length)


def _draw_seed(rated: pd.DataFrame, seed: int) -> int:
    """A seed that changes from list to list and cannot be steered by the order or number of rows."""
    moment = rated["as_of"].iloc[0].isoformat() if len(rated) else ""
    return int.from_bytes(hashlib.sha256(f"audit slice {seed} {moment}".encode()).digest()[:8])


def _check(scores: pd.DataFrame, capacity: int, audit_share: float) -> None:
    if capacity < 1:
        raise QueueError(f"Expected a capacity of at least 1 participant, got {capacity}. Give the places of one list.")
    if not 0 <= audit_share <= 1:
        raise QueueError(f"Expected an audit share from 0 to 1, got {audit_share}. Give the share drawn at random.")
    moments = scores["as_of"].unique()
    if len(moments) > 1:
        raise QueueError(f"Expected scores of one as_of, got {len(moments)}. Draw one list for each.")
