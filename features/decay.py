"""Sums in which an occurrence counts half after each half-life.

The weighted sum at ``as_of`` is the sum over valid versions of ``value * 2 ** (-(as_of - occurred) / half_life)``.
Between two changes of what is known the whole sum shrinks by one factor, so a running state per
participant is enough: linear in versions plus spine rows. The state changes only at the moments of the
record, never at those of the spine, so one row has the same bits alone and in a batch.
"""

from collections.abc import Sequence

import numpy as np

from features.compiled import Floats, Ints, Singles, compiled, over_ranges
from features.moments import DAY, FOREVER
from features.spine import Spine
from features.versions import Versions


def decayed_sums(versions: Versions, spine: Spine, wanted: Sequence[tuple[str, int]]) -> Singles:
    """Decayed sums of measures, for every moment of the spine.

    Parameters
    ----------
    versions : Versions
    spine : Spine
    wanted : sequence of (measure, half-life in days)

    Returns
    -------
    float32 array of shape (len(wanted), spine.rows)
        NaN in rows without a group. After retractions the relative error stays near that of float64 against
        the largest weight ever taken away; when nothing of a measure is left its sum is exactly 0.
    """
    out = np.zeros((len(wanted), spine.rows), dtype=np.float32)
    out[:, spine.group_of_row < 0] = np.nan
    halves = sorted({half for _, half in wanted})
    over_ranges(
        _decayed_sums,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        np.array([1.0 / (half * DAY) for half in halves], dtype=np.float64),
        np.array([halves.index(half) for _, half in wanted], dtype=np.int64),
        np.array([versions.measure(measure) for measure, _ in wanted], dtype=np.int64),
        out,
    )
    return out


@compiled
def _decayed_sums(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    rates: Floats,
    rate_of: Ints,
    column: Ints,
    out: Singles,
) -> None:
    """``rates`` are halvings a microsecond; sum ``place`` uses ``rates[rate_of[place]]``."""
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    state, factor = np.empty(column.size, np.float64), np.empty(rates.size, np.float64)
    valid = np.empty(column.size, np.int64)
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if start == end:
            continue
        superseded = start + np.flatnonzero(until[start:end] < FOREVER)
        superseded = superseded[np.argsort(until[superseded], kind="mergesort")]
        state[:], valid[:] = 0.0, 0
        clock, entered, gone = entry[start], start, 0
        for moment in range(segment[number], segment[number + 1]):
            while True:
                next_in = entry[entered] if entered < end else FOREVER
                next_out = until[superseded[gone]] if gone < superseded.size else FOREVER
                now = min(next_in, next_out)
                if now >= as_of[moment]:
                    break
                # At one moment departures come first: an amended sole incident then starts from exactly 0.
                leaving = next_out <= next_in
                position = superseded[gone] if leaving else entered
                for each in range(rates.size):
                    factor[each] = 2.0 ** (-(now - clock) * rates[each])
                for place in range(column.size):
                    age = now - occurred[position]
                    weight = values[position, column[place]] * 2.0 ** (-age * rates[rate_of[place]])
                    state[place] = state[place] * factor[rate_of[place]] + (-weight if leaving else weight)
                    if weight != 0:
                        valid[place] += -1 if leaving else 1
                    if valid[place] == 0:
                        state[place] = 0.0
                clock = now
                gone += leaving
                entered += not leaving
            for each in range(rates.size):
                factor[each] = 2.0 ** (-(as_of[moment] - clock) * rates[each])
            for place in range(column.size):
                out[place, row[moment]] = max(state[place], 0.0) * factor[rate_of[place]]
