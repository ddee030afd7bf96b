"""Runs that a tracking server could not take: kept whole as files, and sent later, once.

A kept run is a folder: ``run.json`` (names, parameters, tags, metrics, how its version is registered), ``artifacts/``
with the files as the run's page will show them, and, where there are, ``sample.parquet``, ``example.parquet`` and the
``bundle``. The folder's name ends in the run's key, which the run carries as a tag: whatever of it reached the server
is found again, so that sending twice makes one run.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from models.bundle import read_bundle, write_bundle
from models.errors import KeptRunUnreadable, RunKept, TrackingAway
from models.experiments import LoggedRun, Tracking, artifact_files, connect, log_run, quietly
from models.fitted import RiskModel
from models.registry import REGISTERED_NAME, register
from models.run_items import Metric, RunContent
from models.tracking_server import told_when_away

KEY_TAG = "run_key"
"""Tag under which a run is found again."""


@dataclass(frozen=True)
class Registration:
    """How a run's model becomes a version: the version's description and tags."""

    description: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outgoing:
    """A run on its way: what it records, its model with example rows, and how it is registered; None: not at all."""

    content: RunContent
    model: RiskModel | None = None
    example: pd.DataFrame | None = None
    registration: Registration | None = None


@dataclass(frozen=True)
class Sent:
    """A run that the store holds: where, and the version that it became, if it was registered."""

    run: LoggedRun
    version: str | None


def log_or_keep(tracking: Tracking, outgoing: Outgoing, unsent: Path) -> Sent:
    """Log and register a run; one that a server cannot take is kept whole, and that is told by an exception.

    Parameters
    ----------
    tracking : Tracking
        From :func:`models.experiments.open_tracking`.
    outgoing : Outgoing
        The run.
    unsent : Path
        Folder of kept runs.

    Raises
    ------
    RunKept
        The server was away, or went away before all was sent; names the folder that holds the run.
    """
    content = outgoing.content
    if tracking.artifacts is None:
        content = replace(content, tags={**content.tags, KEY_TAG: uuid4().hex})
    keyed = replace(outgoing, content=content)
    try:
        return _deliver(tracking, keyed)
    except TrackingAway as away:
        kept = keep_run(keyed, unsent)
        raise RunKept(away, [kept]) from away


class Outbox:
    """Sends one run after the other; those that could not be sent are told of together, at the end."""

    def __init__(self, tracking: Tracking, unsent: Path) -> None:
        self._tracking, self._unsent = tracking, unsent
        self._refused: list[RunKept] = []

    def put(self, content: RunContent) -> None:
        """Log a run without a model, or keep it."""
        try:
            log_or_keep(self._tracking, Outgoing(content), self._unsent)
        except RunKept as kept:
            self._refused.append(kept)

    def require_all_sent(self) -> None:
        """RunKept when anything had to be kept; names every folder."""
        if self._refused:
            raise RunKept(self._refused[-1], [folder for each in self._refused for folder in each.kept])


def _deliver(tracking: Tracking, outgoing: Outgoing) -> Sent:
    run = log_run(tracking, outgoing.content, model=outgoing.model, example=outgoing.example)
    with told_when_away(tracking.uri):
        return Sent(run, _registered(tracking, run, outgoing))


def _registered(tracking: Tracking, run: LoggedRun, outgoing: Outgoing) -> str | None:
    if outgoing.registration is None or outgoing.model is None:
        return None
    told = outgoing.registration
    return register(tracking.uri, run, outgoing.model, description=told.description, tags=told.tags)


def keep_run(outgoing: Outgoing, unsent: Path) -> Path:
    """Write a run to a folder of its own under ``unsent``, whole or not at all; gives the folder."""
    unsent.mkdir(parents=True, exist_ok=True)
    content = outgoing.content
    if KEY_TAG not in content.tags:
        content = replace(content, tags={**content.tags, KEY_TAG: uuid4().hex})
    staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=unsent))
    for name, data in artifact_files(content).items():
        target = staging / "artifacts" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for name, rows in (("sample", content.sample), ("example", outgoing.example)):
        if rows is not None:
            rows.to_parquet(staging / f"{name}.parquet")
    if outgoing.model is not None:
        write_bundle(outgoing.model, staging / "bundle")
    told = outgoing.registration
    plain = {
        "experiment": content.experiment,
        "name": content.name,
        "note": content.note,
        "data_version": content.data_version,
        "params": {name: str(value) for name, value in content.params.items()},
        "tags": dict(content.tags),
        "metrics": [asdict(metric) for metric in content.metrics],
        "registration": None if told is None else {"description": told.description, "tags": dict(told.tags)},
    }
    (staging / "run.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    numbers = [int(path.name.split("-")[0]) for path in kept_runs(unsent)]
    target = unsent / f"{max(numbers, default=0) + 1:04d}-{content.tags[KEY_TAG]}"
    staging.rename(target)
    return target


def kept_runs(unsent: Path) -> tuple[Path, ...]:
    """The folders of kept runs, in the order in which they were kept."""
    return tuple(sorted(path for path in unsent.glob("[0-9]*-*") if path.is_dir()))


def read_kept(folder: Path) -> Outgoing:
    """A kept run; KeptRunUnreadable when its folder was changed or cut short."""
    try:
        told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        stored = folder / "artifacts"
        files = {str(path.relative_to(stored)): path.read_bytes() for path in stored.rglob("*") if path.is_file()}
        registration = told.pop("registration")
        metrics = tuple(Metric(**metric) for metric in told.pop("metrics"))
        content = RunContent(**told, metrics=metrics, files=files, sample=_rows(folder / "sample.parquet"))
        return Outgoing(
            content=content,
            model=read_bundle(folder / "bundle") if (folder / "bundle").is_dir() else None,
            example=_rows(folder / "example.parquet"),
            registration=None if registration is None else Registration(**registration),
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise KeptRunUnreadable(
            f"Expected a run that was kept whole in {folder}; got {type(problem).__name__}: {problem}. "
            "Move the folder away, and train or judge again."
        ) from problem


def _rows(path: Path) -> pd.DataFrame | None:
    return pd.read_parquet(path) if path.is_file() else None


def send_kept(tracking: Tracking, folder: Path) -> Sent:
    """Send one kept run and remove its folder.

    What an earlier, interrupted sending finished is not repeated: a whole run is only registered, a version that is
    there is left alone, and a run cut short is deleted and sent anew.

    Raises
    ------
    TrackingAway
        The server is away; the folder stays.
    KeptRunUnreadable, BundleCorrupt
        The folder was changed.
    """
    outgoing = read_kept(folder)
    found = _whole_run(tracking, outgoing.content)
    if found is None:
        sent = _deliver(tracking, outgoing)
    else:
        version = _version_of(tracking, found.run_id)
        with told_when_away(tracking.uri):
            sent = Sent(found, version or _registered(tracking, found, outgoing))
    shutil.rmtree(folder)
    return sent


def _whole_run(tracking: Tracking, content: RunContent) -> LoggedRun | None:
    """The finished run of this key; what was cut short is deleted on the way."""
    with quietly():
        client = connect(tracking)
        experiment = client.get_experiment_by_name(content.experiment)
        if experiment is None:
            return None
        named = f"tags.{KEY_TAG} = '{content.tags[KEY_TAG]}'"
        for run in client.search_runs([experiment.experiment_id], filter_string=named):
            if run.info.status == "FINISHED":
                return _logged(client, run)
            client.delete_run(run.info.run_id)
    return None


def _logged(client: Any, run: Any) -> LoggedRun:
    models = run.outputs.model_outputs if run.outputs is not None else []
    if not models:
        return LoggedRun(run.info.run_id, run.info.experiment_id)
    model = client.get_logged_model(models[0].model_id)
    return LoggedRun(run.info.run_id, run.info.experiment_id, model.model_uri, model.model_id)


def _version_of(tracking: Tracking, run_id: str) -> str | None:
    with quietly():
        found = connect(tracking).search_model_versions(f"name = '{REGISTERED_NAME}' and run_id = '{run_id}'")
    return str(found[0].version) if found else None
