"""Decisions that stand in the record twice: proposed for a person to look at, never applied."""

import numpy as np
import pandas as pd

NEAR_DAYS = 30
"""Two dates further apart are two decisions: the next step of the ladder, a second suspension."""
NEAREST = 3
SAME_CASE_AND_KIND, SAME_CASE, SAME_KIND = 0.95, 0.75, 0.80
"""Weights: about one incident and of one kind; about one incident, another kind; about none, of one kind.

Judgements, not estimates. A step of the ladder that follows within days on another about the same incident may be
meant, so the middle one is the lowest.
"""


def find_duplicate_actions(actions: pd.DataFrame) -> pd.DataFrame:
    """Actions that repeat an earlier known one about the same participant and case within NEAR_DAYS.

    Parameters
    ----------
    actions : DataFrame
        Every row version in the stored columns.

    Returns
    -------
    DataFrame
        ``action_id``, ``duplicate_of`` (known before it, itself no repetition), ``weight`` in 0-1; by action_id.
    """
    latest = _standing(actions)
    about = latest["incident_id"].fillna("kind " + latest["kind"])
    rows = latest.assign(case=latest["participant_id"] + "|" + about).sort_values(
        ["case", "decided_on", "place"], ignore_index=True
    )
    parts = []
    for step in range(1, NEAREST + 1):
        first, second = rows.iloc[:-step].reset_index(drop=True), rows.iloc[step:].reset_index(drop=True)
        near = second["decided_on"] - first["decided_on"] <= pd.Timedelta(days=NEAR_DAYS)
        parts.append(_weighed(first, second)[(first["case"] == second["case"]) & near])
    pairs = pd.concat(parts, ignore_index=True)
    names = latest["action_id"].to_numpy(dtype=object)
    found = _to_first(pairs.sort_values(["late", "weight", "early"], ascending=[True, False, True]))
    columns = {
        "action_id": names[[late for late, _, _ in found]],
        "duplicate_of": names[[early for _, early, _ in found]],
        "weight": [weight for _, _, weight in found],
    }
    kinds = {"action_id": "str", "duplicate_of": "str", "weight": "float64"}
    return pd.DataFrame(columns).astype(kinds).sort_values("action_id", ignore_index=True)


def _standing(actions: pd.DataFrame) -> pd.DataFrame:
    """The latest version of each action that is not retracted; ``place`` in the order in which they became known."""
    ordered = actions.sort_values(["known_at", "action_id", "record_id"], kind="stable")
    first = ordered.drop_duplicates("action_id")["action_id"]
    latest = ordered.drop_duplicates("action_id", keep="last").set_index("action_id").loc[first].reset_index()
    latest = latest[~latest["retracted"]].reset_index(drop=True)
    return latest.assign(place=np.arange(len(latest)))


def _weighed(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    one, other = first["place"].to_numpy(), second["place"].to_numpy()
    case, kind = first["incident_id"].notna(), first["kind"] == second["kind"]
    weight = np.select([case & kind, case], [SAME_CASE_AND_KIND, SAME_CASE], default=SAME_KIND)
    return pd.DataFrame({"early": np.minimum(one, other), "late": np.maximum(one, other), "weight": weight})


def _to_first(pairs: pd.DataFrame) -> list[tuple[int, int, float]]:
    """Each repeated action once, with the first of its chain; pairs in order of the later one, the surest first."""
    root: dict[int, int] = {}
    found = []
    columns = (pairs[name].tolist() for name in ("late", "early", "weight"))
    for late, early, weight in zip(*columns, strict=True):
        if late not in root:
            root[late] = root.get(early, early)
            found.append((late, root[late], weight))
    return found
