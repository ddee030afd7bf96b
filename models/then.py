"""One participant's score at an earlier date by the present model, without drawing the cohort of that date."""

import numpy as np
import pandas as pd

from features.matrix import Prepared
from models.cohort_view import CohortView, days_of_record, values_at
from models.explanation import Explanation
from models.fitted import RiskModel
from models.peers import PeerMedians
from models.scoring import explain_participant


def explain_then(
    model: RiskModel, prepared: Prepared, participant_id: str, moment: pd.Timestamp, peers: PeerMedians
) -> Explanation:
    """The score on the record as it was known at ``moment``; its rank says nothing and must not be shown.

    Parameters
    ----------
    peers : PeerMedians
        What the phrases compare with: the medians of the date that it is held against.
    """
    ids = np.array([participant_id], dtype=object)
    rows = values_at(model, prepared, ids, moment)
    rated = model.carried.enough(model.catalog, rows, days_of_record(prepared, ids, moment))
    alone = CohortView(moment, ids, rows, model.margin_of(rows), rated, np.ones(1, dtype=np.int64), peers)
    return explain_participant(model, prepared, participant_id, moment, view=alone)
