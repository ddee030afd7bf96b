"""How long work tells how far it is, without knowing who listens."""

from collections.abc import Callable

Report = Callable[[str, int, int], None]
"""Called with the stage in words, how much is done and how much there is in all."""


def silent(stage: str, done: int, total: int) -> None:
    """Listen to nothing."""
