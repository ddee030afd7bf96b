"""Simple winners win: a lead over a simpler rule must be shown, and the rule named instead passes in its place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_program import SMALL_CONFIG, small_program

from models.baselines import BASELINES
from models.bundle import golden_rows
from models.candidates.from_baseline import BaselineCandidate
from models.candidates.hazard import HazardTrees
from models.candidates.poisson import PoissonTrees
from models.candidates.stack import Stack
from models.registry import load_version
from models.run_files import run_of_version
from models.spec import ModelSpec
from training.checks.beats_baselines import INSTEAD, check_beats_baselines
from training.checks.judged import Judged
from training.checks.rules_in_pairs import RulesInPairs
from training.checks.simplicity import Simplicity
from training.checks.verdict import CheckResult, ReleaseReport
from training.errors import ConfigRefused
from training.fitting import fit_version
from training.recipe import Recipe, recipe_of
from training.reproduce import read_recipe
from training.reproduction import reproduce
from training.simpler import train_in_its_place
from training.train import train_model
from training.train_config import TrainConfig

RULES = ("recency", "decayed_count", "gamma_poisson", "logistic")


def rankings(seed: int, size: int, noise: dict[str, float]) -> pd.DataFrame:
    """Predictions at two origins: one true score, seen by each ranking through its own noise."""
    rng = np.random.default_rng(seed)
    frames = []
    for origin in ("2020-01-01", "2021-01-01"):
        true = rng.normal(0, 1, size)
        told = {f"rank_value_{name}": true + much * rng.normal(0, 1, size) for name, much in noise.items()}
        label = np.where(rng.random(size) < 1 / (1 + np.exp(3.0 - 2 * true)), "positive", "negative")
        frame = pd.DataFrame({"label": label, "weight": 1.0, **told})
        frames.append(frame.assign(origin=pd.Timestamp(origin), participant_id=[f"P{n}" for n in range(size)]))
    return pd.concat(frames, ignore_index=True)


def judged(predictions: pd.DataFrame) -> Judged:
    """The candidate ``mine`` of these predictions, its differences as the pairs give them."""
    names = [name.removeprefix("rank_value_") for name in predictions if name.startswith("rank_value_")]
    bare = Judged("mine", "d", 365, pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), predictions)
    pairs = RulesInPairs(bare, names, seed=1)
    rows = [
        ("all", "average_precision", "mine", name, *pairs.difference("mine", name)) for name in names if name != "mine"
    ]
    columns = ["slice", "metric", "candidate", "against", "value", "lower", "upper"]
    return replace(bare, differences=pd.DataFrame(rows, columns=columns))


def test_rules_stand_in_an_order_of_columns_then_numbers():
    order = sorted(BASELINES, key=Simplicity.of_rule)
    assert order[0] == "prior_rate"
    assert set(order[1:5]) == {"prior_year_count", "all_time_count", "recency", "decayed_count"}
    assert order[5:] == ["gamma_poisson", "bg_nbd", "weighted_index", "logistic"]
    assert not Simplicity.of_rule("recency") < Simplicity.of_rule("decayed_count")


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000), st.lists(st.sampled_from([0.2, 1.0, 4.0]), min_size=4, max_size=4), st.booleans())
def test_the_rule_that_is_named_instead_passes_itself_and_none_is_named_beside_a_pass(seed, noise, many):
    predictions = rankings(seed, 1500 if many else 250, {"mine": 1.0, **dict(zip(RULES, noise, strict=True))})
    found = check_beats_baselines(judged(predictions), RULES, Simplicity(120, 900), seed=1)
    assert (INSTEAD in found.figures) <= (found.verdict == "failed")
    if INSTEAD not in found.figures:
        return
    name = str(found.figures[INSTEAD])
    others = [rule for rule in RULES if rule != name]
    in_its_place = predictions.assign(rank_value_mine=predictions[f"rank_value_{name}"])
    assert check_beats_baselines(judged(in_its_place), others, Simplicity.of_rule(name), seed=1).verdict == "passed"


def test_an_undecided_lead_fails_names_the_best_simple_rule_and_the_table_to_write():
    # Nobody can tell the candidate from two of the rules; the others are noise.
    predictions = rankings(3, 400, {"mine": 0.3, "decayed_count": 0.35, "gamma_poisson": 0.3, "recency": 9.0})
    found = check_beats_baselines(judged(predictions), RULES, Simplicity(120, 900))
    assert found.verdict == "failed"
    assert "chance may explain its lead" in found.sentence
    assert found.figures[INSTEAD] == "decayed_count"
    assert 'model = { kind = "decayed_count" }' in found.advice
    config = TrainConfig.from_dict({"model": {"kind": str(found.figures[INSTEAD])}})
    assert config.spec == BaselineCandidate("decayed_count")


def test_a_rule_is_not_refused_for_one_that_is_no_simpler_unless_it_is_shown_to_be_worse():
    level = rankings(5, 300, {"mine": 0.3, "gamma_poisson": 0.3, "logistic": 0.3})
    own = Simplicity.of_rule("decayed_count")
    assert check_beats_baselines(judged(level), ("gamma_poisson", "logistic"), own).verdict == "passed"
    worse = rankings(5, 3000, {"mine": 4.0, "gamma_poisson": 0.2, "logistic": 0.3})
    found = check_beats_baselines(judged(worse), ("gamma_poisson", "logistic"), own)
    assert found.verdict == "failed"
    assert found.figures[INSTEAD] == "gamma_poisson"


def test_where_no_rule_is_better_than_chance_none_is_named():
    predictions = rankings(7, 200, {"mine": 50.0, "prior_rate": 50.0, "recency": 60.0, "gamma_poisson": 70.0})
    predictions["rank_value_prior_rate"] = 0.0
    found = check_beats_baselines(judged(predictions), ("prior_rate", "recency", "gamma_poisson"), Simplicity(120, 900))
    assert found.verdict == "failed"
    assert INSTEAD not in found.figures
    assert "better than chance" in found.advice


KINDS = {
    "gamma_poisson": {"kind": "gamma_poisson"},
    "poisson": {"kind": "poisson", "rounds": 20, "leaves": 4},
    "catalog_logistic": {"kind": "catalog_logistic"},
    "stack": {
        "kind": "stack",
        "members": {
            "trees": {"rounds": 20, "leaves": 4},
            "rate": {"kind": "gamma_poisson", "calibration": "platt"},
        },
    },
}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_any_kind_is_trained_again_from_its_recipe_with_the_same_bytes(kind):
    told = {"plan": {"calibration_dates": 2, "step_months": 6}, "candidates": {"mine": KINDS[kind]}, "seed": 5}
    config = TrainConfig.from_dict(told)
    fitted = fit_version(small_program(), config)
    assert fitted.model.kind == kind
    recipe = Recipe.from_json(recipe_of(fitted.model, config).to_json())
    assert recipe.train_config() == config
    assert reproduce(recipe, small_program()).same


def test_the_rule_named_in_a_versions_place_is_trained_registered_checked_and_read_back(tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    config = replace(SMALL_CONFIG, spec=BaselineCandidate("gamma_poisson"))
    done = train_model(small_program(), config, tracking_uri=uri)
    again = load_version(uri, done.version, tmp_path / "bundles")
    assert again.digest == done.model.digest
    assert golden_rows(again) == golden_rows(done.model)
    named = CheckResult(2, "rules", "failed", "", {INSTEAD: "decayed_count"}, "", required=True)
    checked = ReleaseReport(done.model.digest, done.model.data_version, (named,))
    found = train_in_its_place(uri, done.version, checked, lambda _: small_program())
    assert (found.version, found.rule) == ("2", "decayed_count")
    assert "version 2, the rule decayed_count, since version 1 is not shown to rank better" in found.reason
    told = {result.number: result.verdict for result in found.report.results}
    assert {told[number] for number in (1, 4, 6, 7)} == {"passed"}
    assert told[8] == "not judged"
    assert 8 not in {result.number for result in found.report.blocking}
    assert read_recipe(uri, run_of_version(uri, "2")).train_config().spec == BaselineCandidate("decayed_count")
    bare = replace(checked, results=())
    assert train_in_its_place(uri, done.version, bare, lambda _: small_program()) is None


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "hazard"}, "got a hazard.*can be judged by trustlane backtest"),
        ({"kind": "prior_rate"}, "to which everybody is alike"),
        ({"kind": "forest"}, "Expected a kind among classifier"),
        ({"kind": "stack", "members": {"a": {}, "b": {"kind": "recency"}}}, "got chosen for b.*Set calibration"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_table_that_cannot_be_registered_is_refused_before_any_work(table, words):
    with pytest.raises(ConfigRefused, match=words):
        TrainConfig.from_dict({"model": table})


def test_a_configuration_of_another_kind_survives_its_dict_and_has_flat_parameters():
    spec = Stack({"a": PoissonTrees(), "b": BaselineCandidate("recency", "platt")})
    config = TrainConfig(spec=spec)
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert config.params()["model.members.b.calibration"] == "platt"
    turned = Stack(dict(reversed(spec.members.items())))
    assert list(turned.members) == list(spec.members) == ["a", "b"]
    assert TrainConfig.from_dict(TrainConfig().to_dict()).spec == ModelSpec()
    with pytest.raises(ConfigRefused, match="hazard"):
        TrainConfig(spec=HazardTrees())
