"""How much each agreement and difference speaks for one incident told twice: Fellegi-Sunter weights.

The odds that a pair is one incident are

    REPEATED x m(days apart) / (other entries of the party a day)  x  the product of m / u over the other comparisons

where m is the chance of an outcome among pairs that are one incident and u among pairs that are not. The first factor
compares the dates: the more a party is reported, the likelier a second incident two days later is a coincidence. All
numbers are assumptions, stated once and never fitted to the record at hand, so that the same pair gets the same weight
tomorrow; they follow simulated programs with known truth, rounded, with room for the errors of real reports on top.
"""

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from records.duplicates.candidates import BUSY_DAYS, WINDOW_DAYS
from records.duplicates.entries import Entries, Floats

REPEATED = 0.08
"""Chance that another teller makes an entry of its own."""
BURST = 4
"""Entries within BUSY_DAYS that are to be expected beside those counted: trouble comes in bursts."""
BY_ANOTHER = 0.13
"""Share of those that another teller brings in, and nobody has joined yet."""
DAYS_APART = np.array([0.19, 0.33, 0.31, 0.14, *[0.03 / (WINDOW_DAYS - 3)] * (WINDOW_DAYS - 3)])
"""m of the days between the two dates, 0 to WINDOW_DAYS."""

SEVERITY = np.array([[0.36, 0.13], [0.60, 0.26], [0.03, 0.19], [0.01, 0.42]])
"""m and u of severities 0, 1, 2 and 3 or more apart."""
AMOUNTS = ("equal", "near", "other", "one", "none")
"""Quantities within 2 %, within 25 %, further apart; told by one; told by none."""
SAME_KIND = np.array([[0.280, 0.004], [0.010, 0.022], [0.010, 0.210], [0.180, 0.020], [0.380, 0.040]])
OTHER_KIND = np.array([[0.045, 0.001], [0.003, 0.003], [0.005, 0.060], [0.035, 0.440], [0.080, 0.200]])
"""m and u by AMOUNTS of equal and of different kinds of incident.

Together, because drugs are weighed and broken seals are not: a quantity told by one is a gap where both speak of drugs,
and a contradiction where the other speaks of seals.
"""
NO_KIND = SAME_KIND + OTHER_KIND
CONVEYANCE = np.array([[0.93, 0.04], [0.06, 0.003], [0.01, 0.957]])
"""m and u of conveyance numbers that are equal, one character apart, and different. Firms use their trailers again."""
PORT = ((0.85, 0.75), (0.15, 0.25))
MODE = ((0.97, 0.95), (0.03, 0.05))
COUNTRY = ((0.97, 0.95), (0.03, 0.05))
"""m and u of equal and different values. A party mostly uses one corridor, so equality says little."""
TWO_PARTIES = (0.07, 0.002)
"""m and u of a second shared account beside the first: two firms are seldom in trouble together."""
NO_ACCOUNT = (0.006, 0.010)
"""m and u of sharing no account, only a name or a number."""


def match_probability(entries: Entries, pairs: pd.DataFrame) -> Floats:
    """The probability in 0-1 that each candidate pair is one incident."""
    early, late = pairs["early"].to_numpy(), pairs["late"].to_numpy()
    apart = np.abs(entries.day[early] - entries.day[late])
    rate = BY_ANOTHER * (pairs["others"].to_numpy() + BURST) / (2 * BUSY_DAYS + 1)
    odds = np.log(REPEATED * DAYS_APART[apart] / (rate * np.where(apart > 0, 2, 1)))
    odds += _severity(entries.severity[early], entries.severity[late])
    odds += _what(entries, early, late)
    odds += _conveyance(entries.conveyance[early], entries.conveyance[late])
    for values, weights in ((entries.port, PORT), (entries.mode, MODE), (entries.country, COUNTRY)):
        odds += _equality(values[early], values[late], weights)
    parties = pairs["parties"].to_numpy()
    odds += np.where(parties > 1, _log(TWO_PARTIES), np.where(parties == 0, _log(NO_ACCOUNT), 0.0))
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float64)


def _log(chances: tuple[float, float]) -> float:
    return float(np.log(chances[0] / chances[1]))


def _equality(one: np.ndarray, other: np.ndarray, weights: tuple[tuple[float, float], tuple[float, float]]) -> Floats:
    told = (one >= 0) & (other >= 0)
    return np.where(told, np.where(one == other, _log(weights[0]), _log(weights[1])), 0.0)


def _severity(one: Floats, other: Floats) -> Floats:
    apart = np.abs(one - other)
    told = np.isfinite(apart)
    level = np.where(told, np.minimum(np.floor(np.where(told, apart, 0)), 3), 0).astype(np.int64)
    return np.where(told, np.log(SEVERITY[:, 0] / SEVERITY[:, 1])[level], 0.0)


def _conveyance(one: np.ndarray, other: np.ndarray) -> Floats:
    told = (one != "") & (other != "")
    apart = process.cpdist(one[told], other[told], scorer=Levenshtein.distance, score_cutoff=1, dtype=np.int64)
    weight = np.zeros(len(one))
    weight[told] = np.log(CONVEYANCE[:, 0] / CONVEYANCE[:, 1])[np.minimum(apart, 2)]
    return weight


def _what(entries: Entries, early: np.ndarray, late: np.ndarray) -> Floats:
    """Kind and quantity together."""
    one, other = entries.quantity[early], entries.quantity[late]
    told = np.isfinite(one).astype(np.int64) + np.isfinite(other)
    larger = np.fmax(one, other)
    share = np.abs(one - other) / np.where(larger > 0, larger, 1.0)
    level = np.select([told == 0, told == 1, share <= 0.02, share <= 0.25], [4, 3, 0, 1], default=2)
    kinds = entries.kind[early], entries.kind[late]
    known = (kinds[0] >= 0) & (kinds[1] >= 0)
    same, differ, unknown = (np.log(table[:, 0] / table[:, 1])[level] for table in (SAME_KIND, OTHER_KIND, NO_KIND))
    return np.asarray(np.where(known, np.where(kinds[0] == kinds[1], same, differ), unknown), dtype=np.float64)
