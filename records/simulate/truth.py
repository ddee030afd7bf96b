"""What really happened, kept apart from the files: for judging, never for features."""

import numpy as np
import pandas as pd

from records.simulate.contents import Contents
from records.simulate.defects import planted_defects
from records.simulate.happenings import Happenings
from records.simulate.incidents import World
from records.simulate.observation import Entries
from records.simulate.registers import intensity_rows
from records.simulate.streams import Bools, Ints
from records.tables import DISCOVERIES, INCIDENT_TYPES


def truth_frames(contents: Contents) -> dict[str, pd.DataFrame]:
    """The frames of ``truth/`` by name."""
    frames = {
        "intensity": intensity_rows(contents.world, contents.history),
        "incidents": true_incidents(contents.world, contents.truth, contents.entries),
        "links": true_links(contents.world, contents.parties.links),
        "duplicates": true_duplicates(contents.entries),
        "captures": true_captures(contents.captures),
        "defects": planted_defects(contents),
    }
    honest = contents.world.population.honest
    return frames if honest is None else frames | {"reporters": true_reporters(contents.world, honest)}


def true_incidents(world: World, truth: Happenings, entries: Entries) -> pd.DataFrame:
    """truth/incidents: one row for each participant truly involved; a joint incident has two rows of one truth_id."""
    size = len(truth.day)
    incident_id = np.full(size, None, dtype=object)
    first = np.flatnonzero((entries.happening >= 0) & (entries.original < 0))
    incident_id[entries.happening[first]] = np.array(entries.incident_id, dtype=object)[first]
    everyone = pd.DataFrame(
        {
            "truth_id": _truth_id(np.arange(size)),
            "participant": truth.participant,
            "occurred_on": world.calendar.dates(truth.day).astype("datetime64[us]"),
            "incident_type": np.array(INCIDENT_TYPES)[truth.kind],
            "severity": truth.severity,
            "episode_id": np.where(truth.episode > 0, np.char.add("E", truth.episode.astype(str)), ""),
            "observed": pd.Series(incident_id).notna().to_numpy(),
            "incident_id": pd.Series(incident_id, dtype="str"),
        }
    )
    joint = truth.partner >= 0
    seconds = everyone[joint].assign(participant=truth.partner[joint])
    rows = pd.concat([everyone, seconds]).sort_values(["truth_id", "participant"], kind="stable", ignore_index=True)
    rows.insert(1, "participant_id", _accounts(world, rows.pop("participant").to_numpy()))
    rows["episode_id"] = rows["episode_id"].where(rows["episode_id"] != "").astype("str")
    return rows


def true_reporters(world: World, honest: Bools) -> pd.DataFrame:
    """truth/reporters: who reports nearly all of its own incidents and who conceals them, where participants differ."""
    names = {"participant_id": world.population.participant_id, "manner": np.where(honest, "honest", "conceals")}
    return pd.DataFrame(names).astype("str")


def true_links(world: World, links: pd.DataFrame) -> pd.DataFrame:
    """truth/links: the participant behind each party of each entry."""
    accounts = _accounts(world, links["participant"].to_numpy())
    rows = links[["incident_id", "party_no"]].assign(participant_id=accounts)
    return rows.sort_values(["incident_id", "party_no"], kind="stable", ignore_index=True)


def true_duplicates(entries: Entries) -> pd.DataFrame:
    """truth/duplicates: each entry that repeats another."""
    names = np.array(entries.incident_id, dtype=object)
    again = np.flatnonzero(entries.original >= 0)
    columns = {"incident_id": names[again], "duplicate_of": names[entries.original[again]]}
    return pd.DataFrame(columns).astype("str")


def true_captures(captures: pd.DataFrame) -> pd.DataFrame:
    """truth/captures: each channel that recorded a true incident before the record's end."""
    rows = captures[["happening", "channel"]].sort_values(["happening", "channel"], ignore_index=True)
    names = {"truth_id": _truth_id(rows["happening"]), "channel": np.array(DISCOVERIES, dtype=object)[rows["channel"]]}
    return pd.DataFrame(names).astype("str")


def _truth_id(happenings: pd.Series | Ints) -> list[str]:
    return [f"T{k + 1:06d}" for k in happenings]


def _accounts(world: World, places: Ints) -> np.ndarray:
    return np.array(world.population.participant_id, dtype=object)[places]
