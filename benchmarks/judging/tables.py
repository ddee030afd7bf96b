"""Tables of the page: rankings by figures, differences in pairs."""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.judging.answers import Judged, Told
from benchmarks.judging.over_seeds import OverSeeds

ORACLES = ("attainable", "truth_recorded", "truth")
NOT_RULES = ("random", "prior_rate", *ORACLES)
"""Everyone alike, or knowing more than the record: no rule to be compared with."""
PARTS = {"all": "everyone", "active_1825d": "active in five years", "without_history": "without history"}
CHAMPION = "champion"


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, its first column to the left and the others to the right."""
    head = ["| " + " | ".join(names) + " |", "| --- |" + " ---: |" * (len(names) - 1)]
    return head + ["| " + " | ".join(row) + " |" for row in rows]


def cell(told: Told | None, *, digits: int = 3, sign: bool = False) -> str:
    """A figure and its interval; a dash where there is none."""
    if told is None or np.isnan(told.value):
        return "–"
    value = number(told.value, digits=digits, sign=sign)
    if np.isnan(told.lower):
        return value
    return f"{value} [{number(told.lower, digits=digits, sign=sign)}, {number(told.upper, digits=digits, sign=sign)}]"


def number(value: float, *, digits: int = 3, sign: bool = False) -> str:
    """A number with a typographic minus, and none before a zero."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.replace("-", "").replace("+", "")


def percent(told: Told | None) -> str:
    """A share and its interval in percent."""
    if told is None:
        return "–"
    return cell(Told(*(100 * each for each in told)), digits=0)


def middle_capacity(judged: Judged) -> int:
    """The capacity that tables show: the middle of those that were judged."""
    return judged.capacities[len(judged.capacities) // 2]


def rules_of(judged: Judged) -> tuple[str, ...]:
    """Every ranking that is neither a learned candidate, nor ranks everyone alike, nor knows more than the record."""
    learned = learned_of(judged)
    return tuple(name for name in judged.rankings if name not in (*learned, *NOT_RULES))


def learned_of(judged: Judged) -> tuple[str, ...]:
    """The candidates but Gamma-Poisson, which is a rule in a candidate's place."""
    return tuple(name for name in judged.candidates if name != "gamma_poisson")


def best_of(judged: Judged, names: Sequence[str], metric: str = "average_precision", part: str = "all") -> str:
    """The name with the highest figure."""
    told = {name: judged.figure(name, metric, part) for name in names}
    return max((name for name, each in told.items() if each is not None), key=lambda name: told[name].value)  # type: ignore[union-attr]


def ranking_table(judged: Judged, part: str = "all") -> list[str]:
    """Every ranking on one part of the cohort."""
    k = middle_capacity(judged)
    names = ["ranking", "average precision", "AUC", f"recall at {k}", "incidents in the top 10 %"]
    metrics = ["average_precision", "auc", f"recall_at_{k}", "incidents_caught_at_10pct"]
    shares = part == "all" and judged.share(CHAMPION, "attainable") is not None
    rows = []
    for ranking in (*(name for name in judged.rankings if name not in ORACLES), *_known_oracles(judged)):
        told = [cell(judged.figure(ranking, metric, part)) for metric in metrics]
        rows.append([ranking, *told, *([percent(judged.share(ranking, "attainable"))] if shares else [])])
    return table([*names, *(["% of attainable"] if shares else [])], rows)


def forecast_table(judged: Judged) -> list[str]:
    """Probabilities and counts of those that claim them, and the wait of those who became positive."""
    k = middle_capacity(judged)
    metrics = {
        "log loss skill": "log_loss_skill",
        "calibration slope": "calibration_slope",
        "expected over observed": "expected_over_observed",
        f"the same at {k}": f"expected_over_observed_at_{k}",
        "count deviance skill": "count_deviance_skill",
        f"days earlier at {k}": f"days_earlier_at_{k}",
    }
    rows = []
    for name in judged.candidates:
        told = [cell(judged.figure(name, each), digits=1 if "days" in each else 2) for each in metrics.values()]
        rows.append([name, *told])
    return table(["candidate", *metrics], rows)


def pair_table(judged: Judged, candidate: str, against: Sequence[str], part: str = "all") -> list[str]:
    """A candidate minus each other ranking; over seeds with won, lost and undecided programs."""
    k = middle_capacity(judged)
    metrics = {"average precision": "average_precision", "AUC": "auc", f"recall at {k}": f"recall_at_{k}"}
    rows = []
    for other in against:
        line = [f"{candidate} − {other}"]
        for metric in metrics.values():
            told = judged.difference(candidate, other, metric, part)
            words = cell(told, sign=True)
            if isinstance(judged, OverSeeds) and told is not None:
                tally = judged.tally(candidate, other, metric, part)
                words += f" {tally.won}/{tally.lost}/{tally.undecided}"
            line.append(words)
        rows.append(line)
    return table(["difference", *metrics], rows)


def _known_oracles(judged: Judged) -> tuple[str, ...]:
    return tuple(name for name in ORACLES if name in judged.rankings)
