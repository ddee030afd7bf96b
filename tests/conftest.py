"""What holds for every test: the longest files begin first, and no law is refused because a machine is slow."""

import pytest
from hypothesis import settings

LONGEST = ("test_readme.py", "test_tutorial.py", "test_tuning.py", "test_labels.py")
"""Files that take minutes. Begun last, they would run alone while other processors wait."""

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, everything else in its own order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
