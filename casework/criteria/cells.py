"""Cells of a decision table: what a person may write in one, and which values it means.

A cell is empty (any value), ``true`` or ``false``, quoted texts ``'drug','weapons'``, a whole number ``5``, a
comparison ``>= 5`` or a range ``[5..7]``. The engine knows more; of these forms
overlaps can be computed exactly.
"""

import re
from itertools import product

from casework.criteria.inputs import Input
from casework.errors import CriteriaError

_TEXTS = re.compile(r"'[a-z0-9_]+'(\s*,\s*'[a-z0-9_]+')*")
_COMPARISON = re.compile(r"(<=|>=|<|>)?\s*(\d+)")
_RANGE = re.compile(r"\[\s*(\d+)\s*\.\.\s*(\d+)\s*\]")

Span = frozenset[str] | tuple[int, int]
"""Texts (``true`` and ``false`` among them), or the first and last of whole numbers."""
Box = dict[str, Span]
"""Values of each input: the part of all cases that a row means."""


def read_cell(text: str, asked: Input) -> Span:
    """The values that a cell means.

    Raises
    ------
    CriteriaError
        When it has none of the known forms, or means no value at all.
    """
    cell = text.strip()
    if not cell:
        return everything(asked)
    if asked.high:
        return _numbers(cell, asked)
    if asked.values:
        found = frozenset(re.findall(r"'([a-z0-9_]+)'", cell)) if _TEXTS.fullmatch(cell) else frozenset[str]()
        if found and found <= set(asked.values):
            return found
    elif cell in ("true", "false"):
        return frozenset({cell})
    raise _unreadable(cell, asked)


def everything(asked: Input) -> Span:
    """All values that an input can have."""
    return (asked.low, asked.high) if asked.high else frozenset(asked.values or ("true", "false"))


def meet(one: Box, other: Box) -> Box | None:
    """What two boxes share; None when nothing."""
    shared: Box = {}
    for name in one:
        both = _meet(one[name], other[name])
        if both is None:
            return None
        shared[name] = both
    return shared


def without(box: Box, taken: Box) -> list[Box]:
    """What is left of ``box`` without ``taken``, as boxes that do not overlap."""
    if meet(box, taken) is None:
        return [box]
    left: list[Box] = []
    inner = dict(box)
    for name, span in box.items():
        left += [inner | {name: rest} for rest in _without(span, taken[name])]
        shared = _meet(span, taken[name])
        if shared is not None:
            inner[name] = shared
    return left


def example(box: Box) -> dict[str, str | int | bool]:
    """One case inside a box."""
    found: dict[str, str | int | bool] = {}
    for name, span in box.items():
        first: str | int = span[0] if isinstance(span, tuple) else min(span)
        found[name] = {"true": True, "false": False}.get(first, first) if isinstance(first, str) else first
    return found


def corners(box: Box) -> list[dict[str, str | int | bool]]:
    """The first and last case of each input inside a box, combined; for small boxes in tests."""
    ends: list[list[Span]] = [_ends(span) for span in box.values()]
    return [example(dict(zip(box, chosen, strict=True))) for chosen in product(*ends)]


def _ends(span: Span) -> list[Span]:
    if isinstance(span, tuple):
        return [(each, each) for each in sorted(set(span))]
    return [frozenset({each}) for each in sorted({min(span), max(span)})]


def _numbers(cell: str, asked: Input) -> Span:
    ranged, compared = _RANGE.fullmatch(cell), _COMPARISON.fullmatch(cell)
    if ranged:
        low, high = int(ranged[1]), int(ranged[2])
    elif compared:
        sign, number = compared[1], int(compared[2])
        low = {">": number + 1, "<": asked.low, "<=": asked.low}.get(sign, number)
        high = {"<": number - 1, ">": asked.high, ">=": asked.high}.get(sign, number)
    else:
        raise _unreadable(cell, asked)
    if not asked.low <= low <= high <= asked.high:
        raise _unreadable(cell, asked)
    return (low, high)


def _unreadable(cell: str, asked: Input) -> CriteriaError:
    form = "5, >= 5 or [5..7]" if asked.high else "'one','other'" if asked.values else "true or false"
    return CriteriaError(
        f"Expected for {asked.name} a cell like {form}, or nothing for any, meaning {asked.expected}; got {cell}. "
        "Correct the cell."
    )


def _meet(one: Span, other: Span) -> Span | None:
    if isinstance(one, tuple) and isinstance(other, tuple):
        low, high = max(one[0], other[0]), min(one[1], other[1])
        return (low, high) if low <= high else None
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other or None
    raise TypeError("Expected spans of one input, got numbers and texts.")


def _without(span: Span, taken: Span) -> list[Span]:
    if isinstance(span, tuple) and isinstance(taken, tuple):
        below, above = (span[0], min(span[1], taken[0] - 1)), (max(span[0], taken[1] + 1), span[1])
        return [each for each in (below, above) if each[0] <= each[1]]
    if isinstance(span, frozenset) and isinstance(taken, frozenset):
        return [span - taken] if span - taken else []
    raise TypeError("Expected spans of one input, got numbers and texts.")
