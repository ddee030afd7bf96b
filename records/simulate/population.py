"""The members of a simulated program: what they are, where they are, when they joined.

The mix of business types follows domain.md section 2; all other shares are assumptions.
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.geography import (
    COUNTRIES,
    COUNTRY_REGION,
    COUNTRY_WEIGHT,
    MODE_NAMES,
    OFFICES,
    PORT_OFFICE,
    REGION_NAMES,
    mode_weights,
    port_weights,
)
from records.simulate.names import name_firms
from records.simulate.observers import draw_attention, draw_honesty
from records.simulate.scenarios import Scenario
from records.simulate.streams import Bools, Floats, Ints, choose_rows, stratified_choice, stratified_normal
from records.tables import BUSINESS_TYPES

TYPE_SHARE = np.array([36.0, 24.9, 14.6, 7.6, 7.5, 3.7, 3.1, 1.0, 0.7, 0.6, 0.3, 0.1])
"""Percent of participants by business type, in the order of BUSINESS_TYPES."""

TYPE_GROUP = np.array([0, 1, 2, 3, 3, 1, 0, 3, 4, 4, 4, 4])
"""Kind of business: 0 trader, 1 truck carrier, 2 maker, 3 agent, 4 line or terminal."""
GROUPS = 5

EXIT_PER_YEAR = 0.0235
"""Usual withdrawals and removals together; enrollments replace them."""

TYPICAL_LOG_VOLUME = np.log(np.array([35, 70, 60, 120, 150, 90, 30, 150, 900, 1500, 300, 800], dtype=np.float64))
VOLUME_SPREAD = np.array([1.5, 1.3, 1.2, 1.3, 1.2, 1.1, 1.3, 1.2, 1.2, 1.0, 1.2, 1.0])
_US_ORIGINS = np.array([0.25, 0.16, 0.04, 0.03, 0.02, 0.32, 0.06, 0.10, 0.02])


@dataclass(frozen=True)
class Population:
    """The accounts of a program, one place in each array for each participant.

    ``enrolled`` counts days from the start of the record (negative: before it); ``withdraws`` is the month of the
    record in which the participant leaves of its own will, or the number of months if never. ``origin`` (index into
    COUNTRIES) and ``port`` (into PORTS) are the corridor, which no file states for a firm; ``office`` and ``country``
    are the observable traces of it. ``attention`` is the log factor on examination by visible traits, ``own_report``
    the chance that the participant reports an incident of its own, ``honest`` who does so nearly always where the
    program divides into such and others.
    """

    participant_id: list[str]
    name: list[str]
    business_type: Ints
    country: list[str]
    origin: Ints
    mode: Ints
    port: Ints
    office: Ints
    enrolled: Ints
    withdraws: Ints
    log_volume: Floats
    volume_rank: Floats
    frailty: Floats
    culture: Floats
    attention: Floats
    own_report: Floats
    honest: Bools | None = None

    def __len__(self) -> int:
        return len(self.participant_id)

    @property
    def group(self) -> Ints:
        """The kind of business of each participant, 0 to 4."""
        return np.asarray(TYPE_GROUP[self.business_type], dtype=np.int64)

    @property
    def region(self) -> Ints:
        """The region of origin of each participant's goods, an index into REGION_NAMES."""
        return np.asarray(COUNTRY_REGION[self.origin], dtype=np.int64)


