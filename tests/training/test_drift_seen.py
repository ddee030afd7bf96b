"""A model fitted before its program drifted: what it expects of field offices is off, and learning again repairs it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from simulated_record import simulated_record

from features.matrix import build_matrix
from models.cohort_view import prepared_of
from models.spec import ModelSpec
from records.known import Records, known_before
from records.resolved import resolve
from training.fitting import fit_version
from training.learning_rows import spine_at
from training.splits import SplitPlan
from training.train_config import TrainConfig
from training.truth import true_rankings

END = pd.Timestamp("2024-10-01")
YEARS = 8
CONFIG = TrainConfig(
    SplitPlan(calibration_dates=2),
    ModelSpec(rounds=60, leaves=4, learning_rate=0.12, min_child_rows=30, replicas=0),
)
LEAST_EXPECTED = 2.0
"""Field offices with fewer truly expected positives are left out."""


def repaired(scenario: str, seed: int) -> float:
    """How much nearer to the truth a fresh model expects of field offices than one fitted at half time does.

    Nearness is the root mean square of log(expected over true) between offices, the program's own level taken out.
    """
    made = simulated_record.__wrapped__(2500, YEARS, seed, scenario=scenario)
    records = Records(made.tables, f"{scenario}-{seed}")
    at = END - pd.Timedelta(days=365)
    half = END - pd.Timedelta(days=365 * YEARS // 2)
    past = resolve(known_before(records, at))
    spine = spine_at(past, [at])
    true = true_rankings(made.truth["intensity"], spine["participant_id"], at, 365)["truth_recorded"]
    latest = past["participants"].drop_duplicates("participant_id", keep="last").set_index("participant_id")
    offices = latest.loc[spine["participant_id"], "field_office"].to_numpy()

    def off(cut: pd.Timestamp) -> float:
        model = fit_version(known_before(records, cut), CONFIG).model
        matrix = build_matrix(prepared_of(model, past), spine, features=list(model.features))
        found = pd.DataFrame({"expected": model.probability(model.margin(matrix)), "true": 1 - np.exp(-true)})
        sums = found.groupby(offices).sum()
        sums = sums[sums["true"] >= LEAST_EXPECTED]
        ratio = np.log(sums["expected"] / sums["true"])
        return float(np.sqrt(np.average((ratio - np.average(ratio, weights=sums["true"])) ** 2, weights=sums["true"])))

    return off(half) - off(at)


def mean_repaired(scenario: str, seeds: Sequence[int]) -> float:
    return float(np.mean([repaired(scenario, seed) for seed in seeds]))


@pytest.mark.long
def test_learning_again_repairs_what_drift_has_moved_and_nothing_where_nothing_drifted():
    seeds = (31, 32, 33, 34)
    drifted, usual = mean_repaired("drift", seeds), mean_repaired("gao", seeds)
    assert drifted > 0.03
    assert drifted > usual + 0.05
