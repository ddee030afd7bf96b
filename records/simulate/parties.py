"""How reports name the parties of an incident: by account, by a number, or by a name that may be misspelled."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from records.simulate.addresses import abbreviate, draw_addresses, garble
from records.simulate.geography import COUNTRIES
from records.simulate.identifiers import Numbers
from records.simulate.incidents import World
from records.simulate.names import misspell, name_outsiders
from records.simulate.observation import Entries
from records.simulate.streams import Ints
from records.tables import BUSINESS_TYPES

OUTSIDER_SHARE = 0.05
"""Chance that an entry about a participant also names a firm outside the program."""
WRONG_ACCOUNT_SHARE = 0.006
"""Share of parties sent with an account that is another participant's."""
RELINKED_SHARE = 0.05
"""Share of parties without an account for which the source sends it later."""
ROLES = {
    "importer": "importer",
    "exporter": "shipper",
    "foreign_manufacturer": "shipper",
    "broker": "broker",
    "port_terminal_operator": "terminal",
    "consolidator": "consolidator",
    "third_party_logistics": "consolidator",
}


COUNTRY_SHARES = (0.79, 0.01)
"""Share of parties with their right country, and with a wrong one; the rest has none."""
ADDRESS_SHARES = (0.14, 0.12, 0.09)
"""Share of parties with the address as registered, abbreviated, and misspelled; the rest has none."""


@dataclass(frozen=True)
class Parties:
    """The involvements table with ``known`` and ``place`` (of the entry), and the true links.

    ``rows`` also tells the truth behind each party: ``participant`` (-1: none), ``true_name``, ``true_value``;
    ``links`` has incident_id, party_no and participant.
    """

    rows: pd.DataFrame
    links: pd.DataFrame


def name_parties(
    streams: dict[str, np.random.Generator],
    world: World,
    entries: Entries,
    numbers: Numbers,
    first_known: pd.Series,
    addresses: list[str],
) -> Parties:
    """The parties of every entry.

    ``first_known`` gives the moment of each entry's first version by place, ``addresses`` that of each participant.
    """
    rng = streams["parties"]
    place, participant = _list_parties(rng, entries)
    party_no = pd.Series(place).groupby(place).cumcount().to_numpy() + 1
    moved = _taken_over(numbers)
    rows = pd.DataFrame({"place": place, "party_no": party_no.astype(str), "participant": participant})
    rows["incident_id"] = np.array(entries.incident_id, dtype=object)[place]
    named = _draw_names(rng, streams["outsiders"], world, entries, rows, numbers, moved)
    rows = _locate(streams["addresses"], world, rows.join(named), addresses)
    # A party enters a quarter of an hour after its incident, and before the record ends.
    rows["known"] = np.minimum(first_known.reindex(place).to_numpy() + 0.01, world.calendar.days - 0.001)
    later = _relink(rng, world, rows)
    links = rows.loc[rows["participant"] >= 0, ["incident_id", "party_no", "participant"]]
    return Parties(pd.concat([rows, later], ignore_index=True), links)


def _list_parties(rng: np.random.Generator, entries: Entries) -> tuple[Ints, Ints]:
    """Entry and participant (-1: outside the program) of each party, the participants in random order."""
    everyone = np.arange(len(entries))
    has_second = entries.second >= 0
    outside = (rng.random(len(entries)) < OUTSIDER_SHARE) | (entries.lead < 0)
    inside = entries.lead >= 0
    place = np.concatenate([everyone[inside], everyone[has_second], everyone[outside]])
    participant = np.concatenate([entries.lead[inside], entries.second[has_second], np.full(outside.sum(), -1)])
    order = np.lexsort((rng.random(len(place)), place))
    return place[order], participant[order]


def _taken_over(numbers: Numbers) -> dict[int, list[tuple[int, int]]]:
    """For each heir: the (number, day) pairs that it took over."""
    taken: dict[int, list[tuple[int, int]]] = {}
    for number in np.flatnonzero(numbers.heir >= 0):
        taken.setdefault(int(numbers.heir[number]), []).append((int(number), int(numbers.moved[number])))
    return taken


