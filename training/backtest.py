"""Rolling-origin evaluation: at each origin, fit on what was settled by then and judge what followed.

origin 2012-01-01: learn from dates whose labels were known by then -> rank everyone at risk -> what came true
origin 2013-01-01: the same a year on, and so forth; then the mean over origins, and differences in pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from features.matrix import build_matrix
from models.baselines import all_baselines
from models.risk_model import fit_risk_model
from records.known import Records
from records.progress import Report, silent
from training.backtest_config import BacktestConfig
from training.backtest_result import BacktestResult, pair, summarize, tidy
from training.delay import delay_margin
from training.errors import OriginRefused, TooFewPositives
from training.intervals import ParticipantDraws, draw_participants
from training.judging import Cohort, Mask, judge
from training.labels import NOT_YET_KNOWN, POSITIVE, build_labels, end_of_record, incident_moments, labelling_tables
from training.learning_rows import LearningRows, learning_rows, spine_at
from training.metrics import Floats
from training.splits import Split, last_mature_date, split_at, yearly_origins
from training.truth import read_truth, true_rankings

ACTIVE_DAYS = 1825
LEAST_POSITIVES = 5
"""Positives wanted at an origin; with fewer, precision and recall say nothing."""


def run_backtest(
    records: Records,
    config: BacktestConfig,
    *,
    truth_dir: Path | None = None,
    report: Report = silent,
) -> BacktestResult:
    """Judge the candidates of ``config`` and every baseline at each origin.

    Parameters
    ----------
    records : Records
        Every row version.
    config : BacktestConfig
        Origins, candidates, capacities, draws.
    truth_dir : Path, optional
        A simulated program's truth, whose own ranking is then judged too.
    report : Report
        Told of each origin and fit.

    Raises
    ------
    OriginRefused
        An origin is too early to train for or not mature.
    TooFewPositives
        An origin or a training slice holds too few positives.
    TruthMismatch
        The truth folder does not belong to these records.
    """
    bench = _Bench.of(records, config, truth_dir)
    origins = config.origins or yearly_origins(
        bench.end, config.plan, first_known=records.first_known_at, margin=bench.margin, most=config.last_origins
    )
    _require_mature(origins, bench)
    tested = []
    for number, origin in enumerate(origins):
        report(f"fit and rank at {origin:%Y-%m-%d}", number, len(origins) + 1)
        tested.append(_test(bench, origin))
    report("judge every ranking", len(origins), len(origins) + 1)
    result = _judged(bench, tested)
    report("judge every ranking", len(origins) + 1, len(origins) + 1)
    return result


@dataclass(frozen=True)
class _Bench:
    """What stays the same at every origin: the record, when it ends, how late it is, the truth if known."""

    records: Records
    config: BacktestConfig
    end: pd.Timestamp
    margin: pd.Timedelta
    truth: pd.DataFrame | None

    @classmethod
    def of(cls, records: Records, config: BacktestConfig, truth_dir: Path | None) -> "_Bench":
        end = config.record_end or end_of_record(records)
        truth = None if truth_dir is None else read_truth(truth_dir)
        return cls(records, config, end, delay_margin(records, record_end=end), truth)


@dataclass(frozen=True)
class _Tested:
    """One origin: the cohort as ranked, its labels, and what was learned from."""

    cohort: Cohort
    labels: pd.DataFrame
    split: Split
    learned: dict[str, int]


def _test(bench: _Bench, origin: pd.Timestamp) -> _Tested:
    """Fit everything on what was settled by the origin, rank everyone at risk, label them as known now."""
    config, horizon = bench.config, bench.config.plan.horizon_days
    known_then = delay_margin(bench.records, record_end=origin)
    split = split_at(origin, config.plan, first_known=bench.records.first_known_at, margin=known_then)
    rows = learning_rows(bench.records, split, horizon_days=horizon)
    spine = spine_at(bench.records, [origin])
    matrix = build_matrix(bench.records, spine)
    labels = build_labels(bench.records, spine, horizon, record_end=bench.end, margin=bench.margin)
    rankings, probabilities = _rank(rows, matrix, bench)
    if bench.truth is not None:
        rankings |= true_rankings(bench.truth, spine["participant_id"], origin, horizon)
    cohort = Cohort(
        origin=origin,
        participant_ids=spine["participant_id"].to_numpy(dtype=object),
        positive=(labels["label"] == POSITIVE).to_numpy(dtype=bool),
        incidents=labels["incidents"].fillna(0.0).to_numpy(dtype=np.float64),
        weight=labels["weight"].to_numpy(dtype=np.float64),
        slices=_slices(bench.records, spine["participant_id"], origin),
        rankings=rankings,
        probabilities=probabilities,
    )
    _require_positives(cohort)
    return _Tested(cohort, labels, split, rows.tally)


def _rank(rows: LearningRows, matrix: pd.DataFrame, bench: _Bench) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Rank values of the candidates, the baselines and the random order; probabilities of the candidates."""
    rankings: dict[str, Floats] = {}
    probabilities: dict[str, Floats] = {}
    for name, spec in bench.config.candidates.items():
        # Replicas only serve the interval of a probability; they do not move the margin.
        model = fit_risk_model(
            rows.fit,
            rows.calibration,
            replace(spec, replicas=0),
            seed=bench.config.seed,
            horizon_days=bench.config.plan.horizon_days,
            data_version=bench.records.data_version,
        )
        rankings[name] = model.margin(matrix)
        probabilities[name] = model.probability(rankings[name])
    everything = rows.fit.joined(rows.calibration)
    for baseline in all_baselines():
        rankings[baseline.name] = baseline.fit(everything).rank_value(matrix)
    rankings["random"] = np.zeros(len(matrix))
    return rankings, probabilities


