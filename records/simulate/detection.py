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


def channel_chances(exam_rate: Floats, scenario: Scenario) -> Floats:
    """Chance of record through each of DISCOVERIES for the given examination rates: (4, *shape)."""
    examined = 1 - np.exp(-EXAM_STRENGTH * scenario.detection * exam_rate)
    flat = np.ones_like(exam_rate)
    chances = {
        "port_exam": examined,
        "field_office": flat * OFFICE_CHANCE * scenario.detection,
        "self_report": flat * SELF_REPORT_CHANCE * scenario.self_report_collected * scenario.detection,
        "other_agency": flat * OTHER_AGENCY_CHANCE * scenario.detection,
    }
    return np.asarray(np.stack([chances[channel] for channel in DISCOVERIES]).clip(max=0.9), dtype=np.float64)


def detection_chance(channels: Floats) -> Floats:
    """Chance that at least one channel records the incident: the shape of one channel."""
    return np.asarray(1 - np.prod(1 - channels, axis=0), dtype=np.float64)
