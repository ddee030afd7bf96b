"""Figures by other hands beside ours: reached, not reached, or not to be told apart."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.judging.answers import Answer, Told
from benchmarks.judging.tables import CHAMPION, PARTS, best_of, cell, learned_of, number, table

FLOORS = Path(__file__).with_name("floors.toml")


@dataclass(frozen=True)
class Floor:
    """One figure by another hand; ``by`` is the ranking of ours that repeats it, where one does."""

    cell: str
    part: str
    metric: str
    value: float
    source: str
    by: str = ""
    what: str = ""
    allowed: bool = True


@dataclass(frozen=True)
class Published:
    """All figures by other hands, and where they come from."""

    floors: tuple[Floor, ...]
    deviations: tuple[Mapping[str, Any], ...]
    sources: Mapping[str, str]


def read_published(path: Path = FLOORS) -> Published:
    """The figures of the file of floors."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return Published(tuple(Floor(**each) for each in told["floor"]), tuple(told["deviation"]), told["sources"])


def floor_table(answer: Answer, published: Published) -> list[str]:
    """Each floor of a real history: the figure, our repetition of it, the default candidate and the best one."""
    rows = []
    for floor in (each for each in published.floors if each.cell == answer.name):
        best = best_of(answer, learned_of(answer), floor.metric, floor.part)
        repeated = cell(answer.figure(floor.by, floor.metric, floor.part)) if floor.by else ""
        own = answer.figure(CHAMPION, floor.metric, floor.part)
        rows.append(
            [
                f"{_metric(floor.metric)}, {PARTS[floor.part]}: {_rule(floor)}",
                number(floor.value),
                repeated,
                cell(own),
                f"{best} {cell(answer.figure(best, floor.metric, floor.part))}",
                verdict(own, floor),
            ]
        )
    names = ["figure by another hand", "theirs", "our repetition", CHAMPION, "our best candidate", "the champion is"]
    return table(names, rows) if rows else []


def verdict(own: Told | None, floor: Floor) -> str:
    """Above or below by the interval's side of the figure; within when the interval holds it."""
    if own is None:
        return "not judged"
    if own.lower > floor.value:
        return "above"
    if own.upper < floor.value:
        return "**below**" if floor.allowed else "below"
    return "within its interval" + (", higher" if own.value >= floor.value else ", lower")


def missed(answers: Sequence[Answer], published: Published) -> list[str]:
    """A line for each allowed floor that the default candidate's point estimate does not reach."""
    lines = []
    for answer in answers:
        for floor in (each for each in published.floors if each.cell == answer.name and each.allowed):
            own = answer.figure(CHAMPION, floor.metric, floor.part)
            if own is not None and own.value < floor.value:
                lines.append(
                    f"- {answer.name}, {PARTS[floor.part]}: {_metric(floor.metric)} of the champion {cell(own)}, by "
                    f"another hand ({_rule(floor)}) {number(floor.value)}."
                )
    return lines


def deviation_table(answer: Answer, published: Published) -> list[str]:
    """Mean absolute deviation of expected counts, theirs on their operators and ours on ours."""
    theirs = [
        [f"{each['what']} ({published.sources[each['source']]})", number(each["value"], digits=1)]
        for each in published.deviations
    ]
    ours = [[f"{name}, here", number(value)] for name, value in answer.kept["absolute_deviation"].items()]
    return table(["expected count", "mean absolute deviation, incidents a year"], [*theirs, *ours])


def farther(answers: Sequence[Answer]) -> list[str]:
    """A line for each history in which a rule's expected counts are nearer to the actual ones than the champion's."""
    lines = []
    for answer in answers:
        told = answer.kept["absolute_deviation"]
        nearer = [
            f"{name} {number(value)}"
            for name, value in told.items()
            if name not in learned_of(answer) and value < told[CHAMPION]
        ]
        if nearer:
            own = number(told[CHAMPION])
            lines.append(f"- {answer.name}: mean absolute deviation of the champion {own}, {', '.join(nearer)}.")
    return lines


def source_lines(published: Published) -> list[str]:
    """Where the figures by other hands come from."""
    used = {floor.source for floor in published.floors} | {each["source"] for each in published.deviations}
    return [f"- {published.sources[name]}" for name in published.sources if name in used]


def _rule(floor: Floor) -> str:
    return floor.what or f"{floor.by} as another hand computed it"


def _metric(name: str) -> str:
    words = {"auc": "AUC", "incidents_caught_at_10pct": "share of incidents in the top 10 %"}
    return words[name]