def _draw_names(
    rng: np.random.Generator,
    outside: np.random.Generator,
    world: World,
    entries: Entries,
    rows: pd.DataFrame,
    numbers: Numbers,
    taken: dict[int, list[tuple[int, int]]],
) -> pd.DataFrame:
    population, scenario = world.population, world.scenario
    outsiders = name_outsiders(outside, max(40, int((rows["participant"] < 0).sum() // 3)))
    first_number = np.searchsorted(numbers.owner, np.arange(len(population) + 1))
    out: list[tuple[str | None, ...]] = []  # account, role, name, scheme, value, true name, true value
    for place, participant in zip(rows["place"], rows["participant"], strict=True):
        if participant < 0:
            name = outsiders[int(rng.integers(0, len(outsiders)))]
            out.append((None, "carrier" if rng.random() < 0.5 else "other", name, None, None, name, None))
            continue
        kind = BUSINESS_TYPES[population.business_type[participant]]
        name = population.name[participant]
        if rng.random() < scenario.misspelled_share:
            name = misspell(rng, name)
        manner = rng.random()
        account = population.participant_id[participant] if manner < scenario.named_share else None
        if account and rng.random() < WRONG_ACCOUNT_SHARE * (scenario.wrong_number_share > 0):
            account = population.participant_id[int(rng.integers(0, len(population)))]
        scheme = value = right = None
        if scenario.named_share <= manner < scenario.named_share + scenario.numbered_share:
            mine = list(range(first_number[participant], first_number[participant + 1]))
            mine += [n for n, day in taken.get(int(participant), []) if day <= entries.day[place]]
            number = mine[int(rng.integers(0, len(mine)))]
            scheme, value = numbers.scheme[number], numbers.value[number]
            right = value
            if rng.random() < scenario.wrong_number_share:
                value = _mistype(rng, value)
        out.append((account, ROLES.get(kind, "carrier"), name, scheme, value, population.name[participant], right))
    columns = ["participant_id", "role", "party_name", "party_scheme", "party_value", "true_name", "true_value"]
    return pd.DataFrame(out, columns=columns)


def _locate(rng: np.random.Generator, world: World, rows: pd.DataFrame, addresses: list[str]) -> pd.DataFrame:
    """The parties with country and address as their reports write them."""
    outsiders = np.unique(rows.loc[rows["participant"] < 0, "true_name"].to_numpy(dtype="str"))
    abroad = [COUNTRIES[place] for place in rng.integers(0, len(COUNTRIES), len(outsiders))]
    lots = draw_addresses(rng, abroad)
    size = len(world.population)
    found = size + np.searchsorted(outsiders, rows["true_name"].to_numpy(dtype="str"))
    who = np.where(rows["participant"] < 0, found, rows["participant"])
    country = np.array([*world.population.country, *abroad], dtype=object)[who]
    address = np.array([*addresses, *lots], dtype=object)[who]
    lot = rng.random(len(rows))
    elsewhere = np.array(COUNTRIES, dtype=object)[rng.integers(0, len(COUNTRIES), len(rows))]
    right, wrong = np.cumsum(COUNTRY_SHARES)
    country[lot >= right] = elsewhere[lot >= right]
    country[lot >= wrong] = None
    manner = np.searchsorted(np.cumsum(ADDRESS_SHARES), rng.random(len(rows)), side="right")
    ways: tuple[Callable[[str], str | None], ...] = (str, abbreviate, partial(garble, rng), lambda _: None)
    written = [ways[way](text) for way, text in zip(manner, address, strict=True)]
    return rows.assign(party_country=country, party_address=pd.Series(written, index=rows.index, dtype="str"))


def _mistype(rng: np.random.Generator, value: str) -> str:
    place = int(rng.integers(0, len(value)))
    return value[:place] + str(int(rng.integers(0, 10))) + value[place + 1 :]


def _relink(rng: np.random.Generator, world: World, rows: pd.DataFrame) -> pd.DataFrame:
    open_links = rows["participant_id"].isna() & (rows["participant"] >= 0)
    later = rows[open_links & (rng.random(len(rows)) < RELINKED_SHARE)].copy()
    later["participant_id"] = np.array(world.population.participant_id, dtype=object)[later["participant"]]
    later["known"] = later["known"] + rng.uniform(20, 200, len(later))
    return later[later["known"] < world.calendar.days]
