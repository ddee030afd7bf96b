"""A Gamma-Poisson program as dated slices with the day of each first incident: to fit, to calibrate, and to judge."""

from dataclasses import replace
from functools import cache

import numpy as np
from history_rows import program

from models.spec import ModelSpec, TrainingSlice

QUICK_TREES = ModelSpec(rounds=40, leaves=4, learning_rate=0.1, l2=1.0, min_child_rows=20)


def dated(seed: int, size: int, years: tuple[int, ...]) -> TrainingSlice:
    part, _ = program(seed, size, shape=0.3, rate=1.5)
    rng = np.random.default_rng([seed, 9])
    first = np.array([365.0 * rng.random(int(n)).min() if n else np.nan for n in part.incidents])
    dates = np.array([f"{year}-01-01" for year in years], dtype="datetime64[us]")
    return replace(part, as_of=dates[np.arange(size) % len(years)], event_days=first)


@cache
def dated_slices() -> tuple[TrainingSlice, TrainingSlice, TrainingSlice]:
    return dated(1, 4000, (2015, 2016)), dated(2, 3000, (2017, 2018)), dated(3, 6000, (2020,))
