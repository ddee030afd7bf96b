"""Everyone at risk at an origin, as each candidate and each baseline ranks them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.baselines import all_baselines
from models.risk_model import fit_risk_model
from training.bench import Arranged, Bench
from training.metrics import Floats

RANDOM = "random"


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
    """Fit the candidates of the configuration and every baseline on what was settled, and rank the cohort."""
    rank_values: dict[str, Floats] = {}
    probabilities: dict[str, Floats] = {}
    expected_counts: dict[str, Floats] = {}
    for name, spec in bench.config.candidates.items():
        # Replicas only serve the interval of a probability; they do not move the margin.
        model = fit_risk_model(
            at.rows.fit,
            at.rows.calibration,
            replace(spec, replicas=0),
            seed=bench.config.seed,
            horizon_days=bench.config.plan.horizon_days,
            data_version=bench.records.data_version,
        )
        rank_values[name] = model.margin(at.matrix)
        probabilities[name] = model.probability(rank_values[name])
        expected_counts[name] = model.expected_incidents(rank_values[name])
    everything = at.rows.fit.joined(at.rows.calibration)
    for baseline in all_baselines():
        rank_values[baseline.name] = baseline.fit(everything).rank_value(at.matrix)
    rank_values[RANDOM] = np.zeros(len(at.matrix))
    return Rankings(rank_values, probabilities, expected_counts)
