"""A simulated program, small enough for a test and large enough to learn from; made once a session."""

import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from models.spec import ModelSpec
from records.ingest import ingest
from records.known import Records
from records.lake import Lake
from records.simulate.program import simulate_program
from training.splits import SplitPlan
from training.train import TrainConfig

END = pd.Timestamp("2024-10-01")
SMALL_SPEC = ModelSpec(rounds=30, leaves=4, learning_rate=0.15, min_child_rows=20, replicas=4, replica_rounds=10)
SMALL_CONFIG = TrainConfig(plan=SplitPlan(calibration_dates=2, step_months=6), spec=SMALL_SPEC, seed=5)


@cache
def small_program() -> Records:
    with tempfile.TemporaryDirectory() as folder:
        raw, lake = Path(folder) / "raw", Lake(Path(folder) / "lake")
        simulate_program(raw, participants=1500, years=6, seed=101)
        ingest(raw, lake, now=pd.Timestamp("2026-11-24"))
        return lake.read()
