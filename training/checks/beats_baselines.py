"""2. Better than every simpler rule, in pairs on the same draws, and not worse than any rule.

A rule that does as well is to be preferred to what nobody can follow by hand, and can be registered as any model can.
So a lead over a simpler rule must be shown; where it is not, the check names the rule to train instead.
"""

from collections.abc import Sequence

from training.checks.judged import Judged
from training.checks.rules_in_pairs import RulesInPairs
from training.checks.simplicity import Simplicity
from training.checks.verdict import CheckResult, Figure, listed

NUMBER, NAME = 2, "Better than every simple rule"
METRIC = "average_precision"
INSTEAD = "train_instead"
"""The figure that names the rule to train in the version's place; absent when there is none."""

NOBODY = "prior_rate"
"""The rule to which everybody is alike: it must be beaten, and cannot be served."""


def check_beats_baselines(
    judged: Judged | None, baselines: Sequence[str], own: Simplicity, *, seed: int = 0
) -> CheckResult:
    """The interval of the paired difference in average precision lies above 0 for each simpler rule of ``baselines``.

    Against a rule that is no simpler it must not lie below 0. ``own`` is the candidate's; a simple rule is judged by
    the same law, so that of several rules between which the record cannot tell the simplest passes.
    """
    if judged is None:
        return _not_judged("no backtest of this version is at hand.")
    found = {name: judged.against(name, METRIC) for name in baselines}
    compared = {name: figures for name, figures in found.items() if figures is not None and figures[1] == figures[1]}
    if not compared:
        return _not_judged("its backtest compares it with no simple rule, or has no intervals.")
    figures: dict[str, Figure] = {"columns": own.columns, "fitted_numbers": own.numbers}
    better: dict[str, str] = {}
    level: dict[str, str] = {}
    for name, (value, lower, upper) in compared.items():
        figures |= {f"{name}.difference": value, f"{name}.lower": lower, f"{name}.upper": upper}
        words = f"{name} ({value:+.3f}, 95 % {lower:+.3f} to {upper:+.3f})"
        if upper < 0:
            better[name] = words
        elif lower <= 0 and Simplicity.of_rule(name) < own:
            level[name] = words
    figures |= {"rules_compared": len(compared), "rules_better": len(better), "rules_level": len(level)}
    if not better and not level:
        return CheckResult(NUMBER, NAME, "passed", _passed(compared, own), figures, required=True)
    words = f"a rule has the higher average precision: {listed(list(better.values()))}. " if better else ""
    if level:
        words += f"chance may explain its lead over simpler rules: {listed(list(level.values()))}."
    instead = _instead(judged, list(compared), {*better, *level}, seed)
    if instead:
        figures[INSTEAD] = instead
        advice = (
            f'Train the rule that does as well, with model = {{ kind = "{instead}" }} in the file of trustlane train '
            "--config; trustlane promote --or-simpler does it. Or show the lead on a longer record."
        )
    else:
        advice = "No simple rule is shown to rank better than chance either: look for what the record does not hold."
    return CheckResult(NUMBER, NAME, "failed", words.strip(), figures, advice, required=True)


def _passed(compared: dict[str, tuple[float, float, float]], own: Simplicity) -> str:
    simpler = {name: figures for name, figures in compared.items() if Simplicity.of_rule(name) < own}
    shown = simpler or compared
    closest = min(shown, key=lambda name: shown[name][0])
    value, lower, upper = shown[closest]
    start = f"of {len(simpler)} simpler rules it beats every one" if simpler else "no rule is simpler"
    rest = len(compared) - len(simpler)
    more = f", and of {rest} others none is shown to be better" if rest else ""
    return (
        f"{start}{more}; the closest is {closest}, with {value:+.3f} average precision "
        f"(95 % {lower:+.3f} to {upper:+.3f})."
    )


def _instead(judged: Judged, rules: Sequence[str], open_: set[str], seed: int) -> str:
    """The rule to train in the version's place: of those in its way, the best that itself passes; "" without one."""
    ranked = [name for name in rules if f"rank_value_{name}" in judged.predictions]
    pairs = RulesInPairs(judged, ranked, seed=seed)
    passing = pairs.passing([name for name in ranked if name in open_ and name != NOBODY])
    return passing[0] if passing else ""


def _not_judged(why: str) -> CheckResult:
    advice = (
        "Backtest the same record with the same specification: trustlane backtest --out, trustlane check --backtest."
    )
    return CheckResult(NUMBER, NAME, "not judged", why, {}, advice, required=True)
