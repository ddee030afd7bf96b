"""The rhythm of a participant's incident days: how its gaps vary, and its longest quiet.

Order matters here and sums do not help: the incident days valid at ``as_of`` are looked at one after the other. A
group's days are sorted once, each spine row walks over them.
"""

import numpy as np

from features.compiled import Floats, Ints, compiled, over_ranges
from features.moments import DAY, UNDATED
from features.spine import Spine
from features.versions import Versions


def gap_moments(days: Versions, spine: Spine) -> Floats:
    """Gaps between consecutive incident days, for every moment of the spine.

    Parameters
    ----------
    days : Versions
        One row for each period in which a day is an incident day.
    spine : Spine

    Returns
    -------
    float64 array of shape (4, spine.rows)
        How many gaps there are, their sum, the sum of their squares, and the longest, in days; zeros without two days.
    """
    out = np.zeros((4, spine.rows))
    over_ranges(
        _gap_moments,
        spine.work(days.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (days.pointer, days.known_from, days.known_until, days.occurred),
        out,
    )
    return out


@compiled
def _gap_moments(
    low: int, high: int, spine: tuple[Ints, Ints, Ints, Ints], versions: tuple[Ints, Ints, Ints, Ints], out: Floats
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred = versions
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if end - start < 2:
            continue
        order = start + np.argsort(occurred[start:end], kind="mergesort")
        for moment in range(segment[number], segment[number + 1]):
            before, place = UNDATED, row[moment]
            for position in order:
                if entry[position] < as_of[moment] and until[position] >= as_of[moment]:
                    if before != UNDATED:
                        gap = (occurred[position] - before) / DAY
                        out[0, place] += 1.0
                        out[1, place] += gap
                        out[2, place] += gap * gap
                        out[3, place] = max(out[3, place], gap)
                    before = occurred[position]
