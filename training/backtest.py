"""Rolling-origin evaluation: at each origin, fit on what was settled by then and judge what followed.

origin 2012-01-01: learn from dates whose labels were known by then -> rank everyone at risk -> what came true
origin 2013-01-01: the same a year on, and so forth; then the mean over origins, and differences in pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from records.known import Records
from records.progress import Report, silent
from training.backtest_config import BacktestConfig
from training.backtest_result import BacktestResult, pair, summarize, tidy
from training.bench import Bench, draws_for
from training.judging import Cohort, judge
from training.labels import NOT_YET_KNOWN
from training.ranking import rank_everyone
from training.splits import Split
from training.truth import read_truth, true_rankings


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
    bench = Bench.of(records, config)
    truth = None if truth_dir is None else read_truth(truth_dir)
    origins = bench.origins()
    tested = []
    for number, origin in enumerate(origins):
        report(f"fit and rank at {origin:%Y-%m-%d}", number, len(origins) + 1)
        tested.append(_test(bench, truth, origin))
    report("judge every ranking", len(origins), len(origins) + 1)
    result = _judged(bench, tested)
    report("judge every ranking", len(origins) + 1, len(origins) + 1)
    return result


@dataclass(frozen=True)
class _Tested:
    """One origin: the cohort as ranked, its labels, and what was learned from."""

    cohort: Cohort
    labels: pd.DataFrame
    split: Split
    learned: dict[str, int]


def _test(bench: Bench, truth: pd.DataFrame | None, origin: pd.Timestamp) -> _Tested:
    """Fit everything on what was settled by the origin, rank everyone at risk, label them as known now."""
    at = bench.arranged(origin)
    said = rank_everyone(at, bench)
    if truth is not None:
        above = true_rankings(truth, at.spine["participant_id"], origin, bench.config.plan.horizon_days)
        said = replace(said, rank_values={**said.rank_values, **above})
    cohort = at.cohort(said.rank_values, said.probabilities, said.expected_counts)
    return _Tested(cohort, at.labels, at.split, at.rows.tally)


def _judged(bench: Bench, tested: Sequence[_Tested]) -> BacktestResult:
    cohorts = [test.cohort for test in tested]
    draws = draws_for(bench.config, cohorts)
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
