"""Every participant of a simulated program in both manners: once honest, once concealing, all else being equal.

The program is drawn twice with the same chances; in the second drawing as many of the concealers report as were honest
in the first, and the honest conceal. So the same participant with the same trade, size, partners and true incidents
stands on the one list as an honest reporter and on the other as a concealer.
"""

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pandas as pd
from simulated_record import simulated_record

from models.cohort_view import prepared_of, values_at
from models.fitted import RiskModel
from records.known import Records
from records.resolved import resolve
from records.simulate import population, program
from records.simulate.calibration import Fit
from records.simulate.detection import HONEST_REPORT_CHANCE
from records.simulate.incidents import Luck, World, run_history
from records.simulate.observers import draw_honesty
from records.simulate.scenarios import Scenario
from training.learning_rows import spine_at
from training.truth import true_rankings

Floats = npt.NDArray[np.float64]

ALIKE = 0.1
"""Twins are compared whose true intensities to come differ by no more than this share. What is recorded has
consequences (a suspension idles a firm), so that a few end up unequal."""


@dataclass(frozen=True)
class Twins:
    """The record of either drawing, who is honest in each, and the true intensities in each."""

    usual: Records
    exchanged: Records
    honest: pd.Series
    honest_exchanged: pd.Series
    truth: pd.DataFrame
    truth_exchanged: pd.DataFrame


def draw_twins(participants: int, years: int, seed: int) -> Twins:
    """Both drawings of ``self_reporters``."""
    told = {"scenario": "self_reporters"}
    usual = simulated_record.__wrapped__(participants, years, seed, **told)
    kept = usual.constants

    def same_level(world: World, luck: Luck, *_: object) -> Fit:
        return Fit(kept.baseline, kept.spread, run_history(world, luck, kept.baseline, kept.spread), (0.0, 0.0))

    with patch.object(population, "draw_honesty", _exchanged), patch.object(program, "calibrate", same_level):
        other = simulated_record.__wrapped__(participants, years, seed, **told)
    return Twins(
        resolve(Records(usual.tables, f"usual-{seed}")),
        resolve(Records(other.tables, f"exchanged-{seed}")),
        _honest(usual.truth["reporters"]),
        _honest(other.truth["reporters"]),
        usual.truth["intensity"],
        other.truth["intensity"],
    )


def _exchanged(rng: np.random.Generator, size: int, scenario: Scenario) -> tuple[Floats, npt.NDArray[np.bool_]]:
    _, honest = draw_honesty(rng, size, scenario)
    assert honest is not None
    chosen = np.zeros(size, dtype=bool)
    chosen[np.flatnonzero(~honest)[: honest.sum()]] = True
    return np.where(chosen, HONEST_REPORT_CHANCE, 0.0), chosen


def _honest(reporters: pd.DataFrame) -> pd.Series:
    return reporters.set_index("participant_id")["manner"].eq("honest")


@dataclass(frozen=True)
class Compared:
    """Of participants that are honest in one drawing and conceal in the other.

    ``above`` is 1 where the honest twin has the higher margin, 0 where the concealing one has, one half for both alike;
    ``intensity`` is the true number of incidents to come, in the year after.
    """

    above: Floats
    intensity: Floats
    honest_first: npt.NDArray[np.bool_]

    def share(self, riskiest: float = 1.0) -> float:
        """How often the honest twin stands above, among this share of the truly riskiest; either order counts alike."""
        chosen = self.intensity >= np.quantile(self.intensity, 1 - riskiest)
        return float(np.mean([self.above[chosen & (self.honest_first == first)].mean() for first in (True, False)]))


def compare(twins: Twins, model: RiskModel, as_of: pd.Timestamp) -> Compared:
    """Score everyone in both drawings with one model, each twin in its own program."""
    spines = [spine_at(records, [as_of])["participant_id"] for records in (twins.usual, twins.exchanged)]
    both = spines[0][spines[0].isin(spines[1])]
    both = both[(twins.honest[both] != twins.honest_exchanged[both]).to_numpy()]
    to_come = [true_rankings(truth, both, as_of, 365)["truth"] for truth in (twins.truth, twins.truth_exchanged)]
    equal = np.abs(to_come[0] - to_come[1]) <= ALIKE * np.maximum(*to_come)
    both, intensity = both[equal], to_come[0][equal]
    margin = [
        model.margin_of(values_at(model, prepared_of(model, records), list(both), as_of))
        for records in (twins.usual, twins.exchanged)
    ]
    first = twins.honest[both].to_numpy(dtype=bool)
    honest, concealing = np.where(first, margin, margin[::-1])
    return Compared(
        np.where(honest == concealing, 0.5, honest > concealing).astype(np.float64),
        intensity,
        first,
    )
