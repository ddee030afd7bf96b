"""Laws of an ablation on a planted program: the type of the firm decides, how long it is known is the same for all."""

import json

import numpy as np
import pandas as pd
import pytest
from worlds import table

from features.worth import ADDS, NEEDED, NO_EVIDENCE
from models.spec import ModelSpec
from records.known import Records
from records.tables import BUSINESS_TYPES
from training import bench as bench_module
from training import learning_rows as learning_module
from training.ablation import run_ablation
from training.ablation_config import AblationConfig
from training.ablation_report import ablation_content, ablation_table, ablation_text, write_ablation
from training.backtest import run_backtest
from training.errors import ConfigRefused
from training.parallel import in_parallel

START, PEOPLE, YEARS = pd.Timestamp("2016-01-01"), 300, 6
TOLD = {
    "origins": ["2019-07-01", "2020-07-01"],
    "candidates": {"quick": {"rounds": 25, "leaves": 4, "min_child_rows": 20}},
    "capacities": [30],
    "replicates": 60,
    "fits": 1,
}
CONFIG = AblationConfig.from_dict(TOLD)


def planted_program() -> Records:
    """Every third firm is of the first type and has one incident, sometime; the others have none."""
    rng = np.random.default_rng(3)
    names = [f"p{number:03d}" for number in range(PEOPLE)]
    risky = np.arange(PEOPLE) % 3 == 0
    days = rng.integers(0, 365 * YEARS, PEOPLE)
    people, incidents, parties, volumes = [], [], [], []
    for name, first, day in zip(names, risky, days, strict=True):
        kind = BUSINESS_TYPES[0 if first else 1]
        people.append({"participant_id": name, "country": "MX", "business_type": kind, "known_at": START})
        if first:
            occurred = START + pd.Timedelta(days=int(day))
            known = occurred + pd.Timedelta(days=10)
            told = {"incident_id": f"i-{name}", "occurred_on": occurred, "known_at": known}
            incidents.append({**told, "severity": 3.0, "incident_type": "drug", "discovery": "port_exam"})
            parties.append({"incident_id": f"i-{name}", "party_no": "1", "participant_id": name, "known_at": known})
        for month in pd.date_range(START, periods=2 * YEARS, freq="6MS"):
            known = month + pd.Timedelta(days=35)
            count = float(rng.poisson(20))
            volumes.append({"participant_id": name, "month": month, "shipments": count, "known_at": known})
    rows = {"participants": people, "incidents": incidents, "involvements": parties, "exposures": volumes}
    return Records({name: table(name, told) for name, told in rows.items()}, "planted")


@pytest.fixture(scope="module")
def records():
    return planted_program()


@pytest.fixture(scope="module")
def found(records):
    return run_ablation(records, CONFIG, program="planted")


def test_what_decides_adds_to_the_base_and_what_all_share_is_worth_next_to_nothing(found):
    assert found.verdict("profile") in (ADDS, NEEDED)
    decides = found.families["profile"].added["average_precision"]
    assert decides.lower > 0.02
    # Its interval may lie above zero by luck; how much it is worth may not.
    shared = found.families["standing"]
    assert max(shared.without["average_precision"].value, shared.added["average_precision"].value) < decides.value / 3
    assert found.verdict("validation") == "not measured"


def test_a_family_whose_columns_never_vary_is_worth_exactly_nothing(found):
    worth = found.families["examinations"]
    assert worth.features == 0, "nothing was examined"
    for difference in (*worth.without.values(), *worth.added.values()):
        assert (difference.value, difference.lower, difference.upper) == (0, 0, 0)
    assert found.verdict("examinations") == NO_EVIDENCE


def test_the_full_model_is_the_one_that_a_backtest_judges(records, found):
    judged = run_backtest(records, CONFIG.backtest)
    assert found.full["average_precision"].value == pytest.approx(judged.mean("quick", "average_precision"), abs=1e-12)
    assert found.full["recall_at_capacity"].value == pytest.approx(judged.mean("quick", "recall_at_30"), abs=1e-12)
    told = judged.summary.query("ranking == 'quick' and metric == 'average_precision' and slice == 'all'").iloc[0]
    assert found.full["average_precision"].lower == pytest.approx(told["lower"], abs=1e-12)


def test_a_paired_interval_is_narrower_than_those_of_the_two_figures(found):
    added = found.families["profile"].added["average_precision"]
    alone = found.base_alone["average_precision"]
    assert added.upper - added.lower < alone.upper - alone.lower
    for each in found.families.values():
        for difference in (*each.without.values(), *each.added.values()):
            assert difference.lower <= difference.upper


