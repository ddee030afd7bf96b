"""Channels that found an incident which already stands in the record, and add themselves to its entry.

A cross reference is one more version of the entry, sent by the later channel, with the contents valid at that moment:
nothing changes but the source, and the date on which the incident was discovered or self-reported where it was missing.
So the sources of an incident's versions and of its duplicate entries together are its capture history.
"""

import numpy as np
import pandas as pd

from records.simulate.incidents import World
from records.simulate.observation import SELF_REPORT, Entries

NOTICED_AFTER = 0.01
"""Days from the retraction of a duplicate to the cross reference that takes its place."""
APART_SECONDS = 60
"""Two versions of one entry stand in the record at least a minute apart."""


def add_cross_references(
    world: World, entries: Entries, versions: pd.DataFrame, captures: pd.DataFrame
) -> pd.DataFrame:
    """The versions of all entries with those that cross references add.

    Parameters
    ----------
    versions : DataFrame
        Rows of the incidents table with ``place`` (of the entry) and ``known``, see
        :func:`records.simulate.versions.incident_versions`.
    captures : DataFrame
        See :func:`records.simulate.observation.observe`.

    Returns
    -------
    DataFrame
        ``channel`` is who sends the version; ``discovered`` and ``self_reported`` are days (NaN: not known).
    """
    own = versions.assign(channel=entries.channel[versions["place"]], added=False)
    told = pd.concat([_found_again(entries, captures), _noticed(entries, versions)], ignore_index=True)
    rows = pd.concat([own, told.assign(added=True)], ignore_index=True)
    rows["second"] = _apart(rows)
    rows["known"] = rows["known"].where(~rows["added"], rows["second"] / 86_400)
    rows = rows.sort_values(["place", "second"], kind="stable", ignore_index=True)
    rows = _with_dates(entries, rows)
    rows = _with_contents(rows, list(versions.columns.difference(["place", "known"])))
    kept = ~(rows["added"] & rows["retracted"].astype(bool)) & (rows["known"] < world.calendar.days)
    rows = rows[kept].drop(columns=["added", "second"])
    return rows.sort_values(["known", "place"], kind="stable", ignore_index=True)


def _found_again(entries: Entries, captures: pd.DataFrame) -> pd.DataFrame:
    """Captures without an entry of their own: the place of the incident's first entry, channel, days."""
    first = np.flatnonzero((entries.happening >= 0) & (entries.original < 0))
    place = pd.Series(first, index=entries.happening[first])
    told = captures[~captures["apart"]]
    return pd.DataFrame(
        {
            "place": place.reindex(told["happening"]).to_numpy(),
            "channel": told["channel"].to_numpy(),
            "heard": told["reported"].to_numpy(),
            "known": told["known"].to_numpy(),
        }
    )


def _noticed(entries: Entries, versions: pd.DataFrame) -> pd.DataFrame:
    """Duplicates that someone noticed: retracted, and told by a cross reference in the entry that they repeat."""
    gone = versions[versions["retracted"].to_numpy(dtype=bool)]
    gone = gone[entries.original[gone["place"]] >= 0]
    place = gone["place"].to_numpy()
    return pd.DataFrame(
        {
            "place": entries.original[place],
            "channel": entries.channel[place],
            "heard": entries.reported[place],
            "known": gone["known"].to_numpy() + NOTICED_AFTER,
        }
    )


def _apart(rows: pd.DataFrame) -> pd.Series:
    """The second of each version; a cross reference yields to whatever became known in the same one.

    A batch of old cases enters two finds of one incident at the same moment.
    """
    moments = pd.DataFrame({"place": rows["place"], "second": np.floor(rows["known"] * 86_400).astype(np.int64)})
    while (clash := moments.duplicated()).any():
        moments["second"] += APART_SECONDS * clash
    return moments["second"]


def _with_dates(entries: Entries, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the days of discovery and self-report: each the first that the entry's versions tell, from then on.

    They agree with the entry's word on who was first.
    """
    heard = rows["reported"].where(~rows["added"], rows["heard"]).astype(np.float64)
    first = heard.groupby(rows["place"]).transform("first")
    by_participant = rows["channel"] == SELF_REPORT
    place = rows["place"].to_numpy()
    found_before = (entries.channel[place] == SELF_REPORT) & ~entries.told_first[place]
    heard = heard.clip(lower=first).where(~found_before, heard.clip(upper=first))
    told = heard.mask(pd.DataFrame({"place": rows["place"], "by": by_participant}).duplicated())
    days = {"discovered": told.mask(by_participant), "self_reported": told.where(by_participant)}
    filled = {name: day.groupby(rows["place"]).ffill() for name, day in days.items()}
    return rows.drop(columns="heard").assign(**filled)


def _with_contents(rows: pd.DataFrame, contents: list[str]) -> pd.DataFrame:
    """Each cross reference with the contents of the version before it; rows in order of place and moment."""
    last = np.maximum.accumulate(np.where(rows["added"], 0, np.arange(len(rows))))
    return rows.assign(**{name: rows[name].array.take(last) for name in contents})
