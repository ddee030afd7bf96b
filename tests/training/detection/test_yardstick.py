"""Rows drawn by chance judge a ranking without bias, and say when they are too few to."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from casework.queue import draw_queue
from training import metrics
from training.detection.drawn import audit_weights, random_examination_weights
from training.detection.effort import Effort
from training.detection.errors import YardstickRefused
from training.detection.lists import read_list
from training.detection.yardstick import LEAST_FINDINGS, DrawnRows, judge_by_drawn, refusal

PEOPLE = pd.Series([f"P{number}" for number in range(7)], dtype="str")
FOUND = np.array([True, False, True, False, True, True, False])
RISK = np.array([7.0, 6, 5, 4, 3, 2, 1])
OTHER = np.array([1.0, 7, 2, 6, 3, 5, 4])


def listed(by_lot: tuple[int, ...], by_rank: int = 2) -> pd.DataFrame:
    chosen = [*range(by_rank), *by_lot]
    return pd.DataFrame(
        {
            "participant_id": PEOPLE,
            "as_of": pd.Timestamp("2023-01-01"),
            "drawn": ["audit" if place in by_lot else "rank" for place in range(7)],
            "above_capacity_line": [place in chosen for place in range(7)],
        }
    )


@pytest.mark.parametrize("k", [3, 4, 5])
def test_over_all_draws_of_an_audit_slice_the_precision_of_another_ranking_has_the_cohorts_own_as_its_mean(k):
    whole = float(metrics.precision_at(metrics.gather(OTHER, FOUND), k))
    told = []
    for by_lot in combinations(range(2, 7), 2):
        weight = audit_weights(listed(by_lot), PEOPLE)
        told.append(float(metrics.precision_at(metrics.gather(OTHER, FOUND, weight=weight), k)))
    assert np.mean(told) == pytest.approx(whole, abs=1e-12)
    assert np.std(told) > 0


def test_a_list_drawn_by_the_queue_gives_each_of_the_others_the_same_chance():
    scores = pd.DataFrame(
        {"participant_id": [f"P{n:03d}" for n in range(200)], "as_of": pd.Timestamp("2023-01-01"), "rated": True}
    ).assign(rank=np.arange(1, 201))
    whole = draw_queue(scores, capacity=40, seed=3)
    weight = pd.Series(audit_weights(whole, scores["participant_id"]), index=scores["participant_id"])
    by_lot = whole.loc[(whole["drawn"] == "audit") & whole["above_capacity_line"], "participant_id"]
    assert set(weight[by_lot]) == {(200 - 34) / 6}
    assert (weight.iloc[:34] == 1).all()
    assert weight.sum() == pytest.approx(200)


def test_a_list_that_was_cut_off_or_mixed_is_refused(tmp_path):
    with pytest.raises(YardstickRefused, match="Expected the whole list"):
        audit_weights(listed((3, 4)).query("above_capacity_line"), PEOPLE)
    mixed = pd.concat([listed((3, 4)), listed((3, 4)).assign(as_of=pd.Timestamp("2024-01-01"))])
    with pytest.raises(YardstickRefused, match="one moment; got 2"):
        audit_weights(mixed, PEOPLE)
    with pytest.raises(YardstickRefused, match="missing drawn"):
        audit_weights(listed((3, 4)).drop(columns="drawn"), PEOPLE)
    (tmp_path / "list.txt").write_text("x", encoding="utf-8")
    with pytest.raises(YardstickRefused, match=r"\.csv, \.parquet or \.json"):
        read_list(tmp_path / "list.txt")


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_a_written_list_is_read_back_as_it_was(tmp_path, suffix):
    rows, path = listed((3, 5)), tmp_path / f"list.{suffix}"
    if suffix == "csv":
        rows.to_csv(path, index=False)
    elif suffix == "json":
        rows.to_json(path, orient="records", date_format="iso")
    else:
        rows.to_parquet(path)
    assert list(audit_weights(read_list(path), PEOPLE)) == list(audit_weights(rows, PEOPLE))


def effort(targeted: np.ndarray, random: np.ndarray) -> Effort:
    size = len(random)
    some = np.zeros(size)
    return Effort(targeted, random, some, np.full(size, 100.0), np.ones(size, dtype=bool), some, some, True)


def test_weights_of_random_examinations_undo_the_rate_of_examination_whatever_it_is():
    rng = np.random.default_rng(5)
    rate = np.repeat([0.02, 0.05, 0.2], 20_000)
    moved, by_chance = 1000.0, 0.01
    rows = effort(rng.poisson(moved * (rate - by_chance)).astype(float), rng.poisson(moved * by_chance, 60_000) * 1.0)
    weight = random_examination_weights(rows).reshape(3, -1).mean(axis=1)
    # A finding is made at a chance in proportion to the rate; weight times rate must be the same for all.
    assert weight * [0.02, 0.05, 0.2] == pytest.approx(np.full(3, 0.09), rel=0.01)


def test_nobody_without_a_random_examination_counts():
    assert list(random_examination_weights(effort(np.array([3.0, 0, 2]), np.array([0.0, 0, 2])))) == [0, 0, 0.5 * 7 / 2]
    assert list(random_examination_weights(effort(np.ones(2), np.zeros(2)))) == [0, 0]


def cohort(size: int, seed: int, drawn: float) -> DrawnRows:
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=size)
    found = rng.random(size) < 1 / (1 + np.exp(3 - 1.5 * risk))
    weight = np.where(rng.random(size) < drawn, 1 / drawn, 0.0)
    ids = np.array([f"P{n}" for n in range(size)], dtype=object)
    return DrawnRows(ids, found, weight, {"good": risk + rng.normal(size=size), "same": risk, "lot": np.zeros(size)})


def judged(*origins: DrawnRows, pairs=()) -> pd.DataFrame:
    return judge_by_drawn("drawn", origins, capacities=[50], replicates=200, seed=1, pairs=pairs)


def test_a_drawn_fifth_tells_what_the_whole_does_within_its_interval():
    whole, part = judged(cohort(6000, 1, 1.0)), judged(cohort(6000, 1, 0.2))
    both = whole.merge(part, on=["ranking", "metric"], suffixes=("", "_drawn"))
    inside = (both["value"] >= both["lower_drawn"]) & (both["value"] <= both["upper_drawn"])
    assert inside[both["ranking"] != "lot"].mean() >= 0.8
    assert (both["upper_drawn"] - both["lower_drawn"]).sum() > (both["upper"] - both["lower"]).sum()


def test_without_drawing_it_is_the_ordinary_figure():
    rows = cohort(800, 2, 1.0)
    figures = judged(rows).set_index(["ranking", "metric"])["value"]
    tied = metrics.gather(rows.rankings["same"], rows.found)
    assert figures["same", "average_precision"] == pytest.approx(float(metrics.average_precision(tied)))
    assert figures["same", "recall_at_50"] == pytest.approx(float(metrics.recall_at(tied, 50)))


def test_a_ranking_differs_from_itself_by_nothing_and_pairs_are_told_on_the_same_draws():
    table = judged(cohort(800, 3, 1.0), pairs=[("same", "same"), ("same", "good")]).set_index(["ranking", "metric"])
    own = table.loc["same − same"]
    assert (own[["value", "lower", "upper"]].abs() < 1e-12).all(axis=None)
    pair = table.loc["same − good"]
    expected = table.loc["same", "value"] - table.loc["good", "value"]
    assert np.allclose(pair["value"], expected.loc[pair.index])


def test_too_few_findings_are_refused_in_words_with_how_many_are_needed():
    table = judged(cohort(300, 4, 0.1))
    assert table["value"].isna().all()
    words = refusal(table)
    assert f"{LEAST_FINDINGS} are needed" in words
    assert "times as many drawn rows" in words
    assert refusal(judged(cohort(3000, 4, 1.0))) == ""
    assert "No row was drawn" in refusal(judge_by_drawn("none", [], capacities=[5], replicates=0, seed=1))


def test_weights_that_are_no_weights_are_refused():
    with pytest.raises(YardstickRefused, match="finite and at least 0"):
        DrawnRows(np.array(["P"], dtype=object), np.array([True]), np.array([np.inf]), {})
