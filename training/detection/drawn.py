"""Which rows were drawn by chance, and with which chance: random examinations, and the audit slice of a list.

**Random examinations.** They take every movement with the same chance, whoever moves it. The record tells how many of a
participant's examinations were random, though not which of them made a finding. So a finding by examination counts by
the random share of the participant's examinations in the window: with r the examinations a movement and q the random
ones, that share is q / r in the mean, and q is the same for all. Divided by the program's own random share it is an
inverse propensity weight m / r, m being the mean rate, that no model had a part in. It holds as far as a targeted
examination of a participant finds no more than a random one of the same participant; where targeting chooses well
within a participant, findings of the heavily targeted still count for too much.

**Audit slice.** Of a list's places above the line some go by rank, with certainty, and the others to rated participants
drawn at random, all with the same chance: audit places over participants that rank did not choose.
"""

import numpy as np
import pandas as pd

from training.detection.effort import Effort
from training.detection.errors import YardstickRefused
from training.metrics import Floats

LIST_COLUMNS = ("participant_id", "as_of", "drawn", "above_capacity_line")


def random_examination_weights(effort: Effort) -> Floats:
    """Weight of each row's findings by examination, shape (rows,); 0 where no random examination was made.

    Their mean over examinations is 1, so that a weighted count is what the program would find at its mean effort.
    """
    share = effort.random_share
    everywhere = float(effort.random.sum()) / max(float(effort.examinations.sum()), 1.0)
    return np.asarray(share / everywhere if everywhere > 0 else np.zeros(len(share)), dtype=np.float64)


def audit_weights(listed: pd.DataFrame, participant_ids: pd.Series) -> Floats:
    """Inverse chance of being examined of each of ``participant_ids``; 0 for who was not above the line.

    Parameters
    ----------
    listed : DataFrame
        A whole list of one moment, as ``trustlane queue --out`` writes it: also those below the line.
    participant_ids : Series of str
        The cohort at that moment.

    Raises
    ------
    YardstickRefused
        Columns are missing, several moments stand in one list, or rows below the line were cut off.
    """
    missing = [name for name in LIST_COLUMNS if name not in listed.columns]
    if missing:
        raise YardstickRefused(
            f"Expected a list with the columns {', '.join(LIST_COLUMNS)}; missing {', '.join(missing)}. "
            "Write it by trustlane queue --out."
        )
    moments = len(listed["as_of"].unique())
    if moments != 1:
        raise YardstickRefused(f"Expected a list of one moment; got {moments}. Give each list as a file of its own.")
    above = listed["above_capacity_line"].astype(bool)
    by_lot = above & (listed["drawn"] == "audit")
    pool = len(listed) - int((above & ~by_lot).sum())
    if above.all():
        raise YardstickRefused(
            f"Expected the whole list, with those below the line; got only {len(listed)} above it. Without the others "
            "nobody knows with which chance the audit slice was drawn. Write it by trustlane queue --out."
        )
    chance = np.where(by_lot, by_lot.sum() / pool, 1.0)
    weight = pd.Series(np.where(above, 1.0 / chance, 0.0), index=listed["participant_id"].astype("str"))
    return np.asarray(weight.reindex(participant_ids).fillna(0.0), dtype=np.float64)
