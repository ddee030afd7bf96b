"""What every benchmark ends with: seconds, floors, a table for people, JSON for machines, an exit code."""

import json
import operator
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

SIGNS = {"<=": operator.le, ">=": operator.ge}


class Floor(NamedTuple):
    """What was measured, how much, and at most ("<=") or at least (">=") how much is wanted."""

    what: str
    value: float
    sign: str
    wanted: float


def floors_met(floors: Iterable[tuple[str, float, str, float]]) -> list[dict[str, Any]]:
    """Each (what, value, "<=" or ">=", wanted) with whether it is met."""
    return [
        {"floor": name, "value": round(value, 3), "wanted": f"{sign} {wanted:g}", "met": SIGNS[sign](value, wanted)}
        for name, value, sign, wanted in floors
    ]


def finish(result: Mapping[str, Any], *, strict: bool, out: Path | None) -> int:
    """Print ``seconds`` and ``floors``, write all of it where asked; 1 when a floor is missed under strict."""
    print(f"\n{'seconds':>9}  what")
    for name, value in result["seconds"].items():
        print(f"{value:9.3f}  {name}" if isinstance(value, float) else f"{'-':>9}  {name}: {value}")
    print(f"\n{'value':>9}  {'floor':>8}  met  what")
    for floor in result["floors"]:
        print(f"{floor['value']:9.2f}  {floor['wanted']:>8}  {'yes' if floor['met'] else 'NO ':3}  {floor['floor']}")
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return int(strict and not all(floor["met"] for floor in result["floors"]))
