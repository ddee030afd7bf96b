"""How long it takes until an incident is reported and until it stands in the record, by channel."""

import numpy as np

from records.simulate.incidents import World
from records.simulate.scenarios import Scenario
from records.simulate.streams import Bools, Floats, Ints

REPORT_MEDIAN = np.array([1.0, 7.0, 4.0, 14.0])
REPORT_SPREAD = np.array([0.7, 0.9, 0.9, 0.8])
RECORD_MEDIAN = np.array([4.0, 14.0, 18.0, 21.0])
RECORD_SPREAD = np.array([0.8, 0.9, 0.9, 0.8])
"""Lognormal medians (days) and spreads by DISCOVERIES: to the report, and from there to the record; assumptions."""

USUAL_CHANNELS = np.array([0.46, 0.20, 0.11, 0.23])
"""Share of each of DISCOVERIES among what is first recorded, for those that cannot tell."""

BATCH_SHARES = (0.3, 0.6, 0.85)
"""When batches of old cases are entered, as parts of the record's length."""


def record_delays(rng: np.random.Generator, world: World, day: Ints, channel: Ints) -> tuple[Ints, Floats, Bools]:
    """Day of the report, moment of the record (days from the start), and who waited, for incidents of ``day``.

    A share of the incidents waits for the next batch of old cases instead; the audit's own case never does.
    """
    size, slow = len(day), world.scenario.delay
    wait = REPORT_MEDIAN[channel] * np.exp(REPORT_SPREAD[channel] * rng.standard_normal(size))
    reported = day + np.floor(wait * slow).astype(np.int64)
    entry = RECORD_MEDIAN[channel] * np.exp(RECORD_SPREAD[channel] * rng.standard_normal(size))
    hour = rng.uniform(7, 19, size) / 24
    known = reported + np.floor(entry * slow) + hour
    batches = np.array(BATCH_SHARES) * world.calendar.days
    batches = np.floor(batches)
    following = np.searchsorted(batches, reported + 1)
    waits = (rng.random(size) < world.scenario.legacy_share) & (following < len(batches))
    entered = np.where(waits, np.maximum(known, batches[following.clip(max=len(batches) - 1)] + 0.5), known)
    return reported, np.asarray(entered, dtype=np.float64), np.asarray(entered > known, dtype=np.bool_)


def share_known(days: Floats, now: float, end: int, scenario: Scenario) -> Floats:
    """Share of the recorded incidents of each of ``days`` that is known by the day ``now``: the shape of ``days``.

    Over the channels in their usual proportion, by 4,000 equally likely delays each.
    """
    rng = np.random.default_rng(0)
    channel = np.repeat(np.arange(len(USUAL_CHANNELS)), np.round(4000 * USUAL_CHANNELS).astype(np.int64))
    wait = REPORT_MEDIAN[channel] * np.exp(REPORT_SPREAD[channel] * rng.standard_normal(len(channel)))
    entry = RECORD_MEDIAN[channel] * np.exp(RECORD_SPREAD[channel] * rng.standard_normal(len(channel)))
    delay = np.sort((wait + entry) * scenario.delay)
    prompt = np.searchsorted(delay, now - days) / len(delay)
    batches = np.floor(np.array(BATCH_SHARES) * end)
    following = np.searchsorted(batches, days + 1)
    batch = np.append(batches, -np.inf)[following]
    waited = np.where(batch < now, prompt, 0.0)
    return np.asarray((1 - scenario.legacy_share) * prompt + scenario.legacy_share * waited, dtype=np.float64)
