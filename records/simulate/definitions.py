"""What counts as an incident: in one scenario, something else from the record's turning month on.

Until then only crimes count. From then on breaches of security count as well, and counterfeits go to another office
that reports them elsewhere. What happens is the same before and after; what the record calls an incident is not.
"""

import numpy as np

from records.simulate.scenarios import Scenario
from records.simulate.streams import Bools, Floats, Ints
from records.tables import INCIDENT_TYPES

NEWLY_COUNTED = ("seal_tamper", "discrepancy_theft", "unauthorized_access", "identity_misuse", "cyber_breach")
NO_LONGER_COUNTED = ("counterfeit",)
DRUGS_AMONG_ALL = 0.4
"""Share of drug incidents among all that happen: an assumption, for the share of them that counts."""

OTHER_TYPES = np.array(
    [  # human_smuggling weapons currency counterfeit forced agri seal theft access identity cyber conspiracy
        [1, 1, 1, 6, 3, 3, 5, 4, 2, 2, 2, 1],
        [7, 1, 2, 1, 0, 1, 6, 4, 2, 2, 0, 2],
        [1, 1, 1, 4, 3, 2, 7, 4, 3, 1, 1, 2],
        [1, 1, 1, 4, 1, 1, 4, 5, 2, 4, 4, 2],
        [6, 2, 1, 2, 0, 4, 5, 4, 5, 1, 2, 3],
    ],
    dtype=np.float64,
)
"""Odds of every type but drug, by kind of business: assumptions."""


def counted_types(scenario: Scenario) -> Bools:
    """Which of INCIDENT_TYPES count before and after the turning month: (2, types)."""
    counted = np.ones((2, len(INCIDENT_TYPES)), dtype=np.bool_)
    if scenario.redefined:
        counted[0] = ~np.isin(INCIDENT_TYPES, NEWLY_COUNTED)
        counted[1] = ~np.isin(INCIDENT_TYPES, NO_LONGER_COUNTED)
    return counted


def other_share(scenario: Scenario) -> Floats:
    """Share of what counts among incidents other than drugs, before and after, by kind of business: (2, groups)."""
    counted = counted_types(scenario)[:, 1:].astype(np.float64)
    return np.asarray(counted @ OTHER_TYPES.T / OTHER_TYPES.sum(axis=1), dtype=np.float64)


def counted_share(scenario: Scenario, group: Ints, *, after: bool) -> Floats:
    """Share of a participant's true incidents that counts, by its kind of business: the shape of ``group``."""
    if not scenario.redefined:
        return np.ones(len(group))
    share = DRUGS_AMONG_ALL + (1 - DRUGS_AMONG_ALL) * other_share(scenario)[int(after)]
    return np.asarray(share[group], dtype=np.float64)
