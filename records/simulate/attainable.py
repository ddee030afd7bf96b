"""The best ranking that the record allows: expected recorded incidents, by someone who knows how the program works.

A filter over the simulator's own model. It knows the constants of the program (:mod:`records.simulate.constants`) and
of the simulator, and of each participant only what the record shows at the moment. For each one it holds a chance
on a grid of the lasting part of log-intensity that nobody sees (weakness, corridor, frailty) times four states: left
alone, probed, infiltrated with few or with many incidents a month. Month by month it moves the states, weighs them by
recorded incidents (Poisson, thinned by detection and by what is not yet known) and by discrepancies (binomial, more of
them while probed or infiltrated), and at the end lets the states run on over the horizon.

Approximations, each said where it is made: mean fields for contagion, own repetition and joint incidents (the filter's
expectation of what happened stands for what happened); waiting times of episodes are geometric; two levels stand for
the lognormal one; surges in ports are not inferred; the volume is a moving average of shipments. So it is a strong
yardstick that anyone could compute, a little below the exact optimum.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import convolve
from scipy.special import expit

from records.known import Records
from records.simulate.activity import EXAM_RATE, MOST_EXAMINED, SUSPENDED_EXAM_RATE, SUSPENDED_VOLUME
from records.simulate.constants import Constants
from records.simulate.definitions import counted_share
from records.simulate.detection import HONEST_REPORT_CHANCE, SELF_REPORT_CHANCE, channel_chances, detection_chance
from records.simulate.drift import LATER_LEVEL, LATER_TYPE_EFFECT, ramp
from records.simulate.episodes import JOIN_SHARE, PROBE_MONTHS
from records.simulate.evidence import Evidence, gather_evidence
from records.simulate.incidents import BOOST, CEILING, MEMORY
from records.simulate.lateness import share_known
from records.simulate.population import TYPE_GROUP, TYPICAL_LOG_VOLUME, VOLUME_SPREAD
from records.simulate.risk import TYPE_EFFECT, VOLUME_ELASTICITY, bend, volume_leverage
from records.simulate.streams import Floats, Ints
from records.simulate.unseen import WEAKNESSES, usual_exams, view_corridors, weigh_weakness
from records.simulate.visits import draw_vigilance

POINTS = 33
LEVELS = np.array([0.6, 1.5])
"""Two levels, as multiples of the median, for the lognormal one of episodes: mean and spread agree."""
STAY = 8 / 9
"""Chance that an episode lasts another month: nine months in the mean."""
SPURIOUS = 0.02
"""Share of recorded incidents that stand under a wrong account; spread over all, so that none is impossible."""
MONTH_DAYS = 30.4375


def attainable_counts(records: Records, constants: Constants, as_of: pd.Timestamp, horizon_days: int) -> pd.Series:
    """Expected recorded incidents in ``[as_of, as_of + horizon)`` by participant on record at ``as_of``.

    Parameters
    ----------
    records : Records
        Every row version; only those known before ``as_of`` are read.
    constants : Constants
        Of the program that the records are of.
    """
    seen = gather_evidence(records, as_of, constants.calendar)
    future = int(np.ceil(horizon_days / MONTH_DAYS))
    if constants.scenario.equal:
        return pd.Series(_same_for_all(constants) * horizon_days / MONTH_DAYS, index=seen.people)
    gone = (as_of.to_datetime64() - constants.calendar.start) / np.timedelta64(1, "D")
    state = _Filter(seen, _Known.of(seen, constants, gone, future), constants)
    for month in range(seen.months):
        state.advance(month)
    whole = np.minimum(np.arange(1, future + 1) * MONTH_DAYS, horizon_days)
    shares = np.diff(whole, prepend=0.0) / MONTH_DAYS
    expected = sum(share * state.advance(seen.months + k) for k, share in enumerate(shares))
    return pd.Series(expected, index=seen.people)


def _same_for_all(constants: Constants) -> float:
    """Recorded incidents a month of every participant where all are equal; nothing that one sees changes it."""
    own = CEILING * (1 - np.exp(-np.exp(constants.baseline) / CEILING))
    chances = channel_chances(np.zeros(1), np.full(1, SELF_REPORT_CHANCE), constants.scenario)
    return float(own * detection_chance(chances)[0])


@dataclass(frozen=True)
class _Known:
    """What the filter takes as given, (n, months) over past and horizon, and the grid of what is not seen (n, points).

    ``given`` is log-intensity without the grid's part; ``detection`` the chance of record, ``known`` the share of
    records that is known by now, ``door`` how open a participant is to contagion.
    """

    given: Floats
    live: Floats
    suspended: Floats
    detection: Floats
    known: Floats
    door: Floats
    trace_odds: Floats
    grid: Floats
    prior: Floats

    @classmethod
    def of(cls, seen: Evidence, constants: Constants, day: float, future: int) -> "_Known":
        scenario, calendar = constants.scenario, constants.calendar
        group, total = TYPE_GROUP[seen.business_type], seen.months + future
        volume = _log_volumes(seen)
        rank = (volume.mean(axis=1) - TYPICAL_LOG_VOLUME[seen.business_type]) / (
            scenario.volume_sd * VOLUME_SPREAD[seen.business_type]
        )
        corridor, chance = view_corridors(seen, constants), weigh_weakness(seen, scenario.evasion)
        given = VOLUME_ELASTICITY[group][:, None] * (_onward(volume, future) - np.log(60.0))
        given = given + TYPE_EFFECT[seen.business_type][:, None]
        given += draw_vigilance(seen.visits, seen.enrolled, months=total, evasion=scenario.evasion)
        if corridor.later is not None:
            moved = scenario.corridor_sd * (corridor.later - corridor.mean) + LATER_LEVEL
            moved = scenario.drift * (moved + (LATER_TYPE_EFFECT - TYPE_EFFECT)[seen.business_type])
            given += moved[:, None] * np.pad(ramp(calendar), (0, total), mode="edge")[:total]
        effect = scenario.weakness_sd * bend(WEAKNESSES) * volume_leverage(rank)[:, None]
        variance = scenario.corridor_sd**2 * corridor.variance + scenario.frailty_sd**2
        grid, prior = _lasting(effect + scenario.corridor_sd * corridor.mean[:, None], chance, variance)
        suspended = _onward(seen.suspended.astype(np.float64), future) * (np.arange(total) < seen.months)
        rates = _exam_rates(seen, corridor.exam_factor, future)
        weakness = chance @ WEAKNESSES
        middle = np.asarray(np.arange(total) * MONTH_DAYS + MONTH_DAYS / 2, dtype=np.float64)
        known = np.where(np.arange(total) < seen.months, share_known(middle, day, calendar.days, scenario), 1.0)
        return cls(
            given=given,
            live=_onward(seen.live.astype(np.float64), future),
            suspended=suspended,
            detection=_detection(seen, rates, constants),
            known=known,
            door=0.5 + expit(weakness),
            trace_odds=_trace_odds(seen, weakness, future),
            grid=grid,
            prior=prior,
        )


def _onward(values: Floats, months: int) -> Floats:
    """The values (n, months) and as many further months like the last."""
    return np.pad(values, ((0, 0), (0, months)), mode="edge")


def _log_volumes(seen: Evidence) -> Floats:
    """Log of usual shipments (n, months): a moving average over seven months, with half a month of the type's usual."""
    moved = seen.activity["shipments"]
    weight = np.isfinite(moved) * np.where(seen.suspended, SUSPENDED_VOLUME, 1.0)
    window = np.array([[0.25, 0.5, 1.0, 1.0, 1.0, 0.5, 0.25]])
    usual = np.exp(TYPICAL_LOG_VOLUME[seen.business_type])[:, None]
    near = convolve(np.nan_to_num(moved), window, mode="same")
    asked = convolve(weight, window, mode="same")
    whole, whole_asked = np.nansum(moved, axis=1)[:, None], weight.sum(axis=1)[:, None]
    mean = (whole + 0.5 * usual) / (whole_asked + 0.5)
    return np.asarray(np.log((near.clip(min=0) + 0.5 * mean) / (asked.clip(min=0) + 0.5) + 1e-6), dtype=np.float64)


