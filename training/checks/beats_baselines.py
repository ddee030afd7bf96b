"""2. Better than every simple rule, in pairs on the same draws; or not worse than a rule and simpler than it.

A rule that is shown to be better stands in the way. A lead that chance may explain is a warning: a small program never
holds the positives to prove one, and has to rank by something.
"""

from collections.abc import Mapping, Sequence

from training.checks.judged import Judged
from training.checks.verdict import CheckResult, Figure, listed

NUMBER, NAME = 2, "Better than every simple rule"
METRIC = "average_precision"
NOT_WORSE = 0.01
"""A simpler candidate may be this much average precision worse, at the lower end of the interval."""

FITTED_NUMBERS: Mapping[str, int] = {"gamma_poisson": 4, "logistic": 6}
"""How many numbers a baseline fits; every other one is taken to fit none, so that it must be beaten."""


def check_beats_baselines(judged: Judged | None, baselines: Sequence[str], fitted_numbers: int) -> CheckResult:
    """Passed where the interval of the paired difference in average precision lies above 0 for each of ``baselines``.

    Failed where one lies below 0, warned where one holds 0. ``fitted_numbers`` says how simple the candidate is: leaves
    and coefficients. Against a baseline that fits more numbers it is enough not to be worse by :data:`NOT_WORSE`.
    """
    if judged is None:
        return _not_judged("no backtest of this version is at hand.")
    found = {name: judged.against(name, METRIC) for name in baselines}
    compared = {name: figures for name, figures in found.items() if figures is not None and figures[1] == figures[1]}
    if not compared:
        return _not_judged("its backtest compares it with no simple rule, or has no intervals.")
    figures: dict[str, Figure] = {"fitted_numbers": fitted_numbers}
    better: list[str] = []
    level: list[str] = []
    for name, (value, lower, upper) in compared.items():
        figures |= {f"{name}.difference": value, f"{name}.lower": lower, f"{name}.upper": upper}
        simpler = fitted_numbers < FITTED_NUMBERS.get(name, 0)
        if lower <= (-NOT_WORSE if simpler else 0.0):
            (better if upper < 0 else level).append(f"{name} ({value:+.3f}, 95 % {lower:+.3f} to {upper:+.3f})")
    figures |= {"rules_compared": len(compared), "rules_better": len(better), "rules_level": len(level)}
    if better:
        sentence = f"a simple rule has the higher average precision: {listed(better)}."
        advice = "Rank by the simple rule, which anyone can explain, or find features that earn their place."
        return CheckResult(NUMBER, NAME, "failed", sentence, figures, advice, required=True)
    if level:
        sentence = (
            f"of {len(compared)} rules {len(compared) - len(level)} are beaten; chance may explain the difference in "
            f"average precision to {listed(level)}."
        )
        advice = "Show the difference on more origins or a longer record; until then a simple rule may do as well."
        return CheckResult(NUMBER, NAME, "warned", sentence, figures, advice, required=True)
    closest = min(compared, key=lambda name: compared[name][0])
    value, lower, upper = compared[closest]
    sentence = (
        f"it beats all {len(compared)} rules; the closest is {closest}, with {value:+.3f} average precision "
        f"(95 % {lower:+.3f} to {upper:+.3f})."
    )
    return CheckResult(NUMBER, NAME, "passed", sentence, figures, required=True)


def _not_judged(why: str) -> CheckResult:
    advice = (
        "Backtest the same record with the same specification: trustlane backtest --out, trustlane check --backtest."
    )
    return CheckResult(NUMBER, NAME, "not judged", why, {}, advice, required=True)
