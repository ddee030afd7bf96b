"""One participant's score on a record that differs from the one in use; everyone else's scores stay as they are."""

import pandas as pd

from features.amended import amended
from features.matrix import Prepared
from models.cohort_view import CohortView, view_with
from models.explanation import Explanation
from models.fitted import RiskModel
from models.scoring import explain_participant
from records.known import Records


def explain_supposed(
    model: RiskModel,
    prepared: Prepared,
    supposed: Records,
    participant_id: str,
    as_of: pd.Timestamp,
    view: CohortView,
) -> Explanation:
    """The score and its reasons had the record been ``supposed``.

    Values, margin, probability and contributions are those of scoring the supposed record outright, to the bit. The
    rank is the place among the others' present scores, and peer medians are the present ones: what a participant's
    own record would change of its peers' is left out.

    Parameters
    ----------
    prepared : Prepared
        The record in use, which lends whatever the supposed one has in common with it.
    supposed : Records
        See :func:`records.sent_rows.suppose_rows`.
    view : CohortView
        The present cohort at ``as_of``.
    """
    changed = amended(prepared, supposed)
    return explain_participant(
        model, changed, participant_id, as_of, view=view_with(model, view, changed, participant_id)
    )
