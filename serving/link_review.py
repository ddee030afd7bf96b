"""The review of parties in the terminal: one party with its candidates, one answer, one signed row."""

import sys
from collections.abc import Callable
from typing import Any

import click
import pandas as pd
from rich.markup import escape
from rich.table import Table

from records.known import current
from records.lake import Lake
from records.linkage.review import Decision, find_proposals, record_decision, undo_decision
from serving.terminal import OUT, write_frame

KEY = ["incident_id", "party_no"]
NOBODY = "none"


def review(lake: Lake, *, now: Callable[[], pd.Timestamp], **asked: Any) -> None:
    """One decision, a file of the questions, or a conversation, as the options of the verb ask for.

    Raises
    ------
    click.UsageError
        When an option that belongs to what is asked for is missing.
    """
    if asked["incident"] or asked["party"] or asked["undo"]:
        _decide_one(lake, now(), **asked)
        return
    found = find_proposals(lake).proposals
    if asked["limit"]:
        first = found[KEY].drop_duplicates().head(asked["limit"])
        found = first.merge(found, on=KEY, how="left")
    if asked["out"]:
        write_frame(asked["out"], found)
        OUT.print(f"{found.groupby(KEY).ngroups:,} parties wait for a person; proposals in {asked['out']}")
    elif not at_a_terminal():
        print_proposals(found)
    else:
        _converse(lake, found, now, asked["by"])


def _decide_one(lake: Lake, now: pd.Timestamp, **asked: Any) -> None:
    wanted = ("incident", "party", "by", "reason") if asked["undo"] else ("incident", "party", "to", "by", "reason")
    missing = [f"--{name}" for name in wanted if not asked[name]]
    if missing:
        raise click.UsageError(
            f"Expected {', '.join(f'--{name}' for name in wanted)}; {', '.join(missing)} is missing."
        )
    if asked["undo"]:
        row = undo_decision(
            lake, asked["incident"], asked["party"], by=asked["by"], reason=asked["reason"], now=now
        ).iloc[0]
    else:
        to = None if asked["to"] == NOBODY else asked["to"]
        decision = Decision(asked["incident"], asked["party"], to, asked["by"], asked["reason"])
        row = record_decision(lake, decision, now).iloc[0]
    who = "no participant" if pd.isna(row["participant_id"]) else f"participant {row['participant_id']}"
    OUT.print(escape(f"Incident {row['incident_id']}, party {row['party_no']}: {who}, known at {row['known_at']}."))


def _converse(lake: Lake, found: pd.DataFrame, now: Callable[[], pd.Timestamp], by: str | None) -> None:
    if found.empty:
        OUT.print("No party waits for a person.")
        return
    signed = by or click.prompt("Who decides")
    tables = current(lake.read_stored()).tables
    decided = ask_about(found, tables["involvements"], tables["participants"], answer_into(lake, now), signed)
    OUT.print(f"{decided:,} decided, {found.groupby(KEY).ngroups - decided:,} left.")


def at_a_terminal() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty()


def print_proposals(proposals: pd.DataFrame) -> None:
    """Every party in question with its candidates."""
    table = Table("incident", "party", "as written", "participant", "registered as", "weight", "why")
    columns = ["incident_id", "party_no", "party_name", "participant_id", "legal_name"]
    for row in proposals.to_dict("records"):
        told = (escape(_text(row[name])) for name in columns)
        table.add_row(*told, f"{row['weight']:.2f}", escape(row["basis"]))
    OUT.print(table)
    OUT.print(f"{proposals.groupby(KEY).ngroups:,} parties wait for a person.")


def ask_about(
    proposals: pd.DataFrame,
    parties: pd.DataFrame,
    participants: pd.DataFrame,
    answer: Callable[[Decision], None],
    by: str,
) -> int:
    """Ask about one party after the other until all are answered or the person quits; how many were decided.

    Parameters
    ----------
    parties, participants : DataFrame
        The latest version of each, for what they tell beside the name.
    answer : callable
        Takes each decision as it is made.
    """
    decided = 0
    firms = participants.set_index("participant_id")
    for key, candidates in proposals.groupby(KEY, sort=False):
        told = parties[(parties["incident_id"] == key[0]) & (parties["party_no"] == key[1])].iloc[0]
        _show(told, candidates, firms)
        choices = [str(place) for place in range(1, len(candidates) + 1)]
        chosen = click.prompt("Which one", type=click.Choice([*choices, NOBODY, "skip", "quit"]), default="skip")
        if chosen == "quit":
            break
        if chosen == "skip":
            continue
        to = None if chosen == NOBODY else str(candidates["participant_id"].iloc[int(chosen) - 1])
        answer(Decision(str(key[0]), str(key[1]), to, by, click.prompt("Reason")))
        decided += 1
    return decided


def answer_into(lake: Lake, now: Callable[[], pd.Timestamp]) -> Callable[[Decision], None]:
    """A listener that appends each decision at once, so that quitting loses nothing."""

    def answer(decision: Decision) -> None:
        record_decision(lake, decision, now())

    return answer


def _show(told: pd.Series, candidates: pd.DataFrame, firms: pd.DataFrame) -> None:
    OUT.rule(f"Incident {escape(told['incident_id'])}, party {escape(told['party_no'])}", align="left")
    table = Table("", "id", "name", "country", "type or role", "address", "weight", "why")
    written = [told[name] for name in ("party_name", "party_country", "role", "party_address")]
    number = "" if pd.isna(told["party_value"]) else f"number {told['party_scheme']} {told['party_value']}"
    table.add_row("", "as written", *(escape(_text(value)) for value in written), "", escape(number))
    for place, row in enumerate(candidates.to_dict("records"), 1):
        firm = firms.loc[str(row["participant_id"])]
        facts = [row["participant_id"], row["legal_name"], firm["country"], firm["business_type"], firm["address"]]
        table.add_row(
            str(place), *(escape(_text(fact)) for fact in facts), f"{row['weight']:.2f}", escape(row["basis"])
        )
    OUT.print(table)


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]
