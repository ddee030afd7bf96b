"""The yardstick of random examinations for every ranking of a backtest."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from records.known import Records
from training.backtest_config import BacktestConfig
from training.detection.drawn import random_examination_weights
from training.detection.effort import effort_in_windows, has_effort
from training.detection.yardstick import COLUMNS, DrawnRows, judge_by_drawn
from training.judging import Cohort

RANDOM_EXAMINATIONS = "incidents found by random examinations"
MOST_DRAWS = 200
"""Draws behind the intervals: findings are few, and more draws move no verdict."""


def detection_table(
    records: Records, config: BacktestConfig, cohorts: Sequence[Cohort], *, record_end: pd.Timestamp
) -> pd.DataFrame:
    """Every ranking by what random examinations found; empty in a record that tells of no examination.

    Parameters
    ----------
    records, config
        Of the backtest.
    cohorts : sequence of Cohort
        With the same rankings.
    record_end : Timestamp
        What was known then is judged by.
    """
    if not has_effort(records):
        return pd.DataFrame(columns=list(COLUMNS))
    sizes = [len(cohort.participant_ids) for cohort in cohorts]
    # One call for all origins: the table of exposures is read through once.
    effort = effort_in_windows(
        records,
        np.concatenate([cohort.participant_ids for cohort in cohorts]),
        np.repeat(np.array([cohort.origin for cohort in cohorts], dtype="datetime64[us]"), sizes),
        config.plan.horizon_days,
        record_end=record_end,
    )
    number = np.repeat(np.arange(len(cohorts)), sizes)
    drawn = []
    for place, cohort in enumerate(cohorts):
        own = effort.rows(number == place)
        weight = random_examination_weights(own)
        drawn.append(DrawnRows(cohort.participant_ids, own.by_exam > 0, weight, cohort.rankings))
    return judge_by_drawn(
        RANDOM_EXAMINATIONS,
        drawn,
        capacities=config.capacities,
        replicates=min(config.replicates, MOST_DRAWS),
        seed=config.seed,
    )
