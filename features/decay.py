"""Sums in which an occurrence counts half after each half-life.

The weighted sum at ``as_of`` is the sum over valid versions of ``value * 2 ** (-(as_of - occurred) / half_life)``.

Its bits depend on nothing but the versions valid at ``as_of``. A running float state would also remember what came
and went: a merge that was undone would leave a residue of rounding. So occurrences are sorted into buckets of
:data:`BUCKET` half-lives, each is weighed against the end of its bucket and rounded once to a whole number of
parts, and whole numbers are added and taken away exactly. At ``as_of`` the buckets are summed from the oldest
to the newest, each worth ``2 ** -BUCKET`` of the next, which is exact too; the last step, to ``as_of`` itself,
is one factor. Linear in versions plus spine rows, as far as histories span few buckets.

Buckets are counted from an origin that belongs to the group and moves with it, never from the calendar: moving
all dates leaves every bit as it was.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.compiled import Floats, Ints, Singles, compiled, over_ranges
from features.errors import AmountsTooLarge
from features.moments import DAY, FOREVER
from features.spine import Spine
from features.versions import Versions

BUCKET = 4
"""Half-lives in a bucket. The oldest in one counts for 1/16 of the newest."""

PARTS = 36
"""A weight of one is 2**36 parts: what counts 1 is off by at most 2**-33 of itself, a float32 by 2**-25."""

MOST = 2**62
"""What a bucket may hold: 67 million occurrences that count 1 and happened at its end."""


def decayed_sums(versions: Versions, spine: Spine, wanted: Sequence[tuple[str, int]], origin: Ints) -> Singles:
    """Decayed sums of measures, for every moment of the spine.

    Parameters
    ----------
    versions : Versions
    spine : Spine
    wanted : sequence of (measure, half-life in days)
    origin : int64 array of shape (groups,), microseconds
        From where each group's buckets are counted. It must not depend on what becomes known later or was undone.

    Returns
    -------
    float32 array of shape (len(wanted), spine.rows)
        NaN in rows without a group; exactly 0 where nothing of a measure is valid.

    Raises
    ------
    AmountsTooLarge
        When the values of one group and bucket add up to 2**26 or more.
    """
    out = np.zeros((len(wanted), spine.rows), dtype=np.float32)
    out[:, spine.group_of_row < 0] = np.nan
    halves = sorted({half for _, half in wanted})
    too_large = np.zeros(1, dtype=np.bool_)
    over_ranges(
        _decayed_sums,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row, origin),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        np.array([half * DAY for half in halves], dtype=np.int64),
        np.array([halves.index(half) for _, half in wanted], dtype=np.int64),
        np.array([versions.measure(measure) for measure, _ in wanted], dtype=np.int64),
        too_large,
        out,
    )
    if too_large[0]:
        raise AmountsTooLarge(
            f"Expected values that add up to less than {MOST >> PARTS:,} in one group within {BUCKET} half-lives; "
            "got more. Sum such a measure over a window, or in a larger unit."
        )
    return out


@compiled
def _decayed_sums(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    halves: Ints,
    rate_of: Ints,
    column: Ints,
    too_large: npt.NDArray[np.bool_],
    out: Singles,
) -> None:
    """Sum ``place`` decays with ``halves[rate_of[place]]``, in microseconds."""
    groups, segment, as_of, row, origin = spine
    pointer, entry, until, occurred, values = versions
    first, count = np.empty(halves.size, np.int64), np.empty(halves.size, np.int64)
    total, newest = np.empty(column.size), np.empty(column.size, np.int64)
    bucket, weight = np.empty(halves.size, np.int64), np.empty(halves.size)
    parts = np.empty((column.size, 1), np.int64)
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if start == end:
            continue
        base = origin[groups[number]]
        for rate in range(halves.size):
            first[rate] = (occurred[start:end].min() - base) // (BUCKET * halves[rate])
            count[rate] = (occurred[start:end].max() - base) // (BUCKET * halves[rate]) - first[rate] + 1
        if count.max() > parts.shape[1]:
            parts = np.empty((column.size, count.max()), np.int64)
        parts[:, : count.max()] = 0
        superseded = start + np.flatnonzero(until[start:end] < FOREVER)
        superseded = superseded[np.argsort(until[superseded], kind="mergesort")]
        entered, gone, changed = start, 0, True
        for moment in range(segment[number], segment[number + 1]):
            while entered < end and entry[entered] < as_of[moment]:
                _weigh(occurred[entered] - base, halves, bucket, weight)
                _add(1.0, values[entered], column, rate_of, bucket - first, weight, parts, too_large)
                entered, changed = entered + 1, True
            while gone < superseded.size and until[superseded[gone]] < as_of[moment]:
                _weigh(occurred[superseded[gone]] - base, halves, bucket, weight)
                _add(-1.0, values[superseded[gone]], column, rate_of, bucket - first, weight, parts, too_large)
                gone, changed = gone + 1, True
            if changed:
                _sum_buckets(parts, count, rate_of, total, newest)
                changed = False
            _weigh(as_of[moment] - base, halves, bucket, weight)
            for place in range(column.size):
                rate = rate_of[place]
                later = BUCKET * (bucket[rate] - first[rate] - newest[place])
                out[place, row[moment]] = math.ldexp(total[place], -later) / weight[rate]


@compiled
def _weigh(age: int, halves: Ints, bucket: Ints, weight: Floats) -> None:
    """The bucket of a moment, ``age`` after the origin, at each half-life, and its parts in that bucket."""
    for rate in range(halves.size):
        bucket[rate] = age // (BUCKET * halves[rate])
        before_end = (bucket[rate] + 1) * BUCKET * halves[rate] - age
        weight[rate] = 2.0 ** (PARTS - before_end / halves[rate])


@compiled
def _add(
    sign: float,
    values: Singles,
    column: Ints,
    rate_of: Ints,
    bucket: Ints,
    weight: Floats,
    parts: Ints,
    too_large: npt.NDArray[np.bool_],
) -> None:
    """Add one version to its buckets, or take it away: the same whole numbers both times."""
    for place in range(column.size):
        rate = rate_of[place]
        amount = np.rint(values[column[place]] * weight[rate])
        held = parts[place, bucket[rate]]
        if abs(amount) >= MOST or abs(held + sign * amount) >= MOST:
            too_large[0] = True
        else:
            parts[place, bucket[rate]] = held + np.int64(sign * amount)


@compiled
def _sum_buckets(parts: Ints, count: Ints, rate_of: Ints, total: Floats, newest: Ints) -> None:
    """The sum of each row's buckets in units of its newest bucket that holds any, and which one that is."""
    for place in range(total.size):
        total[place], newest[place] = 0.0, 0
        for each in range(count[rate_of[place]]):
            held = parts[place, each]
            if held != 0:
                total[place] = math.ldexp(total[place], BUCKET * (newest[place] - each)) + held
                newest[place] = each
