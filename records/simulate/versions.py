"""Every entry's versions: a first draft that was wrong, the amended row, the retraction.

Versions are rows of the same incident_id, of which the latest known counts.
"""

import numpy as np
import pandas as pd

from records.simulate.happenings import Happenings
from records.simulate.incidents import World
from records.simulate.observation import Entries
from records.simulate.particulars import draw_particulars
from records.tables import INCIDENT_TYPES


def incident_versions(rng: np.random.Generator, world: World, truth: Happenings, entries: Entries) -> pd.DataFrame:
    """All versions of all entries as rows of the incidents table, with ``place`` (of the entry)."""
    final = draw_particulars(rng, world, truth, entries)
    size = len(entries)
    wrong = (rng.random(size) < world.scenario.amended_share) & (entries.happening >= 0)
    draft = final[wrong].copy()
    slip = rng.integers(-12, 4, size)[wrong]
    draft["day"] = (draft["day"] + slip).clip(lower=0).where(lambda day: day <= draft["reported"], draft["reported"])
    guess = np.array(INCIDENT_TYPES)[rng.integers(0, len(INCIDENT_TYPES), size)][wrong]
    draft["incident_type"] = np.where(rng.random(len(draft)) < 0.4, guess, draft["incident_type"])
    draft["severity"] = (draft["severity"] + rng.integers(-3, 3, len(draft))).clip(1, 10)
    draft["quantity_kg"] = draft["quantity_kg"].where(rng.random(len(draft)) < 0.5)
    final.loc[wrong, "known"] += np.clip(rng.lognormal(np.log(45), 0.8, int(wrong.sum())), 0.5, 900)
    gone = final[np.isfinite(entries.retracted)].copy()
    gone["known"] = np.maximum(entries.retracted[gone["place"]], gone["known"] + 1)
    gone["retracted"] = True
    rows = pd.concat([draft, final, gone], ignore_index=True)
    rows = rows[rows["known"] < world.calendar.days]
    return rows.sort_values(["known", "place"], kind="stable", ignore_index=True)
