"""Decayed sums in whole parts, exact to add up over participants in any order.

:func:`features.decay.decayed_sums` is exact within one group and rounds at its end. What is added up over several
participants must not be rounded before: here each occurrence is weighed against ``as_of`` itself, once, as a whole
number of parts. Linear in the versions of each row's group.
"""

import numpy as np
import numpy.typing as npt

from features.compiled import Ints, Singles, compiled, over_ranges
from features.decay import PARTS
from features.moments import DAY
from features.spine import Spine
from features.versions import Versions

ONE = 2**PARTS
"""The parts of an occurrence that counts one and happens at ``as_of``."""


def decayed_parts(versions: Versions, spine: Spine, measure: str, half_life_days: int) -> Ints:
    """Parts of the decayed sum of a measure at each spine row.

    Returns
    -------
    int64 array of shape (spine.rows,)
        The sum over valid versions of ``value * 2 ** (-(as_of - occurred) / half_life)`` times :data:`ONE`, each
        term rounded to a whole number; 0 in rows without a group. What a group holds must stay below 2**27.
    """
    out = np.zeros(spine.rows, dtype=np.int64)
    over_ranges(
        _decayed_parts,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        versions.measure(measure),
        float(half_life_days * DAY),
        out,
    )
    return out


@compiled
def _decayed_parts(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    column: int,
    half_life: float,
    out: npt.NDArray[np.int64],
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        for moment in range(segment[number], segment[number + 1]):
            parts = np.int64(0)
            for place in range(start, end):
                if entry[place] >= as_of[moment]:
                    break
                if until[place] >= as_of[moment]:
                    age = float(as_of[moment] - occurred[place])
                    parts += np.int64(np.rint(values[place, column] * 2.0 ** (PARTS - age / half_life)))
            out[row[moment]] = parts
