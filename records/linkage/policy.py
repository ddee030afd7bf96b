"""What becomes of a scored party: a link, a question for a person, or nothing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.linkage.accounts import Accounts

MOST_PROPOSED = 5
"""Candidates shown for one party."""


@dataclass(frozen=True)
class LinkPolicy:
    """Thresholds on the probability that a party is this participant and no other.

    Parameters
    ----------
    automatic : float
        At least this: linked without a person.
    review : float
        At least this for all candidates of a party together: a person is asked. Below: no link.
    """

    automatic: float = 0.95
    review: float = 0.30

    def __post_init__(self) -> None:
        if not 0 < self.review <= self.automatic <= 1:
            raise ValueError(
                f"Expected 0 < review <= automatic <= 1, got review {self.review} and automatic {self.automatic}. "
                "Give the two thresholds in this order."
            )


def judge(pairs: pd.DataFrame, accounts: Accounts, policy: LinkPolicy) -> pd.DataFrame:
    """Give every scored pair its weight and say what becomes of it.

    The candidates of a party exclude each other, so the weight of one is its odds over those of all and of
    nobody: two that are equally near get at most one half each and are never linked automatically. Accounts
    that a merge joins are one candidate, shown as the account that survives, if it is among them.

    Parameters
    ----------
    pairs : DataFrame
        left_id, participant_id, bits (log2 of the odds) and mw_name, one row a party and participant.

    Returns
    -------
    DataFrame
        The best account of each candidate with ``weight`` in (0, 1), ``automatic`` and ``review`` (flags), ordered by
        left_id, falling weight and participant_id.
    """
    judged = _one_row_a_candidate(pairs, accounts)
    odds = np.exp2(judged["bits"].clip(-60, 60))
    total = odds.groupby(judged["left_id"]).transform("sum")
    weight = (odds / (1 + total)).round(6).clip(1e-6, 1 - 1e-6)
    judged = judged.assign(weight=weight, any_of_them=total / (1 + total))
    judged = judged.sort_values(
        ["left_id", "weight", "participant_id"], ascending=[True, False, True], kind="stable", ignore_index=True
    )
    place = judged.groupby("left_id").cumcount()
    # A number, an address or a country finds a candidate; only a name that speaks for it makes it a link.
    named = judged["mw_name"] > 0
    judged["automatic"] = (place == 0) & (judged["weight"] >= policy.automatic) & named
    linked = judged.groupby("left_id")["automatic"].transform("any")
    worth_showing = (place < MOST_PROPOSED) & (judged["weight"] >= policy.review / (2 * MOST_PROPOSED))
    judged["review"] = ~linked & (judged["any_of_them"] >= policy.review) & worth_showing
    return judged


def _one_row_a_candidate(pairs: pd.DataFrame, accounts: Accounts) -> pd.DataFrame:
    columns = ["left_id", "survivor", "bits", "survives", "participant_id"]
    if not accounts:
        return pairs.sort_values(["left_id", "participant_id"], kind="stable").assign(
            merge_known_at=np.datetime64("NaT", "us")
        )
    told = {account: accounts.survivor(account) for account in pairs["participant_id"].unique()}
    joined = pairs.assign(
        survivor=pairs["participant_id"].map(lambda account: told[account][0]),
        survives=[account == told[account][0] for account in pairs["participant_id"]],
        merge_known_at=pd.Series(
            [_moment(told[account]) for account in pairs["participant_id"]], index=pairs.index, dtype="datetime64[us]"
        ),
    )
    alone = joined.groupby(["left_id", "survivor"])["participant_id"].transform("size") == 1
    since = joined.groupby(["left_id", "survivor"])["merge_known_at"].transform("max")
    joined["merge_known_at"] = since.where(~alone)
    best = joined.sort_values(columns, ascending=[True, True, False, False, True], kind="stable")
    return best.drop_duplicates(["left_id", "survivor"]).sort_values(["left_id", "participant_id"], kind="stable")


def _moment(told: tuple[str, pd.Timestamp]) -> pd.Timestamp | None:
    return None if told[1] == pd.Timestamp.min else told[1]
