"""Bring a program's recorded totals to the audit's, for every seed.

Independent draws of so heavy a tail would move the total by 8 % from seed to seed. The real program is one draw and its
totals are known, so each seed's baseline and spread are solved for on the common random numbers of that very program.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from records.progress import Report
from records.simulate.incidents import History, Luck, World, run_history

INVOLVED_IN_AUDIT, INCIDENTS_IN_AUDIT, PARTICIPANTS_IN_AUDIT, YEARS_IN_AUDIT = 480, 2200, 11_700, 5
FEWEST_INVOLVED, FEWEST_INCIDENTS = 20, 90
"""Floor for tiny programs, where proportion would leave nothing to learn from."""

PERFECT, GOOD_ENOUGH = 0.008, 0.03
"""Gaps (log ratios) at which a search stops, and at which its best is taken."""
SPREADS = (0.5, 3.2)
ROUNDS, NESTED_ROUNDS = 24, 9


@dataclass(frozen=True)
class Target:
    """Recorded totals inside the calibration window: participants involved, and distinct incidents."""

    involved: float
    incidents: float


@dataclass(frozen=True)
class Fit:
    """The solved baseline and spread, the history they give, and how far (log ratio) its totals are from the target."""

    baseline: float
    spread: float
    history: History
    gap: tuple[float, float]

    @property
    def size(self) -> float:
        """The larger of the two gaps; the total counts a little more."""
        return max(1.2 * abs(self.gap[0]), abs(self.gap[1]))


def target_for(participants: int, years: float) -> Target:
    """The audit's totals in proportion to size and years, with a floor; ``years`` is the window's length."""
    share = participants / PARTICIPANTS_IN_AUDIT
    involved = INVOLVED_IN_AUDIT * share * (years / YEARS_IN_AUDIT) ** 0.6
    incidents = INCIDENTS_IN_AUDIT * share * years / YEARS_IN_AUDIT
    return Target(max(involved, FEWEST_INVOLVED), max(incidents, FEWEST_INCIDENTS))


def calibrate(world: World, luck: Luck, target: Target, report: Report) -> Fit:
    """Solve baseline and spread so that recorded totals meet ``target``, and give the best of all histories tried.

    Totals are step functions of the two, so the search stops within 0.8 %. A damped Broyden search needs 5 to 20
    histories; where it ends beyond 3 % (tiny programs, strong contagion), nested bisection follows. Where all
    participants are equal there is no spread to solve for, and only the incidents are met.
    """

    def evaluate(baseline: float, spread: float) -> Fit:
        history = run_history(world, luck, baseline, spread)
        return Fit(baseline, spread, history, _gaps(world, history, target))

    if world.scenario.equal:
        return _meet_incidents(evaluate, 1.0)
    best = _search(evaluate, report)
    return best if best.size < GOOD_ENOUGH else min(best, _bisect(evaluate, report), key=lambda fit: fit.size)


Evaluate = Callable[[float, float], Fit]


def _gaps(world: World, history: History, target: Target) -> tuple[float, float]:
    first = world.calendar.window_start
    incidents = max(1, int(history.recorded[:, first:].sum()))
    involved = max(1, int((history.involved(first) > 0).sum()))
    return float(np.log(incidents / target.incidents)), float(np.log(involved / target.involved))


def _search(evaluate: Evaluate, report: Report) -> Fit:
    """Broyden's method from a usual slope, with limited steps."""
    slope = np.array([[0.9, 1.6], [0.8, 0.6]])
    point = np.array([-16.0, 1.6])
    fit = best = evaluate(*point.tolist())
    for done in range(ROUNDS):
        report("calibrate", done, ROUNDS)
        if best.size < PERFECT:
            break
        gap = np.array(fit.gap)
        following = point + np.clip(-np.linalg.solve(slope, gap), [-2.0, -0.25], [2.0, 0.25])
        following[1] = np.clip(following[1], *SPREADS)
        moved = following - point
        fit = evaluate(*following.tolist())
        error = np.array(fit.gap) - gap - slope @ moved
        correction = np.outer(error, moved) / max(float(moved @ moved), 1e-9)
        if np.linalg.norm(moved) > 0.01 and np.linalg.cond(slope + correction) < 60:
            slope = slope + correction
        point = following
        best = min(best, fit, key=lambda each: each.size)
    report("calibrate", ROUNDS, ROUNDS)
    return best


def _bisect(evaluate: Evaluate, report: Report) -> Fit:
    """Bisection on the spread, and inside it on the baseline.

    Incidents rise with the baseline; at a fixed total, a larger spread puts them on fewer participants.
    """
    low, high = SPREADS
    fit = best = _meet_incidents(evaluate, (low + high) / 2)
    for done in range(1, NESTED_ROUNDS):
        report("calibrate further", done, NESTED_ROUNDS)
        if best.size < PERFECT:
            break
        low, high = (fit.spread, high) if fit.gap[1] > 0 else (low, fit.spread)
        fit = _meet_incidents(evaluate, (low + high) / 2)
        best = min(best, fit, key=lambda each: each.size)
    report("calibrate further", NESTED_ROUNDS, NESTED_ROUNDS)
    return best


def _meet_incidents(evaluate: Evaluate, spread: float) -> Fit:
    low, high = -45.0, 0.0
    best = evaluate((low + high) / 2, spread)
    fit = best
    for _ in range(NESTED_ROUNDS + 4):
        if abs(best.gap[0]) < PERFECT:
            break
        low, high = (low, fit.baseline) if fit.gap[0] > 0 else (fit.baseline, high)
        fit = evaluate((low + high) / 2, spread)
        best = min(best, fit, key=lambda each: abs(each.gap[0]))
    return best
