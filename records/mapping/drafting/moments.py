"""When a row entered the record: the safest honest choice, because a date too early shows a model the future."""

import math
from typing import Any

from records.mapping.drafting.guesses import Looks, Match, entered_columns
from records.mapping.drafting.lines import Line, date_expression, hole
from records.mapping.drafting.looks import Look

GUESSED_DELAY_DAYS = 90
"""How late a row is taken to be known where nothing tells; to be replaced by what the program knows."""


def known_at_line(table: str, looks: Looks, anchor: Look | None, reported: Look | None) -> Line:
    """The line for ``known_at``.

    Parameters
    ----------
    anchor : Look, optional
        The column of the day that the row is about; what is known cannot be known before it.
    reported : Look, optional
        The column of the day on which the program was told.
    """
    entered = [match for match in entered_columns(looks) if match.look is not anchor and _is_clear(match.look)]
    anchor = anchor if anchor is not None and _is_clear(anchor) else None
    if entered:
        return _entered(entered[0], anchor)
    if reported is not None and _is_clear(reported):
        return _told(reported, anchor)
    if anchor is None:
        return hole("known_at", "no column looks like the moment at which a row entered: name one, or a constant date")
    if table == "exposures":
        expression = date_expression(anchor, whole_days=False, plus_months=1, floor="month")
        why = f"no column says it: a month is known when it is over ({anchor.name!r})"
        return Line("known_at", expression, why, decide=f"known_at: {why}; is it later?")
    if table in ("participants", "identifiers"):
        why = f"no column says it: taken as the day after {anchor.name!r}"
        return Line("known_at", date_expression(anchor, whole_days=False, plus_days=1), why, decide=f"known_at: {why}")
    why = f"no column says it: {GUESSED_DELAY_DAYS} days after {anchor.name!r}, to err late"
    expression = date_expression(anchor, whole_days=False, plus_days=GUESSED_DELAY_DAYS)
    return Line("known_at", expression, why, decide=f"known_at: {why}; what is the real delay?")


def _is_clear(look: Look) -> bool:
    return look.date is not None and not look.date.options


def _entered(match: Match, anchor: Look | None) -> Line:
    look = match.look
    why = f"{look.name!r} reads like the moment of entry ({match.sure})"
    more: dict[str, Any] = {}
    decide = ""
    if look.date is not None and look.date.timed:
        decide = (
            f'known_at: is {look.name!r} in UTC? If it is local time, add time_zone = "America/Chicago" or the like'
        )
    else:
        more["plus_days"] = 1
        why += "; only the day was kept, so it is known when that day is over"
    if not look.is_full:
        extra = _fallback(look, anchor)
        if extra is None:
            missing = len(look.values) - len(look.text)
            return hole("known_at", f"{look.name!r} reads like it, but {missing:,} rows have none, nor another date")
        more["otherwise"], delay = extra
        other = more["otherwise"]["column"]
        why += f"; where it is empty, {delay} days after {other!r}: 95 % of the others are known by then"
    if anchor is not None and _ever_before(look, anchor):
        more["not_before"] = date_expression(anchor, whole_days=True)
        why += f"; never before {anchor.name!r}"
    return Line("known_at", date_expression(look, whole_days=False, **more), why, decide=decide)


def _fallback(look: Look, anchor: Look | None) -> tuple[Any, int] | None:
    """Another date and the delay within which 95 % of rows with both became known."""
    if anchor is None or anchor.date is None or look.date is None or not anchor.is_full:
        return None
    days = (look.date.dates(look.values) - anchor.date.dates(anchor.values)).dt.days.dropna()
    delay = max(1, math.ceil(days.quantile(0.95))) + 1 if len(days) else GUESSED_DELAY_DAYS
    return date_expression(anchor, whole_days=False, plus_days=delay), delay


def _ever_before(look: Look, anchor: Look) -> bool:
    if look.date is None or anchor.date is None:
        return False
    return bool((look.date.dates(look.values) < anchor.date.dates(anchor.values)).any())


def _told(reported: Look, anchor: Look | None) -> Line:
    why = f"no column says it: taken as the day after {reported.name!r}, when the program was told"
    more: dict[str, Any] = {"plus_days": 1}
    if not reported.is_full:
        extra = _fallback(reported, anchor)
        if extra is None:
            return hole("known_at", f"no column says it, and {reported.name!r} has empty cells")
        more["otherwise"] = extra[0]
    return Line(
        "known_at", date_expression(reported, whole_days=False, **more), why, decide=f"known_at: {why}; is that so?"
    )
