"""Whether the values of a dataclass are of the types that it names: configuration files promise nothing."""

from dataclasses import fields
from math import isfinite
from numbers import Integral, Real
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

WORDS = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text"}


def wrongly_typed(settings: Any) -> list[str]:
    """Each field that holds no whole number, finite number, text, or true or false, although its type says so.

    Looked at are fields of the types ``bool``, ``int``, ``float`` and ``str``, tuples of them, and those or None; of
    others nothing is said. A whole number is a number, too; true is neither, and NaN and infinity are none.

    Parameters
    ----------
    settings : dataclass

    Returns
    -------
    list of str
        ``rounds=2.5 (expected a whole number)``.
    """
    hints = get_type_hints(type(settings))
    found = []
    for entry in fields(settings):
        value, hint = getattr(settings, entry.name), hints[entry.name]
        if isinstance(hint, UnionType):
            if value is None:
                continue
            hint = get_args(hint)[0]
        several = get_origin(hint) is tuple
        kind = get_args(hint)[0] if several else hint
        if kind not in WORDS:
            continue
        values = value if several and isinstance(value, tuple) else (value,)
        if not all(_is_a(kind, each) for each in values):
            found.append(f"{entry.name}={value!r} (expected {WORDS[kind]}{' each' if several else ''})")
    return found


def _is_a(kind: type, value: Any) -> bool:
    if kind in (bool, str):
        return isinstance(value, kind)
    if isinstance(value, bool):
        return False
    if kind is int:
        return isinstance(value, Integral)
    return isinstance(value, Real) and isfinite(value)
