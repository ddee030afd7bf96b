"""The model card and the impact assessment of the champion, as its checks left them: fetched when it is pinned.

Workers read them from files and never ask the tracking server.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from models.documents import Document
from models.errors import DocumentRefused

DOCUMENTS = {"model_card": "Model card", "impact_assessment": "Impact assessment"}
"""Their names among a run's artifacts, and what pages call them."""


@dataclass(frozen=True)
class Kept:
    """A document of the model in service; None where its checks left none, or none that can be read: ``problem``."""

    document: Document | None
    problem: str = ""


def fetch_documents(tracking_uri: str, version: str, state: Path) -> str:
    """Copy the documents of a version into ``state``; gives the name of their folder. Imports MLflow.

    The name is made from the content. The folder is empty where the version was never checked, or its run is gone.
    """
    from models.errors import UnknownRun
    from models.run_files import fetch_run_files, run_of_version

    staging = state / f".documents-v{version}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        names = [f"{name}.json" for name in DOCUMENTS]
        fetch_run_files(tracking_uri, run_of_version(tracking_uri, version), names, staging)
    except UnknownRun:
        pass  # A run that someone deleted left its model behind, which serves all the same.
    content = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(staging.iterdir()))).hexdigest()
    folder = state / f"documents-v{version}-{content[:12]}"
    if folder.exists():
        shutil.rmtree(staging)
    else:
        staging.rename(folder)
    return folder.name


def remove_old_documents(state: Path, in_use: str) -> None:
    """Remove the folders of documents in ``state`` but the one in use and the newest other.

    That other was in use before: a worker that has not read the new manifest yet may still read it.
    """
    others = [path for path in state.glob("documents-v*") if path.is_dir() and path.name != in_use]
    for path in sorted(others, key=lambda each: each.stat().st_mtime)[:-1]:
        shutil.rmtree(path, ignore_errors=True)  # what another process removes at the same time is gone as well


def read_documents(folder: Path | None, model_digest: str) -> dict[str, Kept]:
    """Every document in a folder, by its name; one about another model is not shown."""
    return {name: _read(None if folder is None else folder / f"{name}.json", model_digest) for name in DOCUMENTS}


def _read(path: Path | None, model_digest: str) -> Kept:
    if path is None or not path.is_file():
        return Kept(None)
    try:
        document = Document.from_json(path.read_text(encoding="utf-8"))
    except (DocumentRefused, UnicodeDecodeError) as problem:
        return Kept(None, f"It cannot be read: {problem}")
    if document.model_digest != model_digest:
        return Kept(None, "It was written about another model than the one in service.")
    return Kept(document)
