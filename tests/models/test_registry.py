"""The two doors to MLflow: runs that read well, versions without pickles, a champion with a history."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from model_slices import blended_model, make_matrix, quick_model

from models.bundle import read_bundle
from models.errors import BundleCorrupt, NoChampion, PromotionRefused, TrackingRefused, UnknownVersion
from models.experiments import LoggedRun, connect, log_run, open_tracking, quietly
from models.registry import (
    REGISTERED_NAME,
    download_champion,
    latest_version,
    load_champion,
    promote,
    promotions,
    register,
    resolve_champion,
    tag_version,
    version_tags,
)
from models.risk_model import RiskModel
from models.run_items import Figure, Metric, RunContent, Series

NOW = pd.Timestamp("2026-11-24T10:00:00")
CONTENT = RunContent(
    experiment="trustlane-train",
    name="train to 2021-10-01",
    note="A **note** of the run.",
    data_version="synthetic",
    params={"model.rounds": 25},
    tags={"kind": "train"},
    metrics=(
        Metric("average_precision", 0.3, 20200101),
        Metric("average_precision", 0.4, 20210101),
        Metric("unknown", float("nan")),
    ),
    figures=(
        Figure("bounds", "t", "x", "y", (Series("s", [0, 1], [0, 1], [0, 0.9], [0.1, 1]),), diagonal=True),
        Figure("bars", "t", "x", "y", (Series("s", ["a", "b"], [0.1, 1], style="bars"),)),
    ),
    tables={"yield": pd.DataFrame({"band": [1], "rows": [3]})},
    texts={"model_card.md": "# Card"},
    sample=make_matrix(5, 1),
)


def log_and_register(uri: str, model: RiskModel) -> tuple[LoggedRun, str]:
    run = log_run(open_tracking(uri), CONTENT, model=model, example=make_matrix(3, 2))
    return run, register(uri, run, model, description="Average precision 0.4 on 2021-01-01.")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, LoggedRun]:
    """A store with two versions, the first of them champion."""
    folder = tmp_path_factory.mktemp("program") / "mlruns"
    uri = f"sqlite:///{folder}/mlflow.db"
    run, first = log_and_register(uri, quick_model())
    log_and_register(uri, blended_model())
    promote(uri, first, "the first model of the program", now=NOW, by="A. Lindqvist")
    return uri, folder, run


def test_the_store_is_a_database_with_files_beside_it_and_never_a_file_store(store):
    _, folder, _ = store
    assert sorted(path.name for path in folder.iterdir()) == ["artifacts", "mlflow.db"]
    assert not [path for path in folder.rglob("meta.yaml") if path.parent.name.isdigit()]
    assert not [path for path in folder.rglob("*") if re.search(r"\.(pkl|pickle|joblib|skops|cloudpickle)$", path.name)]


def test_a_run_reads_well_in_mlflows_own_pages(store):
    uri, folder, run = store
    client = connect(open_tracking(uri))
    found = client.get_run(run.run_id)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "train to 2021-10-01"
    assert found.data.tags["mlflow.note.content"] == "A **note** of the run."
    assert found.data.tags["data_version"] == "synthetic"
    assert re.fullmatch("[0-9a-f]{64}", found.data.tags["data_sha256"])
    assert found.data.params == {"model.rounds": "25"}
    history = client.get_metric_history(run.run_id, "average_precision")
    assert [(each.step, each.value) for each in history] == [(20200101, 0.3), (20210101, 0.4)]
    assert "unknown" not in found.data.metrics
    dataset = found.inputs.dataset_inputs[0].dataset
    assert dataset.name == "matrix"
    assert found.data.tags["data_sha256"].startswith(dataset.digest)
    files = {path.path for path in client.list_artifacts(run.run_id)}
    assert {"figures", "tables", "model_card.md"} <= files
    assert found.info.artifact_uri.startswith(f"file://{folder}/artifacts/")
    png = folder / "artifacts" / "trustlane-train" / run.run_id / "artifacts" / "figures" / "bounds.png"
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_version_tells_what_it_is(store):
    uri, _, run = store
    client = connect(open_tracking(uri))
    version = client.get_model_version(REGISTERED_NAME, "1")
    assert version.description == "Average precision 0.4 on 2021-01-01."
    assert version.run_id == run.run_id
    assert version.tags["bundle_digest"] == quick_model().digest
    assert version.tags["data_version"] == "synthetic"
    assert "champion" in client.get_registered_model(REGISTERED_NAME).description


def test_the_champion_loads_in_a_fresh_process_elsewhere_without_any_pickle(store, tmp_path: Path):
    uri, _, _ = store
    frame = make_matrix(6, 3).astype("float64")
    frame.to_parquet(tmp_path / "frame.parquet")
    program = f"""
