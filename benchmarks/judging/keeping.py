"""The answers on disk, one JSON file a cell: what makes a stopped run go on where it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.judging.cells import Cell

KEPT = Path(__file__).parents[1] / "results" / "judging"


def read_kept(folder: Path = KEPT) -> dict[str, dict[str, Any]]:
    """Every answer by the name of its cell."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def is_done(cell: Cell, folder: Path = KEPT) -> bool:
    """Whether the question of the cell, exactly as it stands now, was answered."""
    path = folder / f"{cell.name}.json"
    if not path.is_file():
        return False
    asked = json.loads(path.read_text(encoding="utf-8"))["question"]
    return bool(asked == json.loads(json.dumps(cell.question)))


def keep(answer: Mapping[str, Any], folder: Path = KEPT) -> Path:
    """Write an answer; the file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{answer['cell']}.json"
    draft = path.with_suffix(".part")
    draft.write_text(_text(answer), encoding="utf-8")
    draft.replace(path)
    return path


def _text(answer: Mapping[str, Any]) -> str:
    """One row of figures a line, so that a change of one figure is a change of one line."""
    parts = []
    for name, value in answer.items():
        if name in ("summary", "differences"):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            parts.append(f" {json.dumps(name)}: [\n{rows}\n ]")
        else:
            parts.append(f" {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
