"""docs/results.md from the kept answers alone: no figure on the page is typed, nor any word about who won."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.judging.answers import Answer, Judged
from benchmarks.judging.cells import Cell, Real, Simulated
from benchmarks.judging.floors import deviation_table, farther, floor_table, missed, read_published, source_lines
from benchmarks.judging.losses import attainable_lines, count_words, loss_lines, undecided_lines
from benchmarks.judging.made_with import made_with, speed_lines
from benchmarks.judging.over_seeds import OverSeeds
from benchmarks.judging.tables import (
    CHAMPION,
    PARTS,
    best_of,
    cell,
    forecast_table,
    learned_of,
    number,
    pair_table,
    percent,
    ranking_table,
    rules_of,
    table,
)
from records.simulate.scenarios import MEANINGS

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
SPEED = "speed"
DEVIATIONS_OF = "phmsa"
HEAD = """# Results

Written by `python -m benchmarks.judging page` from the files in `benchmarks/results/judging`, one a program, which
`python -m benchmarks.judging run` measures (`make results` does both; a run can be stopped and called again). No figure
and no verdict on this page is typed. [How a ranking is judged](judging.md) says what the figures mean; brackets are
95 % intervals.

The candidates are all at their default settings: nothing was tuned on any of these programs, and the seeds of the
simulated ones were used for nothing else. Gamma-Poisson is a simple rule that stands as a sixth candidate. Simulated
programs say how well the record is used, not how well a real program would be predicted.

The audit's program has its full size and ten seeds; the other scenarios have one seed and half the size, and a small
program its own, so that all of it is done in hours on two processors: their intervals are wide, and what one seed
decides may be that program's own luck. Parts of their cohorts are in the files, and among the losses below; tables show
everyone.
"""
TEN_SEEDS = """Each seed is a program of its own, judged at {origins} yearly origins. Figures are means over seeds,
brackets the interval of that mean over programs. Behind a difference stands in how many of the {seeds} programs its own
paired interval lay wholly above 0, wholly below, and held 0.
"""
LOST = """A difference stands here when its 95 % interval lies wholly below 0: a learned candidate below a simple rule,
or the default candidate (`champion`) below another. What is not listed was either won or not decided.
"""


def render_page(cells: Sequence[Cell], kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page; cells without an answer are named as not run."""
    there = [each for each in cells if each.name in kept]
    judged = {each.name: Answer(kept[each.name]) for each in there if "refused" not in kept[each.name]}
    real = [judged[each.name] for each in there if isinstance(each.source, Real) and each.name in judged]
    scenarios = _scenarios([each for each in there if each.name in judged and each.name != SPEED], judged)
    programs = [*real, *scenarios]
    titles = _titles(cells, scenarios)
    published = read_published()
    parts = [HEAD, *_not_judged(cells, kept)]
    if programs:
        parts += ["## In short\n", *_short(programs), "", count_words(programs), ""]
        parts += ["## Where we lose\n", LOST, *(loss_lines(programs) or ["Nowhere."]), ""]
        parts += [
            "Not shown to be above Gamma-Poisson, over everyone:\n",
            *(undecided_lines(programs) or ["None."]),
            "",
        ]
        parts += ["Below a figure by another hand:\n", *(missed(real, published) or ["None."]), ""]
        parts += ["Expected counts farther from the actual ones than those of a rule:\n"]
        parts += [*(farther(real) or ["None."]), ""]
        parts += _attainable(programs)
    if real:
        parts += ["## Real histories\n"]
        for answer in real:
            parts += [*_heading(answer, titles), *_caution(answer), *_tables(answer), *_floors(answer, published)]
        parts += ["Figures by other hands come from:\n", *source_lines(published), ""]
    if scenarios:
        parts += ["## Simulated programs\n"]
        for each in scenarios:
            parts += [*_heading(each, titles), *_seeds(each), *_tables(each)]
    if SPEED in kept:
        parts += ["## Speed\n", *speed_lines(kept[SPEED])]
    parts += ["## Made with\n", *made_with(list(kept.values()))]
    return "\n".join(parts).rstrip("\n") + "\n"


def _scenarios(cells: Iterable[Cell], judged: Mapping[str, Answer]) -> list[Judged]:
    """One for each scenario in the order of the plan, joined over its seeds."""
    groups: dict[str, list[Answer]] = {}
    for each in cells:
        if isinstance(each.source, Simulated):
            groups.setdefault(each.source.scenario, []).append(judged[each.name])
    return [found[0] if len(found) == 1 else OverSeeds(name, tuple(found)) for name, found in groups.items()]


