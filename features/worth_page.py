"""The section of docs/features.md that says what each family is worth."""

from collections.abc import Sequence

from features.feature import FAMILIES
from features.worth import METRICS, VERDICTS, Difference, ProgramWorth, without_evidence

HEAD = """
## Worth of each family

Measured by `trustlane ablation`: at each origin a model learns from all families, from all but one, from a base of few
families, and from the base and one more. All rankings are judged on the same draws of whole participants, so that each
difference has an interval of its own (95 %). Programs that are simulated are called so; others are public data sets of
real incidents. The file behind this section is `docs/worth.json`, which the command writes.
"""

READING = """
Evidence is a difference in average precision whose interval lies above zero and which is larger than fitting the same
model again with other seeds makes. Of forty intervals about one lies above zero by luck alone. No evidence is no proof
that a family is worth nothing: where few participants have incidents, only large differences can be seen. A family
that is marked **without evidence of worth** has none in any program below.
"""


def worth_section(programs: Sequence[ProgramWorth], families: Sequence[str]) -> str:
    """The section in Markdown: the verdicts of all programs, then each program's figures.

    Parameters
    ----------
    programs : sequence of ProgramWorth
    families : sequence of str
        The families of the catalog; those not measured are said to be.
    """
    if not programs:
        return HEAD + "\nNot measured yet: `trustlane ablation --worth docs/worth.json --program NAME` does.\n"
    words = "".join(f"- *{verdict}*: {meaning}.\n" for verdict, meaning in VERDICTS.items())
    return "".join(
        [HEAD, READING, "\n", words, "\n", _verdicts(programs, families), *(_program(each) for each in programs)]
    )


def _verdicts(programs: Sequence[ProgramWorth], families: Sequence[str]) -> str:
    heads = ["family", *(program.program for program in programs), "mark"]
    rows = [
        [
            FAMILIES[family].title,
            *(program.verdict(family) for program in programs),
            "**without evidence of worth**" if without_evidence(programs, family) else "",
        ]
        for family in families
    ]
    return _table(heads, rows)


def _program(found: ProgramWorth) -> str:
    text = (
        f"\n### {found.program}\n\n{found.participants:,} participants at the last of the origins "
        f"{', '.join(found.origins)}; window of {found.horizon_days} days; {found.fits} models of {found.rounds} "
        f"rounds behind each ranking; {found.replicates} draws. "
        f"The base is {', '.join(f'`{name}`' for name in found.base)}.\n"
    )
    for metric, words in METRICS.items():
        title = words.replace("capacity", f"{found.capacity} places")
        text += (
            f"\n{title[:1].upper() + title[1:]}: all families {_plain(found.full[metric])}, base "
            f"{_plain(found.base_alone[metric])}; fitting all again makes {_signed(found.refit[metric])}.\n\n"
        )
        rows = [
            [f"`{family}`", str(each.features), _signed(each.without[metric]), _signed(each.added[metric])]
            for family, each in found.families.items()
        ]
        text += _table(["family", "features that vary", "lost without it", "won when added to the base"], rows)
    return text


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plain(figure: Difference) -> str:
    return f"{figure.value:.3f} ({figure.lower:.3f} to {figure.upper:.3f})"


def _signed(difference: Difference) -> str:
    """With real signs; what rounds to nothing is told as 0.000."""
    told = [f"{value:+.3f}" for value in (difference.value, difference.lower, difference.upper)]
    value, lower, upper = (text[1:] if float(text) == 0 else text.replace("-", "−") for text in told)
    return f"{value} ({lower} to {upper})"
