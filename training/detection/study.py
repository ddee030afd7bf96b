"""What detection effort does to a ranking, at moments of the past: naive and corrected side by side.

At each origin a candidate is fitted twice on what was settled by then, once as it is and once on rows weighted by
examination propensity. Effort explains both in part; rows drawn by chance judge both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from models.candidates.candidate import Ranked, Ranker
from models.candidates.kinds import CandidateSpec, as_candidate
from records.known import Records
from records.progress import Report, silent
from training.backtest_config import BacktestConfig
from training.bench import Arranged, Bench
from training.detection.closeness import closeness_table
from training.detection.correction import Correction, at_common_effort, fit_correction
from training.detection.drawn import audit_weights, random_examination_weights
from training.detection.effort import Effort, effort_in_windows
from training.detection.errors import YardstickRefused
from training.detection.explained import explained_table, family_shares, first_places_changed, groups_changed
from training.detection.in_backtest import RANDOM_EXAMINATIONS
from training.detection.yardstick import DrawnRows, judge_by_drawn
from training.groups import groups_at
from training.labels import POSITIVE
from training.metrics import Floats
from training.truth import read_truth, true_rankings

NAIVE, CORRECTED = "naive", "corrected"
AUDIT_SLICE = "audit slice"
BEFORE = ("exams_prior_365d", "exams_per_100_shipments_prior_365d", "targeted_exam_share_prior_365d")
"""Past effort, beside what is expected of the coming window."""


@dataclass(frozen=True)
class DetectionStudy:
    """Tables of a study; those about one list are of the last origin.

    Attributes
    ----------
    candidate : str
    origins : tuple of Timestamp
    capacities : tuple of int
    data_version : str
    propensity : DataFrame
        By origin: how examinations and findings were told, and what the weights are worth.
    explained, families, changed, groups : DataFrame
        See :mod:`training.detection.explained`; ``families`` is empty of a candidate that tells no contributions.
    yardstick : DataFrame
        See :func:`training.detection.yardstick.judge_by_drawn`, by yardstick.
    readings : DataFrame
        The two-stage reading of each participant of the last origin.
    closeness : DataFrame
        By origin, how near to the simulator's truth; empty without one.
    """

    candidate: str
    origins: tuple[pd.Timestamp, ...]
    capacities: tuple[int, ...]
    data_version: str
    propensity: pd.DataFrame = field(repr=False)
    explained: pd.DataFrame = field(repr=False)
    families: pd.DataFrame = field(repr=False)
    changed: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    yardstick: pd.DataFrame = field(repr=False)
    readings: pd.DataFrame = field(repr=False)
    closeness: pd.DataFrame = field(repr=False)


def study_detection(
    records: Records,
    config: BacktestConfig,
    *,
    lists: Sequence[pd.DataFrame] = (),
    truth_dir: Path | None = None,
    report: Report = silent,
) -> DetectionStudy:
    """Study the first candidate of ``config``.

    Parameters
    ----------
    records : Records
        Every row version.
    config : BacktestConfig
        Origins, candidate, capacities, draws.
    lists : sequence of DataFrame
        Whole lists as ``trustlane queue --out`` writes them, each of one of the origins. Without configured origins
        their moments are the origins.
    truth_dir : Path, optional
        A simulated program's truth; it is used to judge, and never to fit.
    report : Report
        Told of each origin.

    Raises
    ------
    EffortUnknown, MissingTable
        The record tells too little about who was examined.
    YardstickRefused
        A list is not of an origin, or is not whole.
    OriginRefused, TooFewPositives
        As of a backtest.
    """
    by_moment = {_moment_of(listed): listed for listed in lists}
    if by_moment and not config.origins:
        config = replace(config, origins=tuple(sorted(by_moment)))
    bench = Bench.of(records, config)
    origins = bench.origins()
    _require_origins(by_moment, origins)
    truth = None if truth_dir is None else read_truth(truth_dir)
    name, spec = next(iter(config.candidates.items()))
    judged = []
    for number, origin in enumerate(origins):
        report(f"fit naive and corrected at {origin:%Y-%m-%d}", number, len(origins) + 1)
        judged.append(_judge(bench, spec, origin))
    report("judge by rows drawn by chance", len(origins), len(origins) + 1)
    last = judged[-1]
    found = DetectionStudy(
        candidate=name,
        origins=tuple(origins),
        capacities=config.capacities,
        data_version=records.data_version,
        propensity=pd.DataFrame([_propensity_row(each) for each in judged]),
        explained=explained_table(last.rankings, _measures(last), _volume(last.at.matrix)),
        families=_families(last),
        changed=first_places_changed(last.rankings[NAIVE], last.rankings[CORRECTED], config.capacities),
        groups=_groups(bench, last),
        yardstick=_yardsticks(config, judged, by_moment),
        readings=_readings(last),
        closeness=pd.concat([_closeness(each, truth, config) for each in judged], ignore_index=True)
        if truth is not None
        else pd.DataFrame(),
    )
    report("judge by rows drawn by chance", len(origins) + 1, len(origins) + 1)
    return found


@dataclass(frozen=True)
class _Judged:
    """One origin: the cohort, the correction, both fits, and the effort that its window then saw."""

    at: Arranged
    correction: Correction
    naive: Ranker
    said: Ranked
    rankings: dict[str, Floats]
    rate: Floats
    relative: Floats
    effort: Effort


def _judge(bench: Bench, spec: CandidateSpec, origin: pd.Timestamp) -> _Judged:
    at, seed, horizon = bench.arranged(origin), bench.config.seed, bench.config.plan.horizon_days
    correction = fit_correction(bench.records, at.rows, origin, horizon, seed=seed)
    weighted = correction.corrected_rows(at.rows)
    candidate = as_candidate(spec)
    naive = candidate.fit(at.rows.fit, at.rows.calibration, seed=seed, horizon_days=horizon)
    corrected = candidate.fit(weighted.fit, weighted.calibration, seed=seed, horizon_days=horizon)
    said = naive.rank(at.matrix)
    people, moments = at.spine["participant_id"], at.spine["as_of"]
    return _Judged(
        at,
        correction,
        naive,
        said,
        {NAIVE: said.rank_value, CORRECTED: corrected.rank(at.matrix).rank_value},
        correction.propensity.rate(at.matrix),
        correction.relative(at.matrix),
        effort_in_windows(bench.records, people, moments, horizon, record_end=bench.end),
    )


def _propensity_row(judged: _Judged) -> dict[str, object]:
    correction, effort = judged.correction, judged.effort
    told, discovery = effort.told & (effort.movements > 0), correction.discovery
    expected = judged.rate[told] * effort.movements[told]
    return {
        "origin": judged.at.origin,
        "mean_rate": correction.propensity.mean,
        "rate_slope": correction.propensity.line[1],
        "examinations": float(effort.examinations[told].sum()),
        "expected_examinations": float(expected.sum()),
        "examined_share": float((effort.examinations[told] > 0).mean()) if told.any() else float("nan"),
        "found_by_exam": discovery.by_exam,
        "found_otherwise": discovery.otherwise,
        "share_by_exam": discovery.share,
        "elasticity": discovery.elasticity,
        "held_at_bounds": correction.held,
        "effective_rows": correction.effective_rows,
        "basis": discovery.basis,
    }


def _measures(judged: _Judged) -> dict[str, Floats]:
    matrix = judged.at.matrix
    past = {name: matrix[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in BEFORE if name in matrix}
    return {"expected examination rate": np.log(judged.rate), "relative detection": judged.relative, **past}


def _volume(matrix: pd.DataFrame) -> Floats:
    columns = [name for name in ("shipments_prior_365d", "crossings_prior_365d") if name in matrix]
    return matrix[columns].max(axis=1).to_numpy(dtype=np.float64) if columns else np.full(len(matrix), np.nan)


def _families(judged: _Judged) -> pd.DataFrame:
    found = family_shares(judged.naive, judged.at.matrix)
    return pd.DataFrame(columns=["family", "share", "oversight"]) if found is None else found


def _groups(bench: Bench, judged: _Judged) -> pd.DataFrame:
    groups = groups_at(bench.records, judged.at.spine)
    capacity = max(bench.config.capacities, default=0)
    naive, corrected = judged.rankings[NAIVE], judged.rankings[CORRECTED]
    return groups_changed(naive, corrected, groups, judged.rate, judged.relative, capacity)


def _readings(judged: _Judged) -> pd.DataFrame:
    """Chance of being examined, what that does to findings, and the score with and without it."""
    probability = judged.said.probability
    return pd.DataFrame(
        {
            "participant_id": judged.at.spine["participant_id"].to_numpy(),
            "as_of": judged.at.origin,
            "examination_chance": judged.correction.propensity.chance(judged.at.matrix),
            "examination_rate": judged.rate,
            "relative_detection": judged.relative,
            "probability_of_a_finding": probability,
            "probability_at_common_effort": at_common_effort(probability, judged.relative),
            "rank_naive": _rank(judged.rankings[NAIVE]),
            "rank_corrected": _rank(judged.rankings[CORRECTED]),
        }
    )


def _rank(value: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rank = np.empty(len(value), dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = np.arange(1, len(value) + 1)
    return rank


def _yardsticks(
    config: BacktestConfig, judged: Sequence[_Judged], lists: dict[pd.Timestamp, pd.DataFrame]
) -> pd.DataFrame:
    kinds: dict[str, list[DrawnRows]] = {
        RANDOM_EXAMINATIONS: [_drawn(each) for each in judged],
    }
    if lists:
        listed = [(each, lists[each.at.origin]) for each in judged if each.at.origin in lists]
        kinds[AUDIT_SLICE] = [_audited(each, rows) for each, rows in listed]
    tables = [
        judge_by_drawn(
            name,
            rows,
            capacities=config.capacities,
            replicates=config.replicates,
            seed=config.seed,
            pairs=[(CORRECTED, NAIVE)],
        )
        for name, rows in kinds.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _drawn(judged: _Judged) -> DrawnRows:
    ids = judged.at.spine["participant_id"].to_numpy(dtype=object)
    return DrawnRows(ids, judged.effort.by_exam > 0, random_examination_weights(judged.effort), judged.rankings)


def _audited(judged: _Judged, listed: pd.DataFrame) -> DrawnRows:
    people = judged.at.spine["participant_id"]
    labels = judged.at.labels
    weight = audit_weights(listed, people) * labels["weight"].to_numpy(dtype=np.float64)
    found = (labels["label"] == POSITIVE).to_numpy(dtype=bool)
    return DrawnRows(people.to_numpy(dtype=object), found, weight, judged.rankings)


def _closeness(judged: _Judged, truth: pd.DataFrame, config: BacktestConfig) -> pd.DataFrame:
    people, horizon = judged.at.spine["participant_id"], config.plan.horizon_days
    intensity = true_rankings(truth, people, judged.at.origin, horizon)["truth"]
    return closeness_table(judged.rankings, intensity).assign(origin=judged.at.origin)


def _moment_of(listed: pd.DataFrame) -> pd.Timestamp:
    moments = sorted(set(pd.to_datetime(listed["as_of"]))) if "as_of" in listed else []
    if len(moments) != 1:
        raise YardstickRefused(f"Expected a list of one moment in as_of; got {len(moments)}. Give each list by itself.")
    return pd.Timestamp(moments[0]).as_unit("us")


def _require_origins(lists: dict[pd.Timestamp, pd.DataFrame], origins: Sequence[pd.Timestamp]) -> None:
    strange = [moment for moment in lists if moment not in origins]
    if strange:
        raise YardstickRefused(
            f"Expected lists of the origins {', '.join(f'{each:%Y-%m-%d}' for each in origins)}; got one of "
            f"{strange[0]:%Y-%m-%d}. Name its moment among the origins of the configuration."
        )
