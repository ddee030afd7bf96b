"""From true incidents to records: who found them, how late they became known, twice, wrongly, or not at all.

One entry is one incident_id; a true incident has one, or one for each channel that recorded it apart (a duplicate). A
channel that knew of the entry there was adds itself to that one (:mod:`records.simulate.cross_references`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.simulate.activity import exam_rates
from records.simulate.detection import channel_chances
from records.simulate.happenings import Happenings
from records.simulate.incidents import History, World
from records.simulate.lateness import record_delays
from records.simulate.streams import Bools, Floats, Ints
from records.tables import DISCOVERIES

PREFIXES = ("PX", "FO", "SR", "OA")
"""How each channel of DISCOVERIES numbers its incidents: PX-2021-00042."""
SELF_REPORT = DISCOVERIES.index("self_report")
RETRACTED_DUPLICATES = 0.35
"""Share of duplicates that someone notices and retracts."""
BACKGROUND_SHARE = 0.03
"""Entries that involve nobody in the program, for each that does."""


@dataclass(frozen=True)
class Entries:
    """Entries of the record, one place for each, in order of their becoming known.

    ``happening`` is the true incident (-1: none, a false alarm or a matter outside the program); ``lead`` and
    ``second`` are the participants truly involved (-1: none); ``original`` is the place of the entry that this one
    repeats (-1: none);
    ``known`` and ``retracted`` are in days and parts of days from the record's start (NaN: never retracted); ``waited``
    marks those that came with a batch of old cases.
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
    waited: Bools
    incident_id: list[str]

    def __len__(self) -> int:
        return len(self.happening)


def observe(
    rng: np.random.Generator, world: World, history: History, truth: Happenings
) -> tuple[Entries, pd.DataFrame]:
    """Every entry that is known before the end of the program's record, and its captures.

    A capture is a channel that recorded a true incident in time: ``happening``, ``channel``, ``reported``, ``known``,
    and whether it made an entry of its own (``apart``).
    """
    found = np.flatnonzero(truth.recorded)
    row, channel = np.nonzero(_draw_channels(rng, world, history, truth, found))
    rows = pd.DataFrame({"happening": found[row], "channel": channel})
    rows["day"] = truth.day[rows["happening"]]
    rows["reported"], rows["known"], rows["waited"] = record_delays(rng, world, rows["day"].to_numpy(), channel)
    rows = rows[rows["known"] < world.calendar.days].sort_values(["happening", "known"], kind="stable")
    captures, rows = _keep_duplicates(rng, world, truth, rows)
    first = (rows["original"] < 0).to_numpy()
    slip = np.where(first, 0, rng.integers(-3, 3, len(rows)))
    day = np.minimum(rows["day"].to_numpy() + slip, rows["reported"].to_numpy())
    rows["day"] = np.maximum(day, 0)
    noticed = ~first & (rng.random(len(rows)) < RETRACTED_DUPLICATES)
    rows["retracted"] = np.where(noticed, rows["known"] + rng.uniform(15, 300, len(rows)), np.nan)
    rows["told_first"] = (rows["channel"] == SELF_REPORT) & first & (rng.random(len(rows)) < 0.8)
    rows["lead"], rows["second"] = truth.participant[rows["happening"]], truth.partner[rows["happening"]]
    extra = _draw_unfounded(rng, world, history, len(rows))
    return _in_order_of_knowledge(world, pd.concat([rows, extra], ignore_index=True)), captures


def _keep_duplicates(
    rng: np.random.Generator, world: World, truth: Happenings, rows: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every capture; and of those the first of each incident and some of the later ones, which become entries.

    Entries have ``original``: the row number of the first.
    """
    audit = truth.participant[rows["happening"]] == world.audit.participant
    again = (rng.random(len(rows)) < world.scenario.duplicate_share) & ~audit
    apart = ~rows["happening"].duplicated().to_numpy() | again
    captures = rows[["happening", "channel", "reported", "known"]].assign(apart=apart).reset_index(drop=True)
    rows = rows[apart].reset_index(drop=True)
    place = pd.Series(np.arange(len(rows)))
    original = place.groupby(rows["happening"]).transform("min")
    return captures, rows.assign(original=original.mask(original == place, -1))


def _draw_channels(rng: np.random.Generator, world: World, history: History, truth: Happenings, found: Ints) -> Bools:
    """Which channels record each found incident (found, 4), given that at least one does."""
    who, month = truth.participant[found], truth.month[found]
    rates = exam_rates(world.population, world.plan.tier, history.suspended)[who, month]
    chances = channel_chances(rates, world.population.own_report[who], world.scenario).T
    hits = rng.random(chances.shape) < chances
    for _ in range(40):
        missed = np.flatnonzero(~hits.any(axis=1))
        hits[missed] = rng.random((len(missed), chances.shape[1])) < chances[missed]
    missed = np.flatnonzero(~hits.any(axis=1))
    hits[missed, chances[missed].argmax(axis=1)] = True
    return np.asarray(hits, dtype=np.bool_)


def _draw_unfounded(rng: np.random.Generator, world: World, history: History, founded: int) -> pd.DataFrame:
    """False alarms about participants, all retracted in time, and matters outside the program."""
    alarms = round(world.scenario.spurious_share * founded)
    size = alarms + round(BACKGROUND_SHARE * founded)
    who, month = np.nonzero(history.live)
    pick = rng.integers(0, len(who), size)
    alarm = (np.arange(size) < alarms) & (who[pick] != world.audit.participant)
    channel = rng.choice(len(DISCOVERIES), size=size, p=[0.7, 0.15, 0.0, 0.15])
    begin = np.maximum(world.calendar.first_days[month[pick]], world.population.enrolled[who[pick]])
    day = np.minimum(begin + rng.integers(0, 28, size), world.calendar.days - 1)
    reported, known, waited = record_delays(rng, world, day, channel)
    rows = pd.DataFrame({"happening": np.full(size, -1), "channel": channel, "day": day})
    rows = rows.assign(reported=reported, known=known, waited=waited, original=-1, told_first=False, second=-1)
    rows["lead"] = np.where(alarm, who[pick], -1)
    rows["retracted"] = np.where(alarm, known + rng.lognormal(np.log(50), 0.7, size), np.nan)
    return rows[known < world.calendar.days]


def _in_order_of_knowledge(world: World, rows: pd.DataFrame) -> Entries:
    order = np.lexsort((rows["day"].to_numpy(), rows["known"].to_numpy()))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    rows = rows.iloc[order].reset_index(drop=True)
    original = rows["original"].to_numpy()
    days = np.floor(rows["known"].to_numpy()).astype(np.int64)
    year = world.calendar.dates(days).astype("datetime64[Y]").astype(np.int64) + 1970
    prefix = np.array(PREFIXES)[rows["channel"]]
    number = rows.groupby([rows["channel"], pd.Series(year)]).cumcount() + 1
    return Entries(
        happening=rows["happening"].to_numpy(),
        lead=rows["lead"].to_numpy(),
        second=rows["second"].to_numpy(),
        original=np.where(original >= 0, place[original], -1),
        channel=rows["channel"].to_numpy(),
        day=rows["day"].to_numpy(),
        reported=rows["reported"].to_numpy(),
        known=rows["known"].to_numpy(),
        retracted=rows["retracted"].to_numpy(),
        told_first=rows["told_first"].to_numpy(dtype=np.bool_),
        waited=rows["waited"].to_numpy(dtype=np.bool_),
        incident_id=[f"{p}-{y}-{n:05d}" for p, y, n in zip(prefix, year, number, strict=True)],
    )
