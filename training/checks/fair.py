"""5. No group is treated apart beyond what its risk explains, unless a person signed that it may be.

Groups that differ in risk differ in recall and in false positives under any ranking by risk (Chouldechova 2017). So a
group outside the band stands in the way where its own figures show the risk misjudged to its harm: underestimated
where too few of its incidents are found, overestimated where too many of its innocent are examined. Where its risk is
estimated rightly, the difference is told as a warning.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from training.checks.verdict import CheckResult, Figure, listed
from training.errors import ConfigRefused

NUMBER, NAME = 5, "No group is treated apart"
LEAST_RECALL_RATIO = 0.5
"""A group's recall should not lie below this part of everyone's."""

MOST_FALSE_POSITIVE_RATIO = 3.0
"""A group's false-positive rate should not lie above this multiple of everyone's."""


@dataclass(frozen=True)
class SignOff:
    """A person accepts that a group is treated apart.

    Parameters
    ----------
    grouping, group : str
        As the table ``disparity`` names them.
    by, reason : str
        Who signs, and why; kept with the report.
    """

    grouping: str
    group: str
    by: str
    reason: str

    def __post_init__(self) -> None:
        empty = [entry.name for entry in fields(self) if not str(getattr(self, entry.name)).strip()]
        if empty:
            raise ConfigRefused(f"Expected grouping, group, by and reason in a sign-off; empty: {', '.join(empty)}.")


def read_sign_offs(path: Path) -> tuple[SignOff, ...]:
    """The tables ``[[sign_off]]`` of a TOML file; ConfigRefused when one is incomplete or holds more."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(SignOff(**each) for each in told.pop("sign_off", ()))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as problem:
        raise ConfigRefused(
            f"Expected tables [[sign_off]] with grouping, group, by and reason in {path}; got: {problem}. Correct it."
        ) from problem


def check_fair(disparity: pd.DataFrame | None, signed: Sequence[SignOff] = ()) -> CheckResult:
    """Recall and false-positive rate of each group beside everyone's.

    A group is outside the band where the whole interval of its ratio is, so that chance does not explain it; it fails
    where the whole interval of its expected over observed positives lies on the harmful side of 1 as well, and warns
    elsewhere. Groups with too few rows are left out. ``disparity`` comes from :func:`training.disparity.disparity`.
    """
    if disparity is None or disparity.empty:
        why = "no backtest, or no grouping that this program tells of its participants."
        return CheckResult(NUMBER, NAME, "not judged", why, {}, "Run a backtest; ingest types, sizes or offices.")
    rows = disparity[disparity["enough"] & disparity["rate"].isin(["recall", "false_positive_rate"])]
    low = (rows["rate"] == "recall") & (rows["ratio_upper"] < LEAST_RECALL_RATIO)
    high = (rows["rate"] == "false_positive_rate") & (rows["ratio_lower"] > MOST_FALSE_POSITIVE_RATIO)
    apart = rows[low | high]
    misjudged = _misjudged(disparity)
    accepted = {(each.grouping, each.group): each for each in signed}
    figures: dict[str, Figure] = {
        "groups_judged": int(rows[["grouping", "group"]].drop_duplicates().shape[0]),
        "least_recall_ratio": LEAST_RECALL_RATIO,
        "most_false_positive_ratio": MOST_FALSE_POSITIVE_RATIO,
    }
    open_, told, explained = [], [], []
    for row in apart.to_dict("records"):
        where = f"{row['grouping']} {row['group']}"
        words = f"{where} ({row['rate'].replace('_', ' ')} {row['value']:.3f}, everyone {row['whole']:.3f})"
        figures[f"{where}: {row['rate']} ratio"] = float(row["ratio"])
        sign = accepted.get((row["grouping"], row["group"]))
        if sign is None and (row["grouping"], row["group"], row["rate"]) in misjudged:
            open_.append(words)
        elif sign is None:
            explained.append(words)
        else:
            figures[f"{where}: signed"] = f"{sign.by}: {sign.reason}"
            told.append(where)
    if open_:
        advice = (
            "Ask why these groups differ. Change features or places, or sign with a reason in a file of [[sign_off]] "
            "tables: trustlane check --sign-off FILE. The table `disparity` says what equal recall would cost."
        )
        return CheckResult(NUMBER, NAME, "failed", f"treated apart: {listed(open_)}.", figures, advice)
    if explained:
        sentence = f"outside the band, as far as their risk explains: {listed(explained)}."
        advice = "The table `disparity` has every group; `equal_recall` says what equal recall would cost."
        return CheckResult(NUMBER, NAME, "warned", sentence, figures, advice)
    tail = f"; signed for: {listed(sorted(set(told)))}" if told else ""
    sentence = f"no group of {figures['groups_judged']} is outside the band{tail}."
    return CheckResult(NUMBER, NAME, "passed", sentence, figures)


def _misjudged(disparity: pd.DataFrame) -> set[tuple[str, str, str]]:
    """Grouping, group and the rate that a wrong estimate of its risk would harm."""
    rows = disparity[disparity["enough"] & (disparity["rate"] == "expected_over_observed")]
    under, over = rows[rows["upper"] < 1], rows[rows["lower"] > 1]
    return {
        (row["grouping"], row["group"], rate)
        for part, rate in ((under, "recall"), (over, "false_positive_rate"))
        for row in part.to_dict("records")
    }
