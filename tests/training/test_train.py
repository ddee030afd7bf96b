"""Training end to end on a simulated program: what it registers, and what a stopped run leaves behind."""

import json
from pathlib import Path

import pandas as pd
import pytest
from small_program import SMALL_CONFIG, small_program

from models import experiments, unsent
from models.errors import TrackingRefused, UnknownVersion
from models.experiments import connect, open_tracking
from models.registry import latest_version, load_version, resolve_champion, version_tags
from records.known import Records
from training.errors import ConfigRefused, OriginRefused
from training.log_items import reliability, yield_by_band
from training.promote import promote_model
from training.splits import SplitPlan
from training.train import TrainConfig, TrainResult, train_model

NOW = pd.Timestamp("2026-11-24")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, TrainResult, list[tuple[str, int, int]]]:
    uri = f"sqlite:///{tmp_path_factory.mktemp('program')}/mlruns/mlflow.db"
    said: list[tuple[str, int, int]] = []
    result = train_model(
        small_program(),
        SMALL_CONFIG,
        tracking_uri=uri,
        note="Trained by a test.",
        report=lambda stage, done, total: said.append((stage, done, total)),
    )
    return uri, result, said


def test_a_trained_model_is_a_version_that_loads_and_can_be_promoted(trained, tmp_path: Path):
    uri, result, _ = trained
    assert result.version == "1"
    assert load_version(uri, "1", tmp_path) == result.model
    assert version_tags(uri, "1")["data_version"] == small_program().data_version
    promote_model(uri, now=NOW, checked=None, force_with_reason="a model of the tests")
    assert resolve_champion(uri).digest == result.model.digest


def test_calibration_dates_are_later_than_fitting_dates_and_every_label_was_known(trained):
    _, result, _ = trained
    facts, split = result.model.facts, result.split
    assert facts["training_last_as_of"] < facts["calibration_first_as_of"]
    assert split.calibration[-1] + pd.Timedelta(days=365) + split.margin < split.origin
    assert result.tally["immature"] == 0


def test_it_ranks_far_better_than_chance_on_dates_it_never_saw(trained):
    _, result, _ = trained
    # Some twenty positives at two dates: 0.78 and 0.85 are the same figure here.
    assert result.metrics["auc"] > 0.7
    assert result.metrics["average_precision"] > 5 * result.metrics["base_rate"]


def test_the_run_holds_parameters_metrics_by_date_plots_and_the_card(trained):
    uri, result, _ = trained
    client = connect(open_tracking(uri))
    run = client.get_run(result.run_id)
    assert run.data.params["model.rounds"] == "30"
    assert run.data.params["plan.horizon_days"] == "365"
    assert run.data.tags["mlflow.note.content"].startswith("Trained by a test.")
    steps = {each.step for each in client.get_metric_history(result.run_id, "calibration_slice.average_precision")}
    assert steps == {int(f"{date:%Y%m%d}") for date in result.split.calibration}
    assert {path.path for path in client.list_artifacts(result.run_id, "figures")} == {
        "figures/calibration.png",
        "figures/factor_groups.png",
        "figures/features.png",
        "figures/yield_by_band.png",
    }
    quality = json.loads(Path(client.download_artifacts(result.run_id, "quality.json")).read_text(encoding="utf-8"))
    logged = client.get_run(result.run_id).data.metrics
    assert logged["quality.missing_share"] == pytest.approx(quality["headline"][2]["value"])
    card = client.download_artifacts(result.run_id, "model_card.md")
    text = Path(card).read_text(encoding="utf-8")
    for words in (
        "Intended use",
        "Training data",
        "What drives it",
        "NOT YET JUDGED",
        "Nobody told",
        result.model.digest,
    ):
        assert words in text
    version = client.get_model_version("trustlane-risk", "1")
    assert "average precision" in version.description


