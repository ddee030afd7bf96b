"""Invented addresses: where firms are registered, and how a hurried report writes it.

No commas, so that the files stay plain. Twelve invented cities a country; a postal code begins with its city's number.
"""

from collections.abc import Callable

import numpy as np

from records.simulate.names import Tongue, tongue_of
from records.simulate.streams import Ints

CITIES = 12
_STREETS = ("Road", "Street", "Avenue", "Boulevard", "Lane", "Industrial Parkway")
_STREETS_FIRST = ("Calle", "Avenida", "Carretera", "Calzada")
_SHORT = {
    "Road": "Rd",
    "Street": "St",
    "Avenue": "Ave",
    "Boulevard": "Blvd",
    "Lane": "Ln",
    "Industrial Parkway": "Ind Pkwy",
    "Calle": "C",
    "Avenida": "Av",
    "Carretera": "Carr",
    "Calzada": "Calz",
}


def draw_addresses(rng: np.random.Generator, countries: list[str]) -> list[str]:
    """Street, number, city and postal code of each firm by its country, like ``1482 Barford Road Haldale 78045``."""
    draws = rng.integers(0, 1_000_000, (len(countries), 6))
    return [_compose(tongue_of(country), country, row) for country, row in zip(countries, draws, strict=True)]


def _compose(tongue: Tongue, country: str, draws: Ints) -> str:
    head, tail, kind, number, city, code = (int(draw) for draw in draws)
    stem = tongue.heads[head % len(tongue.heads)] + tongue.tails[tail % len(tongue.tails)]
    house = 1 + number % 4900
    place = _city(tongue, country, city % CITIES)
    postal = f"{10 + (_place_of(country) * 7 + city % CITIES) % 90}{code % 1000:03d}"
    if tongue.trade_first:
        return f"{_STREETS_FIRST[kind % len(_STREETS_FIRST)]} {stem} {house} {place} {postal}"
    return f"{house} {stem} {_STREETS[kind % len(_STREETS)]} {place} {postal}"


def _city(tongue: Tongue, country: str, city: int) -> str:
    place = _place_of(country)
    head = tongue.heads[(place + 5 * city) % len(tongue.heads)]
    return head + tongue.tails[(3 * place + 7 * city) % len(tongue.tails)]


def _place_of(country: str) -> int:
    return 26 * (ord(country[0]) - ord("A")) + ord(country[1]) - ord("A")


def abbreviate(address: str) -> str:
    """The address in capitals with a short word for the kind of street."""
    for word, short in _SHORT.items():
        if f" {word} " in f" {address} ":
            return address.replace(word, short).upper()
    return address.upper()


def garble(rng: np.random.Generator, address: str) -> str:
    """The address without its postal code, or with two letters swapped, one dropped or one doubled."""
    place = int(rng.integers(1, len(address) - 2))
    ways: tuple[Callable[[], str], ...] = (
        lambda: address.rsplit(" ", 1)[0],
        lambda: address[:place] + address[place + 1] + address[place] + address[place + 2 :],
        lambda: address[:place] + address[place + 1 :],
        lambda: address[:place] + address[place] + address[place:],
    )
    return ways[int(rng.integers(0, len(ways)))]()
