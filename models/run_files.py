"""Files and tags of runs that are over: read what a run kept, and add what was found out later."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import UnknownRun
from models.experiments import connect, mlflow, open_tracking, quietly
from models.registry import REGISTERED_NAME, version_tags


def run_of_version(tracking_uri: str, version: str) -> str:
    """The run that logged a registered version; UnknownVersion when there is none."""
    version_tags(tracking_uri, version)
    with quietly():
        return str(connect(open_tracking(tracking_uri)).get_model_version(REGISTERED_NAME, version).run_id)


def read_run_file(tracking_uri: str, run_id: str, name: str) -> bytes | None:
    """A file that a run kept, by its path among the artifacts; None when it kept none of that name.

    Raises UnknownRun when there is no such run.
    """
    with tempfile.TemporaryDirectory() as staging:
        found = fetch_run_files(tracking_uri, run_id, [name], Path(staging))
        return found[0].read_bytes() if found else None


def fetch_run_files(tracking_uri: str, run_id: str, names: list[str], folder: Path) -> list[Path]:
    """Copy those of the named files that a run kept into ``folder``; their paths, in the order of ``names``.

    Raises UnknownRun when there is no such run.
    """
    found = []
    with quietly():
        client = connect(open_tracking(tracking_uri))
        _require_run(client, run_id, tracking_uri)
        for name in names:
            parent = str(Path(name).parent) if "/" in name else None
            if name in {each.path for each in client.list_artifacts(run_id, parent)}:
                found.append(Path(client.download_artifacts(run_id, name, str(folder))))
    return found


def keep_run_files(
    tracking_uri: str, run_id: str, files: Mapping[str, bytes], tags: Mapping[str, str] | None = None
) -> None:
    """Add files, by their paths among the artifacts, and tags to a run; one of the same name is replaced.

    Raises UnknownRun when there is no such run.
    """
    with quietly(), tempfile.TemporaryDirectory() as staging:
        client = connect(open_tracking(tracking_uri))
        _require_run(client, run_id, tracking_uri)
        for name, content in files.items():
            target = Path(staging) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if files:
            client.log_artifacts(run_id, staging)
        for name, value in (tags or {}).items():
            client.set_tag(run_id, name, value)


def _require_run(client: Any, run_id: str, tracking_uri: str) -> None:
    try:
        client.get_run(run_id)
    except mlflow().exceptions.MlflowException as problem:
        raise UnknownRun(
            f"Expected a run of {tracking_uri}; got {run_id!r} ({problem}). "
            "Take the id that trustlane train printed, or look it up on MLflow's page."
        ) from problem