def test_progress_is_told_to_the_end(trained):
    _, _, said = trained
    assert [done for _, done, _ in said] == sorted(done for _, done, _ in said)
    assert said[-1][1] == said[-1][2]


def test_the_model_carries_what_its_page_shows(trained):
    _, result, _ = trained
    facts = result.model.facts
    assert 0 < facts["calibration_slice_metrics"]["average_precision"] < 1
    assert all(row["lower"] <= row["observed"] <= row["upper"] for row in facts["reliability"])
    assert [row["from_probability"] for row in facts["yield_by_band"]] == sorted(
        row["from_probability"] for row in facts["yield_by_band"]
    )


def test_a_run_stopped_half_way_leaves_no_version_and_the_next_starts_clean(tmp_path: Path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(experiments, "_log_model", stop)
        with pytest.raises(KeyboardInterrupt):
            train_model(small_program(), SMALL_CONFIG, tracking_uri=uri)
    client = connect(open_tracking(uri))
    experiment = client.get_experiment_by_name("trustlane-train")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.status for run in runs] == ["FAILED"]
    with pytest.raises(UnknownVersion):
        latest_version(uri)
    assert train_model(small_program(), SMALL_CONFIG, tracking_uri=uri).version == "1"


def test_a_run_stopped_before_registration_leaves_no_version(tmp_path: Path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"

    def stop(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(unsent, "register", stop)
    with pytest.raises(KeyboardInterrupt):
        train_model(small_program(), SMALL_CONFIG, tracking_uri=uri)
    with pytest.raises(UnknownVersion):
        latest_version(uri)


def test_a_wrong_address_is_refused_before_any_work():
    with pytest.raises(TrackingRefused):
        train_model(Records({}), SMALL_CONFIG, tracking_uri="mlruns")


def test_a_record_that_is_too_short_is_refused_with_the_date_from_which_it_is_not(tmp_path: Path):
    records = small_program()
    short = TrainConfig(plan=SMALL_CONFIG.plan, record_end=records.first_known_at + pd.Timedelta(days=500))
    with pytest.raises(OriginRefused, match="Choose an origin"):
        train_model(records, short, tracking_uri=f"sqlite:///{tmp_path}/mlruns/mlflow.db")


def test_bins_hold_every_row_of_a_slice_that_is_large_enough(trained):
    _, result, _ = trained
    from training.learning_rows import learning_rows

    rows = learning_rows(small_program(), result.split, horizon_days=365).calibration
    table, bands = reliability(result.model, rows), yield_by_band(result.model, rows)
    assert 0 < table["rows"].sum() <= len(rows)
    assert 0 < bands["rows"].sum() <= len(rows)
    assert table["predicted"].is_monotonic_increasing
    assert (bands["from_probability"] <= bands["predicted"]).all()
    assert (bands["predicted"] <= bands["to_probability"]).all()


def test_a_configuration_is_read_from_toml_and_unknown_names_are_refused(tmp_path: Path):
    path = tmp_path / "train.toml"
    path.write_text("seed = 3\nrecord_end = 2024-01-01\n[plan]\nstep_months = 6\n[model]\nrounds = 40\n")
    config = TrainConfig.from_toml(path)
    assert (config.seed, config.plan, config.spec.rounds) == (3, SplitPlan(step_months=6), 40)
    assert config.record_end == pd.Timestamp("2024-01-01")
    for text, name in (("sead = 3", "sead"), ("[plan]\nstep = 1", "plan.step"), ("[model]\nleafs = 2", "leafs")):
        path.write_text(text)
        with pytest.raises(ConfigRefused, match=name):
            TrainConfig.from_toml(path)
    path.write_text("seed = ")
    with pytest.raises(ConfigRefused, match=r"train\.toml"):
        TrainConfig.from_toml(path)
    with pytest.raises(ConfigRefused, match="Expected a TOML file"):
        TrainConfig.from_toml(tmp_path / "absent.toml")
