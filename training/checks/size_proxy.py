"""9. Size: where history alone ranks nearly perfectly, the list may be one of the largest firms. A warning."""

from collections.abc import Sequence

from training.checks.judged import Judged
from training.checks.verdict import CheckResult, Figure

NUMBER, NAME = 9, "More than a list of the largest"
TOO_GOOD = 0.9
HISTORY = ("prior_year_count", "recency", "decayed_count", "gamma_poisson", "logistic")
"""Rankings that read the own history alone."""


def check_size_proxy(judged: Judged | None, history: Sequence[str] = HISTORY) -> CheckResult:
    """AUC of rankings by own history alone at most :data:`TOO_GOOD`."""
    found = {} if judged is None else {name: judged.mean(name, "auc") for name in history}
    told = {name: value for name, value in found.items() if value is not None and value == value}
    if not told:
        why = "no backtest with rankings by history alone is at hand."
        return CheckResult(NUMBER, NAME, "not judged", why, {}, "Run a backtest.")
    figures: dict[str, Figure] = {f"{name}.auc": value for name, value in told.items()}
    best = max(told, key=lambda name: told[name])
    if told[best] > TOO_GOOD:
        sentence = (
            f"{best} alone reaches an AUC of {told[best]:.2f}: whoever moves much has incidents every year, "
            "and the list may show size rather than risk."
        )
        advice = "Read the list per shipment (incidents against exposure), and the figures by size band."
        return CheckResult(NUMBER, NAME, "warned", sentence, figures, advice)
    sentence = f"history alone reaches an AUC of {told[best]:.2f} ({best}), which leaves room for more than size."
    return CheckResult(NUMBER, NAME, "passed", sentence, figures)
