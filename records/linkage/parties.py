"""Parties that reports name to participants: by number, then by what is alike, as later versions of their rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.door import record_ids
from records.linkage.accounts import Accounts
from records.linkage.compare import TOLD, compare_parties
from records.linkage.numbers import Change, follow_numbers
from records.linkage.policy import LinkPolicy, judge
from records.linkage.proposals import NO_PROPOSALS, bases, propose
from records.linkage.register import Register, read_register

SOURCE = "linkage"
REVIEW = "review:"
TICK = pd.Timedelta(1, "us")
DEFAULT_POLICY = LinkPolicy()


@dataclass(frozen=True)
class LinkCounts:
    """How the parties came out, in parties.

    ``given`` came linked by their source. ``by_identifier`` and ``by_name`` were open and are linked now,
    ``relinked`` were linked before and changed with their number. ``unlinked`` stay open, ``review`` of them with
    proposals for a person.
    """

    given: int = 0
    by_identifier: int = 0
    by_name: int = 0
    review: int = 0
    unlinked: int = 0
    relinked: int = 0


@dataclass(frozen=True)
class Linkage:
    """What linking found: rows to append to ``involvements``, questions for a person, and how many of each."""

    links: pd.DataFrame
    proposals: pd.DataFrame
    counts: LinkCounts


def link_parties(
    open_parties: pd.DataFrame,
    incidents: pd.DataFrame,
    identifiers: pd.DataFrame,
    participants: pd.DataFrame,
    merges: pd.DataFrame,
    *,
    policy: LinkPolicy = DEFAULT_POLICY,
) -> Linkage:
    """Link the parties that can be linked and propose the rest.

    Parameters
    ----------
    open_parties : DataFrame
        The latest valid version of the involvements to be examined, in the stored columns. Parties that a person
        reviewed, and those that came with an account, are left as they are; those that a number linked before are
        examined again.
    incidents, identifiers, participants, merges : DataFrame
        Every version that may matter, in the stored columns: the incidents of these parties, the rest in full.

    Returns
    -------
    Linkage
        ``links`` complete with ``record_id``, known one microsecond after the latest of the report and what the link
        rests on; ``link_weight`` is 1 for a number and below 1 for a comparison. A link that ended is a row without
        ``participant_id``. The same input gives the same rows, whatever its order.
    """
    parties = _with_days(open_parties.sort_values("record_id", ignore_index=True), incidents)
    accounts = Accounts(merges)
    changes = follow_numbers(parties[parties["followed"]], identifiers, accounts)
    by_number = _number_versions(parties, changes)
    state = _state_after(parties, changes)
    still_open = state[state["followed"] & state["participant_id"].isna()]
    register = read_register(participants, identifiers)
    judged = _judge_open(still_open, register, accounts, policy)
    by_name = _name_versions(still_open, judged[judged["automatic"]], register)
    links = _as_rows(pd.concat([by_number, by_name], ignore_index=True), open_parties)
    asked = judged[judged["review"]]
    proposals = propose(still_open, asked, register) if len(asked) else NO_PROPOSALS
    return Linkage(links, proposals, _count(parties, state, by_name, asked))


def _with_days(parties: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """The parties with the day of their incident, since when both are known, and whether linkage may touch them."""
    ordered = incidents.sort_values(["incident_id", "known_at", "record_id"], kind="stable")
    days = ordered.drop_duplicates("incident_id", keep="last")[["incident_id", "occurred_on"]]
    same = ordered.merge(days, on=["incident_id", "occurred_on"])
    since = same.groupby("incident_id")["known_at"].min().rename("day_known_at").reset_index()
    rows = parties.merge(days, on="incident_id", how="left").merge(since, on="incident_id", how="left")
    reviewed = rows["source"].str.startswith(REVIEW)
    ours = rows["source"] == SOURCE
    given = rows["participant_id"].notna() & ~ours
    return rows.assign(
        start=rows[["known_at", "day_known_at"]].max(axis=1),
        given=given,
        by_number=ours & rows["participant_id"].notna() & (rows["link_weight"] == 1),
        followed=~reviewed & ~given & ~rows["retracted"],
    )


def _number_versions(parties: pd.DataFrame, changes: list[Change]) -> pd.DataFrame:
    told = pd.DataFrame(
        {
            "record_id": [change.record_id for change in changes],
            "linked": [change.participant_id for change in changes],
            "moment": [change.known_at for change in changes],
        }
    ).astype({"record_id": "str", "linked": "str", "moment": "datetime64[us]"})
    rows = told.merge(parties, on="record_id", how="left", validate="many_to_one")
    number = rows["party_scheme"] + " " + rows["party_value"]
    return rows.assign(
        participant_id=rows["linked"],
        link_weight=np.where(rows["linked"].isna(), np.nan, 1.0),
        known_at=rows["moment"] + TICK,
        link_reason=number + np.where(rows["linked"].isna(), " names nobody, or several", " on the day"),
    )


def _state_after(parties: pd.DataFrame, changes: list[Change]) -> pd.DataFrame:
    """The parties as the changes of their numbers leave them; ``changed`` where any did."""
    last = {change.record_id: change for change in changes}
    changed = parties["record_id"].isin(last)
    named = pd.Series([last[r].participant_id if r in last else None for r in parties["record_id"]], dtype="str")
    moment = pd.Series([last[r].known_at + TICK if r in last else pd.NaT for r in parties["record_id"]])
    return parties.assign(
        was_linked=parties["participant_id"].notna(),
        participant_id=parties["participant_id"].where(~changed, named),
        start=parties["start"].where(~changed, moment.astype("datetime64[us]")),
        changed=changed,
    )


def _judge_open(still_open: pd.DataFrame, register: Register, accounts: Accounts, policy: LinkPolicy) -> pd.DataFrame:
    """Every candidate of every open party, by ``record_id``."""
    compared = compare_parties(still_open, register)
    judged = judge(compared.pairs, accounts, policy)
    judged = judged[judged["automatic"] | judged["review"]]
    keyed = still_open[["record_id", *TOLD]].merge(compared.parties, on=TOLD)[["record_id", "unique_id", "party_name"]]
    return keyed.merge(judged, left_on="unique_id", right_on="left_id")


def _name_versions(still_open: pd.DataFrame, links: pd.DataFrame, register: Register) -> pd.DataFrame:
    basis = register.entries[["known_at", "numbers_known_at"]].iloc[links["entry"]].reset_index(drop=True)
    links = links.reset_index(drop=True).assign(legal_name=register.entries["legal_name"].to_numpy()[links["entry"]])
    known = links.assign(
        linked=links["participant_id"].to_numpy(),
        basis_known_at=basis["known_at"],
        why=bases(links, register),
        number_known_at=basis["numbers_known_at"].where(links["mw_number"].to_numpy() > 0),
    )
    known = known[["record_id", "linked", "weight", "basis_known_at", "number_known_at", "merge_known_at", "why"]]
    rows = still_open.merge(known, on="record_id", validate="one_to_one")
    moments = rows[["start", "basis_known_at", "number_known_at", "merge_known_at"]].astype("datetime64[us]")
    return rows.assign(
        participant_id=rows["linked"],
        link_weight=rows["weight"],
        link_reason=rows["why"],
        known_at=moments.max(axis=1) + TICK,
    )


def _as_rows(versions: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    rows = versions.assign(source=SOURCE).reindex(columns=list(stored.columns)).astype(stored.dtypes.to_dict())
    rows = rows.sort_values(["incident_id", "party_no", "known_at"], ignore_index=True)
    return rows.assign(record_id=record_ids(rows, "involvements"))


def _count(parties: pd.DataFrame, state: pd.DataFrame, by_name: pd.DataFrame, asked: pd.DataFrame) -> LinkCounts:
    was_open = ~state["was_linked"]
    linked = state["participant_id"].notna()
    open_now = state["participant_id"].isna() & ~state["record_id"].isin(by_name["record_id"])
    return LinkCounts(
        given=int(parties["given"].sum()),
        by_identifier=int((was_open & state["changed"] & linked).sum()),
        by_name=len(by_name),
        review=int(asked["record_id"].nunique()),
        unlinked=int(open_now.sum()),
        relinked=int((state["was_linked"] & state["changed"]).sum()),
    )
