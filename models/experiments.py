"""The only writer of MLflow runs.

MLflow is imported on first use, quietly and with its telemetry off, so that importing this module costs
nothing. Runs live in SQLite with their files beside it, by absolute paths: ``mlruns/mlflow.db`` and
``mlruns/artifacts/``. Nothing ever writes ``mlruns/<digits>/meta.yaml``, which would turn MLflow back to the
file store that it refuses.
"""

import hashlib
import logging
import math
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from models.bundle import write_bundle
from models.errors import TrackingRefused
from models.figures import draw_png
from models.fitted import RiskModel
from models.pyfunc_contract import OUTPUTS, PACKAGES, REQUIREMENTS, SCRIPT
from models.run_items import RunContent
from models.tracking_server import PATIENCE, require_answer, told_when_away

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    **PATIENCE,
}
LONGEST_VALUE = 500


@dataclass(frozen=True)
class Tracking:
    """An opened tracking store: its absolute address and the folder of files, None when a server keeps them."""

    uri: str
    artifacts: Path | None


@dataclass(frozen=True)
class LoggedRun:
    """A finished run and, when a model was logged with it, where that is."""

    run_id: str
    experiment_id: str
    model_uri: str = ""
    model_id: str = ""


@cache
def mlflow() -> Any:
    """MLflow, imported once with telemetry off."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # MLflow warns about its own type hints while it is imported; nothing of ours is involved.
        warnings.simplefilter("ignore")
        import mlflow as package
        import mlflow.data
        import mlflow.pyfunc
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return package


@contextmanager
def quietly() -> Iterator[None]:
    """Silence what MLflow and the packages below it deprecate in each other; ours still raise outside."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(mlflow|sqlalchemy|alembic|pydantic)(\.|$)")
        warnings.filterwarnings("ignore", message=r".*(noload|type hints|type hint).*")
        yield


def open_tracking(uri: str) -> Tracking:
    """Open, and create if need be, the tracking store at ``uri``.

    Parameters
    ----------
    uri : str
        ``sqlite:///path/to/mlruns/mlflow.db`` (relative paths are made absolute now) or the http(s) address
        of a tracking server.

    Raises
    ------
    TrackingRefused
        Any other address, among them a bare folder: MLflow refuses file stores.
    """
    if re.match(r"https?://", uri):
        return Tracking(uri, None)
    found = re.fullmatch(r"sqlite:///(.+)", uri)
    if not found:
        raise TrackingRefused(
            f"Expected a tracking address sqlite:///mlruns/mlflow.db or http(s)://…; got {uri!r}. "
            "Set --mlflow or TRUSTLANE_MLFLOW to one of these."
        )
    database = Path(found[1]).absolute()
    artifacts = database.parent / "artifacts"
    artifacts.mkdir(parents=True, exist_ok=True)
    return Tracking(f"sqlite:///{database}", artifacts)


def connect(tracking: Tracking) -> Any:
    """A client of the store; also makes it the process's own store, for the calls that know no client.

    Raises TrackingAway when a server does not answer within seconds, in place of MLflow's minutes.
    """
    require_answer(tracking.uri)
    package = mlflow()
    package.set_tracking_uri(tracking.uri)
    package.set_registry_uri(tracking.uri)
    return package.MlflowClient(tracking_uri=tracking.uri, registry_uri=tracking.uri)


def log_run(
    tracking: Tracking, content: RunContent, *, model: RiskModel | None = None, example: pd.DataFrame | None = None
) -> LoggedRun:
    """Log one run, and the model with it when given. A run stopped half way stays behind as failed, without a model.

    Parameters
    ----------
    tracking : Tracking
        From :func:`open_tracking`.
    content : RunContent
        What the run records.
    model : RiskModel, optional
        Logged without any pickle: a script, the bundle, and the packages that read it.
    example : DataFrame, optional
        A few rows in the model's columns; shown as the model's input example.

    Raises
    ------
    TrackingAway
        The server does not answer, or no longer.
    """
    package = mlflow()
    with quietly(), told_when_away(tracking.uri):
        client = connect(tracking)
        experiment = _experiment(client, tracking, content.experiment)
        digest = hashlib.sha256(content.data_version.encode()).hexdigest()
        tags = {"data_version": content.data_version, "data_sha256": digest, **content.tags}
        started = package.start_run(
            experiment_id=experiment, run_name=content.name, description=content.note, tags=tags
        )
        with started as run:
            _log_content(package, client, run.info.run_id, content, digest)
            if model is None:
                return LoggedRun(run.info.run_id, experiment)
            info = _log_model(package, model, example)
            return LoggedRun(run.info.run_id, experiment, info.model_uri, info.model_id)


def _experiment(client: Any, tracking: Tracking, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if tracking.artifacts is None else (tracking.artifacts / name).as_uri()
    return str(client.create_experiment(name, artifact_location=location))


def _log_content(package: Any, client: Any, run_id: str, content: RunContent, digest: str) -> None:
    entities = package.entities
    params = [entities.Param(name, str(value)[:LONGEST_VALUE]) for name, value in sorted(content.params.items())]
    moment = int(package.active_run().info.start_time)
    metrics = [
        entities.Metric(metric.name, float(metric.value), moment, metric.step)
        for metric in content.metrics
        if math.isfinite(metric.value)
    ]
    client.log_batch(run_id, metrics=metrics, params=params, synchronous=True)
    if content.sample is not None:
        data = package.data.from_pandas(content.sample.astype("float64"), name="matrix", digest=digest[:36])
        package.log_input(data, context="training")
    with tempfile.TemporaryDirectory() as staging:
        for path, data_bytes in artifact_files(content).items():
            target = Path(staging) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data_bytes)
        client.log_artifacts(run_id, staging)


def artifact_files(content: RunContent) -> dict[str, bytes]:
    """The files of a run by their path: figures drawn, tables and texts written out, and those that are ready."""
    files = {f"figures/{figure.name}.png": draw_png(figure) for figure in content.figures}
    files |= {f"tables/{name}.csv": table.to_csv(index=False).encode() for name, table in content.tables.items()}
    return files | {name: text.encode() for name, text in content.texts.items()} | dict(content.files)


def _log_model(package: Any, model: RiskModel, example: pd.DataFrame | None) -> Any:
    columns = [package.types.ColSpec("double", name, required=False) for name in model.features]
    outputs = [package.types.ColSpec(kind, name) for name, kind in OUTPUTS.items()]
    schema = package.types.Schema
    signature = package.models.ModelSignature(schema(columns), schema(outputs))
    rows = None if example is None else example[list(model.features)].head(5).astype("float64").reset_index(drop=True)
    with tempfile.TemporaryDirectory() as staging:
        bundle = Path(staging) / "bundle"
        write_bundle(model, bundle)
        return package.pyfunc.log_model(
            name="risk-model",
            python_model=str(SCRIPT),
            artifacts={"bundle": str(bundle)},
            code_paths=[str(folder) for folder in PACKAGES],
            signature=signature,
            input_example=rows,
            pip_requirements=REQUIREMENTS,
            metadata={"digest": model.digest, "catalog_hash": model.catalog_hash, "horizon_days": model.horizon_days},
        )
