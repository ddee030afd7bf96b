"""The chance that a true incident is recorded, by channel of discovery.

Members are examined less, the higher their tier, and their own reports are mostly not collected. Observed incidents
are true incidents times detection, and the two are stored apart.
"""

import numpy as np

from records.simulate.scenarios import Scenario
from records.simulate.streams import Floats
from records.tables import DISCOVERIES

EXAM_STRENGTH = 5.5
"""Discovery by examination: 1 - exp(-EXAM_STRENGTH x examination rate); an assumption."""
OFFICE_CHANCE, OTHER_AGENCY_CHANCE, SELF_REPORT_CHANCE = 0.10, 0.12, 0.18
"""Chance that a field office, another agency or the participant itself brings an incident up: assumptions."""
HONEST_REPORT_CHANCE = 0.9
"""Chance that a participant that hides nothing brings its incident up; one that conceals never does."""


EQUAL_EXAM_RATE = 0.05
"""Examination rate that decides on detection where all participants are equal."""


def channel_chances(exam_rate: Floats, own_report: Floats, scenario: Scenario) -> Floats:
    """Chance of record through each of DISCOVERIES: (4, *shape).

    Parameters
    ----------
    exam_rate : array of any shape
        Share of shipments examined.
    own_report : array that broadcasts to it
        Chance that the participant itself reports the incident.
    """
    exam_rate = np.full_like(exam_rate, EQUAL_EXAM_RATE) if scenario.equal else exam_rate
    examined = 1 - np.exp(-EXAM_STRENGTH * scenario.detection * exam_rate)
    flat = np.ones_like(exam_rate)
    other = scenario.detection * scenario.other_channels
    chances = {
        "port_exam": examined,
        "field_office": flat * OFFICE_CHANCE * other,
        "self_report": flat * own_report * scenario.self_report_collected * scenario.detection,
        "other_agency": flat * OTHER_AGENCY_CHANCE * other,
    }
    return np.asarray(np.stack([chances[channel] for channel in DISCOVERIES]).clip(max=0.9), dtype=np.float64)


def detection_chance(channels: Floats) -> Floats:
    """Chance that at least one channel records the incident: the shape of one channel."""
    return np.asarray(1 - np.prod(1 - channels, axis=0), dtype=np.float64)
