"""Intervals of single participants hold their true own probability, on simulated programs and by hand."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_record import END, SimulatedRecord, simulated_record
from sklearn.metrics import log_loss, roc_auc_score
from small_program import SMALL_CONFIG

from benchmarks.bench_coverage import judge_program, mean_over_programs, score_date
from models.fitted import RiskModel
from records.known import Records
from training.fitting import fit_version
from training.interval_coverage import coverage_table, own_probability, parts_of_program, telling_apart

ORIGIN = END - pd.Timedelta(days=366)
SHARES = st.floats(0.01, 0.99)


@cache
def program() -> tuple[SimulatedRecord, Records, RiskModel]:
    made = simulated_record(1500, 6, 61)
    records = Records(made.tables, "simulated")
    spec = replace(SMALL_CONFIG.spec, replicas=8)
    return made, records, fit_version(records, replace(SMALL_CONFIG, spec=spec, record_end=ORIGIN)).model


@cache
def scored() -> pd.DataFrame:
    made, records, model = program()
    return score_date(model, records, made.truth["intensity"], ORIGIN)


def test_the_shares_inside_above_and_below_are_counted_by_part():
    lower, upper = np.array([0.1, 0.1, 0.4, 0.0]), np.array([0.3, 0.3, 0.6, 0.1])
    own, probability = np.array([0.2, 0.35, 0.1, 0.1]), np.array([0.2, 0.2, 0.5, 0.05])
    parts = {
        "all": np.ones(4, dtype=bool),
        "two": np.array([True, True, False, False]),
        "none": np.zeros(4, dtype=bool),
    }
    table = coverage_table(lower, upper, probability, own, parts).set_index("part")
    assert table.loc["all", ["participants", "covered", "above", "below"]].tolist() == [4, 0.5, 0.25, 0.25]
    assert table.loc["two", ["participants", "covered", "above", "below"]].tolist() == [2, 0.5, 0.5, 0.0]
    assert table.loc["all", "mean_width"] == pytest.approx(0.175)
    assert table.loc["none", "participants"] == 0
    assert np.isnan(table.loc["none", "covered"])


@given(st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=30))
def test_telling_apart_is_scikit_learns_area_and_loss_with_every_participant_both_positive_and_negative(rows):
    score, own = np.array(rows).T
    area, skill = telling_apart(score, own)
    labels, twice, weight = np.repeat([1, 0], len(own)), np.tile(score, 2), np.concatenate([own, 1 - own])
    assert area == pytest.approx(roc_auc_score(labels, twice, sample_weight=weight), abs=1e-9)
    constant = log_loss(labels, np.full(len(twice), own.mean()), sample_weight=weight)
    assert skill == pytest.approx(1 - log_loss(labels, twice, sample_weight=weight) / constant, abs=1e-9)


def test_parts_put_the_highest_margins_first_and_newcomers_apart():
    margin = np.arange(1000.0)
    parts = parts_of_program(margin, np.zeros(1000), np.where(margin < 30, 100.0, 900.0))
    assert np.flatnonzero(parts["first 50"]).tolist() == list(range(950, 1000))
    assert parts["newcomers, under 365 days"].sum() == 30
    bands = np.array([part for name, part in parts.items() if name.endswith("of scores") or name.startswith("lower")])
    assert (bands.sum(axis=0) == 1).all()


def test_own_probabilities_add_up_to_the_participants_that_had_a_recorded_incident():
    made, _, _ = program()
    people = pd.Series(sorted(made.truth["intensity"]["participant_id"].unique()), dtype="str")
    own = own_probability(made.truth["intensity"], people, ORIGIN, 365)
    seen = made.truth["incidents"]
    inside = seen["observed"] & seen["occurred_on"].between(ORIGIN, ORIGIN + pd.Timedelta(days=365), inclusive="left")
    positives = seen.loc[inside, "participant_id"].nunique()
    assert own.sum() == pytest.approx(positives, abs=4 * np.sqrt((own * (1 - own)).sum()) + 2)


def test_the_interval_holds_the_true_probability_of_single_participants():
    rows = scored()
    inside = (rows["lower"] <= rows["own"]) & (rows["own"] <= rows["upper"])
    first = rows["margin"].rank(ascending=False) <= 200
    # Two hundred of one program are few, and come in clusters: the long form asks several programs.
    assert inside.mean() > 0.93
    assert inside[first].mean() > 0.88
    mean = (rows["mean_lower"] <= rows["own"]) & (rows["own"] <= rows["mean_upper"])
    assert mean[first].mean() < 0.8, "the error of the estimate alone says nothing of a single participant"


def test_training_remembers_what_counts_tell_of_the_interval():
    told = program()[2].facts["interval_coverage"]
    assert told["observed"][0] == pytest.approx(told["expected"][0], abs=3 * told["standard_error"][0] + 1)
    assert told["participants"] <= told["positives"] <= told["rows"]
    assert told["expected"][2] > told["expected_if_alike"][2]


@pytest.mark.long
def test_intervals_hold_the_true_probability_as_often_as_they_say_in_the_mean_over_programs():
    tables = [judge_program(seed, 3000, 6, "default")[0] for seed in (201, 202, 203, 204)]
    mean = mean_over_programs(pd.concat(tables, ignore_index=True)).set_index("part")
    assert 0.95 < mean.loc["everybody", "covered"] < 0.99
    assert 0.92 < mean.loc["first 200", "covered"] < 0.985
    assert mean.loc["with an incident on record", "covered"] > 0.9
