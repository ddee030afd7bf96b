"""10. A signal: the ranking beats a random order in pairs, and the probabilities are no worse than the prior rate."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from training import metrics
from training.checks.judged import Judged
from training.checks.verdict import CheckResult, Figure
from training.disparity import Audited
from training.intervals import ParticipantDraws, blocks, blocks_of_origins, draw_participants, pooled_interval
from training.metrics import Floats

NUMBER, NAME = 10, "There is a signal"
LEAST_POSITIVES = 20
"""Positives wanted over all origins; with fewer, no difference could be told from luck."""

Compute = Callable[[metrics.Floats | None], Floats]


def check_signal(judged: Judged | None, *, draws: int, seed: int) -> CheckResult:
    """Average precision above that of a random order by its interval, and log loss below that of the prior rate.

    The prior rate is the share of positives among the rows learned from at each origin.
    """
    if judged is None:
        advice = "Backtest the same record with the same specification."
        why = "no backtest of this version is at hand."
        return CheckResult(NUMBER, NAME, "not judged", why, {}, advice, required=True)
    predictions = judged.predictions
    positives = int(((predictions["label"] == "positive") & (predictions["weight"] > 0)).sum())
    figures: dict[str, Figure] = {"positives": positives, "positives_wanted": LEAST_POSITIVES}
    if positives < LEAST_POSITIVES:
        sentence = f"{positives} positives over all origins say nothing; {LEAST_POSITIVES} are needed."
        advice = "Judge on more origins, a longer record or a longer horizon."
        return CheckResult(NUMBER, NAME, "failed", sentence, figures, advice, required=True)
    gained = gains(judged, draws=draws, seed=seed)
    for name, (value, lower, upper) in gained.items():
        figures |= {name: value, f"{name}.lower": lower, f"{name}.upper": upper}
    told = "; ".join(
        f"{name.replace('_', ' ')} {value:+.4f} (95 % {lower:+.4f} to {upper:+.4f})"
        for name, (value, lower, upper) in gained.items()
    )
    _, ranking_lower, _ = gained["gain_over_random_order"]
    if ranking_lower > 0 and all(value > 0 for value, _, _ in gained.values()):
        return CheckResult(NUMBER, NAME, "passed", f"it tells more than chance: {told}.", figures, required=True)
    sentence = f"it is not shown to tell more than chance: {told}."
    advice = "Do not rank by it. Examine at random, or look for what the record does not hold yet."
    return CheckResult(NUMBER, NAME, "failed", sentence, figures, advice, required=True)


def gains(judged: Judged, *, draws: int, seed: int) -> dict[str, tuple[float, float, float]]:
    """What the candidate gains over a random order and, where it tells probabilities, over the prior rate.

    Both so that more is better, in the mean over origins, with 95 % bounds for other participants and years.
    """
    predictions, name = judged.predictions, judged.candidate
    people = draw_participants(predictions["participant_id"].to_numpy(dtype=object), replicates=draws, seed=seed)
    priors = judged.origins.set_index("origin")
    found: dict[str, list[tuple[float, Floats]]] = {}
    for origin, part in predictions.groupby("origin", sort=True):
        rows, moment = Audited.of(part, name, 1), pd.Timestamp(str(origin))
        rank = part[f"rank_value_{name}"].to_numpy(dtype=np.float64)
        found.setdefault("gain_over_random_order", []).append(_drawn(_over_random(rows, rank), rows, people))
        if rows.probability is not None and "training_positive" in priors:
            tally = priors.loc[moment, ["training_positive", "training_negative"]].to_numpy(dtype=np.float64)
            prior = float(tally[0] / tally.sum())
            found.setdefault("gain_over_prior_rate", []).append(_drawn(_over_prior(rows, prior), rows, people))
    origins = [pd.Timestamp(origin) for origin in np.unique(predictions["origin"].to_numpy())]
    block = blocks_of_origins(origins, judged.horizon_days)
    gained = {}
    for gain, parts in found.items():
        values = [value for value, _ in parts]
        gained[gain] = (float(np.mean(values)), *pooled_interval(values, [each for _, each in parts], block))
    return gained


def _over_random(rows: Audited, rank: Floats) -> Compute:
    def compute(times: metrics.Floats | None) -> Floats:
        both = [
            metrics.average_precision(
                metrics.gather(value, rows.positive, weight=rows.weight, multiplicity=times)  # type: ignore[arg-type]
            )
            for value in (rank, np.zeros(len(rank)))
        ]
        return both[0] - both[1]

    return compute


def _over_prior(rows: Audited, prior: float) -> Compute:
    def compute(times: metrics.Floats | None) -> Floats:
        told = [np.full(len(rows.weight), prior), np.asarray(rows.probability, dtype=np.float64)]
        losses = [metrics.log_loss(each, rows.positive, rows.weight, times) for each in told]  # type: ignore[arg-type]
        return losses[0] - losses[1]

    return compute


def _drawn(compute: Compute, rows: Audited, people: ParticipantDraws) -> tuple[float, Floats]:
    times = people.of(rows.participant_ids)
    parts = [compute(times[:, part]) for part in blocks(times.shape[1], rows=len(times))]  # type: ignore[arg-type]
    return float(compute(None)), np.concatenate(parts) if parts else np.zeros(0)
