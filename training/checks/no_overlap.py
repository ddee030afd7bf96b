"""1. No time overlap: what was learned from was over, and reported, before what was judged began."""

import pandas as pd

from training.checks.judged import Judged
from training.checks.verdict import CheckResult, listed
from training.splits import Split

NUMBER, NAME = 1, "No overlap in time"
ADVICE = "Leave more time between training dates and origins: the horizon and the reporting delay must fit between."


def check_no_overlap(split: Split, judged: Judged | None, horizon_days: int) -> CheckResult:
    """The last training label's window, with the reporting delay, ends before the moment of ranking.

    Judged for the version's own training dates and for every origin of its backtest; and no fitting date is as late
    as a calibration date.
    """
    rows = [(split.origin, split.margin.days, split.fit[-1], split.calibration[0], split.calibration[-1])]
    if judged is not None:
        names = ["origin", "margin_days", "last_fit", "first_calibration", "last_calibration"]
        rows += list(judged.origins[names].itertuples(index=False, name=None))
    horizon = pd.Timedelta(days=horizon_days)
    gaps = [
        (origin - (calibrated + horizon + pd.Timedelta(days=margin))) / pd.Timedelta(days=1)
        for origin, margin, _, _, calibrated in rows
    ]
    late = [
        f"{row[0]:%Y-%m-%d}" for row, gap in zip(rows, gaps, strict=True) if gap <= 0 or not row[2] < row[3] <= row[4]
    ]
    figures = {"moments": len(rows), "least_gap_days": round(min(gaps), 3), "overlapping": len(late)}
    if late:
        sentence = f"what was judged at {listed(late)} overlaps in time with what was learned from."
        return CheckResult(NUMBER, NAME, "failed", sentence, figures, ADVICE, required=True)
    if judged is None:
        sentence = (
            "the version learned from nothing later than its record told, but no backtest shows how it was judged."
        )
        return CheckResult(NUMBER, NAME, "not judged", sentence, figures, "Run a backtest.", required=True)
    sentence = f"at each of {len(rows)} moments every training window was over and reported before."
    return CheckResult(NUMBER, NAME, "passed", sentence, figures, required=True)
