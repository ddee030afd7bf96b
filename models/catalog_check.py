"""Whether a stored model means by its features what this code means by them."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.catalog import CATALOG, catalog_diff
from models.errors import CatalogMismatch


def require_same_catalog(entries: Sequence[Mapping[str, Any]]) -> None:
    """CatalogMismatch unless this code defines every stored feature as it was defined at training.

    Features that the code has and the model never read do not matter: a longer catalog breaks no model.
    """
    names = {entry["name"] for entry in entries}
    difference = catalog_diff(entries, [feature for feature in CATALOG if feature.name in names])
    if difference:
        raise CatalogMismatch(difference)
