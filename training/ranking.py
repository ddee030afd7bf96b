"""Everyone at risk at an origin, as each candidate and each baseline ranks them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.matrix import build_matrix
from models.baselines import BASELINES, GammaPoisson, PriorRate, make_baseline
from models.baselines.columns import DECAYED
from models.candidates.kinds import as_candidate
from records.as_found import treated
from training.bench import Arranged, Bench
from training.learning_rows import spine_at
from training.metrics import Floats

RANDOM = "random"
LAST_LIST = "last_list"


@dataclass(frozen=True)
class Rankings:
    """What was said of a cohort, by the name of who said it; every array has shape (participants,).

    Attributes
    ----------
    rank_values : mapping
        Higher for riskier, of every candidate and baseline; a random order is all ties.
    probabilities : mapping
        Of at least one incident in the horizon; only of those that claim one.
    expected_counts : mapping
        Expected incidents in the horizon; only of those that claim them.
    """

    rank_values: Mapping[str, Floats]
    probabilities: Mapping[str, Floats]
    expected_counts: Mapping[str, Floats]


def rank_everyone(at: Arranged, bench: Bench) -> Rankings:
    """Fit the candidates of the configuration and every baseline on what was settled, and rank the cohort.

    A candidate with a baseline's name takes that baseline's row.
    """
    rank_values: dict[str, Floats] = {}
    probabilities: dict[str, Floats] = {}
    expected_counts: dict[str, Floats] = {}
    horizon_days = bench.config.plan.horizon_days
    for name, spec in bench.config.candidates.items():
        ranker = as_candidate(spec).fit(
            at.rows.fit, at.rows.calibration, seed=bench.config.seed, horizon_days=horizon_days
        )
        said = ranker.rank(at.matrix)
        rank_values[name], probabilities[name] = said.rank_value, said.probability
        if said.expected_incidents is not None:
            expected_counts[name] = said.expected_incidents
    everything = at.rows.recorded
    for name in BASELINES:
        if name in rank_values:
            continue
        baseline = make_baseline(name, horizon_days).fit(everything)
        rank_values[name] = baseline.rank_value(at.matrix)
        # Only these two are fitted to what comes in the horizon; BG/NBD goes by histories alone and its level is loose.
        if isinstance(baseline, PriorRate | GammaPoisson):
            expected_counts[name] = baseline.expected_incidents(at.matrix)
        if isinstance(baseline, PriorRate):
            probabilities[name] = baseline.probability(at.matrix)
    rank_values[LAST_LIST] = last_list(at, bench)
    rank_values[RANDOM] = np.zeros(len(at.matrix))
    return Rankings(rank_values, probabilities, expected_counts)


def last_list(at: Arranged, bench: Bench) -> Floats:
    """The list that the program had one horizon before: decayed counts as known then, newcomers last.

    It tells how much of a ranking is merely what was there already. A rule without anything to fit is taken, so that
    nothing known since can have entered it.
    """
    earlier = at.origin - pd.Timedelta(days=bench.config.plan.horizon_days)
    then = spine_at(bench.records, [earlier])
    read = treated(bench.records, at.split.self_reports)
    value = build_matrix(read, then, features=[DECAYED])[DECAYED].to_numpy(dtype=np.float64)
    listed = pd.Series(value, index=then["participant_id"])
    return listed.reindex(at.spine["participant_id"]).fillna(-np.inf).to_numpy(dtype=np.float64)
