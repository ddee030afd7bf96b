"""What participants move: latent volume by month, and the examinations that it meets."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from records.simulate.population import Population
from records.simulate.streams import Bools, Floats, Ints

EXAM_RATE = np.array([0.085, 0.049, 0.036])
"""Share of shipments examined in tiers 1, 2, 3 (2008 figures of the program)."""
SUSPENDED_EXAM_RATE = 0.14
MODE_EXAM = np.array([1.0, 0.4, 0.7, 0.5])
"""Factor on examination by truck, rail, sea, air: an assumption."""
REGION_SCRUTINY = np.exp(0.5 * np.array([0.6, -0.5, 1.2, 0.4, 0.5, 0.0, 0.0, -0.5, 0.3]))
"""Factor on examination by region of origin: an assumption."""
MOST_EXAMINED = 0.9
SUSPENDED_VOLUME = 0.6
"""Share of its volume that a participant keeps while suspended: an assumption."""


def draw_log_volumes(rng: np.random.Generator, population: Population, *, months: int) -> Floats:
    """Log of the usual shipments by participant and month (n, months): size, trend, season, slow noise."""
    size = len(population)
    trend = 0.07 * rng.standard_normal(size)
    shocks = rng.standard_normal((size, months)) * 0.11
    shocks[:, 0] /= np.sqrt(1 - 0.9**2)
    slow = lfilter([1.0], [1.0, -0.9], shocks, axis=1)
    years = (np.arange(months) - months / 2) / 12
    season = 0.1 * np.sin(2 * np.pi * (np.arange(months) % 12 - 6) / 12)
    return np.asarray(population.log_volume[:, None] + trend[:, None] * years + season + slow, dtype=np.float64)


def exam_rates(population: Population, tier: Ints, suspended: Bools) -> Floats:
    """Share of shipments examined, by participant (and month) for the given tiers 0-2 and suspensions."""
    rate = np.where(suspended, SUSPENDED_EXAM_RATE, EXAM_RATE[tier])
    factor = MODE_EXAM[population.mode] * REGION_SCRUTINY[population.region] * np.exp(population.attention)
    rates = rate * (factor[:, None] if rate.ndim == 2 else factor)
    return np.asarray(rates.clip(max=MOST_EXAMINED), dtype=np.float64)


@dataclass(frozen=True)
class Activity:
    """Counts by participant and month, each (n, months)."""

    shipments: Ints
    crossings: Ints
    exams_targeted: Ints
    exams_random: Ints
    discrepancies: Ints


def draw_activity(
    rng: np.random.Generator,
    population: Population,
    *,
    log_volumes: Floats,
    rates: Floats,
    weakness: Floats,
    infiltrated: Bools,
    live: Bools,
    suspended: Bools,
) -> Activity:
    """The recorded activity: what was moved, examined and found discrepant.

    An infiltrated participant moves a quarter more and shows four times the discrepancies: the two traces that an
    episode leaves before an incident does. Weakness raises discrepancies too.
    """
    volume = np.exp(np.minimum(log_volumes + 0.22 * infiltrated, 10.5)) * np.where(suspended, SUSPENDED_VOLUME, 1.0)
    volume *= live
    shipments = rng.poisson(volume)
    over_land = np.isin(population.mode, (0, 1))
    per_shipment = np.where(population.group == 1, 1.15, 0.85) * over_land
    crossings = rng.poisson(volume * per_shipment[:, None])
    moved = np.maximum(shipments, crossings)
    exams_random = np.minimum(rng.poisson(moved * 0.006), moved)
    exams_targeted = np.minimum(rng.poisson(moved * (rates - 0.006).clip(min=0.002)), moved - exams_random)
    logit = -3.6 + 1.0 * weakness[:, None] + 1.4 * infiltrated
    discrepancies = rng.binomial(exams_targeted + exams_random, 1 / (1 + np.exp(-logit)))
    return Activity(shipments, crossings, exams_targeted, exams_random, discrepancies)
