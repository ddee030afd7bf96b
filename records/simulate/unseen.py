"""What nobody sees of a participant, reasoned back from what the record shows: its corridor and its weakness.

Bayes' rule with the simulator's own chances. The corridor is one of the possible (origin, mode, port), told apart by
firm, office, examinations, crossings and what incidents say; the weakness lies on a grid beside the common culture,
told by findings and by discrepancies. Residuals that one category keeps from visit to visit are taken as independent.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from records.simulate.activity import EXAM_RATE, MODE_EXAM, REGION_SCRUTINY, SUSPENDED_EXAM_RATE
from records.simulate.constants import Constants
from records.simulate.evidence import Evidence
from records.simulate.geography import (
    COUNTRY_REGION,
    MODE_NAMES,
    OFFICES,
    PORT_OFFICE,
    PORTS,
    CorridorRisk,
    mode_weights,
    port_weights,
)
from records.simulate.population import TYPE_GROUP, chance_abroad, origin_weights
from records.simulate.risk import GROUP_REGION
from records.simulate.streams import Floats, Ints
from records.simulate.visits import HIDDEN, RELEVANT
from records.tables import BUSINESS_TYPES, CRITERIA_CATEGORIES

_TINY = 1e-12
WEAKNESSES = np.linspace(-3.2, 3.6, 18)
CULTURES = np.linspace(-2.8, 2.8, 9)


@dataclass(frozen=True)
class CorridorView:
    """Mean and variance of a corridor's log effect, of the later one's mean, and the usual factor on examination."""

    mean: Floats
    variance: Floats
    later: Floats | None
    exam_factor: Floats


def view_corridors(seen: Evidence, constants: Constants) -> CorridorView:
    """What is known of each participant's corridor: arrays (n,)."""
    origin, mode, port = _possible()
    region = COUNTRY_REGION[origin]
    chance = _log_prior(seen, origin, mode, port) + _log_likelihood(seen, constants, origin, mode, port)
    chance = np.exp(chance - chance.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    group = TYPE_GROUP[seen.business_type]
    effect = _effects(constants.corridors, group, seen.office, origin, port)
    mean = (chance * effect).sum(axis=1)
    later = None
    if constants.later_corridors is not None:
        later = (chance * _effects(constants.later_corridors, group, seen.office, origin, port)).sum(axis=1)
    factor = MODE_EXAM[mode] * REGION_SCRUTINY[region]
    spread = (chance * (effect - mean[:, None]) ** 2).sum(axis=1)
    return CorridorView(mean, spread, later, chance @ factor)


def _possible() -> tuple[Ints, Ints, Ints]:
    likely = port_weights()[COUNTRY_REGION] > 1e-6
    return tuple(places.astype(np.int64) for places in np.nonzero(likely))  # type: ignore[return-value]


def _log_prior(seen: Evidence, origin: Ints, mode: Ints, port: Ints) -> Floats:
    """Log chance of each possible corridor (n, possible), by business type, country and field office."""
    types, region = np.arange(len(BUSINESS_TYPES)), COUNTRY_REGION[origin]
    origins = origin_weights() / origin_weights().sum(axis=1, keepdims=True)
    modes = np.repeat((mode_weights() / mode_weights().sum(axis=1, keepdims=True))[None], len(types), axis=0)
    for kinds, name, first in (((1, 5), "truck", 0), ((8, 9), "sea", 2), ((10,), "air", 0), ((11,), "rail", 0)):
        sure = np.zeros(len(MODE_NAMES))
        sure[MODE_NAMES.index(name)] = 1.0
        for kind in kinds:
            modes[kind, first:] = sure
    ports = port_weights()[region, mode, port] / port_weights().sum(axis=2)[region, mode]
    by_type = origins[:, origin] * modes[:, region, mode] * ports
    abroad = chance_abroad()[:, origin][seen.business_type]
    home = (seen.country < 0)[:, None]
    firm = np.where(home, 1 - abroad, abroad * (seen.country[:, None] == origin))
    office = 0.88 * (seen.office[:, None] == PORT_OFFICE[port]) + 0.12 / len(OFFICES)
    return np.asarray(np.log(by_type[seen.business_type] + _TINY) + np.log(firm + 1e-6) + np.log(office))


def _log_likelihood(seen: Evidence, constants: Constants, origin: Ints, mode: Ints, port: Ints) -> Floats:
    shipments, crossings = (np.nansum(seen.activity[name], axis=1) for name in ("shipments", "crossings"))
    over_land = mode <= MODE_NAMES.index("rail")
    enough = shipments > 20
    odd = np.where(crossings[:, None] > 0, ~over_land, over_land & enough[:, None])
    likelihood = -40.0 * odd
    if not constants.scenario.targeting:
        exams = np.nansum(seen.activity["exams"], axis=1)
        factor = MODE_EXAM[mode] * REGION_SCRUTINY[COUNTRY_REGION[origin]]
        expected = usual_exams(seen)[:, None] * factor
        likelihood = likelihood + exams[:, None] * np.log(factor) - expected
    elsewhere, unlike = 0.12 / len(PORTS), 0.02
    likelihood = likelihood + seen.ports[:, port] * np.log((0.88 + elsewhere) / elsewhere)
    return np.asarray(likelihood + seen.origins[:, origin] * np.log(1 / unlike), dtype=np.float64)


def usual_exams(seen: Evidence) -> Floats:
    """Examinations to be expected of each participant's past by tier and suspension alone: (n,)."""
    rate = np.where(seen.suspended, SUSPENDED_EXAM_RATE, EXAM_RATE[seen.tier])
    moved = np.fmax(seen.activity["shipments"], seen.activity["crossings"])
    return np.asarray(np.nansum(moved * rate, axis=1), dtype=np.float64)


def _effects(corridors: CorridorRisk, group: Ints, office: Ints, origin: Ints, port: Ints) -> Floats:
    place = corridors.country[origin] + corridors.port[port]
    kind = GROUP_REGION[:, COUNTRY_REGION[origin]][group]
    return np.asarray(place[None, :] + kind + corridors.group_office[group, office][:, None], dtype=np.float64)


def weigh_weakness(seen: Evidence, evasion: float) -> Floats:
    """Chance of each of WEAKNESSES for each participant (n, grid), from findings and discrepancies."""
    loading = 0.8 / 0.87
    culture = np.exp(-(CULTURES**2) / 2)
    own = np.exp(-((WEAKNESSES[:, None] - loading * CULTURES) ** 2) / (2 * 0.12 / 0.87**2))
    log = np.log(own * culture)[None] + _findings(seen, evasion)
    log = log + _discrepancies(seen)[:, :, None]
    chance = np.exp(log - log.max(axis=(1, 2), keepdims=True)).sum(axis=2)
    return np.asarray(chance / chance.sum(axis=1, keepdims=True), dtype=np.float64)


def _findings(seen: Evidence, evasion: float) -> Floats:
    """Log likelihood of all findings (n, weaknesses, cultures)."""
    visits, size, slope = seen.visits, len(seen), 1.4 * (1 - HIDDEN * evasion)
    relevant = np.zeros((len(RELEVANT), len(CRITERIA_CATEGORIES)), dtype=np.bool_)
    for kind, names in RELEVANT.items():
        relevant[kind] = np.isin(CRITERIA_CATEGORIES, names)
    mine = relevant[TYPE_GROUP[seen.business_type[visits.participant]]]
    log = np.zeros((size, len(WEAKNESSES), len(CULTURES)))
    for number in range(int(visits.number.max(initial=-1)) + 1):
        now = visits.number == number
        made = np.bincount(visits.participant[now], minlength=size)
        for part, level, rest in (
            (mine, 0.87 * WEAKNESSES[:, None] + 0 * CULTURES, 0.24),
            (~mine, 0.8 * CULTURES + 0 * WEAKNESSES[:, None], 0.36),
        ):
            hits = np.bincount(visits.participant[now], (visits.found & part)[now].sum(axis=1), size)
            asked = made * int(part.sum(axis=1)[0]) if len(part) else made
            logit = (-1.9 - 0.12 * number + slope * level - evasion) / np.sqrt(1 + np.pi * slope**2 * rest / 8)
            log += hits[:, None, None] * np.log(expit(logit)) + (asked - hits)[:, None, None] * np.log(expit(-logit))
    return log


def _discrepancies(seen: Evidence) -> Floats:
    """Log likelihood of the discrepancies of quiet months (n, weaknesses): those beyond any weakness are left out."""
    exams, found = seen.activity["exams"], seen.activity["discrepancies"]
    quiet = np.nan_to_num(found) <= 0.3 * np.nan_to_num(exams) + 1
    hits, asked = (np.nansum(np.where(quiet, values, 0.0), axis=1) for values in (found, exams))
    logit = -3.6 + WEAKNESSES
    return np.asarray(hits[:, None] * np.log(expit(logit)) + (asked - hits)[:, None] * np.log(expit(-logit)))
