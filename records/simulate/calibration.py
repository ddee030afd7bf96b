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
    """Solve baseline and spread so that recorded totals meet ``target``, by a damped Broyden search.

    Totals are step functions of the two, so the search stops within 0.8 % or after 24 histories and gives the best.
    """

    def evaluate(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Fit:
        history = run_history(world, luck, float(point[0]), float(point[1]))
        return Fit(float(point[0]), float(point[1]), history, _gaps(world, history, target))

    return _search(evaluate, np.array([-7.6, 1.0]), report)


def _gaps(world: World, history: History, target: Target) -> tuple[float, float]:
    first = world.calendar.window_start
    incidents = max(1, int(history.recorded[:, first:].sum()))
    involved = max(1, int((history.involved(first) > 0).sum()))
    return float(np.log(incidents / target.incidents)), float(np.log(involved / target.involved))


def _search(
    evaluate: Callable[[np.ndarray[tuple[int], np.dtype[np.float64]]], Fit],
    start: np.ndarray[tuple[int], np.dtype[np.float64]],
    report: Report,
    rounds: int = 24,
) -> Fit:
    slope = np.array([[0.9, 1.6], [0.8, 0.6]])
    point, fit = start, evaluate(start)
    best = fit
    for done in range(rounds):
        report("calibrate", done, rounds)
        if best.size < 0.008:
            break
        gap = np.array(fit.gap)
        step = np.clip(-np.linalg.solve(slope, gap), [-1.5, -0.2], [1.5, 0.2])
        following = point + step
        following[1] = np.clip(following[1], 0.4, 2.0)
        moved = following - point
        after = evaluate(following)
        correction = np.outer(np.array(after.gap) - gap - slope @ moved, moved) / max(float(moved @ moved), 1e-9)
        if np.linalg.norm(moved) > 0.01 and np.linalg.cond(slope + correction) < 60:
            slope = slope + correction
        point, fit = following, after
        best = min(best, fit, key=lambda each: each.size)
    report("calibrate", rounds, rounds)
    return best
