"""Where we lose, and where nothing was shown: said by the intervals, not by hand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.judging.answers import Judged, Told
from benchmarks.judging.tables import CHAMPION, PARTS, cell, learned_of, middle_capacity, percent, rules_of

GAMMA_POISSON = "gamma_poisson"


@dataclass(frozen=True)
class Comparison:
    """One paired difference of one program."""

    program: str
    part: str
    metric: str
    candidate: str
    against: str
    told: Told

    def words(self) -> str:
        """The difference as a sentence's middle."""
        return f"{self.metric} of {self.candidate} minus {self.against} {cell(self.told, sign=True)}"


def comparisons(judged: Judged) -> Iterator[Comparison]:
    """Each learned candidate against each rule, and the champion against the other candidates."""
    k = middle_capacity(judged)
    learned = learned_of(judged)
    pairs = [(one, other) for one in learned for other in rules_of(judged)]
    pairs += [(CHAMPION, other) for other in learned if other != CHAMPION]
    for part in PARTS:
        for metric, words in (
            ("average_precision", "average precision"),
            ("auc", "AUC"),
            (f"recall_at_{k}", f"recall at {k}"),
        ):
            for one, other in pairs:
                told = judged.difference(one, other, metric, part)
                if told is not None:
                    yield Comparison(judged.name, part, words, one, other, told)


def loss_lines(programs: Sequence[Judged]) -> list[str]:
    """Every difference wholly below 0, gathered by program and part."""
    lines = []
    for judged in programs:
        lost = [each for each in comparisons(judged) if each.told.below_zero]
        for part, words in PARTS.items():
            own = [each.words() for each in lost if each.part == part]
            if own:
                lines.append(f"- **{judged.name}**, {words}: {'; '.join(own)}.")
    return lines


def undecided_lines(programs: Sequence[Judged]) -> list[str]:
    """Programs in which the champion is not shown to be above Gamma-Poisson, the rule that is hardest to beat."""
    lines = []
    for judged in programs:
        k = middle_capacity(judged)
        told = {
            "average precision": judged.difference(CHAMPION, GAMMA_POISSON, "average_precision"),
            "AUC": judged.difference(CHAMPION, GAMMA_POISSON, "auc"),
            f"recall at {k}": judged.difference(CHAMPION, GAMMA_POISSON, f"recall_at_{k}"),
        }
        held = [f"{name} {cell(each, sign=True)}" for name, each in told.items() if each and not each.above_zero]
        if held:
            lines.append(f"- **{judged.name}**: champion minus gamma_poisson, {'; '.join(held)}.")
    return lines


def count_words(programs: Sequence[Judged]) -> str:
    """How many comparisons there are, how they fell, and how many chance alone would let fall wrongly."""
    found = [each for judged in programs for each in comparisons(judged)]
    rules = [each for each in found if each.against not in learned_of(programs[0])]
    won, lost = sum(each.told.above_zero for each in rules), sum(each.told.below_zero for each in rules)
    held = len(rules) - won - lost
    return (
        f"Of {len(rules):,} paired comparisons of a learned candidate with a simple rule (three figures, three parts "
        f"of the cohort, {len(programs)} programs and histories), the interval lies wholly above 0 in {won:,}, wholly "
        f"below in {lost:,} and holds 0 in {held:,}. Were there no difference anywhere, about "
        f"{0.025 * len(rules):.0f} would lie below by chance."
    )


def attainable_lines(programs: Iterable[Judged]) -> list[str]:
    """How much of what could be known each candidate leaves on the table."""
    lines = []
    for judged in programs:
        told = {name: judged.share(name, "attainable") for name in judged.candidates}
        if all(each is not None for each in told.values()):
            shares = ", ".join(f"{name} {percent(each)}" for name, each in told.items())
            lines.append(f"- {judged.name}: {shares}.")
    return lines