def test_the_matrix_is_built_once_for_learning_and_once_for_ranking_at_each_origin(records, monkeypatch):
    built = []
    for module in (bench_module, learning_module):
        original = module.build_matrix
        monkeypatch.setattr(module, "build_matrix", lambda *told, _=original: built.append(1) or _(*told))
    quick = AblationConfig.from_dict(
        {**TOLD, "origins": ["2020-07-01"], "candidates": {"quick": {"rounds": 2}}, "replicates": 2}
    )
    heard = []
    again = run_ablation(records, quick, report=lambda stage, done, total: heard.append((stage, done, total)))
    assert len(built) == 2 * len(again.origins)
    assert ("judge every ranking", heard[-1][2], heard[-1][2]) == heard[-1]


def test_table_text_files_and_run_tell_the_same(found, tmp_path):
    shown = ablation_table(found)
    assert list(shown["family"].unique()) == list(found.families)
    assert set(shown["metric"]) == {"average_precision", "recall_at_capacity"}
    text = ablation_text(found)
    assert all(f"\n{family} " in text for family in found.families)
    assert "recall at 30 places" in text
    assert "1 models of 25 rounds" in text
    paths = write_ablation(found, CONFIG, tmp_path)
    assert [path.name for path in paths] == ["ablation.csv", "ablation.json", "report.txt"]
    assert json.loads(paths[1].read_text())["found"]["program"] == "planted"
    run = ablation_content(found, CONFIG)
    assert run.name == "ablation"
    logged = {metric.name: metric.value for metric in run.metrics}
    assert logged["added.profile.average_precision"] == found.families["profile"].added["average_precision"].value
    assert list(run.tables) == ["ablation"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"base": ["luck"]}, "families of the catalog as base, not luck"),
        ({"base": []}, "a base of at least one family"),
        ({"capacities": [10, 20]}, "one capacity"),
        ({"candidates": {"one": {}, "two": {}}}, "one candidate"),
        ({"replicates": 0}, "replicates at least 1"),
        ({"fits": 0}, "fits at least 1"),
        ({"luck": 1}, "unknown luck"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_in_words(told, words):
    with pytest.raises(ConfigRefused, match=words):
        AblationConfig.from_dict(told)


def test_a_configuration_goes_through_plain_values_and_toml(tmp_path):
    assert AblationConfig.from_dict(CONFIG.to_dict()) == CONFIG
    (tmp_path / "a.toml").write_text('base = ["profile"]\nfits = 3\nlast_origins = 2\n[candidates.x]\nrounds = 9\n')
    read = AblationConfig.from_toml(tmp_path / "a.toml")
    assert (read.base, read.fits, read.backtest.last_origins, read.spec) == (("profile",), 3, 2, ModelSpec(rounds=9))
    with pytest.raises(ConfigRefused, match="Expected a TOML file"):
        AblationConfig.from_toml(tmp_path / "none.toml")


def test_a_base_without_features_in_the_program_is_refused(records):
    only_findings = AblationConfig.from_dict({**TOLD, "base": ["findings"]})
    with pytest.raises(ConfigRefused, match=r"got findings, and the program has incident_history"):
        run_ablation(records, only_findings)


def test_jobs_in_parallel_keep_their_order_and_the_first_failure_is_told():
    heard = []
    found = in_parallel(
        {number: lambda number=number: number**2 for number in range(5)}, lambda *told: heard.append(told)
    )
    assert found == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}
    assert heard == [(done, 5) for done in range(6)]
    with pytest.raises(ZeroDivisionError):
        in_parallel({"bad": lambda: 1 / 0}, lambda *_: None)


def test_a_named_feature_is_judged_apart_from_its_family_and_a_copy_of_another_is_worth_nothing(records):
    told = AblationConfig.from_dict({**TOLD, "origins": ["2020-07-01"]})
    one = run_ablation(records, told.of_features(["business_type_code", "incident_days_all"]))
    assert list(one.families) == ["business_type_code", "incident_days_all"]
    whole = run_ablation(records, told)
    assert one.full == whole.full, "the model of all columns is the same, however they are parted"
    decides = one.families["business_type_code"]
    assert decides.added["average_precision"].lower > 0.02, "the type of the firm decides"
    # Nobody has a second incident, so the days with one say what their number says.
    copied = one.families["incident_days_all"]
    assert max(copied.without["average_precision"].value, copied.added["average_precision"].value) < 0.02
    assert one.verdict("incident_days_all") == NO_EVIDENCE
    assert "\nbusiness_type_code " in ablation_text(one)


def test_a_feature_that_is_not_there_is_refused_in_words(records):
    with pytest.raises(ConfigRefused, match="features of the catalog, not luck"):
        CONFIG.of_features(["luck"])
    with pytest.raises(ConfigRefused, match="each feature once"):
        CONFIG.of_features(["business_type_code"] * 2)
    program = Records({name: records[name] for name in ("participants", "incidents", "involvements")}, "no volumes")
    with pytest.raises(ConfigRefused, match=r"tables the program sends; got shipments_prior_365d"):
        run_ablation(program, CONFIG.of_features(["shipments_prior_365d"]))