def draw_population(
    streams: dict[str, np.random.Generator], *, participants: int, months: int, scenario: Scenario
) -> Population:
    """Every account that the program has at any time in the record."""
    rng = streams["population"]
    business_type = stratified_choice(rng, TYPE_SHARE, participants)
    country, origin = _draw_places(rng, business_type)
    mode = _draw_modes(rng, business_type, COUNTRY_REGION[origin])
    port = choose_rows(rng, port_weights()[COUNTRY_REGION[origin], mode])
    elsewhere = rng.random(participants) < 0.12
    office = np.where(elsewhere, rng.integers(0, len(OFFICES), participants), PORT_OFFICE[port])
    volume = stratified_normal(rng, participants)
    enrolled = _draw_enrollments(rng, participants, months, scenario.newcomer_share)
    waits = rng.exponential(12 / scenario.withdrawals_per_year, participants)
    first_month = np.maximum(enrolled // 30, 0) + 3
    names = name_firms(streams["names"], country, [BUSINESS_TYPES[kind] for kind in business_type])
    numbers = rng.choice(900_000, size=participants, replace=False) + 100_000
    own_report, honest = draw_honesty(streams["honesty"], participants, scenario)
    return Population(
        participant_id=[f"P{number}" for number in numbers],
        name=names,
        business_type=business_type,
        country=country,
        origin=origin,
        mode=mode,
        port=port,
        office=office,
        enrolled=enrolled,
        withdraws=np.minimum(first_month + waits, months).astype(np.int64),
        log_volume=TYPICAL_LOG_VOLUME[business_type] + scenario.volume_sd * VOLUME_SPREAD[business_type] * volume,
        volume_rank=volume,
        frailty=scenario.frailty_sd * stratified_normal(rng, participants),
        culture=stratified_normal(rng, participants),
        attention=draw_attention(streams["targeting"], country, office, volume, scenario),
        own_report=own_report,
        honest=honest,
    )


def _draw_places(rng: np.random.Generator, business_type: Ints) -> tuple[list[str], Ints]:
    """Country of the firm and country of origin of its goods."""
    origin = choose_rows(rng, origin_weights()[business_type])
    abroad = rng.random(len(business_type)) < chance_abroad()[business_type, origin]
    return [COUNTRIES[place] if out else "US" for place, out in zip(origin, abroad, strict=True)], origin


def origin_weights() -> Floats:
    """How likely each country of origin is for each business type: (types, countries)."""
    within = COUNTRY_WEIGHT / np.bincount(COUNTRY_REGION, COUNTRY_WEIGHT)[COUNTRY_REGION]
    weights = np.tile(_US_ORIGINS[COUNTRY_REGION] * within, (len(BUSINESS_TYPES), 1))
    weights[2] = within * np.array([0.5, 0.10, 0.05, 0.04, 0.02, 0.18, 0.05, 0.04, 0.02])[COUNTRY_REGION]
    weights[[1, 11]] = np.isin(np.array(COUNTRIES), ("MX", "CA")).astype(np.float64)
    weights[5] = (np.array(COUNTRIES) == "MX").astype(np.float64)
    return weights


def chance_abroad() -> Floats:
    """Chance that a firm is of its goods' country of origin and not of the US: (types, countries)."""
    chance = np.zeros((len(BUSINESS_TYPES), len(COUNTRIES)))
    neighbours = np.flatnonzero(np.isin(np.array(COUNTRIES), ("MX", "CA")))
    for kind in (0, 3, 6):
        chance[kind, neighbours] = 0.06
    chance[[1, 8]] = np.array([0.5, 0.8])[:, None]
    chance[[2, 5]] = 1.0
    return chance


def _draw_modes(rng: np.random.Generator, business_type: Ints, region: Ints) -> Ints:
    mode = choose_rows(rng, mode_weights()[region])
    mode[np.isin(business_type, (1, 5))] = MODE_NAMES.index("truck")
    mode[np.isin(business_type, (8, 9)) & (region > REGION_NAMES.index("canada"))] = MODE_NAMES.index("sea")
    mode[business_type == 10] = MODE_NAMES.index("air")
    mode[business_type == 11] = MODE_NAMES.index("rail")
    return mode


def _draw_enrollments(rng: np.random.Generator, size: int, months: int, newcomer_share: float | None) -> Ints:
    """Days from the start of the record; those before it go back 16 years, more of them recent."""
    stable = 1 - 1 / (1 + EXIT_PER_YEAR * months / 12)
    newcomer = rng.random(size) < (stable if newcomer_share is None else newcomer_share)
    earlier = -(16 * 365 * rng.beta(1.1, 1.4, size)) - 1
    later = rng.random(size) * (months - 4) * 30.4
    return np.where(newcomer, later, earlier).astype(np.int64)


def size_bands(population: Population) -> list[str]:
    """Size of each firm by its usual volume among its own business type."""
    edges = np.array([-0.6, 0.5, 1.4])
    bands = ("micro", "small", "medium", "large")
    return [bands[place] for place in np.searchsorted(edges, population.volume_rank)]
