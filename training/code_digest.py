"""Which code a result comes from: a digest for each package over the sources that a module imports, near and far.

Only what can change the result counts. So the imports of the module are followed, through our own packages and no
others; a new verb or page does not change the digest of a fit.
"""

import ast
import hashlib
import importlib.util
from functools import cache
from pathlib import Path

OURS = ("records", "features", "models", "training")


@cache
def code_digests(module: str) -> dict[str, str]:
    """SHA-256 by package over names and sources of ``module`` and all of :data:`OURS` that it imports."""
    parts: dict[str, list[str]] = {}
    for name, path in sorted(_sources(module).items()):
        text = path.read_text(encoding="utf-8")
        parts.setdefault(name.split(".")[0], []).append(f"{name}\0{text}")
    return {package: hashlib.sha256("\0".join(texts).encode()).hexdigest() for package, texts in parts.items()}


def _sources(module: str) -> dict[str, Path]:
    """The files of ``module`` and of everything of ours that it imports, by name."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = None if name in found else _file(name)
        if path is None:
            continue
        found[name] = path
        waiting += _imported(path)
        waiting += [name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)]
    return found


def _file(name: str) -> Path | None:
    """The source of a module of ours; None for a name inside a module, and for others' modules."""
    if name.split(".")[0] not in OURS:
        return None
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    return None if spec is None or spec.origin is None else Path(spec.origin)


def _imported(path: Path) -> list[str]:
    """Every name that may be a module in the imports of a file; relative imports are not used in this project."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return names
