"""First and last dates, and the version in force: order, where sums do not help.

Without amendments the first and last dates so far are running extremes. A participant with a
superseded version is scanned at each of its spine rows instead, which is exact and concerns few.
"""

from collections.abc import Sequence

import numpy as np

from features.compiled import Ints, Singles, compiled, over_ranges
from features.moments import DAY, FOREVER, UNDATED
from features.spine import Spine
from features.versions import Versions

LATEST_OF = {"days_since_last_incident": "incidents", "days_since_last_drug_incident": "drug_incidents"}
"""Features that are about the most recent incident of a measure."""


def days_since(versions: Versions, spine: Spine, wanted: Sequence[tuple[str, str]]) -> Singles:
    """Days from the first or last occurrence to each moment of the spine.

    Parameters
    ----------
    versions : Versions
        An occurrence belongs to a measure when its value there is positive.
    spine : Spine
    wanted : sequence of (measure, "first" or "last")

    Returns
    -------
    float32 array of shape (len(wanted), spine.rows), days; NaN where nothing occurred.
    """
    out = np.full((len(wanted), spine.rows), np.nan, dtype=np.float32)
    over_ranges(
        _days_since,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        np.array([versions.measure(measure) for measure, _ in wanted], dtype=np.int64),
        np.array([1 if which == "last" else -1 for _, which in wanted], dtype=np.int64),
        out,
    )
    return out


def version_in_force(versions: Versions, spine: Spine) -> Ints:
    """For each spine row the frame row of the latest version in force, -1 where there is none.

    In force at ``as_of`` is what is valid then and has ``occurred`` (its effective date) at or before it.
    Among those the latest effective date wins, then the last in the frame; callers sort frames by key. Which one
    became known last must not decide: a change that was undone makes everything it touched known again.
    """
    found = np.full(spine.rows, -1, dtype=np.int64)
    over_ranges(
        _version_in_force,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.row),
        found,
    )
    return np.where(found >= 0, versions.row[found], -1) if versions.row.size else found


def last_dates(versions: Versions, spine: Spine, measure: str) -> Ints:
    """The last date of a measure at each spine row, in microseconds; :data:`UNDATED` where nothing occurred."""
    found = np.full(spine.rows, UNDATED, dtype=np.int64)
    over_ranges(
        _last_dates,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred, versions.amounts),
        versions.measure(measure),
        found,
    )
    return found


def counts_since(versions: Versions, spine: Spine, since: Ints) -> Singles:
    """How many valid versions occurred at or after a moment of each spine row's own; NaN where it has none."""
    out = np.full(spine.rows, np.nan, dtype=np.float32)
    dated = (since != UNDATED) & (spine.group_of_row >= 0)
    out[dated] = 0
    over_ranges(
        _counts_since,
        spine.work(versions.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (versions.pointer, versions.known_from, versions.known_until, versions.occurred),
        since,
        out,
    )
    return out


@compiled
def _last_dates(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    column: int,
    found: Ints,
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    for number in range(low, high):
        for moment in range(segment[number], segment[number + 1]):
            for position in range(pointer[groups[number]], pointer[groups[number] + 1]):
                if entry[position] >= as_of[moment]:
                    break
                if until[position] >= as_of[moment] and values[position, column] > 0:
                    found[row[moment]] = max(found[row[moment]], occurred[position])


@compiled
def _counts_since(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints],
    since: Ints,
    out: Singles,
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred = versions
    for number in range(low, high):
        for moment in range(segment[number], segment[number + 1]):
            place = row[moment]
            if since[place] == UNDATED:
                continue
            for position in range(pointer[groups[number]], pointer[groups[number] + 1]):
                if entry[position] >= as_of[moment]:
                    break
                if until[position] >= as_of[moment] and occurred[position] >= since[place]:
                    out[place] += 1


@compiled
def _days_since(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    column: Ints,
    sign: Ints,
    out: Singles,
) -> None:
    """``sign`` is 1 for the last date and -1 for the first: both are the greatest of ``sign * date``."""
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    best = np.empty(column.size, np.int64)
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        if start == end:
            continue
        amended = False
        for position in range(start, end):
            amended = amended or until[position] < FOREVER
        best[:] = UNDATED
        entered = start
        for moment in range(segment[number], segment[number + 1]):
            if amended:
                best[:] = UNDATED
                entered = start
            while entered < end and entry[entered] < as_of[moment]:
                if until[entered] >= as_of[moment]:
                    for place in range(column.size):
                        date = sign[place] * occurred[entered]
                        if values[entered, column[place]] > 0 and date > best[place]:
                            best[place] = date
                entered += 1
            for place in range(column.size):
                if best[place] != UNDATED:
                    out[place, row[moment]] = (as_of[moment] - sign[place] * best[place]) / DAY


@compiled
def _version_in_force(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Ints],
    found: Ints,
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, place = versions
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        for moment in range(segment[number], segment[number + 1]):
            best = -1
            for position in range(start, end):
                if entry[position] >= as_of[moment]:
                    break
                in_force = until[position] >= as_of[moment] and occurred[position] <= as_of[moment]
                if in_force and best >= 0 and occurred[position] == occurred[best]:
                    in_force = place[position] > place[best]
                if in_force and (best < 0 or occurred[position] >= occurred[best]):
                    best = position
            found[row[moment]] = best
