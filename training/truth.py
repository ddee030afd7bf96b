"""The rankings of someone who knows the simulated program's true intensities, or only how the program works.

``truth`` and ``truth_recorded`` see what nobody can see. ``attainable`` sees the record like everybody else, and beside
it the simulator's own constants: what a model reaches of it is its share of the attainable.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from records.known import Records
from records.simulate.attainable import attainable_counts
from records.simulate.constants import CONSTANTS, Constants, read_constants
from training.errors import TruthMismatch
from training.metrics import Floats

COLUMNS = ("participant_id", "month", "intensity", "detection")


def read_truth(truth_dir: Path) -> pd.DataFrame:
    """True intensity and detection per participant and month.

    Raises TruthMismatch when the folder has no ``intensity.parquet`` with these columns.
    """
    path = truth_dir / "intensity.parquet"
    if not path.is_file():
        raise TruthMismatch(
            f"Expected {path}, which the simulator writes; there is none. Name the simulated program's truth folder."
        )
    truth = pd.read_parquet(path)
    missing = [name for name in COLUMNS if name not in truth.columns]
    if missing:
        raise TruthMismatch(f"Expected columns {', '.join(COLUMNS)} in {path}; missing {', '.join(missing)}.")
    return truth[list(COLUMNS)]


def read_model(truth_dir: Path) -> Constants | None:
    """The constants of a simulated program; None where the truth was not written by the simulator."""
    return read_constants(truth_dir) if (truth_dir / CONSTANTS).is_file() else None


def attainable_ranking(
    records: Records, constants: Constants, participant_ids: pd.Series, as_of: pd.Timestamp, horizon_days: int
) -> dict[str, Floats]:
    """Expected recorded incidents in the horizon by the simulator's own model and what was known at ``as_of``.

    The best that the record allows, but for the approximations that :mod:`records.simulate.attainable` names.
    Participants that were not on record have none.
    """
    expected = attainable_counts(records, constants, as_of, horizon_days).reindex(participant_ids).fillna(0.0)
    return {"attainable": expected.to_numpy(dtype=np.float64)}


def true_rankings(
    truth: pd.DataFrame, participant_ids: pd.Series, as_of: pd.Timestamp, horizon_days: int
) -> dict[str, Floats]:
    """Expected incidents in the horizon: all of them (``truth``), and those that get recorded (``truth_recorded``).

    A month counts by the share of its days inside ``[as_of, as_of + horizon)``. Labels are recorded
    incidents, so the second is the higher yardstick for them; the first is what the program wants to know.

    Raises TruthMismatch when none of the participants is in the truth.
    """
    end = as_of + pd.Timedelta(days=horizon_days)
    near = truth[(truth["month"] < end) & (truth["month"] > as_of - pd.Timedelta(days=31))]
    month = near["month"].to_numpy(dtype="datetime64[us]")
    after = month.astype("datetime64[M]") + np.timedelta64(1, "M")
    inside = np.minimum(after, end.to_datetime64()) - np.maximum(month, as_of.to_datetime64())
    share = np.clip(inside / (after - month), 0.0, 1.0)
    intensity = near["intensity"].to_numpy(dtype=np.float64) * share
    recorded = intensity * near["detection"].to_numpy(dtype=np.float64)
    monthly = pd.DataFrame(
        {"participant_id": near["participant_id"].to_numpy(), "truth": intensity, "truth_recorded": recorded}
    )
    totals = monthly.groupby("participant_id").sum()
    if len(participant_ids) and not participant_ids.isin(totals.index).any():
        raise TruthMismatch(
            f"Expected the truth of these participants at {as_of:%Y-%m-%d}; got that of others. "
            "Name the truth folder that was written with these records."
        )
    aligned = totals.reindex(participant_ids).fillna(0.0)
    return {name: aligned[name].to_numpy(dtype=np.float64) for name in ("truth", "truth_recorded")}
