"""8. No leak: no single feature explains all. One that does most likely knows the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.checks.verdict import CheckResult, Figure, listed

NUMBER, NAME = 8, "No single feature explains all"
MOST_LOST = 0.5
"""Share of the skill that may be lost when one feature is taken away and the model learns again without it."""


@dataclass(frozen=True)
class Removal:
    """What a model loses without one feature, as a share of its average precision above the prior rate.

    Attributes
    ----------
    blanked : float
        When the feature is made unknown and nothing is learned again.
    relearned : float or None
        When the model is fitted without it; None where blanking cost too little to ask, or a part of the model is a
        rule on that very feature.
    """

    feature: str
    blanked: float
    relearned: float | None


def check_leak(removals: Sequence[Removal], skill: float, rule: str = "") -> CheckResult:
    """No feature loses more than :data:`MOST_LOST` of the ``skill`` when the model learns again without it.

    Not judged of a simple ``rule``, which someone chose to rest on few columns.
    """
    if rule:
        sentence = f"the rule {rule} rests on few columns by design, so that it would say nothing."
        advice = "Look at when its columns become known: trustlane features --describe NAME."
        return CheckResult(NUMBER, NAME, "not judged", sentence, {"skill": skill}, advice)
    if not removals or not skill > 0:
        why = "the model has no skill on its calibration slice that a feature could explain."
        return CheckResult(NUMBER, NAME, "not judged", why, {"skill": skill}, "See check 10.")
    figures: dict[str, Figure] = {"skill": skill, "most_lost": MOST_LOST}
    for each in removals:
        figures[f"{each.feature}.blanked"] = each.blanked
        if each.relearned is not None:
            figures[f"{each.feature}.relearned"] = each.relearned
    alone = [each for each in removals if each.relearned is not None and each.relearned > MOST_LOST]
    if alone:
        told = listed([f"{each.feature} ({100 * (each.relearned or 0):.0f} % of the skill)" for each in alone])
        advice = (
            "Look at when this column becomes known, row by row. Where it is knowable in time, it may serve as a rule."
        )
        return CheckResult(NUMBER, NAME, "failed", f"nearly all rests on {told}.", figures, advice)
    first = max(removals, key=lambda each: each.blanked if each.relearned is None else each.relearned)
    lost = first.blanked if first.relearned is None else first.relearned
    sentence = f"the most that one feature carries is {100 * max(lost, 0.0):.0f} % of the skill ({first.feature})."
    return CheckResult(NUMBER, NAME, "passed", sentence, figures)
