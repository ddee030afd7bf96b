"""The one place where the service meets the registry: the champion, fetched and pinned for workers.

Run as ``python -m serving.pin``, in a process of its own: MLflow costs a worker 164 MB. It resolves
the alias once, fetches the bundle and writes ``manifest.json`` last, so that workers either see the
whole new bundle or the one before. Where there is no champion, the manifest says so, and the service
starts and tells what to do.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.documents import fetch_documents, remove_old_documents
from serving.problems import NoModel, NotReady, Problem
from serving.settings import Settings, read_settings

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Pinned:
    """The bundle that workers read, what the registry calls it, and the folder of its documents."""

    bundle: Path
    model_version: str
    digest: str
    documents: Path | None = None


def pin_champion(settings: Settings) -> None:
    """Fetch the champion into ``settings.state`` and point the manifest at it. Imports MLflow."""
    from models.errors import NoChampion
    from models.registry import download_champion, resolve_champion

    settings.state.mkdir(parents=True, exist_ok=True)
    try:
        champion = resolve_champion(settings.mlflow)
    except NoChampion:
        _write_manifest(settings.state, NoModel().body)
        return
    bundle = download_champion(settings.mlflow, settings.state)
    manifest = {
        "bundle": bundle.name,
        "model_version": champion.version,
        "digest": champion.digest,
        "documents": fetch_documents(settings.mlflow, champion.version, settings.state),
    }
    _write_manifest(settings.state, manifest)
    remove_old_documents(settings.state, in_use=manifest["documents"])


def pin_in_child(settings: Settings) -> None:
    """Pin the champion in a process of its own, so that this one never imports MLflow."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, **settings.to_environment()}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    subprocess.run([sys.executable, "-m", "serving.pin"], env=environment, check=True)  # our own module


def read_pinned(settings: Settings) -> Pinned:
    """What the manifest points at.

    Raises
    ------
    NoModel, NotReady
        When nothing is pinned, or pinning found no champion or failed.
    """
    path = settings.state / MANIFEST
    if not path.is_file():
        raise NoModel
    content = json.loads(path.read_text(encoding="utf-8"))
    if "error" in content:
        raise NoModel if content["error"]["code"] == NoModel.code else NotReady(content["error"]["message"])
    documents = settings.state / content["documents"] if "documents" in content else None
    return Pinned(settings.state / content["bundle"], content["model_version"], content["digest"], documents)


def _write_manifest(state: Path, content: dict[str, Any]) -> None:
    new = state / f"{MANIFEST}.{os.getpid()}"
    new.write_text(json.dumps(content, indent=1), encoding="utf-8")
    new.replace(state / MANIFEST)


def main() -> None:
    """Pin the champion; where the registry cannot be read, leave the reason for the workers."""
    settings = read_settings()
    try:
        pin_champion(settings)
    except Exception as error:  # noqa: BLE001  # whatever stops the registry must reach the page that says so
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        problem: Problem = NotReady(f"The registry could not be read: {reason}")
        _write_manifest(settings.state, problem.body)
        sys.stderr.write(f"{problem.message}\n")


if __name__ == "__main__":
    main()
