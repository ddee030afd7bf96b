"""The filter over the simulator's own model: looks at nothing to come, is calibrated, and beats what can be beaten."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from simulated_record import simulated_record

from records.known import Records
from records.resolved import resolve
from records.simulate.attainable import attainable_counts
from records.simulate.constants import Constants
from records.simulate.errors import SimulationRefused
from records.simulate.lateness import share_known
from records.simulate.scenarios import SCENARIOS

ORIGINS = [pd.Timestamp(f"{year}-01-01") for year in (2020, 2021, 2022, 2023)]
SMALL = (500, 5, 3)


def records_of(scenario: str = "default", size: tuple[int, int, int] = SMALL) -> Records:
    return resolve(Records(simulated_record(*size, scenario=scenario).tables))


def constants_of(scenario: str = "default", size: tuple[int, int, int] = SMALL) -> Constants:
    return simulated_record(*size, scenario=scenario).constants


def auc(value: np.ndarray, positive: np.ndarray) -> float:
    ranks, count = rankdata(value), int(positive.sum())
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(value) - count)))


def average_precision(value: np.ndarray, positive: np.ndarray) -> float:
    found = positive[np.argsort(-value, kind="stable")]
    return float((np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean())


@pytest.mark.parametrize("origin", [pd.Timestamp("2022-01-01"), pd.Timestamp("2023-05-17")])
def test_nothing_that_becomes_known_at_the_origin_or_later_moves_a_bit(origin):
    records = records_of()
    rng = np.random.default_rng(1)
    poisoned = {}
    for name, frame in records.tables.items():
        later = frame["known_at"] >= origin
        mixed = frame[later].sample(frac=1.0, random_state=2).assign(known_at=frame.loc[later, "known_at"].to_numpy())
        if "participant_id" in mixed:
            mixed["participant_id"] = rng.permutation(mixed["participant_id"].to_numpy())
        poisoned[name] = pd.concat([frame[~later], mixed, mixed], ignore_index=True)
    told = attainable_counts(records, constants_of(), origin, 365)
    again = attainable_counts(Records(poisoned), constants_of(), origin, 365)
    pd.testing.assert_series_equal(told, again, check_exact=True)


def test_a_further_incident_raises_its_participant_and_hardly_anyone_else():
    records, origin = records_of(), pd.Timestamp("2023-01-01")
    before = attainable_counts(records, constants_of(), origin, 365)
    who = before.index[np.argsort(before.to_numpy())[len(before) // 2]]
    incident = (
        records["incidents"]
        .iloc[:1]
        .assign(
            incident_id="new",
            occurred_on=pd.Timestamp("2022-06-10"),
            known_at=pd.Timestamp("2022-07-01"),
            retracted=False,
        )
    )
    party = (
        records["involvements"]
        .iloc[:1]
        .assign(incident_id="new", participant_id=who, known_at=pd.Timestamp("2022-07-01"), retracted=False)
    )
    news = {"incidents": incident, "involvements": party}
    tables = {name: pd.concat([frame, news[name]]) if name in news else frame for name, frame in records.tables.items()}
    after = attainable_counts(Records(tables), constants_of(), origin, 365)
    assert after[who] > 3 * before[who]
    assert (after.drop(who) - before.drop(who)).abs().sum() < 0.5


def test_a_longer_horizon_holds_more_and_expectations_add_up():
    records, origin = records_of(), pd.Timestamp("2023-01-01")
    counts = {days: attainable_counts(records, constants_of(), origin, days) for days in (30, 90, 180, 365)}
    for shorter, longer in ((30, 90), (90, 180), (180, 365)):
        assert (counts[shorter] <= counts[longer] + 1e-12).all()
    assert (counts[365] >= 0).all()
    assert np.isfinite(counts[365]).all()


@pytest.mark.parametrize(
    "scenario",
    [
        "drift",
        pytest.param("definition_change", marks=pytest.mark.long),
        pytest.param("self_reporters", marks=pytest.mark.long),
    ],
)
def test_it_reasons_in_scenarios_that_change_the_model(scenario):
    counts = attainable_counts(records_of(scenario), constants_of(scenario), pd.Timestamp("2023-01-01"), 365)
    assert np.isfinite(counts).all()
    assert counts.max() > 20 * counts.median()


def test_without_signal_it_expects_the_same_of_all_and_the_right_sum():
    records, constants = records_of("no_signal"), constants_of("no_signal")
    counts = attainable_counts(records, constants, pd.Timestamp("2022-10-01"), 365)
    truth = simulated_record(*SMALL, scenario="no_signal").truth["intensity"]
    truth = truth[(truth["month"] >= "2022-10-01") & (truth["month"] < "2023-10-01") & (truth["intensity"] > 0)]
    assert counts.nunique() == 1
    assert counts.iloc[0] == pytest.approx(12 * float((truth["intensity"] * truth["detection"]).mean()), rel=0.01)


def test_a_moment_before_the_record_is_refused_with_words():
    with pytest.raises(
        SimulationRefused, match=r"Expected a moment at least a month into the record.*Name a later one"
    ):
        attainable_counts(records_of(), constants_of(), pd.Timestamp("2019-10-02"), 365)


@pytest.mark.parametrize("scenario", ["default", "drift"])
def test_constants_survive_writing_and_reading(scenario):
    constants = constants_of(scenario)
    assert Constants.from_plain(constants.plain()).plain() == constants.plain()
    assert (constants.later_corridors is None) == (scenario != "drift")


def test_what_happened_lately_is_known_less_and_what_waits_for_a_batch_is_not_known():
    days = np.arange(0.0, 800.0, 50.0)  # The first batch of old cases comes on day 900.
    usual, late = (share_known(days, 800.0, 3000, SCENARIOS[name]) for name in ("default", "late_reports"))
    assert (np.diff(usual) <= 0).all()
    assert (late <= usual).all()
    assert usual[0] == pytest.approx(1 - SCENARIOS["default"].legacy_share, abs=0.01)
    assert late[0] == pytest.approx(1 - SCENARIOS["late_reports"].legacy_share, abs=0.03)
    assert usual[-1] < usual[0] - 0.08


def figures(seed: int) -> pd.DataFrame:
    """Average precision and AUC by origin, of everyone in the record that is a member in the year that follows."""
    size = (2500, 8, seed)
    records, world = records_of(size=size), simulated_record(*size)
    monthly = world.truth["intensity"]
    monthly = monthly.assign(recorded=monthly["intensity"] * monthly["detection"])
    seen = world.truth["incidents"].query("observed")
    known = records["incidents"].groupby("incident_id")["known_at"].min()
    seen = seen.assign(known=seen["incident_id"].map(known))
    rows = []
    for origin in ORIGINS:
        end = origin + pd.Timedelta(days=365)
        inside = monthly[(monthly["month"] >= origin) & (monthly["month"] < end)]
        truth = inside.groupby("participant_id")["recorded"].sum()
        truth = truth[inside.groupby("participant_id")["intensity"].min() > 0]
        told = attainable_counts(records, world.constants, origin, 365).reindex(truth.index).fillna(0.0)
        past = seen[seen["known"] < origin]
        decayed = (0.5 ** ((origin - past["occurred_on"]).dt.days / 365)).groupby(past["participant_id"]).sum()
        decayed = decayed.reindex(truth.index).fillna(0.0)
        future = seen[(seen["occurred_on"] >= origin) & (seen["occurred_on"] < end)]
        positive = truth.index.isin(future["participant_id"])
        row = {"expected": told.sum(), "true": truth.sum()}
        for name, value in (("attainable", told), ("decayed", decayed), ("truth", truth)):
            row[f"{name} ap"] = average_precision(value.to_numpy(), positive)
            row[f"{name} auc"] = auc(value.to_numpy(), positive)
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", [21, pytest.param(22, marks=pytest.mark.long)])
def test_it_lies_between_a_decayed_count_and_the_truth_and_its_sum_is_right(seed):
    mean = figures(seed).mean()
    assert mean["decayed ap"] + 0.05 < mean["attainable ap"] < mean["truth ap"]
    assert mean["decayed auc"] + 0.05 < mean["attainable auc"] < mean["truth auc"]
    assert mean["expected"] == pytest.approx(mean["true"], rel=0.3)