import sys, warnings
import mlflow, pandas as pd
assert not [path for path in sys.path if path.rstrip("/").endswith("{Path(__file__).parents[2].name}")]
mlflow.set_tracking_uri({uri!r})
model = mlflow.pyfunc.load_model("models:/trustlane-risk@champion")
frame = pd.read_parquet("frame.parquet")
model.predict(frame).to_parquet("whole.parquet")
model.predict(frame[frame.columns[::-1]]).to_parquet("shuffled.parquet")
model.predict(frame.drop(columns=[frame.columns[0]])).to_parquet("missing.parquet")
assert "shap" not in sys.modules
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    answered = pd.read_parquet(tmp_path / "whole.parquet")
    assert list(answered.columns) == ["margin", "probability", "lower", "upper", "expected_incidents", "reasons"]
    margin = quick_model().margin(frame)
    assert (answered["margin"].to_numpy() == margin).all()
    assert (answered["probability"].to_numpy() == quick_model().probability(margin)).all()
    base, _ = quick_model().contributions(frame)
    sums = [sum(reason["contribution"] for reason in json.loads(text)) for text in answered["reasons"]]
    assert abs(base + np.array(sums) - margin).max() < 1e-6
    assert answered.equals(pd.read_parquet(tmp_path / "shuffled.parquet"))
    unknown = frame.assign(**{frame.columns[0]: float("nan")})
    missing = pd.read_parquet(tmp_path / "missing.parquet")
    assert (missing["margin"].to_numpy() == quick_model().margin(unknown)).all()


def test_the_champion_is_resolved_downloaded_and_named(store, tmp_path: Path):
    uri, _, _ = store
    champion = resolve_champion(uri)
    assert (champion.version, champion.digest) == ("1", quick_model().digest)
    folder = download_champion(uri, tmp_path)
    assert read_bundle(folder).model_version == "trustlane-risk/1"
    assert load_champion(uri, tmp_path) == quick_model().named("trustlane-risk/1")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_spoiled_copy_is_fetched_again(store, tmp_path: Path):
    uri, _, _ = store
    folder = download_champion(uri, tmp_path)
    (folder / "bundle.json").write_text("{}")
    assert load_champion(uri, tmp_path).digest == quick_model().digest


def test_promotions_are_appended_and_never_overwritten(store, tmp_path: Path):
    # A copy of the database is a registry of its own; its files stay where they are.
    _, folder, _ = store
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    (tmp_path / "mlruns").mkdir()
    shutil.copy(folder / "mlflow.db", tmp_path / "mlruns" / "mlflow.db")
    promote(uri, "2", "better on the last three origins", now=NOW + pd.Timedelta(days=1))
    promote(uri, "1", "the second one was too slow", now=NOW + pd.Timedelta(days=2), forced=True)
    history = promotions(uri)
    assert [(each.version, each.replaced) for each in history] == [("1", ""), ("2", "1"), ("1", "2")]
    assert [each.forced for each in history] == [False, False, True]
    assert history[0].by == "A. Lindqvist"
    assert history[2].at == "2026-11-26T10:00:00"
    assert {name for name in version_tags(uri, "1") if name.startswith("promotion.")} == {
        "promotion.0001",
        "promotion.0003",
    }
    assert resolve_champion(uri).version == "1"


def test_no_promotion_without_a_reason_and_none_of_the_champion_itself(store):
    uri, _, _ = store
    with pytest.raises(PromotionRefused, match="at least 10 characters"):
        promote(uri, "2", "because", now=NOW)
    with pytest.raises(PromotionRefused, match="champion already"):
        promote(uri, "1", "the first model of the program", now=NOW)
    assert resolve_champion(uri).version == "1"


def test_a_damaged_version_is_not_promoted(tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    log_and_register(uri, quick_model())
    for path in (tmp_path / "mlruns").rglob("bundle/booster-00.txt"):
        path.write_text(path.read_text().replace("leaf_value=", "leaf_value=9 ", 1))
    with pytest.raises(BundleCorrupt, match=r"booster-00\.txt"):
        promote(uri, "1", "the first model of the program", now=NOW)
    with pytest.raises(NoChampion):
        resolve_champion(uri)
    assert promotions(uri) == ()


def test_an_empty_registry_says_what_to_do(tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    with pytest.raises(NoChampion, match="`trustlane train`, then `trustlane promote`"):
        resolve_champion(uri)
    with pytest.raises(UnknownVersion, match="trustlane train"):
        latest_version(uri)


def test_an_unknown_version_is_refused_with_those_that_exist(store):
    uri, _, _ = store
    with pytest.raises(UnknownVersion, match="There are: 1, 2"):
        promote(uri, "77", "a version that is not there", now=NOW)


def test_a_run_without_a_model_registers_nothing(store):
    uri, _, _ = store
    run = log_run(open_tracking(uri), CONTENT)
    with pytest.raises(PromotionRefused, match="one without"):
        register(uri, run, quick_model(), description="")
    assert latest_version(uri) == "2"


def test_tags_can_be_added_to_a_version(store):
    uri, _, _ = store
    tag_version(uri, "2", {"backtest.auc": "0.91"})
    assert version_tags(uri, "2")["backtest.auc"] == "0.91"


@pytest.mark.parametrize("address", ["mlruns", "file:///tmp/mlruns", "postgres", ""])
def test_a_bare_folder_is_no_tracking_address(address: str):
    with pytest.raises(TrackingRefused, match=r"sqlite:///mlruns/mlflow\.db"):
        open_tracking(address)


def test_a_relative_address_becomes_absolute_at_once(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracking = open_tracking("sqlite:///mlruns/mlflow.db")
    assert tracking.uri == f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    assert tracking.artifacts == tmp_path / "mlruns" / "artifacts"


def test_telemetry_is_off_before_mlflow_is_there(store):
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_quiet_does_not_silence_our_own_warnings():
    import warnings

    with pytest.raises(UserWarning, match="ours"), quietly():
        warnings.warn("ours", UserWarning, stacklevel=1)
