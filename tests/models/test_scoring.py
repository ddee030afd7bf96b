"""Scores of a simulated program: complete, ordered, repeatable, the same alone and together."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_program import END, SMALL_CONFIG, small_program

from features.cohort import at_risk
from features.matrix import prepare
from models.errors import UnknownParticipant
from models.risk_model import RiskModel, fit_risk_model
from models.scoring import SCORE_COLUMNS, check_as_of, explain_participant, score_participants, view_cohort
from records.errors import AsOfRefused
from records.known import Records
from training.delay import delay_margin
from training.labels import end_of_record
from training.learning_rows import learning_rows
from training.splits import split_at

ROOT = Path(__file__).resolve().parents[2]


@cache
def model() -> RiskModel:
    records, plan = small_program(), SMALL_CONFIG.plan
    end = end_of_record(records)
    split = split_at(end, plan, first_known=records.first_known_at, margin=delay_margin(records, record_end=end))
    rows = learning_rows(records, split, horizon_days=365)
    return fit_risk_model(rows.fit, rows.calibration, SMALL_CONFIG.spec, seed=5, data_version=records.data_version)


@cache
def scores() -> pd.DataFrame:
    return score_participants(model(), small_program(), END)


def test_everyone_at_risk_is_scored_once_with_every_column():
    frame = scores()
    assert tuple(frame.columns) == SCORE_COLUMNS
    assert sorted(frame["participant_id"]) == at_risk(small_program(), END)["participant_id"].tolist()
    assert frame.drop(columns=["not_rated_reason"]).notna().all(axis=None)


def test_reasons_add_up_to_every_margin():
    frame = scores()
    sums = [sum(reason["contribution"] for reason in json.loads(text)) for text in frame["reasons"]]
    assert np.abs(frame["base"] + sums - frame["margin"]).max() < 1e-6


def test_rated_participants_come_first_and_the_margin_orders_them():
    frame = scores()
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert frame["rated"].is_monotonic_decreasing
    assert frame.loc[frame["rated"], "margin"].is_monotonic_decreasing
    assert frame["percentile"].is_monotonic_decreasing


def test_probabilities_lie_in_their_intervals_and_counts_are_at_least_as_large():
    frame = scores()
    assert ((frame["lower"] <= frame["probability"]) & (frame["probability"] <= frame["upper"])).all()
    assert (frame["expected_incidents"] >= frame["probability"]).all()


def test_the_same_seed_and_data_give_the_same_bytes():
    again = score_participants(model(), small_program(), END)
    assert again.to_csv(index=False) == scores().to_csv(index=False)


def test_the_order_of_the_records_rows_does_not_matter():
    records = small_program()
    shuffled = {name: table.sample(frac=1.0, random_state=3) for name, table in records.tables.items()}
    again = score_participants(model(), Records(shuffled, records.data_version), END)
    assert again.to_csv(index=False) == scores().to_csv(index=False)


def test_what_becomes_known_later_changes_nothing():
    records = small_program()
    earlier = END - pd.Timedelta(days=200)
    cut = {name: table[table["known_at"] < earlier] for name, table in records.tables.items()}
    assert any(len(cut[name]) < len(records[name]) for name in cut)
    now = score_participants(model(), records, earlier)
    then = score_participants(model(), Records(cut, records.data_version), earlier)
    assert now.to_csv(index=False) == then.to_csv(index=False)


def test_participants_asked_for_get_their_rows_of_the_list_in_the_order_asked():
    wanted = scores()["participant_id"].iloc[[7, 0, 400]].tolist()
    some = score_participants(model(), small_program(), END, [*wanted, wanted[0]])
    assert some["participant_id"].tolist() == wanted
    listed = scores().set_index("participant_id").loc[wanted].reset_index()[list(SCORE_COLUMNS)]
    assert some.to_csv(index=False) == listed.to_csv(index=False)


def test_a_view_saves_the_cohort_and_changes_no_score():
    prepared = prepare(small_program())
    view = view_cohort(model(), prepared, END)
    wanted = scores()["participant_id"].iloc[:3].tolist()
    with_view = score_participants(model(), prepared, END, wanted, view=view)
    assert with_view.to_csv(index=False) == scores().iloc[:3].to_csv(index=False)


@pytest.mark.parametrize("place", [0, 5, 300])
def test_an_explanation_tells_the_numbers_of_the_list(place: int):
    row = scores().iloc[place]
    told = explain_participant(model(), small_program(), row["participant_id"], END)
    for name in ("base", "margin", "probability", "expected_incidents", "lower", "upper", "rank", "percentile"):
        assert getattr(told, name) == row[name], name
    stored = json.loads(row["reasons"])
    assert [factor.family for factor in told.factors] == [reason["family"] for reason in stored]
    assert [factor.contribution for factor in told.factors] == [reason["contribution"] for reason in stored]
    assert [list(factor.evidence) for factor in told.factors] == [reason["evidence"] for reason in stored]
    assert abs(told.residual) < 1e-6
    assert told.cohort_size == len(scores())
    assert json.loads(json.dumps(told.to_dict()))["as_of"] == "2024-10-01T00:00:00"


def test_evidence_names_incidents_of_the_participant_known_before_the_moment():
    row = scores().iloc[0]
    told = explain_participant(model(), small_program(), row["participant_id"], END)
    history = next(factor for factor in told.factors if factor.family == "incident_history")
    involved = small_program()["involvements"]
    known = involved[(involved["participant_id"] == row["participant_id"]) & (involved["known_at"] < END)]
    assert history.evidence
    assert set(history.evidence) <= set(known["incident_id"])


def test_raising_reasons_are_few_and_over_the_floor():
    told = explain_participant(model(), small_program(), scores()["participant_id"].iloc[0], END)
    assert 1 <= len(told.raising) <= 5
    assert all(factor.contribution > 0.05 for factor in told.raising)
    assert all(factor.contribution < -0.05 for factor in told.mitigating)


def test_an_unknown_participant_is_refused_with_its_id():
    with pytest.raises(UnknownParticipant, match="P-NOBODY") as refused:
        score_participants(model(), small_program(), END, ["P-NOBODY"])
    assert refused.value.participant_id == "P-NOBODY"
    with pytest.raises(UnknownParticipant, match="P-NOBODY"):
        explain_participant(model(), small_program(), "P-NOBODY", END)


def test_a_participant_outside_the_cohort_is_scored_but_not_rated():
    records = small_program()
    everyone = records["participants"].loc[records["participants"]["known_at"] < END, "participant_id"]
    outside = sorted(set(everyone) - set(at_risk(records, END)["participant_id"]))[:2]
    frame = score_participants(model(), records, END, outside)
    assert not frame["rated"].any()
    assert frame["rank"].isna().all()
    assert frame["margin"].notna().all()
    assert frame["not_rated_reason"].str.contains("not certified or validated").all()
    told = explain_participant(model(), records, outside[0], END)
    assert told.rank is None
    assert told.cohort_size is None
    assert told.not_rated_reason == frame["not_rated_reason"].iloc[0]


def newcomer(days: int, *, without: tuple[str, ...]) -> tuple[Records, str]:
    """The program with one quiet participant that came ``days`` ago, of which these tables tell nothing."""
    records = small_program()
    involved = set(records["involvements"]["participant_id"].dropna())
    chosen = next(name for name in scores()["participant_id"] if name not in involved)
    tables = dict(records.tables)
    people = tables["participants"].copy()
    people.loc[people["participant_id"] == chosen, "known_at"] = END - pd.Timedelta(days=days)
    tables |= {"participants": people}
    tables |= {name: tables[name][tables[name]["participant_id"] != chosen] for name in without}
    return Records(tables, records.data_version), chosen


def test_a_newcomer_of_which_nothing_is_known_yet_is_not_rated_and_reads_what_is_missing():
    records, chosen = newcomer(26, without=("exposures", "validations", "partnerships"))
    frame = score_participants(model(), records, END)
    row = frame[frame["participant_id"] == chosen].iloc[0]
    assert not row["rated"]
    assert row["rank"] > frame.loc[frame["rated"], "rank"].max()
    words = "26 days of record carry [0-9]+ % of what a score is read from; a score needs 60 %, and most is missing of "
    assert re.fullmatch(words + "[a-z ]+ and [a-z ]+", row["not_rated_reason"])
    assert "examinations" in row["not_rated_reason"]
    told = explain_participant(model(), records, chosen, END)
    assert (told.rated, told.not_rated_reason) == (False, row["not_rated_reason"])


def test_a_newcomer_whose_trade_and_examinations_are_known_is_rated_long_before_half_a_year():
    records, chosen = newcomer(78, without=())
    row = score_participants(model(), records, END, [chosen]).iloc[0]
    assert row["rated"]
    assert row["not_rated_reason"] == ""


def test_nobody_of_the_program_loses_its_score_by_a_month_more_of_record():
    prepared = prepare(small_program())
    earlier = END - pd.Timedelta(days=30)
    before, after = (score_participants(model(), prepared, moment) for moment in (earlier, END))
    both = before.merge(after, on="participant_id", suffixes=("_before", "_after"))
    assert len(both) > 1000
    assert not (both["rated_before"] & ~both["rated_after"]).any()


def test_ties_are_broken_by_a_hash_and_never_by_the_id():
    # All features equal: every margin is the same, and the order must not be that of the ids.
    flat = replace(model(), part=replace(model().part, trees=model().replicas[:1]), replicas=())
    view = view_cohort(flat, small_program(), END)
    same = view.margin == np.unique(view.margin)[np.argmax(np.unique(view.margin, return_counts=True)[1])]
    ranks = view.rank[same]
    assert same.sum() > 50
    assert abs(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1]) < 0.3
    assert (view_cohort(flat, small_program(), END).rank == view.rank).all()
    later = view_cohort(replace(flat, seed=6), small_program(), END)
    assert (later.rank != view.rank).any()


@pytest.mark.parametrize("as_of", ["1999-01-01", "2031-01-01"])
def test_a_moment_outside_the_record_is_refused_with_the_range(as_of: str):
    with pytest.raises(AsOfRefused, match="2026-11-24"):
        check_as_of(small_program(), pd.Timestamp(as_of), pd.Timestamp("2026-11-24"))


def test_nothing_can_be_scored_before_the_first_record():
    with pytest.raises(AsOfRefused):
        score_participants(model(), small_program(), pd.Timestamp("1999-01-01"))


def test_scoring_imports_neither_tracking_nor_plotting_nor_shap():
    heavy = ("mlflow", "shap", "matplotlib", "bentoml")
    program = (
        "import sys, models.scoring, models.bundle, models.explanation\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
