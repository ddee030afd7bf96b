"""From true incidents to records: who found them, how late they became known, twice, wrongly, or not at all.

One entry is one incident_id; a true incident has one, or one for each channel that recorded it apart (a duplicate).
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.activity import exam_rates
from records.simulate.detection import channel_chances
from records.simulate.happenings import Happenings
from records.simulate.incidents import History, World
from records.simulate.lateness import record_delays
from records.simulate.streams import Bools, Floats, Ints
from records.tables import DISCOVERIES

SELF_REPORT = DISCOVERIES.index("self_report")
RETRACTED_DUPLICATES = 0.35
"""Share of duplicates that someone notices and retracts."""
BACKGROUND_SHARE = 0.03
"""Entries that involve nobody in the program, for each that does."""


@dataclass(frozen=True)
class Entries:
    """Entries of the record, one place for each, in order of their becoming known.

    ``happening`` is the true incident (-1: none, a false alarm or a matter outside the program); ``lead`` and ``second`` are the
    participants truly involved (-1: none); ``original`` is the place of the entry that this one repeats (-1: none);
    ``known`` and ``retracted`` are in days and parts of days from the record's start (NaN: never retracted).
    """

    happening: Ints
    lead: Ints
    second: Ints
    original: Ints
    channel: Ints
    day: Ints
    reported: Ints
    known: Floats
    retracted: Floats
    told_first: Bools
    incident_id: list[str]

    def __len__(self) -> int:
        return len(self.happening)


def observe(rng: np.random.Generator, world: World, history: History, truth: Happenings) -> Entries:
    """Every entry that is known before the end of the program's record."""
    found = np.flatnonzero(truth.recorded)
    channels = _draw_channels(rng, world, history, truth, found)
    row, channel = np.nonzero(channels)
    happening = found[row]
    reported, known = record_delays(rng, world, truth.day[happening], channel)
    kept = known < world.calendar.days
    happening, channel, reported, known = happening[kept], channel[kept], reported[kept], known[kept]
    order = np.lexsort((known, happening))
    happening, channel, reported, known = happening[order], channel[order], reported[order], known[order]
    first = np.append(True, happening[1:] != happening[:-1]) if len(happening) else np.zeros(0, dtype=bool)
    audit = truth.participant[happening] == world.audit.participant
    kept = first | ((rng.random(len(first)) < world.scenario.duplicate_share) & ~audit)
    happening, channel, reported, known, first = (a[kept] for a in (happening, channel, reported, known, first))
    told_first = (channel == SELF_REPORT) & first & (rng.random(len(first)) < 0.8)
    lead_place = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    original = np.where(first, -1, lead_place)
    shift = np.where(first, 0, rng.integers(-3, 3, len(first)))
    day = np.minimum(truth.day[happening] + shift, reported).clip(min=0)
    noticed = ~first & (rng.random(len(first)) < RETRACTED_DUPLICATES)
    retracted = np.where(noticed, known + rng.uniform(15, 300, len(first)), np.nan)
    real = (happening, truth.participant[happening], truth.partner[happening], original, channel, day, reported, known)
    extra = _draw_unfounded(rng, world, history, len(first))
    columns = [np.concatenate(pair) for pair in zip((*real, retracted, told_first), extra, strict=True)]
    return _in_order_of_knowledge(world, columns)


def _draw_channels(rng: np.random.Generator, world: World, history: History, truth: Happenings, found: Ints) -> Bools:
    """Which channels record each found incident (found, 4), given that at least one does."""
    who, month = truth.participant[found], truth.month[found]
    rates = exam_rates(world.population, world.plan.tier, history.suspended)[who, month]
    chances = channel_chances(rates, world.scenario).T
    hits = rng.random(chances.shape) < chances
    for _ in range(40):
        missed = np.flatnonzero(~hits.any(axis=1))
        hits[missed] = rng.random((len(missed), chances.shape[1])) < chances[missed]
    missed = np.flatnonzero(~hits.any(axis=1))
    hits[missed, chances[missed].argmax(axis=1)] = True
    return np.asarray(hits, dtype=np.bool_)


def _draw_unfounded(rng: np.random.Generator, world: World, history: History, founded: int) -> list[np.ndarray]:
    """False alarms about participants, all retracted in time, and matters outside the program."""
    alarms = round(world.scenario.spurious_share * founded)
    size = alarms + round(BACKGROUND_SHARE * founded)
    alarm = np.arange(size) < alarms
    who, month = np.nonzero(history.live & (np.arange(world.calendar.months) >= 1))
    pick = rng.integers(0, len(who), size)
    lead = np.where(alarm & (who[pick] != world.audit.participant), who[pick], -1)
    channel = rng.choice(len(DISCOVERIES), size=size, p=[0.7, 0.15, 0.0, 0.15])
    begin = np.maximum(world.calendar.first_days[month[pick]], world.population.enrolled[who[pick]])
    day = np.minimum(begin + rng.integers(0, 28, size), world.calendar.days - 1)
    reported, known = record_delays(rng, world, day, channel)
    withdrawn = np.where(lead >= 0, known + rng.lognormal(np.log(50), 0.7, size), np.nan)
    none, false = np.full(size, -1), np.zeros(size, dtype=bool)
    kept = known < world.calendar.days
    columns = [none, lead, none, none, channel, day, reported, known, withdrawn, false]
    return [column[kept] for column in columns]


def _in_order_of_knowledge(world: World, columns: list[np.ndarray]) -> Entries:
    known = columns[7]
    order = np.lexsort((columns[5], known))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    original = columns[3]
    columns[3] = np.where(original >= 0, place[original], -1)
    columns = [column[order] for column in columns]
    year = world.calendar.dates(np.floor(columns[7]).astype(np.int64)).astype("datetime64[Y]").astype(int) + 1970
    prefixes = ("PX", "FO", "SR", "OA")
    counters: dict[tuple[int, int], int] = {}
    names = []
    for channel, when in zip(columns[4], year, strict=True):
        key = (int(channel), int(when))
        counters[key] = counters.get(key, 0) + 1
        names.append(f"{prefixes[key[0]]}-{key[1]}-{counters[key]:05d}")
    return Entries(*columns, names)
