"""What a logged model is made of: its script, the packages it needs, what it answers."""

import importlib.metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "models" / "pyfunc_model.py"
PACKAGES = (ROOT / "records", ROOT / "features", ROOT / "models")

OUTPUTS = {
    "margin": "double",
    "probability": "double",
    "lower": "double",
    "upper": "double",
    "expected_incidents": "double",
    "reasons": "string",
}

REQUIREMENTS = [
    f"{package}=={importlib.metadata.version(package)}"
    for package in ("mlflow", "lightgbm", "numpy", "pandas", "narwhals", "pandera", "scipy", "numba")
]
