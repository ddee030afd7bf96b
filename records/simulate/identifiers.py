"""Registration numbers, and accounts that are merged into another.

A merge moves every number of the closed account: its row gets an end, the surviving account a row of its own. The
program notes the merge some days later. A few are undone: the heir bought the business and keeps the numbers, but it
turns out not to be the successor, so the history stays with the old account.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.simulate.calendar import Calendar
from records.simulate.incidents import World
from records.simulate.mergers import draw_mergers
from records.simulate.population import Population
from records.simulate.streams import Ints
from records.tables import BUSINESS_TYPES

UNDONE_SHARE = 0.08
"""Share of mergers that the program takes back after 60 to 400 days."""

_SCHEMES = {
    "importer": ("ior", "duns"),
    "highway_carrier": ("scac", "dot"),
    "foreign_manufacturer": ("mid",),
    "consolidator": ("fmc", "duns"),
    "broker": ("ein", "duns"),
    "mexican_long_haul_carrier": ("scac", "dot"),
    "exporter": ("ein", "duns"),
    "third_party_logistics": ("ein", "duns"),
    "sea_carrier": ("scac", "fmc"),
    "port_terminal_operator": ("ein",),
    "air_carrier": ("scac",),
    "rail_carrier": ("scac",),
}


@dataclass(frozen=True)
class Numbers:
    """Registration numbers, one place for each: whose at first, and whose it became on which day (-1: nobody's)."""

    owner: Ints
    scheme: list[str]
    value: list[str]
    heir: Ints
    moved: Ints


def draw_numbers(rng: np.random.Generator, world: World) -> Numbers:
    """The numbers of every participant, distinct within a scheme, and the merges among those that withdraw."""
    population, calendar = world.population, world.calendar
    taken: set[tuple[str, str]] = set()
    owner, schemes, values = [], [], []
    for place, kind in enumerate(population.business_type):
        for scheme in (*_SCHEMES[BUSINESS_TYPES[kind]], "svi"):
            value = _compose(rng, scheme, population.name[place], population.country[place])
            while (scheme, value) in taken:
                value = _compose(rng, scheme, population.name[place], population.country[place])
            taken.add((scheme, value))
            owner.append(place)
            schemes.append(scheme)
            values.append(value)
    mergers = world.mergers or draw_mergers(rng, population, calendar, share=world.scenario.merger_share)
    owners = np.array(owner, dtype=np.int64)
    return Numbers(owners, schemes, values, mergers.heir[owners], mergers.day[owners])


def _compose(rng: np.random.Generator, scheme: str, name: str, country: str) -> str:
    digits = "".join(map(str, rng.integers(0, 10, 11)))
    letters = "".join(letter for letter in name.upper() if "A" <= letter <= "Z")
    if scheme == "scac":
        return letters[0] + "".join(chr(65 + int(k)) for k in rng.integers(0, 26, 3))
    if scheme == "mid":
        return f"{country}{letters[:6]}{digits[:4]}{letters[-3:]}"[:15]
    shapes = {
        "ior": f"{digits[:2]}-{digits[2:9]}00",
        "ein": f"{digits[:2]}-{digits[2:9]}",
        "duns": digits[:9],
        "dot": str(int(digits[:7]) + 100_000),
        "fmc": f"{digits[:6]}N",
        "svi": f"{digits[:8]}{letters[:2]}",
    }
    return shapes[scheme]


def identifier_rows(
    rng: np.random.Generator, population: Population, numbers: Numbers, calendar: Calendar
) -> pd.DataFrame:
    """Rows of the identifiers table with ``known`` in days; a move is a new version of one row and a new row."""
    since = population.enrolled[numbers.owner]
    known = np.where(since < 0, rng.uniform(0.3, 1.9, len(since)), since + rng.uniform(1, 12, len(since)))
    at_first = pd.DataFrame(
        {
            "participant_id": np.array(population.participant_id, dtype=object)[numbers.owner],
            "scheme": numbers.scheme,
            "value": numbers.value,
            "valid_from": calendar.dates(since),
            "valid_to": np.datetime64("NaT"),
            "known": known,
        }
    )
    moved = np.flatnonzero(numbers.heir >= 0)
    moment = numbers.moved[moved] + rng.uniform(5, 45, len(moved))
    ended = at_first.iloc[moved].assign(valid_to=calendar.dates(numbers.moved[moved]), known=moment)
    begun = ended.assign(
        participant_id=np.array(population.participant_id, dtype=object)[numbers.heir[moved]],
        valid_from=calendar.dates(numbers.moved[moved]),
        valid_to=np.datetime64("NaT"),
    )
    rows = pd.concat([at_first, ended, begun], ignore_index=True)
    rows = rows[rows["known"] < calendar.days]
    return rows.sort_values(["known", "participant_id", "scheme"], kind="stable", ignore_index=True)


def merge_rows(
    rng: np.random.Generator, population: Population, numbers: Numbers, calendar: Calendar, withdrawn: Ints
) -> pd.DataFrame:
    """Rows of the merges table with ``known`` in days, among the participants that have ``withdrawn``.

    An undone merge has a second, retracted version.
    """
    owner, first = np.unique(numbers.owner, return_index=True)
    merged = (numbers.heir[first] >= 0) & np.isin(owner, withdrawn)
    owner, first = owner[merged], first[merged]
    account = np.array(population.participant_id, dtype=object)
    noted = pd.DataFrame(
        {
            "participant_id": account[owner],
            "into_participant_id": account[numbers.heir[first]],
            "effective_on": calendar.dates(numbers.moved[first]),
            "retracted": False,
            "known": numbers.moved[first] + rng.uniform(3, 40, len(owner)),
        }
    )
    undone = noted[rng.random(len(noted)) < UNDONE_SHARE].assign(retracted=True)
    undone["known"] += rng.uniform(60, 400, len(undone))
    rows = pd.concat([noted, undone], ignore_index=True)
    rows = rows[rows["known"] < calendar.days]
    return rows.sort_values(["known", "participant_id"], kind="stable", ignore_index=True)
