"""The container, trailer or car in which an incident was found, as each report writes its number.

It is what people go by when they tell whether two reports are of one incident. A firm's own trailers come
back, reports leave the number out or mistype it, and some put blanks and dashes into it.
"""

import numpy as np
import pandas as pd

from records.simulate.geography import MODE_NAMES
from records.simulate.happenings import Happenings
from records.simulate.incidents import World
from records.simulate.observation import Entries
from records.simulate.streams import Bools, Ints
from records.tables import INCIDENT_TYPES

WITHOUT = ("forced_labor", "unauthorized_access", "identity_misuse", "cyber_breach", "internal_conspiracy")
"""Types of incidents that happen in no conveyance."""
LEFT_OUT = np.array([0.12, 0.30, 0.25, 0.35])
"""Share of reports without the number, by channel of DISCOVERIES: an assumption."""
MISTYPED_SHARE, SPACED_SHARE = 0.04, 0.25
USED_AGAIN_SHARE = 0.05
"""Chance that an incident is found in the conveyance of the same participant's last one."""


def draw_conveyances(rng: np.random.Generator, world: World, truth: Happenings, entries: Entries) -> pd.Series:
    """What each entry says, None where it says nothing."""
    found, alarms = len(truth.day), np.flatnonzero(entries.happening < 0)
    who = np.concatenate([truth.participant, np.maximum(entries.lead[alarms], 0)])
    numbers = _compose(rng, world.population.mode[who])
    again = rng.random(found) < USED_AGAIN_SHARE
    numbers[:found] = _carry_on(numbers[:found], truth.participant, again)
    place = np.where(entries.happening >= 0, entries.happening, 0)
    place[alarms] = found + np.arange(len(alarms))
    bare = ~has_conveyance(truth.kind)
    told = rng.random(len(entries)) >= LEFT_OUT[entries.channel]
    told &= ~((entries.happening >= 0) & bare[entries.happening])
    lot = rng.random((len(entries), 4))
    return pd.Series([_write(numbers[k], lot[e]) if told[e] else None for e, k in enumerate(place)], dtype="str")


def has_conveyance(kind: Ints) -> Bools:
    """Whether incidents of each kind (places in INCIDENT_TYPES) happen in a conveyance."""
    return ~np.isin(kind, [INCIDENT_TYPES.index(name) for name in WITHOUT])


def _compose(rng: np.random.Generator, mode: Ints) -> np.ndarray:
    """Numbers as painted: containers XXXU1234567, trailers XX12345, cars XXXX123456, loads of aircraft AKE12345XX."""
    letters = rng.integers(0, 26, (len(mode), 4))
    digits = rng.integers(0, 10_000_000, len(mode))
    shapes = {
        "truck": "{a}{b}{n:05.5}",
        "rail": "{a}{b}{c}X{n:06.6}",
        "sea": "{a}{b}{c}U{n:07.7}",
        "air": "AKE{n:05.5}{a}{b}",
    }
    out = []
    for place, row, number in zip(mode, letters, digits, strict=True):
        a, b, c = (chr(65 + int(letter)) for letter in row[:3])
        out.append(shapes[MODE_NAMES[place]].format(a=a, b=b, c=c, n=f"{number:07d}"))
    return np.array(out, dtype=object)


def _carry_on(numbers: np.ndarray, participant: Ints, again: np.ndarray) -> np.ndarray:
    """The numbers, some replaced by that of the same participant's incident before; in order of day."""
    last: dict[int, str] = {}
    out = numbers.copy()
    for place, who in enumerate(participant.tolist()):
        if again[place] and who in last:
            out[place] = last[who]
        last[who] = out[place]
    return out


def _write(number: str, lot: np.ndarray) -> str:
    if lot[0] < MISTYPED_SHARE:
        place = int(lot[1] * len(number))
        number = number[:place] + chr(48 + int(lot[2] * 10)) + number[place + 1 :]
    if lot[3] < SPACED_SHARE:
        number = f"{number[:4]} {number[4:-1]}-{number[-1]}"
    return number
