"""Parts of a cohort that are judged apart, as known at the origin.

**Main slices**: everyone; the active, with an incident in the last five years; those with any history; those
without, the cold start. **Groups**: the same cohort by business type, size band, region, border and field office. A
group with fewer than :data:`LEAST_POSITIVES` positive participants over all origins tells nothing but noise: such
groups of one kind are joined into ``other``, and when that is too small still, it is counted and not judged.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.profile import SOUTHERN_CORRIDOR
from records.known import Records, known_before
from training.labels import incident_moments, labelling_tables

Mask = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

ACTIVE_DAYS = 1825
LEAST_POSITIVES = 20
NOT_KNOWN, OTHER = "not known", "other"

REGIONS: dict[str, tuple[str, ...]] = {
    "United States": ("US",),
    "Canada": ("CA",),
    "Mexico": ("MX",),
    "Central America": ("BZ", "CR", "GT", "HN", "NI", "PA", "SV"),
    "Caribbean": ("AG", "BB", "BS", "CU", "DM", "DO", "GD", "HT", "JM", "KN", "LC", "TT", "VC"),
    "South America": ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY", "VE"),
    "China and Hong Kong": ("CN", "HK", "MO"),
}
"""Country groups by the ways that trade takes; every other country is ``elsewhere``."""


def main_slices(records: Records, participant_ids: pd.Series, origin: pd.Timestamp) -> dict[str, Mask]:
    """Everyone; those with an incident in the last five years as known then; those with any, and with none at all."""
    last = incident_moments(labelling_tables(records, origin)).groupby("participant_id")["moment"].max()
    latest = participant_ids.map(last)
    without = latest.isna().to_numpy(dtype=bool)
    return {
        "all": np.ones(len(participant_ids), dtype=bool),
        f"active_{ACTIVE_DAYS}d": (latest >= origin - pd.Timedelta(days=ACTIVE_DAYS)).to_numpy(dtype=bool),
        "with_history": ~without,
        "without_history": without,
    }


def profile_groups(records: Records, participant_ids: pd.Series, origin: pd.Timestamp) -> dict[str, Names]:
    """What each participant was on record as at ``origin``, by kind of group; kinds that no row tells are left out."""
    known = known_before(Records({"participants": records["participants"]}), origin)["participants"]
    own = known.set_index("participant_id").reindex(participant_ids)
    country = own["country"].astype("object") if "country" in own else pd.Series(None, index=own.index, dtype="object")
    southern = country.isin(SOUTHERN_CORRIDOR).map({True: "southern corridor", False: "elsewhere"})
    kinds = {
        "business_type": own.get("business_type"),
        "size_band": own.get("size_band"),
        "region": country.map(_region),
        "border": southern.where(country.notna()),
        "field_office": own.get("field_office"),
    }
    return {
        kind: values.astype("object").where(values.notna(), NOT_KNOWN).to_numpy(dtype=object)
        for kind, values in kinds.items()
        if values is not None and values.notna().any()
    }


def settle_groups(
    kinds: Sequence[Mapping[str, Names]], positive: Sequence[Mask]
) -> tuple[list[dict[str, Mask]], list[str]]:
    """The groups to judge at every origin, as masks, and the names of those that are too small to be judged.

    Parameters
    ----------
    kinds : sequence of mappings
        Of each origin, from :func:`profile_groups`.
    positive : sequence of bool arrays
        Of each origin: who became positive, as far as known.
    """
    masks: list[dict[str, Mask]] = [{} for _ in kinds]
    too_small: list[str] = []
    for kind in dict.fromkeys(name for each in kinds for name in each):
        here = [
            each.get(kind, np.full(len(true), NOT_KNOWN, dtype=object))
            for each, true in zip(kinds, positive, strict=True)
        ]
        tally = pd.Series(np.concatenate([own[true] for own, true in zip(here, positive, strict=True)])).value_counts()
        names = sorted(set(np.concatenate(here).tolist()))
        large = [name for name in names if tally.get(name, 0) >= LEAST_POSITIVES]
        small = [name for name in names if name not in large]
        if len(large) + bool(small) < 2:
            continue  # A group that is everybody says nothing anew.
        rest = int(sum(tally.get(name, 0) for name in small))
        for place, own in enumerate(here):
            masks[place] |= {f"{kind}: {name}": own == name for name in large}
            if small:
                masks[place][f"{kind}: {OTHER}"] = np.isin(own, small)
        if small and rest < LEAST_POSITIVES:
            too_small.append(f"{kind}: {OTHER}")
    return masks, too_small


def _region(country: object) -> object:
    """The group of a country; as it came where it is not known."""
    if not isinstance(country, str):
        return None
    return next((name for name, members in REGIONS.items() if country in members), "elsewhere")
