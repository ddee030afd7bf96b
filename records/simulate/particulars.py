"""What the final version of each entry says: type, gravity, port, origin, quantity."""

import numpy as np
import pandas as pd

from records.simulate.geography import COUNTRIES, MODE_NAMES, PORT_CODES
from records.simulate.happenings import GRAVITY, Happenings
from records.simulate.incidents import World
from records.simulate.observation import Entries
from records.tables import DISCOVERIES, INCIDENT_TYPES, TAXONOMY_VERSION


def draw_particulars(rng: np.random.Generator, world: World, truth: Happenings, entries: Entries) -> pd.DataFrame:
    """One row for each entry; a duplicate agrees with its original about most, not all, of it."""
    size = len(entries)
    event = entries.happening
    real = event >= 0
    kind = np.where(real, truth.kind[event], rng.integers(0, len(INCIDENT_TYPES), size))
    severity = np.where(real, truth.severity[event], np.clip(np.rint(GRAVITY[kind] + rng.standard_normal(size)), 1, 10))
    quantity = np.where(real, truth.quantity[event], np.nan)
    again = entries.original >= 0
    kind = np.where(again & (rng.random(size) < 0.15), rng.integers(0, len(INCIDENT_TYPES), size), kind)
    severity = np.where(again, (severity + rng.integers(-1, 2, size)).clip(1, 10), severity)
    quantity = np.where(again & (rng.random(size) < 0.4), np.nan, quantity)
    who = np.where(entries.lead >= 0, entries.lead, rng.integers(0, len(world.population), size))
    elsewhere = rng.random(size) < 0.12
    port = np.where(elsewhere, rng.integers(0, len(PORT_CODES), size), world.population.port[who])
    port = np.where(again & ~elsewhere, port[entries.original], port)
    origin = np.array(COUNTRIES)[world.population.origin[who]]
    return pd.DataFrame(
        {
            "place": np.arange(size),
            "incident_id": entries.incident_id,
            "day": entries.day,
            "reported": entries.reported,
            "incident_type": np.array(INCIDENT_TYPES)[kind],
            "taxonomy_version": TAXONOMY_VERSION,
            "severity": severity,
            "discovery": np.array(DISCOVERIES)[entries.channel],
            "self_reported_before_discovery": entries.told_first,
            "port": pd.Series(PORT_CODES[port], dtype="str").where(rng.random(size) > 0.05),
            "mode": np.array(MODE_NAMES)[world.population.mode[who]],
            "country_of_origin": pd.Series(origin, dtype="str").where(rng.random(size) > 0.15),
            "quantity_kg": quantity,
            "retracted": False,
            "known": entries.known,
        }
    )