def _lasting(centers: Floats, chance: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Grid and chance of the lasting part: a mixture of normals over the weaknesses (n, points)."""
    mean = (chance * centers).sum(axis=1)
    spread = np.sqrt((chance * (centers - mean[:, None]) ** 2).sum(axis=1) + variance)
    grid = mean[:, None] + spread[:, None] * np.linspace(-3.2, 4.2, POINTS)
    prior = np.zeros_like(grid)
    for place in range(centers.shape[1]):
        distance = (grid - centers[:, [place]]) ** 2 / (2 * variance[:, None])
        prior += chance[:, [place]] * np.exp(-distance)
    return grid, prior / prior.sum(axis=1, keepdims=True)


def _exam_rates(seen: Evidence, usual_factor: Floats, future: int) -> Floats:
    """Examination rates (n, months): that of tier and suspension times a factor learned from what was examined."""
    exams, expected = np.nansum(seen.activity["exams"], axis=1), usual_exams(seen)
    factor = (exams + 5.0) / (expected + 5.0 / usual_factor)
    past = np.where(seen.suspended, SUSPENDED_EXAM_RATE, EXAM_RATE[seen.tier])
    later = np.repeat(EXAM_RATE[seen.tier[:, -1:]], future, axis=1)
    return np.asarray((factor[:, None] * np.concatenate([past, later], axis=1)).clip(max=MOST_EXAMINED))


def _detection(seen: Evidence, rates: Floats, constants: Constants) -> Floats:
    """Chance of record (n, months); where some conceal, averaged over who is honest given who found the incidents."""
    scenario, group = constants.scenario, TYPE_GROUP[seen.business_type]
    if scenario.honest_share is None:
        chance = detection_chance(channel_chances(rates, np.full((len(seen), 1), SELF_REPORT_CHANCE), scenario))
    else:
        odds = scenario.honest_share / (1 - scenario.honest_share)
        odds = odds * np.exp(seen.own_reports * np.log(0.6 / 0.02) + seen.others * np.log(0.4 / 0.98))
        honest = (odds / (1 + odds))[:, None]
        frank, closed = (
            detection_chance(channel_chances(rates, np.full((len(seen), 1), report), scenario))
            for report in (HONEST_REPORT_CHANCE, 0.0)
        )
        chance = honest * frank + (1 - honest) * closed
    turned = np.arange(rates.shape[1]) >= constants.calendar.turning
    before, after = (counted_share(scenario, group, after=late)[:, None] for late in (False, True))
    return np.asarray(chance * np.where(turned, after, before), dtype=np.float64)


def _trace_odds(seen: Evidence, weakness: Floats, future: int) -> Floats:
    """Log likelihood ratio of each month's discrepancies, traces of an episode against none (n, months)."""
    exams, found = (np.nan_to_num(seen.activity[name]) for name in ("exams", "discrepancies"))
    logit = (-3.6 + weakness)[:, None]
    with_traces, without = expit(logit + 1.4), expit(logit)
    ratio = found * np.log(with_traces / without) + (exams - found) * np.log((1 - with_traces) / (1 - without))
    return np.pad(ratio.clip(-20, 20), ((0, 0), (0, future)))


class _Filter:
    """The chances of every participant's states, moved on month by month.

    ``chance`` is (4, n, points): left alone, probed, infiltrated with few, with many incidents a month.
    """

    def __init__(self, seen: Evidence, known: _Known, constants: Constants) -> None:
        self.seen, self.known, self.constants = seen, known, constants
        self.chance = np.concatenate([known.prior[None], np.zeros((3, *known.prior.shape))])
        self.lift = np.exp(constants.spread * known.grid)
        self.pull = np.exp(0.6 * known.grid)
        self.memory = np.zeros(len(seen))
        self.spurious = SPURIOUS * seen.counts.mean()
        self.level = constants.scenario.episode_level * LEVELS

    def advance(self, month: int) -> Floats:
        """Move to ``month`` and weigh it by what is known of it; gives the expected recorded incidents (n,) before."""
        past = month < self.seen.months
        source, target, start, stop = self.seen.ties
        day = min(month, self.seen.months) * MONTH_DAYS
        holds = (start <= day) & (stop > day)
        source, target = source[holds], target[holds]
        self._move(month, source, target)
        own, expected = self._rates(month, source, target)
        detection = self.known.detection[:, month]
        joint = self._joint(expected, source)
        recorded = detection * expected + np.bincount(
            target, weights=(joint * detection)[source], minlength=len(self.seen)
        )
        if past:
            self._weigh(month, own, recorded - detection * expected)
            after = np.einsum("snp,snp->n", own, self.chance)
            counts = self.seen.counts[:, month]
            unseen = (1 - detection * self.known.known[month]) * after
            self.memory = MEMORY * self.memory + counts + unseen
        else:
            self.memory = MEMORY * self.memory + expected
        return recorded

    def _move(self, month: int, source: Ints, target: Ints) -> None:
        """Episodes begin where intensity is high and among partners of the infiltrated; others end."""
        alone, probed, few, many = self.chance
        pull = self.pull * np.exp(0.6 * (self.known.given[:, [month]] - self.constants.center))
        mean = float((pull * self.known.prior).sum(axis=1).mean())
        hazard = (pull * (self.constants.scenario.episodes_per_year / 12 / mean)).clip(max=0.05)
        held = (few + many).sum(axis=1)
        # A partner joins within four months of the beginning; four of nine months of an episode are such.
        joins = JOIN_SHARE / 9 * np.bincount(target, weights=held[source], minlength=len(self.seen))
        begins = alone * (hazard + joins[:, None]).clip(max=0.5)
        opens, ends = probed / PROBE_MONTHS, (few + many) * (1 - STAY)
        self.chance = np.stack(
            [alone - begins + ends, probed + begins - opens, STAY * few + opens / 2, STAY * many + opens / 2]
        )

    def _rates(self, month: int, source: Ints, target: Ints) -> tuple[Floats, Floats]:
        """True incidents to be expected in each state (4, n, points), and over all states (n,)."""
        scenario, known = self.constants.scenario, self.known
        group = TYPE_GROUP[self.seen.business_type]
        base = self.constants.baseline + self.constants.spread * (known.given[:, month] - self.constants.center)
        base = base + VOLUME_ELASTICITY[group] * np.log(SUSPENDED_VOLUME) * known.suspended[:, month]
        pressure = np.bincount(target, weights=self.memory[source], minlength=len(self.seen))
        more = (1 + scenario.excitation * (1 - np.exp(-self.memory))) * (
            1 + scenario.contagion * known.door * (1 - np.exp(-pressure / 2))
        )
        alone = np.exp(base)[:, None] * self.lift
        rate = np.stack([alone, alone, *(BOOST * alone + level for level in self.level)]) * more[:, None]
        own = CEILING * (1 - np.exp(-rate / CEILING)) * known.live[:, [month]]
        return own, np.einsum("snp,snp->n", own, self.chance)

    def _joint(self, expected: Floats, source: Ints) -> Floats:
        """Incidents that each participant shares with each of its partners (n,)."""
        degree = np.bincount(source, minlength=len(self.seen))
        return np.asarray(self.constants.scenario.joint_share * expected / degree.clip(min=1), dtype=np.float64)

    def _weigh(self, month: int, own: Floats, joint: Floats) -> None:
        """Bayes' rule with the recorded incidents and the discrepancies of the month."""
        detection = (self.known.detection[:, month] * self.known.known[month])[:, None]
        mean = own * detection + (joint[:, None] * self.known.known[month] + self.spurious)
        likelihood = np.exp(-mean)
        counts = self.seen.counts[:, month]
        hit = np.flatnonzero(counts)
        likelihood[:, hit] *= mean[:, hit] ** counts[hit, None]
        traces = np.exp(self.known.trace_odds[:, month])[:, None]
        likelihood[1:] *= traces
        self.chance = self.chance * likelihood
        self.chance /= self.chance.sum(axis=(0, 2))[None, :, None]
