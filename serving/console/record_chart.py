"""Five years on record as marks on one time axis: where each thing happened and when it became known.

Positions across are in percent of the width and down in pixels, so that text is never scaled.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from records.tables import AT_RISK_STATUSES
from serving.console.facts import LOOK_BACK_YEARS, Facts, IncidentFact
from serving.console.words import count, named

NOW = 91.26
"""Where as_of stands; what lies right of it is not yet known."""
FIRST, STEP = 26, 36
MOST_TYPES = 7
OTHER = "Other types"


@dataclass(frozen=True)
class Mark:
    """An incident: where it occurred, and the tick where it became known."""

    x: float
    known_x: float
    y: int
    radius: float
    is_open: bool
    retracted: bool
    title: str


@dataclass(frozen=True)
class Span:
    """A standing from one date to the next."""

    x: float
    width: float
    at_risk: bool
    label: str


@dataclass(frozen=True)
class Square:
    """A visit or a decision."""

    x: float
    y: int
    label: str
    title: str


@dataclass(frozen=True)
class RecordChart:
    """All marks of the chart."""

    lanes: list[tuple[str, int]]
    marks: list[Mark]
    earlier: int
    spans: list[Span]
    visits: list[Square]
    decisions: list[Square]
    years: list[tuple[float, str]]
    window_x: float
    bottom: int
    volume: str = ""
    volume_points: str = ""
    volume_top: int = 0
    volume_label: str = ""
    now: float = field(default=NOW)


def record_chart(facts: Facts) -> RecordChart:
    """The chart of one participant's record up to ``facts.as_of``."""
    start = facts.as_of - pd.DateOffset(years=LOOK_BACK_YEARS)
    length = (facts.as_of - start) / pd.Timedelta(days=1)

    def across(moment: pd.Timestamp) -> float:
        days = (moment - start) / pd.Timedelta(days=1)
        return round(min(max(days / length, 0.0), 1.0) * NOW, 2)

    shown = [item for item in facts.incidents if item.occurred_on >= start]
    lanes = _lanes(facts, shown)
    height = dict(lanes)
    last = lanes[-1][1] if lanes else FIRST
    volume, points, label = _volume(facts, start, across)
    top = last + 38
    return RecordChart(
        lanes=lanes,
        marks=[_mark(item, height, across) for item in shown],
        earlier=len(facts.incidents) - len(shown),
        spans=_spans(facts, start, across),
        visits=_visits(facts, start, height.get("Validations", 0), across),
        decisions=_decisions(facts, start, height.get("Decisions", 0), across),
        years=_years(start, facts.as_of, across),
        window_x=across(facts.as_of - pd.Timedelta(days=365)),
        bottom=top + 64 if points else last + 26,
        volume=volume,
        volume_points=points,
        volume_top=top,
        volume_label=label,
    )


Across = Callable[[pd.Timestamp], float]


def _lanes(facts: Facts, shown: list[IncidentFact]) -> list[tuple[str, int]]:
    kinds = Counter(named(item.incident_type) or "Type not recorded" for item in shown)
    names = [name for name, _ in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))]
    if len(names) > MOST_TYPES:
        names = [*names[: MOST_TYPES - 1], OTHER]
    if "statuses" in facts.tables:
        names.insert(0, "Status")
    if "validations" in facts.tables:
        names.append("Validations")
    if "actions" in facts.tables:
        names.append("Decisions")
    return [(name, FIRST + STEP * place) for place, name in enumerate(names)]


def _mark(item: IncidentFact, height: dict[str, int], across: Across) -> Mark:
    kind = named(item.incident_type) or "Type not recorded"
    severity = item.severity or 0
    words = f"{item.incident_id}: {kind.lower()}, "
    words += f"severity {count(item.severity)}, " if item.severity is not None else "severity not recorded, "
    words += f"occurred {item.occurred_on:%Y-%m-%d}, known {item.known_on:%Y-%m-%d}"
    return Mark(
        across(item.occurred_on),
        across(item.known_on),
        height.get(kind, height.get(OTHER, FIRST)),
        6.5 if severity >= 7 else 5 if severity >= 4 else 3.5,
        item.self_reported_before_discovery,
        item.retracted_on is not None,
        words + (", retracted" if item.retracted_on is not None else ""),
    )


def _spans(facts: Facts, start: pd.Timestamp, across: Across) -> list[Span]:
    rows = facts.statuses[facts.statuses["effective_on"] <= facts.as_of]
    begins = rows["effective_on"].tolist()
    spans = []
    for place, (begin, status, tier) in enumerate(zip(begins, rows["status"], rows["tier"], strict=True)):
        end = begins[place + 1] if place + 1 < len(begins) else facts.as_of
        x, width = across(begin), round(across(end) - across(begin), 2)
        if end <= start or width <= 0:
            continue
        label = named(status).lower() + (f", tier {tier}" if isinstance(tier, str) else "")
        spans.append(Span(x, width, status in AT_RISK_STATUSES, label if width >= 16 else ""))
    return spans


def _visits(facts: Facts, start: pd.Timestamp, y: int, across: Across) -> list[Square]:
    rows = facts.validations
    rows = rows[rows["performed_on"].notna() & (rows["performed_on"] >= start) & (rows["performed_on"] < facts.as_of)]
    return [
        Square(across(done), y, "", f"{named(kind)} visit {done:%Y-%m-%d}: {named(outcome).lower() or 'no outcome'}")
        for done, kind, outcome in zip(rows["performed_on"], rows["kind"], rows["outcome"], strict=True)
    ]


def _decisions(facts: Facts, start: pd.Timestamp, y: int, across: Across) -> list[Square]:
    """Decisions with the numbers that the table of all decisions gives them."""
    return [
        Square(across(decided), y, str(number), f"Decision {number}: {named(kind).lower()}, {decided:%Y-%m-%d}")
        for number, (decided, kind) in enumerate(
            zip(facts.actions["decided_on"], facts.actions["kind"], strict=True), start=1
        )
        if start <= decided < facts.as_of
    ]


def _years(start: pd.Timestamp, as_of: pd.Timestamp, across: Across) -> list[tuple[float, str]]:
    firsts = pd.date_range(start, as_of, freq="YS")
    return [(across(first), str(first.year)) for first in firsts]


def _volume(facts: Facts, start: pd.Timestamp, across: Across) -> tuple[str, str, str]:
    """What is moved in a month, as a line: crossings, or shipments where there are none."""
    rows = facts.exposures[facts.exposures["month"] >= start]
    for measure in ("crossings", "shipments"):
        values = rows[measure].astype(float)
        if values.sum() > 0:
            kept = values.notna()
            most = values.max()
            points = [
                f"{across(month) * 10:.1f},{64 - value / most * 56:.1f}"
                for month, value in zip(rows["month"][kept], values[kept], strict=True)
            ]
            return f"{named(measure)} a month", " ".join(points), f"{values[kept].iloc[-1]:,.0f}"
    return "", "", ""
