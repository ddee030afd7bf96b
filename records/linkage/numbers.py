"""Parties by their number: whom it named, from moment to moment of what was known.

A number links when it names exactly one participant on the day of the incident; accounts that a merge joins count as
one. The link is followed through time: whenever a row of the register, or its correction, changes whom the number
names, the party changes with it from that moment on. So the links are the same whether the rows came in
one batch or in many, and undoing a correction undoes its effect.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from records.known import NEVER, version_intervals
from records.linkage.accounts import END, Accounts

KEY = ("participant_id", "scheme", "value")
SHORT_NUMBER = 4


@dataclass(frozen=True)
class Change:
    """From ``known_at`` on, the number of a party names ``participant_id``; None: nobody, or several."""

    record_id: str
    participant_id: str | None
    known_at: pd.Timestamp


def clean_numbers(schemes: pd.Series, values: pd.Series) -> pd.Series:
    """Scheme and number in one text, without case and punctuation; null where either is."""
    plain = values.str.upper().str.replace(r"[^0-9A-Z]+", "", regex=True)
    told: pd.Series = (schemes + ":" + plain).where(plain != "")
    return told


def number_keys(number: str) -> list[str]:
    """What is left of a number after any one character is taken out: two numbers one character apart share a key."""
    scheme, _, value = number.partition(":")
    if len(value) < SHORT_NUMBER:
        return []
    return sorted({f"{scheme}:{value[:place]}{value[place + 1 :]}" for place in range(len(value))})


def follow_numbers(parties: pd.DataFrame, identifiers: pd.DataFrame, accounts: Accounts) -> list[Change]:
    """Every change of whom the numbers of parties name, after what is stored of them.

    Parameters
    ----------
    parties : DataFrame
        ``record_id``, ``party_scheme``, ``party_value``, ``occurred_on``, ``start`` (the moment from which the party is
        to be followed), ``participant_id`` (as stored) and ``by_number`` (whether that rests on the number).
    identifiers : DataFrame
        Every version, in the stored columns.

    Returns
    -------
    list of Change
        In the order of the record ids, then of time.
    """
    wanted = parties.assign(number=clean_numbers(parties["party_scheme"], parties["party_value"]))
    wanted = wanted.dropna(subset=["number", "occurred_on"])
    pairs = _naming(wanted, identifiers)
    times = pairs.groupby("record_id")["named"].transform("size")
    certain = (times == 1) & (pairs["known_until"] == NEVER) & pairs["participant_id"].isna()
    plain = pairs[certain]
    moments = np.maximum(plain["start"].to_numpy(), plain["known_from"].to_numpy())
    changes = [
        Change(record, named, pd.Timestamp(moment))
        for record, named, moment in zip(plain["record_id"], plain["named"], moments, strict=True)
    ]
    spans = {str(record): rows for record, rows in pairs[~certain].groupby("record_id")}
    rest = wanted[~wanted["record_id"].isin(plain["record_id"])]
    rest = rest[rest["record_id"].isin(spans) | rest["by_number"]]
    replayed = (_replay(row, spans.get(str(row.record_id)), accounts) for row in rest.itertuples(index=False))
    return sorted(chain(changes, *replayed), key=lambda change: (change.record_id, change.known_at))


def _naming(wanted: pd.DataFrame, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Each party with the register rows that name someone by its number on the day, and while these were known."""
    spans = version_intervals(identifiers, KEY)
    spans = spans[~spans["retracted"] & (spans["known_from"] < spans["known_until"])]
    spans = spans.assign(number=clean_numbers(spans["scheme"], spans["value"]), named=spans["participant_id"])
    pairs = wanted.merge(spans[["number", "named", "valid_from", "valid_to", "known_from", "known_until"]], on="number")
    begun = pairs["valid_from"].isna() | (pairs["valid_from"] <= pairs["occurred_on"])
    not_ended = pairs["valid_to"].isna() | (pairs["occurred_on"] < pairs["valid_to"])
    return pairs[begun & not_ended & (pairs["known_until"] > pairs["start"])]


def _replay(party: Any, spans: pd.DataFrame | None, accounts: Accounts) -> list[Change]:
    """One party from its stored state through every moment at which the register's word on it changed."""
    told = [] if spans is None else list(zip(spans["named"], spans["known_from"], spans["known_until"], strict=True))
    start = pd.Timestamp(party.start)
    moments = {start} | {moment for _, begin, end in told for moment in (begin, end)}
    moments |= accounts.moments({named for named, _, _ in told})
    held: str | None = None if pd.isna(party.participant_id) else str(party.participant_id)
    rests_on_number = bool(party.by_number)
    changes = []
    for moment in sorted(moment for moment in moments if start <= moment < END):
        named = _named_at(moment, told, accounts)
        # What rests on a name stands until a number says otherwise.
        if named == held or (named is None and not rests_on_number):
            continue
        held, rests_on_number = named, True
        changes.append(Change(str(party.record_id), named, moment))
    return changes


def _named_at(
    moment: pd.Timestamp, told: list[tuple[str, pd.Timestamp, pd.Timestamp]], accounts: Accounts
) -> str | None:
    named = {participant for participant, begin, end in told if begin <= moment < end}
    if len(named) <= 1:
        return next(iter(named), None)
    survivors = {accounts.survivor(participant, moment)[0] for participant in named}
    return survivors.pop() if len(survivors) == 1 else None
