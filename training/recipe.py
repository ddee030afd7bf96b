"""What a model was made of: data, configuration, code, library versions and seed, under one content hash."""

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models.fitted import RiskModel
from training.code_digest import code_digests
from training.errors import RunRefused
from training.train_config import TrainConfig

RECIPE = "recipe.json"
"""The artifact of a training run that holds it."""

DIGEST_TAG = "recipe_digest"
FITTED_BY = "training.fitting"
"""The module whose sources, with all that it imports, are the code of a fit."""

LIBRARIES = ("lightgbm", "numba", "numpy", "pandas", "scikit-learn", "scipy")
"""Those whose arithmetic a model passes through."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a model's bytes, and the digest of the bytes that came of it.

    Attributes
    ----------
    data_version : str
        The record, as the lake names it.
    config : mapping
        The training configuration as plain values, without the seed.
    seed : int
    code : mapping of package to digest
    versions : mapping
        Of :data:`LIBRARIES`, Python and the kind of processor.
    model : str
        Digest of the bundle; not a part of the recipe's own digest.
    """

    data_version: str
    config: Mapping[str, Any]
    seed: int
    code: Mapping[str, str]
    versions: Mapping[str, str]
    model: str

    @property
    def digest(self) -> str:
        """One content hash over all ingredients: the same digest on the same machine gives the same model."""
        ingredients = {name: value for name, value in asdict(self).items() if name != "model"}
        return hashlib.sha256(json.dumps(ingredients, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def to_json(self) -> str:
        """The recipe as text, with its digest."""
        return json.dumps({**asdict(self), "digest": self.digest}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """The recipe that :meth:`to_json` wrote; RunRefused when it was changed since."""
        try:
            told = json.loads(text)
            digest = told.pop("digest")
            recipe = cls(**told)
        except (ValueError, TypeError, KeyError) as problem:
            raise RunRefused(f"Expected a recipe as training writes it; got: {problem}. Train again.") from problem
        if recipe.digest != digest:
            raise RunRefused(
                f"Expected a recipe with the digest {digest[:12]}; got ingredients with {recipe.digest[:12]}: "
                "the file was changed after training. Train again."
            )
        return recipe

    def train_config(self) -> TrainConfig:
        """The configuration to train by again."""
        return TrainConfig.from_dict({**self.config, "seed": self.seed})

    def differences(self, other: "Recipe") -> tuple[str, ...]:
        """Each ingredient that differs, in words, with what this and what the other recipe has."""
        mine, theirs = self._flat(), other._flat()
        names = sorted({*mine, *theirs})
        return tuple(
            f"{name} ({mine.get(name, 'absent')} then, {theirs.get(name, 'absent')} now)"
            for name in names
            if mine.get(name) != theirs.get(name)
        )

    def _flat(self) -> dict[str, str]:
        flat = {"data version": self.data_version, "seed": str(self.seed)}
        for table, values in self.config.items():
            for name, value in values.items() if isinstance(values, Mapping) else [("", values)]:
                flat[f"configuration {table}.{name}".rstrip(".")] = str(value)
        flat |= {f"code of {package}": digest[:12] for package, digest in self.code.items()}
        return flat | {f"version of {library}": version for library, version in self.versions.items()}


def recipe_of(model: RiskModel, config: TrainConfig) -> Recipe:
    """The recipe of a model that this process fitted by ``config``."""
    told = json.loads(json.dumps(config.to_dict()))
    seed = told.pop("seed")
    return Recipe(model.data_version, told, seed, code_digests(FITTED_BY), present_versions(), model.digest)


def present_versions() -> dict[str, str]:
    """Versions of the libraries and of Python here, and the kind of processor."""
    found = {library: importlib.metadata.version(library) for library in LIBRARIES}
    return found | {"python": platform.python_version(), "processor": platform.machine()}
