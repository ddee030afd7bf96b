"""Sorting row versions by group, moment known and date, at the speed of memory.

Rows come in any order. Reading ten million of them group by group would fetch a line of memory for each value. So they
are first spread, in one pass that reads in order, over buckets of neighbouring groups that fit into a processor's
cache; each bucket is then sorted by itself. Spreading and sorting are stable: rows that tie keep their given order.
"""

import numpy as np

from features.compiled import Ints, Singles, compiled, over_ranges

BUCKET_ROWS = 4096
"""Rows wanted in a bucket: their moments fill an eighth of a megabyte."""

MOST_BUCKETS = 2048
"""More would be written to at once than a processor keeps addresses for."""

CHUNKS = 16
"""Parts of the input that are spread side by side."""

RUN = 12
"""Up to this many rows are sorted by insertion, and more by merging such runs."""

KNOWN, UNTIL, DATE, CODE = 0, 1, 2, 3
"""Columns of a spread row: its three moments, and its group and place in the input in one number."""


def sorted_by_group(
    group: Ints,
    groups: int,
    known_from: Ints,
    known_until: Ints,
    occurred: Ints,
    table: Singles,
    value_row: Ints | None,
) -> tuple[Ints, Ints, Ints, Singles]:
    """Where each group begins, and its rows by moment known, date and amounts.

    Parameters
    ----------
    group : int64 array of shape (rows,)
        From 0 to ``groups - 1``; rows with a negative one are left out, and rows with an empty interval.
    known_from, known_until, occurred : int64 arrays of shape (rows,)
    table : float32 array of shape (any, measures)
    value_row : int64 array of shape (rows,) or None
        The row of ``table`` of each row; None for the same place.

    Returns
    -------
    pointer : int64 array of shape (groups + 1,)
    moments : int64 array of shape (3, kept rows)
        known_from, known_until, occurred.
    row : int64 array of shape (kept rows,)
        The place of each in the input.
    amounts : float32 array of shape (kept rows, measures)
    """
    bits = max(int(group.size).bit_length(), 1)
    shift = 0
    while groups >> shift > max(min(group.size // BUCKET_ROWS, MOST_BUCKETS), 1):
        shift += 1
    buckets = (max(groups - 1, 0) >> shift) + 1
    cut = np.linspace(0, group.size, CHUNKS + 1).astype(np.int64)
    held = np.zeros((CHUNKS, buckets), dtype=np.int64)
    over_ranges(_count, cut, cut, group, known_from, known_until, shift, held)
    place = np.concatenate([np.zeros(1, np.int64), np.cumsum(held.T)])
    kept = int(place[-1])
    spread = np.empty((kept, 4), dtype=np.int64)
    place_of_chunk = place[:-1].reshape(buckets, CHUNKS).T.copy()
    spread_amounts = np.empty((kept, table.shape[1]), dtype=np.float32)
    moments_given = (known_from, known_until, occurred)
    values = (table, group if value_row is None else value_row, value_row is not None)
    over_ranges(_spread, cut, cut, group, moments_given, values, shift, bits, place_of_chunk, spread, spread_amounts)
    pointer = np.empty(groups + 1, dtype=np.int64)
    pointer[groups] = kept
    moments, row = np.empty((3, kept), dtype=np.int64), np.empty(kept, dtype=np.int64)
    amounts = np.empty((kept, table.shape[1]), dtype=np.float32)
    begins = np.append(place[:-1:CHUNKS], kept)
    over_ranges(_sort_buckets, begins, begins, shift, bits, (spread, spread_amounts), pointer, moments, row, amounts)
    return pointer, moments, row, amounts


@compiled
def _count(
    low: int, high: int, cut: Ints, group: Ints, known_from: Ints, known_until: Ints, shift: int, held: Ints
) -> None:
    """How many rows of each chunk go to each bucket."""
    for chunk in range(low, high):
        for row in range(cut[chunk], cut[chunk + 1]):
            if group[row] >= 0 and known_from[row] < known_until[row]:
                held[chunk, group[row] >> shift] += 1


@compiled
def _spread(
    low: int,
    high: int,
    cut: Ints,
    group: Ints,
    given: tuple[Ints, Ints, Ints],
    values: tuple[Singles, Ints, bool],
    shift: int,
    bits: int,
    place: Ints,
    spread: Ints,
    spread_amounts: Singles,
) -> None:
    """Write each row to the next free place of its chunk in its bucket."""
    known_from, known_until, occurred = given
    table, value_row, apart = values
    for chunk in range(low, high):
        for row in range(cut[chunk], cut[chunk + 1]):
            if group[row] >= 0 and known_from[row] < known_until[row]:
                bucket = group[row] >> shift
                there = place[chunk, bucket]
                place[chunk, bucket] = there + 1
                spread[there, KNOWN] = known_from[row]
                spread[there, UNTIL] = known_until[row]
                spread[there, DATE] = occurred[row]
                spread[there, CODE] = (group[row] << bits) | row
                source = value_row[row] if apart else row
                for column in range(table.shape[1]):
                    spread_amounts[there, column] = table[source, column]


@compiled
def _sort_buckets(
    low: int,
    high: int,
    begins: Ints,
    shift: int,
    bits: int,
    rows: tuple[Ints, Singles],
    pointer: Ints,
    moments: Ints,
    row: Ints,
    amounts: Singles,
) -> None:
    """Sort each bucket's rows by group, and each group's by moment known, date and amounts."""
    longest = 1
    for bucket in range(low, high):
        longest = max(longest, begins[bucket + 1] - begins[bucket])
    keys, other = np.empty((longest, 3), np.int64), np.empty((longest, 3), np.int64)
    order = np.empty(longest, np.int64)
    mask = (1 << bits) - 1
    groups = pointer.size - 1
    spread, spread_amounts = rows
    for bucket in range(low, high):
        start, end, first = begins[bucket], begins[bucket + 1], bucket << shift
        last = min(first + (1 << shift), groups)
        place = np.zeros(last - first + 1, np.int64)
        for each in range(start, end):
            place[(spread[each, CODE] >> bits) - first + 1] += 1
        for number in range(first, last):
            pointer[number] = start + place[number - first]
            place[number - first + 1] += place[number - first]
        for each in range(start, end):
            number = (spread[each, CODE] >> bits) - first
            order[place[number]] = each
            place[number] += 1
        for number in range(first, last):
            begin, stop = pointer[number] - start, place[number - first]
            for each in range(begin, stop):
                keys[each, 0] = spread[order[each], KNOWN]
                keys[each, 1] = spread[order[each], DATE]
                keys[each, 2] = order[each]
            _sort(keys[begin:stop], other[begin:stop])
            for each in range(begin, stop):
                there, source = start + each, keys[each, 2]
                moments[0, there], moments[1, there] = keys[each, 0], spread[source, UNTIL]
                moments[2, there], row[there] = keys[each, 1], spread[source, CODE] & mask
                for column in range(amounts.shape[1]):
                    amounts[there, column] = spread_amounts[source, column]
            _settle_ties(start + begin, start + stop, moments, row, amounts)


@compiled
def _later(keys: Ints, one: int, other: Ints, two: int) -> bool:
    """Whether a row sorts after another; not when they tie."""
    if keys[one, 0] != other[two, 0]:
        return bool(keys[one, 0] > other[two, 0])
    return bool(keys[one, 1] > other[two, 1])


@compiled
def _sort(keys: Ints, other: Ints) -> None:
    """Sort rows by their first two columns in place, ties in the given order; ``other`` is room of the same size."""
    count = keys.shape[0]
    ascending = True
    for place in range(1, count):
        ascending = ascending and not _later(keys, place - 1, keys, place)
    if ascending:
        return
    for begin in range(0, count, RUN):
        for place in range(begin + 1, min(begin + RUN, count)):
            known, date, source, hole = keys[place, 0], keys[place, 1], keys[place, 2], place
            while hole > begin and (
                keys[hole - 1, 0] > known or (keys[hole - 1, 0] == known and keys[hole - 1, 1] > date)
            ):
                keys[hole, 0], keys[hole, 1], keys[hole, 2] = keys[hole - 1, 0], keys[hole - 1, 1], keys[hole - 1, 2]
                hole -= 1
            keys[hole, 0], keys[hole, 1], keys[hole, 2] = known, date, source
    source, target, width, swapped = keys, other, RUN, False
    while width < count:
        for begin in range(0, count, 2 * width):
            _merge(source, begin, min(begin + width, count), min(begin + 2 * width, count), target)
        source, target, width, swapped = target, source, 2 * width, not swapped
    if swapped:
        keys[:] = source


@compiled
def _merge(source: Ints, begin: int, middle: int, end: int, target: Ints) -> None:
    """Merge two sorted runs that lie side by side."""
    left, right = begin, middle
    for place in range(begin, end):
        if left < middle and (right >= end or not _later(source, left, source, right)):
            chosen = left
            left += 1
        else:
            chosen = right
            right += 1
        target[place, 0], target[place, 1], target[place, 2] = source[chosen, 0], source[chosen, 1], source[chosen, 2]


@compiled
def _settle_ties(start: int, end: int, moments: Ints, row: Ints, amounts: Singles) -> None:
    """Order rows that became known at the same moment and have the same date by their amounts."""
    first = start
    while first < end:
        last = first + 1
        while last < end and moments[0, last] == moments[0, first] and moments[2, last] == moments[2, first]:
            last += 1
        if 1 < last - first <= RUN:
            for place in range(first + 1, last):
                hole = place
                while hole > first and _more(amounts, hole - 1, hole):
                    _swap(hole - 1, hole, moments, row, amounts)
                    hole -= 1
        elif last - first > RUN:
            rank = np.arange(first, last)
            for column in range(amounts.shape[1] - 1, -1, -1):
                rank = rank[np.argsort(amounts[rank, column], kind="mergesort")]
            moments[1, first:last] = moments[1][rank]
            amounts[first:last] = amounts[rank]
            row[first:last] = row[rank]
        first = last


@compiled
def _more(amounts: Singles, one: int, two: int) -> bool:
    """Whether the amounts of row ``one`` sort after those of row ``two``."""
    for column in range(amounts.shape[1]):
        if amounts[one, column] != amounts[two, column]:
            return bool(amounts[one, column] > amounts[two, column])
    return False


@compiled
def _swap(one: int, two: int, moments: Ints, row: Ints, amounts: Singles) -> None:
    """Exchange two rows that tie in moment known and date."""
    moments[1, one], moments[1, two] = moments[1, two], moments[1, one]
    row[one], row[two] = row[two], row[one]
    for column in range(amounts.shape[1]):
        amounts[one, column], amounts[two, column] = amounts[two, column], amounts[one, column]