def _titles(cells: Iterable[Cell], scenarios: Iterable[Judged]) -> dict[str, str]:
    titles = {each.name: each.source.title for each in cells if isinstance(each.source, Real)}
    for each in scenarios:
        scenario = each.name.rsplit("-", 1)[0]
        seeds = (
            f", {len(each.answers)} seeds" if isinstance(each, OverSeeds) else f", seed {each.name.rsplit('-', 1)[1]}"
        )
        titles[each.name] = f"{scenario}{seeds}: {MEANINGS[scenario]}"
    return titles


def _not_judged(cells: Iterable[Cell], kept: Mapping[str, Mapping[str, Any]]) -> list[str]:
    absent = [each.name for each in cells if each.name not in kept]
    lines = [f"Not run yet: {', '.join(absent)}.", ""] if absent else []
    for each in cells:
        if "refused" in kept.get(each.name, {}):
            lines += [f"{each.name} could not be judged, and says why: {kept[each.name]['refused']}", ""]
    return lines


def _short(programs: Iterable[Judged]) -> list[str]:
    rows = []
    for judged in programs:
        counts, rule = judged.counts["all"], best_of(judged, rules_of(judged))
        best = best_of(judged, learned_of(judged))
        rows.append(
            [
                judged.name,
                f"{counts['participants']:,.0f}",
                number(counts["base_rate"]),
                cell(judged.figure(CHAMPION, "average_precision")),
                cell(judged.figure(CHAMPION, "auc")),
                best,
                rule,
                cell(judged.difference(CHAMPION, rule, "average_precision"), sign=True),
                percent(judged.share(CHAMPION, "attainable")),
            ]
        )
    names = [
        "program",
        "at risk",
        "base rate",
        "average precision, champion",
        "AUC, champion",
        "best candidate",
        "best rule",
    ]
    return table([*names, "champion − best rule", "% of attainable"], rows)


def _attainable(programs: Iterable[Judged]) -> list[str]:
    lines = attainable_lines(programs)
    return ["Share of the attainable average precision, in percent:\n", *lines, ""] if lines else []


def _heading(judged: Judged, titles: Mapping[str, str]) -> list[str]:
    counts = judged.counts
    told = [
        f"{PARTS[part]} {each['participants']:,.0f} at risk, {each['positive']:.1f} positive ({each['base_rate']:.3f})"
        for part, each in counts.items()
        if part in PARTS and each["participants"] > 0
    ]
    return [f"### {titles[judged.name]}\n", f"At an origin in the mean: {'; '.join(told)}.", ""]


def _caution(answer: Answer) -> list[str]:
    ahead = answer.kept["question"]["source"]["looks_ahead"]
    origins, days = ", ".join(answer.kept["origins"]), answer.kept["question"]["config"]["plan"]["horizon_days"]
    lines = [f"Origins {origins}; a window of {days} days.", ""]
    return (
        [*lines, f"**Looks ahead**: {ahead}. An upper bound, not what could have been said in time.", ""]
        if ahead
        else lines
    )


def _seeds(judged: Judged) -> list[str]:
    if not isinstance(judged, OverSeeds):
        return []
    return [TEN_SEEDS.format(origins=len(judged.answers[0].kept["origins"]), seeds=len(judged.answers))]


def _tables(judged: Judged) -> list[str]:
    others = [name for name in (*judged.candidates, *rules_of(judged)) if name != CHAMPION]
    rest = [name for name in judged.rankings if name in ("attainable", "truth_recorded")]
    lines = [*ranking_table(judged), "", *pair_table(judged, CHAMPION, [*dict.fromkeys(others), *rest]), ""]
    shown = {} if isinstance(judged, Answer) and "scenario" in judged.kept["question"]["source"] else PARTS
    for part, words in shown.items():
        if part != "all" and judged.figure(CHAMPION, "average_precision", part) is not None:
            lines += [f"{words[0].upper()}{words[1:]}:\n", *ranking_table(judged, part), ""]
    return [*lines, "Forecasts and waiting:\n", *forecast_table(judged), ""]


def _floors(answer: Answer, published: Any) -> list[str]:
    lines = floor_table(answer, published)
    lines = ["Beside figures by other hands:\n", *lines, ""] if lines else []
    if answer.name == DEVIATIONS_OF:
        lines += ["How far expected counts are from actual ones; their operators and years are not ours:\n"]
        lines += [*deviation_table(answer, published), ""]
    return lines
