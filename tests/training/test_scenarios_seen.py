"""What each scenario does to labels, figures and scores: the behavior that the scenario is there to provoke."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from self_reporting_twins import compare, draw_twins
from simulated_record import SimulatedRecord, simulated_record
from small_program import SMALL_CONFIG, small_program

from features.matrix import build_matrix
from models.cohort_view import prepared_of
from models.fitted import RiskModel
from models.spec import ModelSpec
from records.as_found import told_only
from records.known import Records
from records.resolved import resolve
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig
from training.delay import delay_margin, delay_margin_interval
from training.errors import TooFewPositives
from training.fitting import fit_version
from training.labels import build_labels
from training.learning_rows import spine_at
from training.splits import SplitPlan
from training.train_config import TrainConfig

END = pd.Timestamp("2024-10-01")
QUICK = {"rounds": 40, "leaves": 4, "learning_rate": 0.12, "min_child_rows": 30, "replicas": 0}


@cache
def program(scenario: str, participants: int = 1500, years: int = 6) -> tuple[SimulatedRecord, Records]:
    made = simulated_record(participants, years, seed=11, scenario=scenario)
    return made, Records(made.tables, f"{scenario}-{participants}")


@pytest.mark.long
def test_late_reports_widen_the_margin_and_leave_more_rows_not_yet_known():
    usual, late = program("default")[1], program("late_reports")[1]
    margin, later = delay_margin(usual), delay_margin(late)
    assert later > 1.5 * margin
    assert delay_margin_interval(late, seed=1)[1] > delay_margin_interval(usual, seed=1)[1]
    dates = [END - pd.Timedelta(days=days) for days in (420, 500, 600, 700, 800)]
    unknown = [
        (build_labels(each, spine_at(each, dates), 365, record_end=END, margin=own)["label"] == "not_yet_known").mean()
        for each, own in ((usual, margin), (late, later))
    ]
    assert unknown[1] > unknown[0] + 0.1


def self_reports_discovered(records: Records) -> Records:
    """The same record, in which an officer found every incident that was reported by the participant beforehand."""
    rows = records["incidents"]
    own = rows["self_reported_before_discovery"].fillna(False).to_numpy(dtype=bool)
    told = rows.assign(
        discovery=rows["discovery"].where(~own, "port_exam"),
        self_reported_before_discovery=rows["self_reported_before_discovery"].where(~own, False),
    )
    return Records({**records.tables, "incidents": told}, "discovered")


def test_whoever_reports_an_incident_never_ranks_above_an_equal_whose_same_incident_was_discovered():
    records = small_program()
    model = fit_version(records, SMALL_CONFIG).model
    spine = spine_at(records, [END - pd.Timedelta(days=1)])
    honest, caught = margins(model, records, spine), margins(model, self_reports_discovered(records), spine)
    incidents = records["incidents"]
    told = incidents.loc[incidents["self_reported_before_discovery"].fillna(False), "incident_id"]
    involved = records["involvements"]
    tellers = involved.loc[involved["incident_id"].isin(told), "participant_id"]
    # Whoever told nothing is moved by the discoveries of its peers and partners, a little and either way.
    own = spine["participant_id"].isin(tellers).to_numpy()
    assert own.sum() >= 10, "there are self-reports to tell of"
    assert (honest[own] <= caught[own] + 1e-9).all()
    assert (honest[own] < caught[own] - 1e-9).any(), "being caught does count"


def margins(model: RiskModel, records: Records, spine: pd.DataFrame) -> np.ndarray:
    """What ranks, from the record as the model reads it."""
    return model.margin(build_matrix(prepared_of(model, records), spine))


def concealed(records: Records) -> Records:
    """The same record had no participant told what nobody else found: those incidents are gone, with all about them."""
    incidents = records["incidents"]
    found = incidents.loc[~told_only(incidents), "incident_id"]
    never = incidents.loc[~incidents["incident_id"].isin(found), "incident_id"]
    told = told_only(incidents) | incidents["incident_id"].isin(never).to_numpy()
    tables = {**records.tables, "incidents": incidents[~told]}
    for name in ("involvements", "actions"):
        tables[name] = tables[name][~tables[name]["incident_id"].isin(never)]
    return Records(tables, "concealed")


def test_to_have_told_what_nobody_else_found_moves_no_score():
    records = small_program()
    model = fit_version(records, SMALL_CONFIG).model
    spine = spine_at(records, [END - pd.Timedelta(days=1)])
    hidden = concealed(records)
    assert hidden["incidents"]["incident_id"].nunique() < records["incidents"]["incident_id"].nunique()
    assert np.array_equal(margins(model, records, spine), margins(model, hidden, spine))
    counted = replace(model, facts={**model.facts, "self_reports": "counted"})
    assert (margins(counted, records, spine) > margins(counted, hidden, spine) + 1e-9).any(), "it would have counted"


@pytest.mark.long
def test_an_honest_reporter_does_not_rank_above_its_concealing_twin():
    as_of, shares = pd.Timestamp("2023-05-01"), {"as_found": [], "counted": []}
    for seed in (22, 23, 24, 25, 26, 27):
        twins = draw_twins(3000, 7, seed)
        for how, found in shares.items():
            plan = SplitPlan(self_reports=how)
            config = TrainConfig(plan=plan, spec=ModelSpec(rounds=60, replicas=0), record_end=as_of)
            compared = compare(twins, fit_version(twins.usual, config).model, as_of)
            found.append([compared.share(part) for part in (1.0, 0.25, 0.1)])
    mean = {how: np.mean(found, axis=0) for how, found in shares.items()}
    error = np.std(shares["as_found"], axis=0, ddof=1) / np.sqrt(6)
    assert (mean["as_found"] - 1.96 * error <= 0.5).all()
    assert (mean["as_found"] < 0.53).all(), "and not because little can be told"
    assert (mean["counted"][1:] > 0.52).all(), "with every self-report counted, honesty costs places"


@pytest.mark.long
def test_a_changed_definition_moves_the_base_rate_of_a_backtest_the_way_that_recorded_counts_jump():
    made, records = program("definition_change", 3000, 8)
    told = BacktestConfig.from_dict({"candidates": {"m": QUICK}, "replicates": 20, "capacities": [50]})
    found = run_backtest(records, told)
    everyone = found.counts[found.counts["slice"] == "all"].set_index("origin")["base_rate"]
    turn = turning_month(8)
    before = everyone[everyone.index + pd.Timedelta(days=365) <= turn]
    after = everyone[everyone.index >= turn]
    assert len(before) >= 1
    assert len(after) >= 1
    jump = recorded_rate(made, turn, 0) / recorded_rate(made, turn, -365)
    assert (after.mean() > before.mean()) == (jump > 1)
    first = found.metrics[(found.metrics["ranking"] == "m") & (found.metrics["metric"] == "expected_over_observed")]
    ratio = first[first["slice"] == "all"].set_index("origin")["value"]
    # A model that learned under the old definition tells the old share of incidents.
    assert (ratio[after.index[0]] < 1) == (jump > 1)


def turning_month(years: int) -> pd.Timestamp:
    """When the definition changes: five eighths into the record (:mod:`records.simulate.calendar`)."""
    return END - pd.DateOffset(months=12 * years - 12 * years * 5 // 8)


def recorded_rate(made: SimulatedRecord, turn: pd.Timestamp, shift: int) -> int:
    days = made.tables["incidents"].drop_duplicates("incident_id")["occurred_on"]
    start = turn + pd.Timedelta(days=shift)
    return int(((days >= start) & (days < start + pd.Timedelta(days=365))).sum())


@pytest.mark.long
def test_history_follows_a_merger_to_the_survivor():
    made, records = program("merged_accounts")
    merges = made.tables["merges"]
    assert len(merges) > 30
    unmerged = Records({**records.tables, "merges": merges.iloc[:0]}, "unmerged")
    spine = spine_at(resolve(records), [END - pd.Timedelta(days=1)])
    gone = merges.loc[merges["known_at"] < END - pd.Timedelta(days=30), "participant_id"]
    assert not spine["participant_id"].isin(gone).any()
    counts = build_matrix(resolve(records), spine)["incidents_all"].to_numpy()
    apart = build_matrix(resolve(unmerged), spine)["incidents_all"].to_numpy()
    survivors = spine["participant_id"].isin(merges["into_participant_id"]).to_numpy()
    assert (counts >= apart).all(), "a merger takes nothing from anybody"
    assert counts[survivors].sum() > apart[survivors].sum()
    assert np.array_equal(counts[~survivors], apart[~survivors])


def test_a_program_of_a_dozen_positives_is_refused_with_how_many_are_needed():
    _, records = program("small_program", 150)
    with pytest.raises(TooFewPositives, match=r"Expected at least 20 positive rows .* got \d+ of \d+"):
        fit_version(records, SMALL_CONFIG)


@pytest.mark.long
def test_participants_that_behave_before_a_visit_are_still_found():
    _, records = program("evasion", 3000, 8)
    told = BacktestConfig.from_dict({"candidates": {"m": QUICK}, "replicates": 100, "capacities": [50]})
    found = run_backtest(records, told)
    pairs = found.differences[(found.differences["slice"] == "all") & (found.differences["metric"] == "auc")]
    random = pairs[(pairs["candidate"] == "m") & (pairs["against"] == "prior_rate")]
    assert (random["lower"] > 0).all(), "the list is better than none"
