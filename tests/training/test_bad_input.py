"""What the verbs say to bad input, as a person at the command line sees it: status 1, words, nothing written."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from programs import write_program

from models.candidates.kinds import candidate_from_table
from models.errors import SpecRefused
from models.experiments import connect, open_tracking, quietly
from models.spec import ModelSpec
from records.ingest import ingest
from records.lake import Lake
from records.simulate.program import simulate_program
from training.backtest_config import BacktestConfig
from training.errors import ConfigRefused, FeatureRefused
from training.learning_rows import learning_slice
from training.train_config import TrainConfig
from training.tuning_config import TuningConfig
from trustlane import main

NOW = pd.Timestamp("2026-11-24")
PLAN = "[plan]\nstep_months = 6\ncalibration_dates = 2\nhorizon_days = {horizon}\n"
MODEL = "rounds = 8\nleaves = 4\nmin_child_rows = 20\nreplicas = 0\n"


@pytest.fixture(scope="module")
def lakes(tmp_path_factory):
    """Three records: of a thin program, of one in which all, and of one in which half have incidents all the time."""
    folder = tmp_path_factory.mktemp("lakes")
    simulate_program(folder / "raw", participants=150, years=6, seed=11, scenario="small_program")
    ingest(folder / "raw", Lake(folder / "usual"), now=NOW)
    ingest(always(folder / "all", of_sixty=60), Lake(folder / "all_positive"), now=NOW)
    ingest(always(folder / "half", of_sixty=30), Lake(folder / "half_positive"), now=NOW)
    return folder


def always(folder: Path, *, of_sixty: int) -> Path:
    """A program without exposures in which so many of sixty participants have an incident every quarter."""
    people = [f"P{number:02d}" for number in range(60)]
    days = [f"{year}-{month:02d}-15" for year in range(2017, 2024) for month in (1, 4, 7, 10)]
    each = [(f"I-{person}-{day}", person, day) for person in people[:of_sixty] for day in days]
    participants = "participant_id,legal_name,business_type,country,enrolled_on,known_at\n" + "".join(
        f"{person},Firm {person},importer,US,2016-01-01,2016-01-02\n" for person in people
    )
    incidents = "incident_id,occurred_on,reported_on,incident_type,severity,discovery,known_at\n" + "".join(
        f"{incident},{day},{day},drug,5,port_exam,{day[:8]}20\n" for incident, _, day in each
    )
    involvements = "incident_id,party_no,participant_id,role,party_name,party_scheme,party_value,known_at\n" + "".join(
        f"{incident},1,{person},importer,Firm {person},,,{day[:8]}20\n" for incident, person, day in each
    )
    return write_program(folder, participants=participants, incidents=incidents, involvements=involvements)


@pytest.fixture
def call(lakes, tmp_path, monkeypatch):
    """Calls a verb in an empty folder; gives its status and its words in one line."""
    monkeypatch.chdir(tmp_path)

    def run(verb: str, *words: str, config: str | None = None, lake: str = "usual") -> tuple[int, str]:
        if config is not None:
            (tmp_path / "config.toml").write_text(config)
            words = (*words, "--config", "config.toml")
        done = CliRunner().invoke(main, [verb, "--lake", str(lakes / lake), *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())

    return run


def told_to(verb: str, *, horizon: int = 365, **top: object) -> str:
    """The configuration file of a verb, for a horizon, with more entries at its top."""
    table = {"train": "[model]\n", "backtest": "[candidates.m]\n", "tune": "[candidates.m]\n"}[verb]
    lines = "".join(f"{name} = {value}\n" for name, value in top.items())
    last = "[tuning]\nuntouched = 1\ninner = 2\n" if verb == "tune" else ""
    return lines + PLAN.format(horizon=horizon) + table + MODEL + last


def nothing_was_logged(folder: Path) -> bool:
    database = folder / "mlruns" / "mlflow.db"
    if not database.exists():
        return True
    with quietly():
        client = connect(open_tracking(f"sqlite:///{database}"))
        experiments = [each.experiment_id for each in client.search_experiments()]
        return not client.search_runs(experiments) and not client.search_registered_models()


@pytest.mark.parametrize("verb", ["train", "backtest", "tune"])
def test_too_few_positives_stop_a_verb_that_says_how_many_are_needed_and_how_many_there_are(verb, call, tmp_path):
    status, words = call(verb, config=told_to(verb, horizon=90 if verb == "tune" else 365))
    assert status == 1
    assert re.search(r"Expected at least 20 positive rows and some negative in the \w+ slice .* got 1?\d of \d+", words)
    assert "Ingest a longer record, choose a later origin or a longer horizon." in words
    assert nothing_was_logged(tmp_path)


@pytest.mark.parametrize("verb", ["train", "backtest"])
def test_a_record_in_which_all_are_positive_is_refused_as_a_single_class(verb, call, tmp_path):
    status, words = call(verb, config=told_to(verb), lake="all_positive")
    assert status == 1
    found = [part.split()[0:3] for part in words.split("; got ")[1:]]
    assert "and some negative" in words
    assert any(first == last.rstrip(".") for first, _, last in found), "as many positives as rows"
    assert nothing_was_logged(tmp_path)


@pytest.mark.parametrize(
    ("verb", "entries"),
    [
        ("train", {"record_end": "2001-01-01"}),
        ("backtest", {"origins": "[2001-01-01]"}),
        ("backtest", {"origins": "[2001-01-01, 2023-06-01]"}),
        ("tune", {"origins": "[2001-01-01, 2001-06-01, 2002-01-01]"}),
    ],
)
def test_an_origin_before_the_data_is_refused_with_the_first_that_is_possible(verb, entries, call, tmp_path):
    status, words = call(verb, config=told_to(verb, **entries))
    assert status == 1
    assert "Refused." in words
    assert "2001" in words or "before" in words
    assert nothing_was_logged(tmp_path)


def test_what_needs_a_table_that_the_program_never_sent_names_the_table(call, tmp_path):
    status, words = call("detection", config=told_to("backtest"), lake="half_positive")
    assert status == 1
    assert "exposures" in words
    config, named = PLAN.format(horizon=365), ("--feature", "shipments_prior_365d")
    status, words = call("ablation", *named, config=config, lake="half_positive")
    assert status == 1
    assert "shipments_prior_365d (exposures)" in words
    assert nothing_was_logged(tmp_path)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("seed = nan", "seed=nan (expected a whole number)"),
        ('seed = "seven"', "seed='seven' (expected a whole number)"),
        ("seed = 2.5", "seed=2.5 (expected a whole number)"),
        ("plan = 3", "plan: expected a table"),
        ("plan.horizon_days = inf", "horizon_days=inf (expected a whole number)"),
        ("plan.step_months = true", "step_months=True (expected a whole number)"),
        ("record_end = 2020", "record_end: expected a date YYYY-MM-DD; got 2020"),
        ('record_end = "soon"', "record_end: expected a date YYYY-MM-DD; got 'soon'"),
        ("record_end = 2020-01-01T00:00:00Z", "record_end: expected a date YYYY-MM-DD"),
    ],
)
@pytest.mark.parametrize("verb", ["train", "backtest", "tune"])
def test_a_value_that_is_no_number_date_or_table_is_refused_with_its_name(verb, entry, words, call, tmp_path):
    status, told = call(verb, config=entry)
    assert status == 1
    assert words in told
    assert nothing_was_logged(tmp_path)


@pytest.mark.parametrize(
    "entries",
    [
        {"last_origins": float("inf")},
        {"capacities": [50, float("nan")]},
        {"capacities": 50},
        {"shares": [0.1, float("inf")]},
        {"shares": "much"},
        {"replicates": 1.5},
        {"origins": "2020-01-01"},
        {"origins": [float("nan")]},
        {"candidates": ["m"]},
        {"candidates": {"m": 3}},
    ],
)
def test_a_backtest_of_values_that_are_none_is_refused_with_the_entry(entries):
    (name,) = entries
    with pytest.raises(ConfigRefused, match=name):
        BacktestConfig.from_dict(entries)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), "1", None, True])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((None, name) for name, value in ModelSpec().to_dict().items() if type(value) in (int, float)),
        ("poisson", "negative_share"),
        ("hazard", "period_days"),
        ("catalog_logistic", "regularization"),
    ],
)
def test_no_hyperparameter_is_nan_infinite_text_or_nothing(kind, name, number):
    with pytest.raises(SpecRefused, match=name):
        candidate_from_table({name: number} if kind is None else {"kind": kind, name: number})


@pytest.mark.parametrize("name", ["minutes", "penalty"])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_search_without_an_end_or_a_penalty_is_refused(name, number):
    with pytest.raises(ConfigRefused, match=rf"{name}={number} \(expected a finite number\)"):
        TuningConfig.from_dict({"tuning": {name: number}})
    with pytest.raises(ConfigRefused, match="tuning: expected a table"):
        TuningConfig.from_dict({"tuning": number})


def test_what_is_well_formed_is_taken_as_before():
    told = BacktestConfig.from_dict({"origins": ["2020-01-01"], "shares": [1], "candidates": {"m": {"l2": 5}}})
    assert told.origins == (pd.Timestamp("2020-01-01"),)
    assert TrainConfig.from_dict({"record_end": pd.Timestamp("2020-01-01")}).record_end == told.origins[0]
    assert TuningConfig.from_dict({"tuning": {"minutes": 2, "trials": np.int64(3)}}).trials == 3


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_feature_is_refused_with_its_name_and_row_and_one_that_is_not_known_is_taken(value):
    day = pd.Timestamp("2020-01-01")
    spine = pd.DataFrame({"participant_id": ["a", "b"], "as_of": [day, day]})
    labels = pd.DataFrame(
        {"label": ["positive", "negative"], "weight": 1.0, "incidents": [1, 0], "event_days": [3.0, np.nan]}
    )
    matrix = pd.DataFrame({"good": [1.0, np.nan], "rate": [0.5, value]})
    with pytest.raises(FeatureRefused, match=rf"infinity in 1 of 4 values of rate, first {value} of b at 2020-01-01"):
        learning_slice(matrix, spine, labels)
    assert len(learning_slice(matrix.assign(rate=np.nan), spine, labels)) == 2
