"""Origins that hold too little to learn from or to be judged by: left out with words, unless they were named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from training.bench import Arranged, Bench
from training.errors import DelayUnknown, TooFewPositives

Found = TypeVar("Found")
THIN = (TooFewPositives, DelayUnknown)
"""Too few positives, or not a single incident known yet."""


@dataclass(frozen=True)
class LeftOut:
    """An origin that was found by its date and not judged, and why."""

    origin: pd.Timestamp
    reason: str

    def line(self) -> str:
        """One line for a report."""
        return f"Left out {self.origin:%Y-%m-%d}: {self.reason}"


def at_each_origin(
    bench: Bench, origins: Sequence[pd.Timestamp], work: Callable[[int, Arranged], Found]
) -> tuple[list[Found], tuple[LeftOut, ...]]:
    """What the work finds at each origin, and the origins that hold too few positives for it.

    Parameters
    ----------
    bench : Bench
        Its configuration tells whether the origins were named or found by their dates.
    origins : sequence of Timestamp
    work : callable
        Given the place in ``origins`` and the arranged origin.

    Raises
    ------
    TooFewPositives
        A named origin holds too few, or every one that was found.
    DelayUnknown
        No incident was known yet at a named origin.
    OriginRefused
        As :meth:`training.bench.Bench.arranged` refuses.
    """
    found: list[Found] = []
    left: list[LeftOut] = []
    for number, origin in enumerate(origins):
        try:
            at = bench.arranged(origin)
        except THIN as thin:
            if bench.config.origins:
                raise
            left.append(LeftOut(origin, str(thin)))
            continue
        found.append(work(number, at))
    if not found:
        told = "\n".join(each.line() for each in left)
        raise TooFewPositives(f"Expected an origin with enough positives among those that the record has; got\n{told}")
    return found, tuple(left)
