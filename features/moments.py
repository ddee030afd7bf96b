"""Moments as whole microseconds, the only arithmetic of time in the features.

Integers make every difference exact, so that moving all dates by a constant number of days leaves
the matrix as it was, bit for bit.
"""

import numpy as np
import pandas as pd

from features.compiled import Floats, Ints
from records.known import NEVER

DAY = 86_400_000_000
"""Microseconds in a day."""

FOREVER = int(NEVER.astype(np.int64))
"""The moment of a version that was never superseded."""

UNDATED = np.iinfo(np.int64).min
"""Stands for a missing date; pandas stores NaT the same way."""


def microseconds(dates: pd.Series) -> Ints:
    """The dates as int64 microseconds; NaT becomes :data:`UNDATED`."""
    return dates.to_numpy(dtype="datetime64[us]").astype(np.int64)


def days_between(later: Ints, earlier: Ints) -> Floats:
    """Days from ``earlier`` to ``later``; NaN where either is :data:`UNDATED`."""
    known = (later != UNDATED) & (earlier != UNDATED)
    # The masked difference may wrap around; it is never read.
    return np.where(known, (later - np.where(known, earlier, later)) / DAY, np.nan)