def _slices(records: Records, participant_ids: pd.Series, origin: pd.Timestamp) -> dict[str, Mask]:
    """Everyone; those with an incident in the last five years as known then; those with none at all."""
    last = incident_moments(labelling_tables(records, origin)).groupby("participant_id")["moment"].max()
    latest = participant_ids.map(last)
    active = (latest >= origin - pd.Timedelta(days=ACTIVE_DAYS)).to_numpy(dtype=bool)
    return {
        "all": np.ones(len(participant_ids), dtype=bool),
        f"active_{ACTIVE_DAYS}d": active,
        "without_history": latest.isna().to_numpy(dtype=bool),
    }


def _judged(bench: _Bench, tested: Sequence[_Tested]) -> BacktestResult:
    draws = _draws(bench.config, tested)
    cohorts = [test.cohort for test in tested]
    figures = [(cohort.origin, judge(cohort, bench.config, draws)) for cohort in cohorts]
    return BacktestResult(
        config=bench.config,
        data_version=bench.records.data_version,
        metrics=tidy(figures),
        summary=summarize(figures),
        differences=pair(figures, list(bench.config.candidates)),
        counts=pd.DataFrame([row for test in tested for row in _counts(test)]),
        origins=pd.DataFrame([_origin_row(test) for test in tested]),
        predictions=pd.concat([_predictions(test) for test in tested], ignore_index=True),
    )


def _draws(config: BacktestConfig, tested: Sequence[_Tested]) -> ParticipantDraws | None:
    if config.replicates == 0:
        return None
    everyone = np.concatenate([test.cohort.participant_ids for test in tested])
    return draw_participants(everyone, replicates=config.replicates, seed=config.seed)


def _counts(test: _Tested) -> list[dict[str, object]]:
    cohort, rows = test.cohort, []
    unknown = (test.labels["label"] == NOT_YET_KNOWN).to_numpy(dtype=bool)
    for name, mask in cohort.slices.items():
        weight = cohort.weight[mask]
        found = float((weight * cohort.positive[mask]).sum())
        rows.append(
            {
                "origin": cohort.origin,
                "slice": name,
                "participants": int(mask.sum()),
                "positive": int((cohort.positive & mask).sum()),
                "negative": int((~cohort.positive & ~unknown & mask).sum()),
                "not_yet_known": int((unknown & mask).sum()),
                "incidents": float(cohort.incidents[mask].sum()),
                "base_rate": found / float(weight.sum()) if weight.sum() > 0 else float("nan"),
            }
        )
    return rows


def _origin_row(test: _Tested) -> dict[str, object]:
    split = test.split
    return {
        "origin": split.origin,
        "margin_days": split.margin.days,
        "first_fit": split.fit[0],
        "last_fit": split.fit[-1],
        "first_calibration": split.calibration[0],
        "last_calibration": split.calibration[-1],
        **{f"training_{name}": count for name, count in test.learned.items()},
    }


def _predictions(test: _Tested) -> pd.DataFrame:
    cohort = test.cohort
    return pd.DataFrame(
        {
            "origin": cohort.origin,
            "participant_id": cohort.participant_ids,
            "label": test.labels["label"].to_numpy(dtype=object),
            "incidents": test.labels["incidents"].to_numpy(dtype=np.float64),
            "weight": cohort.weight,
            **{f"rank_value_{name}": value for name, value in cohort.rankings.items()},
            **{f"probability_{name}": value for name, value in cohort.probabilities.items()},
        }
    )


def _require_mature(origins: Sequence[pd.Timestamp], bench: _Bench) -> None:
    horizon = pd.Timedelta(days=bench.config.plan.horizon_days)
    young = [origin for origin in origins if not origin + horizon + bench.margin < bench.end]
    if young:
        last = last_mature_date(bench.end, horizon.days, bench.margin)
        raise OriginRefused(
            f"Expected origins whose window of {horizon.days} days and reporting delay of {bench.margin.days} days end "
            f"before the record does ({bench.end:%Y-%m-%d}); got {', '.join(f'{each:%Y-%m-%d}' for each in young)}. "
            f"Leave them out: the last possible origin is {last:%Y-%m-%d}."
        )


def _require_positives(cohort: Cohort) -> None:
    positives = int((cohort.positive & (cohort.weight > 0)).sum())
    if positives < LEAST_POSITIVES or positives == int((cohort.weight > 0).sum()):
        raise TooFewPositives(
            f"Expected at least {LEAST_POSITIVES} positive participants and some negative at {cohort.origin:%Y-%m-%d}; "
            f"got {positives} of {len(cohort.positive)}. Choose another origin or a longer horizon."
        )
