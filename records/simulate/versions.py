"""Every entry's versions: a first draft that was wrong, the amended row, the retraction.

Versions are rows of the same incident_id, of which the latest known counts.
"""

import numpy as np
import pandas as pd

from records.simulate.happenings import Happenings
from records.simulate.incidents import World
from records.simulate.observation import SELF_REPORT, Entries
from records.simulate.particulars import draw_particulars
from records.tables import INCIDENT_TYPES

OMITTED = {"severity": (0.005, 0.02, 0.03, 0.02), "reported": (0.0, 0.02, 0.01, 0.03)}
"""Share of entries in which a value that the program knows is missing, by column and first channel: assumptions.

Other gaps are older: the port is missing in 5 %, the origin in 15 %, the quantity in 40 % of duplicates.
"""
MISDATED_SHARE = 0.005
"""Share of entries that were found, by the record, before they occurred: a typing error in the day."""


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


def omit_values(rng: np.random.Generator, entries: Entries, versions: pd.DataFrame) -> pd.DataFrame:
    """The versions without the values that nobody wrote down, in no version of the entry."""
    rows = versions.astype({"reported": "float64"})
    for column, shares in OMITTED.items():
        lost = rng.random(len(entries)) < np.array(shares)[entries.channel]
        rows[column] = rows[column].mask(lost[rows["place"]])
    return rows


def misdate_finds(rng: np.random.Generator, entries: Entries, versions: pd.DataFrame) -> pd.DataFrame:
    """The versions with ``found_early``: in a few entries the day on which they were found lies before the incident's.

    In all versions of the entry alike; by weeks, so that the first draft's day does not hide it.
    """
    size = len(entries)
    early = rng.random(size) < MISDATED_SHARE
    day = np.maximum(entries.day - rng.integers(13, 60, size), 0).astype(np.float64)
    early &= day < entries.day - 12
    place, rows = versions["place"].to_numpy(), versions.assign(found_early=early[versions["place"]])
    column = np.where(entries.channel[place] == SELF_REPORT, "self_reported", "discovered")
    for name in ("discovered", "self_reported"):
        rows[name] = rows[name].mask(rows["found_early"] & (column == name), day[place])
    return rows


def latest_versions(versions: pd.DataFrame) -> pd.DataFrame:
    """The last version of each entry; ``versions`` come in the order in which they became known."""
    return versions.drop_duplicates("place", keep="last")
