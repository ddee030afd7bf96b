"""Rolling-origin evaluation: at each origin, fit on what was settled by then and judge what followed.

origin 2012-01-01: learn from dates whose labels were known by then -> rank everyone at risk -> what came true
origin 2013-01-01: the same a year on, and so forth; then the mean over origins, and differences in pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from records.known import Records
from records.progress import Report, silent
from records.simulate.constants import Constants
from training.backtest_config import BacktestConfig
from training.backtest_result import BacktestResult
from training.bench import Arranged, Bench, draws_for
from training.censoring import censoring_table
from training.detection.in_backtest import detection_table
from training.disparity import COLUMNS, disparity
from training.groups import groups_at
from training.intervals import blocks_of_origins
from training.judging import Cohort, Figure, Key, Mask, judge
from training.known_then import Judged, label_versions, labels_then
from training.labels import NOT_YET_KNOWN
from training.parallel import in_parallel
from training.pooling import pair, summarize, tidy
from training.ranking import rank_everyone
from training.slices import Names, settle_groups
from training.splits import Split
from training.thin_origins import at_each_origin
from training.truth import attainable_ranking, read_model, read_truth, true_rankings

MOST_DRAWS = 300
"""Draws behind the intervals of groups; more of them move no verdict."""


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
        A named origin or its training slice holds too few positives, or each of those that were found by date; one of
        several that is thin is left out, and said to be.
    TruthMismatch
        The truth folder does not belong to these records.
    """
    bench = Bench.of(records, config)
    truth = None if truth_dir is None else read_truth(truth_dir)
    model = None if truth_dir is None else read_model(truth_dir)
    origins = bench.origins()

    def test(number: int, at: Arranged) -> _Tested:
        report(f"fit and rank at {at.origin:%Y-%m-%d}", number, len(origins) + 1)
        return _test(bench, truth, model, at)

    tested, left_out = at_each_origin(bench, origins, test)
    report("judge every ranking", len(origins), len(origins) + 1)
    result = replace(_judged(bench, tested), left_out=left_out)
    report("judge every ranking", len(origins) + 1, len(origins) + 1)
    return result


@dataclass(frozen=True)
class _Tested:
    """One origin without its matrix: the cohort as ranked, its labels now and as they matured, its dates."""

    cohort: Cohort
    kinds: Mapping[str, Names]
    labels: pd.DataFrame
    then: pd.DataFrame
    split: Split
    margin_interval: tuple[pd.Timedelta, pd.Timedelta]
    learned: dict[str, int]
    usual_rule: str


def _test(bench: Bench, truth: pd.DataFrame | None, model: Constants | None, at: Arranged) -> _Tested:
    """Fit everything on what was settled by the origin, rank everyone at risk, label them as known now."""
    said = rank_everyone(at, bench)
    horizon = bench.config.plan.horizon_days
    if truth is not None:
        ids = at.spine["participant_id"]
        above = true_rankings(truth, ids, at.origin, horizon)
        if model is not None:
            above |= attainable_ranking(bench.records, model, ids, at.origin, horizon)
        said = replace(said, rank_values={**said.rank_values, **above})
    return _Tested(
        cohort=at.cohort(said.rank_values, said.probabilities, said.expected_counts),
        kinds=at.kinds,
        labels=at.labels,
        then=labels_then(bench.records, at.spine, horizon, margin=bench.margin),
        split=at.split,
        margin_interval=bench.margin_interval(at.origin),
        learned=at.rows.tally,
        usual_rule=at.usual.rule,
    )


def _judged(bench: Bench, tested: Sequence[_Tested]) -> BacktestResult:
    config, horizon = bench.config, bench.config.plan.horizon_days
    groups, too_small = settle_groups([test.kinds for test in tested], [test.cohort.positive for test in tested])
    cohorts = [replace(test.cohort, groups=own) for test, own in zip(tested, groups, strict=True)]
    wanted = [replace(each, groups=_without(each.groups, too_small)) for each in cohorts]
    figures = list(zip([cohort.origin for cohort in cohorts], _all_figures(config, wanted), strict=True))
    low, high = bench.margin_interval(bench.end)
    predictions = pd.concat([_predictions(test) for test in tested], ignore_index=True)
    return BacktestResult(
        config=config,
        data_version=bench.records.data_version,
        metrics=tidy(figures),
        summary=summarize(figures, horizon),
        differences=pair(figures, list(config.candidates), horizon),
        counts=pd.DataFrame(
            [row for test, cohort in zip(tested, cohorts, strict=True) for row in _counts(test, cohort, too_small)]
        ),
        origins=pd.DataFrame([_origin_row(test) for test in tested]),
        predictions=predictions,
        censoring=censoring_table(cohorts, config.capacities),
        label_versions=label_versions([Judged(test.cohort, test.labels, test.then) for test in tested]),
        disparity=_disparity(bench, predictions),
        detection=detection_table(bench.records, config, cohorts, record_end=bench.end),
        margin_days=(bench.margin.days, low.days, high.days),
        blocks=int(blocks_of_origins([cohort.origin for cohort in cohorts], horizon).max()) + 1,
    )


def _disparity(bench: Bench, predictions: pd.DataFrame) -> pd.DataFrame:
    """How each candidate treats groups at the first of the capacities; empty where no capacity or draw is asked for."""
    config = bench.config
    if not config.capacities or config.replicates == 0:
        return pd.DataFrame(columns=[*COLUMNS, "candidate"])
    groups, draws = groups_at(bench.records, predictions), min(config.replicates, MOST_DRAWS)
    tables = [
        disparity(predictions, groups, config.capacities[0], draws, config.seed, ranking=name).assign(candidate=name)
        for name in config.candidates
    ]
    return pd.concat(tables, ignore_index=True)


def _all_figures(config: BacktestConfig, cohorts: Sequence[Cohort]) -> list[dict[Key, Figure]]:
    """The figures of every ranking at each origin, rankings worked on at once."""
    draws = draws_for(config, cohorts)
    jobs = {
        (number, ranking): partial(judge, replace(cohort, rankings={ranking: values}), config, draws)
        for number, cohort in enumerate(cohorts)
        for ranking, values in cohort.rankings.items()
    }
    found: list[dict[Key, Figure]] = [{} for _ in cohorts]
    for (number, _), figures in in_parallel(jobs, _quietly).items():
        found[number] |= figures
    return found


def _quietly(done: int, total: int) -> None:
    """Judging is told of as one step."""


def _without(groups: Mapping[str, Mask], names: Sequence[str]) -> dict[str, Mask]:
    return {name: mask for name, mask in groups.items() if name not in names}


def _counts(test: _Tested, cohort: Cohort, too_small: Sequence[str]) -> list[dict[str, object]]:
    rows = []
    unknown = (test.labels["label"] == NOT_YET_KNOWN).to_numpy(dtype=bool)
    for name, mask in {**cohort.slices, **cohort.groups}.items():
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
                "judged": name not in too_small,
            }
        )
    return rows


def _origin_row(test: _Tested) -> dict[str, object]:
    split, (low, high) = test.split, test.margin_interval
    return {
        "origin": split.origin,
        "margin_days": split.margin.days,
        "margin_days_lower": low.days,
        "margin_days_upper": high.days,
        "first_fit": split.fit[0],
        "last_fit": split.fit[-1],
        "first_calibration": split.calibration[0],
        "last_calibration": split.calibration[-1],
        **{f"training_{name}": count for name, count in test.learned.items()},
        "usual_order": test.usual_rule,
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
            **{f"expected_{name}": value for name, value in cohort.expected_counts.items()},
        }
    )
