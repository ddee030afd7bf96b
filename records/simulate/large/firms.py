"""The firms of one block of a large made-up program: what they are, how they stand, with whom they trade."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from records.simulate.large.cells import DAY, Cells, days, numbered, picked
from records.tables import BUSINESS_TYPES, SIZE_BANDS

TYPE_SHARES = (0.38, 0.24, 0.14, 0.07, 0.07, 0.04, 0.02, 0.015, 0.01, 0.008, 0.004, 0.003)
TYPE_RISKS = (1.0, 1.6, 1.3, 0.9, 0.5, 2.2, 0.6, 0.8, 0.7, 0.9, 0.6, 1.4)
"""Relative incident rates, in the order of :data:`records.tables.BUSINESS_TYPES`."""

COUNTRIES = ("US", "MX", "CA", "CN", "IN", "VN", "CO", "DE")
COUNTRY_SHARES = (0.62, 0.16, 0.11, 0.05, 0.02, 0.015, 0.015, 0.01)
COUNTRY_RISKS = (0.8, 2.0, 0.9, 1.3, 1.0, 1.1, 2.4, 0.5)
OFFICES = ("Buffalo", "Houston", "Los Angeles", "Miami", "New York", "Newark")
SIZE_SHARES = (0.35, 0.35, 0.2, 0.1)
SIZE_RISKS = (0.3, 0.7, 1.5, 4.0)
GREATEST_SHARE = 0.02
"""No firm has more than about this share of its block's incidents."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Firms:
    """Firms with the numbers ``first`` to ``first + count - 1``.

    Attributes
    ----------
    enrolled : int64 array of shape (count,)
        First day in the program, in days since the record's start.
    country : int64 array of shape (count,)
        Position in :data:`COUNTRIES`.
    share : float64 array of shape (count,)
        Share of each in the block's incidents; adds up to 1, heavy-tailed.
    worsening : bool array of shape (count,)
        Firms whose incidents grow more frequent with time.
    columns : mapping
        Cells of the participants table.
    """

    first: int
    count: int
    enrolled: Ints
    country: Ints
    share: Floats
    worsening: npt.NDArray[np.bool_]
    columns: Mapping[str, Cells]


def draw_firms(draw: np.random.Generator, first: int, count: int, span_days: int) -> Firms:
    """Firms of one block. Two in three were there at the start, the others join over the first seven eighths."""
    kind = draw.choice(len(TYPE_SHARES), count, p=_shares(TYPE_SHARES))
    country = draw.choice(len(COUNTRY_SHARES), count, p=_shares(COUNTRY_SHARES))
    size = draw.choice(len(SIZE_SHARES), count, p=_shares(SIZE_SHARES))
    enrolled = np.where(draw.random(count) < 2 / 3, 0, draw.integers(0, span_days * 7 // 8, count))
    factors = [np.asarray(each) for each in (TYPE_RISKS, COUNTRY_RISKS, SIZE_RISKS)]
    weight = (draw.pareto(1.3, count) + 0.1) * factors[0][kind] * factors[1][country] * factors[2][size]
    weight *= 1 - enrolled / span_days
    share = weight / weight.sum()
    share = np.minimum(share, max(GREATEST_SHARE, 2 / count))
    number = np.arange(first, first + count)
    known = days(enrolled) + draw.integers(0, 10, count) * DAY
    columns: dict[str, Cells] = {
        "participant_id": numbered("P", number, 9),
        "legal_name": numbered("Firm ", number, 9),
        "business_type": picked(BUSINESS_TYPES, kind),
        "country": picked(COUNTRIES, country),
        "field_office": picked(OFFICES, draw.integers(0, len(OFFICES), count)),
        "size_band": picked(SIZE_BANDS, size),
        "enrolled_on": days(enrolled),
        "known_at": known,
    }
    return Firms(first, count, enrolled, country, share / share.sum(), draw.random(count) < 0.1, columns)


def draw_statuses(draw: np.random.Generator, firms: Firms, span_days: int) -> dict[str, Cells]:
    """Certified on enrolment, validated about a year later; a few suspended for a while, a few withdrawn."""
    everyone = np.arange(firms.count)
    validated = firms.enrolled + draw.integers(250, 500, firms.count)
    suspended = np.flatnonzero(draw.random(firms.count) < 0.02 + 0.06 * firms.worsening)
    begins = validated[suspended] + draw.integers(30, span_days, suspended.size)
    ends = begins + draw.integers(60, 300, suspended.size)
    left = np.flatnonzero(draw.random(firms.count) < 0.04)
    leaves = validated[left] + draw.integers(400, max(span_days, 401), left.size)
    who = np.concatenate([everyone, everyone, suspended, suspended, left])
    day = np.concatenate([firms.enrolled, validated, begins, ends, leaves])
    sizes = (firms.count, firms.count, suspended.size, suspended.size, left.size)
    what = np.repeat([0, 1, 2, 1, 3], sizes)
    kept = _first_of_day(who, day) & (day < span_days)
    who, day, what = who[kept], day[kept], what[kept]
    return {
        "participant_id": numbered("P", firms.first + who, 9),
        "effective_on": days(day),
        "status": picked(("certified", "validated", "suspended", "withdrawn"), what),
        "tier": picked(("1", "2", "3"), np.where(what == 1, 1 + (who % 7 == 0), 0)),
        "known_at": days(day) + draw.integers(0, 15, who.size) * DAY,
    }


def draw_partnerships(draw: np.random.Generator, firms: Firms, everyone: int, span_days: int) -> dict[str, Cells]:
    """Three partners a firm on average, seven in ten of its own block, one in five partnerships ended."""
    who = np.repeat(np.arange(firms.count), draw.poisson(3.0, firms.count))
    near = firms.first + draw.integers(0, firms.count, who.size)
    partner = np.where(draw.random(who.size) < 0.7, near, draw.integers(0, everyone, who.size))
    begins = firms.enrolled[who] + draw.integers(0, span_days // 2, who.size)
    kept = (partner != firms.first + who) & _first_of_day(who * everyone + partner, begins) & (begins < span_days)
    who, partner, begins = who[kept], partner[kept], begins[kept]
    to = days(begins + draw.integers(100, 1500, who.size))
    to[draw.random(who.size) >= 0.2] = np.datetime64("NaT")
    return {
        "participant_id": numbered("P", firms.first + who, 9),
        "partner_id": numbered("P", partner, 9),
        "valid_from": days(begins),
        "valid_to": to,
        "role": picked(("supplier", "carrier", "broker"), draw.integers(0, 3, who.size)),
        "known_at": days(begins) + draw.integers(0, 60, who.size) * DAY,
    }


def _shares(shares: tuple[float, ...]) -> Floats:
    given = np.asarray(shares, dtype=np.float64)
    whole: Floats = given / given.sum()
    return whole


def _first_of_day(who: Ints, day: Ints) -> npt.NDArray[np.bool_]:
    """The first row of each (who, day), so that a key occurs once."""
    kept = np.zeros(who.size, dtype=bool)
    kept[np.unique(np.stack([who, day]), axis=1, return_index=True)[1]] = True
    return kept
