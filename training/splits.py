"""Which dates a model may learn from when it is judged, or shipped, at a given moment.

Looking back from an origin, the last training date is the last whose labels had become known by
then: ``as_of + horizon + margin < origin``, margin being the reporting delay. Dates go back from
there in equal steps. The latest of them calibrate, the earlier ones fit.

    first known ... fit  fit  fit | embargo | cal  cal | horizon + margin | origin | horizon + margin | record's end

Worked example: origin 2020-01-01, horizon 365 days, margin 60 days. The last training date is
2018-11-01: its window ends on 2019-11-01 and its reports are in by 2019-12-31, the day before the origin.
"""

from dataclasses import dataclass

import pandas as pd

from records.as_found import AS_FOUND, COUNTED, TREATMENTS
from training.errors import ConfigRefused, OriginRefused
from training.plain_values import require_typed

_INSTANT = pd.Timedelta(1, "us")


@dataclass(frozen=True)
class SplitPlan:
    """How training dates are laid out before an origin.

    Parameters
    ----------
    horizon_days : int
        Length of the label's window.
    step_months : int
        Distance between training dates.
    calibration_dates : int
        How many of the latest dates calibrate instead of fit.
    embargo_days : int
        Least distance from the last fitting date to the first calibration date. At ``horizon_days`` no
        incident settles a label on both sides; at 0 the newest dates are not lost to the fit, and the
        two sides share participants' incidents.
    history_days : int
        Record wanted before the first training date.
    most_dates : int
        Older training dates than this many are left out.
    self_reports : {"as_found", "counted"}
        Whether an incident that only the participant told counts in features, and in the labels that a ranking is
        fitted to; see :mod:`records.as_found`. Calibration and judging count every incident either way.
    """

    horizon_days: int = 365
    step_months: int = 3
    calibration_dates: int = 4
    embargo_days: int = 0
    history_days: int = 365
    most_dates: int = 40
    self_reports: str = AS_FOUND

    def __post_init__(self) -> None:
        require_typed(self, "Plan of training dates")
        least = {
            "horizon_days": 1,
            "step_months": 1,
            "calibration_dates": 1,
            "embargo_days": 0,
            "history_days": 0,
            "most_dates": 2,
        }
        wrong = [f"{name} at least {low}, got {getattr(self, name)}" for name, low in least.items()]
        wrong = [words for words, name in zip(wrong, least, strict=True) if getattr(self, name) < least[name]]
        if wrong:
            raise ConfigRefused(f"Expected {'; '.join(wrong)}. Correct the plan of training dates.")
        if self.self_reports not in TREATMENTS:
            raise ConfigRefused(
                f"Expected self_reports to be {' or '.join(TREATMENTS)}; got {self.self_reports!r}. Correct the plan."
            )


@dataclass(frozen=True)
class Split:
    """The training dates of one origin, oldest first, the reporting delay they allow for, how self-reports count."""

    origin: pd.Timestamp
    margin: pd.Timedelta
    fit: tuple[pd.Timestamp, ...]
    calibration: tuple[pd.Timestamp, ...]
    self_reports: str = COUNTED

    @property
    def dates(self) -> tuple[pd.Timestamp, ...]:
        """Every training date, oldest first."""
        return self.fit + self.calibration


def last_mature_date(record_end: pd.Timestamp, horizon_days: int, margin: pd.Timedelta) -> pd.Timestamp:
    """The last day whose label is settled in a record that ends at ``record_end``."""
    return (record_end - pd.Timedelta(days=horizon_days) - margin - _INSTANT).normalize()


def split_at(origin: pd.Timestamp, plan: SplitPlan, *, first_known: pd.Timestamp, margin: pd.Timedelta) -> Split:
    """The training dates that a model judged or shipped at ``origin`` may learn from.

    Parameters
    ----------
    origin : Timestamp
        The test date of a backtest, or the record's end when a model is trained to be used.
    plan : SplitPlan
        The layout.
    first_known : Timestamp
        When the record begins.
    margin : Timedelta
        Reporting delay as estimated at the origin.

    Raises
    ------
    OriginRefused
        The record before the origin is too short for one fitting and one calibration date; says from when on
        an origin is possible.
    """
    last = last_mature_date(origin, plan.horizon_days, margin)
    first = first_known + pd.Timedelta(days=plan.history_days)
    dates: list[pd.Timestamp] = []
    while len(dates) < plan.most_dates:
        date = last - pd.DateOffset(months=plan.step_months * len(dates))
        if date < first:
            break
        dates.append(date)
    calibration = dates[: plan.calibration_dates]
    embargo = pd.Timedelta(days=plan.embargo_days)
    fit = [date for date in dates[plan.calibration_dates :] if date <= calibration[-1] - embargo]
    if not fit:
        raise OriginRefused(_too_early(origin, plan, first, margin))
    return Split(origin, margin, tuple(reversed(fit)), tuple(reversed(calibration)), plan.self_reports)


def _too_early(origin: pd.Timestamp, plan: SplitPlan, first: pd.Timestamp, margin: pd.Timedelta) -> str:
    learning = pd.DateOffset(months=plan.step_months * plan.calibration_dates)
    embargo = pd.Timedelta(days=max(plan.embargo_days - 28 * plan.step_months, 0))
    possible = first + learning + embargo + pd.Timedelta(days=plan.horizon_days + 1) + margin
    return (
        f"Expected a record long enough to fit and calibrate before {origin:%Y-%m-%d}; got training dates only from "
        f"{first:%Y-%m-%d}, and labels need {plan.horizon_days} days and {margin.days} more to become known. "
        f"Choose an origin from about {possible:%Y-%m-%d} on, or fewer calibration dates."
    )


def yearly_origins(
    record_end: pd.Timestamp, plan: SplitPlan, *, first_known: pd.Timestamp, margin: pd.Timedelta, most: int
) -> tuple[pd.Timestamp, ...]:
    """The last ``most`` origins, a year apart and on the first of a month, that can be trained for and are mature.

    Raises OriginRefused when there is none.
    """
    last = last_mature_date(record_end, plan.horizon_days, margin).replace(day=1)
    origins: list[pd.Timestamp] = []
    for back in range(most):
        origin = last - pd.DateOffset(years=back)
        try:
            split_at(origin, plan, first_known=first_known, margin=margin)
        except OriginRefused:
            if not origins:
                raise
            break
        origins.append(origin)
    return tuple(reversed(origins))
