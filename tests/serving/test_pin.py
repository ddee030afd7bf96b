"""The registry is met once, outside of workers, and whatever it answers reaches the workers whole."""

import json
from typing import Any


def test_workers_import_neither_mlflow_nor_shap(world: Any, in_child: Any) -> None:
    code = """
import sys
from serving.service import HOLDER
from serving.settings import read_settings
HOLDER.load(read_settings())
workspace = HOLDER.get()
workspace.cohort(workspace.moment(None))
print([name for name in ("mlflow", "shap", "matplotlib") if name in sys.modules])
"""
    assert in_child(code, environment=world.environment).strip() == "[]"


def test_pinning_without_a_champion_leaves_the_reason(world: Any, in_child: Any, tmp_path: Any) -> None:
    environment = world.environment | {
        "TRUSTLANE_MLFLOW": f"sqlite:///{tmp_path}/mlruns/mlflow.db",
        "TRUSTLANE_STATE": str(tmp_path / "state"),
    }
    in_child("from serving.pin import main; main()", environment=environment)
    manifest = json.loads((tmp_path / "state" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["error"]["code"] == "no_model"


def test_a_registry_that_cannot_be_read_leaves_the_reason(world: Any, in_child: Any, tmp_path: Any) -> None:
    environment = world.environment | {"TRUSTLANE_MLFLOW": "ftp://nowhere", "TRUSTLANE_STATE": str(tmp_path / "state")}
    in_child("from serving.pin import main; main()", environment=environment)
    manifest = json.loads((tmp_path / "state" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["error"]["code"] == "not_ready"
