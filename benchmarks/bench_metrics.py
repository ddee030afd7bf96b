"""Seconds to judge one ranking of a program's size by every figure with 1,000 draws: floor 2 s.

    python -m benchmarks.bench_metrics

12,000 participants, 180 positives, 5 % not yet known, a probability and an expected count; the slice of everyone. The
first run compiles or loads the kernels and is not counted; the median of five is told, on one thread.
"""

import time

import numpy as np
import pandas as pd

from training.backtest_config import BacktestConfig
from training.forecasts import Reference
from training.intervals import draw_participants
from training.judging import Cohort, judge

ROWS, POSITIVES, REPLICATES, FLOOR_SECONDS = 12_000, 180, 1_000, 2.0


def program(seed: int) -> Cohort:
    """A cohort in which the ranking knows a part of the risk."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=ROWS)
    positive = np.zeros(ROWS, dtype=bool)
    positive[np.argsort(-(risk + 1.5 * rng.gumbel(size=ROWS)))[:POSITIVES]] = True
    known = rng.random(ROWS) > 0.05
    probability = 1 / (1 + np.exp(4.6 - risk))
    incidents = np.where(positive, 1.0 + rng.poisson(0.4, ROWS), 0.0)
    return Cohort(
        origin=pd.Timestamp("2020-01-01"),
        participant_ids=np.array([f"p{row:05d}" for row in range(ROWS)], dtype=object),
        positive=positive & known,
        incidents=np.where(known, incidents, 0.0),
        weight=np.where(known, 1 / 0.95, 0.0),
        slices={"all": np.ones(ROWS, dtype=bool)},
        rankings={"model": risk},
        probabilities={"model": probability},
        expected_counts={"model": 1.3 * probability},
        severity=incidents * 3.0,
        usual_order=rng.integers(0, 1500, ROWS).astype(np.float64),
        reference=Reference(0.015, 0.02),
    )


def main() -> int:
    """Print the seconds; exit status 1 above the floor."""
    cohort, config = program(1), BacktestConfig(replicates=REPLICATES)
    draws = draw_participants(cohort.participant_ids, replicates=REPLICATES, seed=7)
    seconds = []
    for _ in range(6):
        began = time.perf_counter()
        figures = judge(cohort, config, draws)
        seconds.append(time.perf_counter() - began)
    took = float(np.median(seconds[1:]))
    print(
        f"{len(figures)} figures of {ROWS:,} rows with {REPLICATES:,} draws: {took:.2f} s (floor {FLOOR_SECONDS:g} s)"
    )
    return int(took > FLOOR_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
