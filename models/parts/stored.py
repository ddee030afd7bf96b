"""From plain values and boosters' texts back to the part that they define."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.parts.additive import ADDITIVE, AdditivePart
from models.parts.blend import BLEND, BlendPart, read_member
from models.parts.boosted import BOOSTED, BoostedPart
from models.parts.part import MarginPart
from models.parts.rule import RULE, RulePart
from models.trees import Trees

KINDS_OF_PARTS = (BOOSTED, ADDITIVE, RULE, BLEND)


def read_part(told: Mapping[str, Any], boosters: Sequence[Trees]) -> MarginPart:
    """The part that a ``to_dict`` wrote; ``boosters`` in the order in which the part names its own.

    Raises ValueError when the kind is not among :data:`KINDS_OF_PARTS`, or the boosters are too few or too many.
    """
    waiting = iter(boosters)
    try:
        part = _read(told, waiting)
    except StopIteration as problem:
        raise ValueError(f"expected more boosters than the {len(boosters)} that are stored") from problem
    left = len(list(waiting))
    if left:
        raise ValueError(f"expected {len(boosters) - left} boosters; got {len(boosters)}")
    return part


def _read(told: Mapping[str, Any], boosters: Iterator[Trees]) -> MarginPart:
    kind = told["kind"]
    if kind == BOOSTED:
        return BoostedPart.from_dict(told, boosters)
    if kind == ADDITIVE:
        return AdditivePart.from_dict(told)
    if kind == RULE:
        return RulePart.from_dict(told)
    if kind == BLEND:
        return BlendPart(tuple(read_member(member, _read(member["part"], boosters)) for member in told["members"]))
    raise ValueError(f"expected a part among {', '.join(KINDS_OF_PARTS)}; got {kind!r}")
