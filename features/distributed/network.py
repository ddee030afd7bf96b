"""The features of business partners of everyone at once, from the figures that the partitions gave.

Partners of partners and whole networks cross every partition, but who trades with whom is a small table. It is read
whole, once a worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from features.compiled import Ints, Singles
from features.distributed.part import read_rows
from features.distributed.prospect import Prospect
from features.distributed.writing import write_array
from features.moments import FOREVER
from features.participants import Participants
from features.partners import Partners
from features.spine import arrange_spine
from records.known import Records, empty_table
from records.resolved import resolve

OWNERS_AT_ONCE = 200_000
"""Participants whose partners' partners are held together."""


@dataclass(frozen=True)
class GivenFigures:
    """The figures that partitions gave, for questions about one date at a time.

    Attributes
    ----------
    prospect : Prospect
    partitions : int
    dates : int64 array of shape (dates,), microseconds, ascending
    order : int64 array of shape (ids,)
        Where each participant's number stands when the partitions' ids follow each other.
    """

    prospect: Prospect
    partitions: int
    dates: Ints
    order: Ints = field(repr=False)
    _last: dict[int, Ints] = field(default_factory=dict, repr=False)

    def at(self, number: Ints, as_of: Ints) -> Ints:
        """Incidents in the last 365 and 1095 days, and decayed in parts, as int64 of shape (3, rows)."""
        moment = int(as_of[0]) if as_of.size else int(self.dates[0])
        if moment not in self._last:
            self._last.clear()
            self._last[moment] = self._read(int(np.searchsorted(self.dates, moment)))
        return self._last[moment][:, number]

    def _read(self, date: int) -> Ints:
        parts = [np.load(self.prospect.figures(number), mmap_mode="r")[:, date] for number in range(self.partitions)]
        figures: Ints = np.concatenate(parts, axis=1)[:, self.order]
        return figures


def partner_path(folder: Path, date: int) -> Path:
    """Where the columns of one date are kept: an array with a field for each feature, a row for each id."""
    return folder / f"partners-{date:03d}.npy"


def write_partner_columns(
    files: Mapping[str, Sequence[str]], dates: Ints, mine: Sequence[int], partitions: int, prospect: Prospect
) -> None:
    """Write the features of business partners of everyone at some of the dates.

    Parameters
    ----------
    files : mapping of table name to Parquet files
        Partnerships, and merges where the program sends them.
    dates : int64 array of shape (dates,), microseconds, ascending
    mine : sequence of int
        The places of the dates to write; those that are written already are kept.
    partitions : int
    prospect : Prospect
        Holds the figures of every partition.
    """
    wanted = [date for date in mine if not partner_path(prospect.folder, date).exists()]
    if not wanted:
        return
    everyone = pd.Index(np.concatenate([prospect.read_ids(number) for number in range(partitions)]), dtype="str")
    order = np.asarray(everyone.argsort(), dtype=np.int64)
    nobody = empty_table("participants").assign(known_from=[], known_until=[])
    participants = Participants(nobody, everyone[order], np.full(order.size, FOREVER, dtype=np.int64))
    records = resolve(Records({name: read_rows(name, each) for name, each in files.items()}))
    network = Partners.of(records, participants, GivenFigures(prospect, partitions, dates, order))
    for date in wanted:
        columns = _columns(network, order.size, int(dates[date]))
        stored = np.empty(order.size, dtype=[(name, np.float32) for name in columns])
        for name, values in columns.items():
            stored[name][order] = values
        write_array(partner_path(prospect.folder, date), stored)


def read_partner_columns(folder: Path, dates: int, rows: slice) -> dict[str, Singles]:
    """The columns of some ids that follow each other, each of shape (dates, ids)."""
    by_date = [np.load(partner_path(folder, date), mmap_mode="r")[rows] for date in range(dates)]
    return {name: np.stack([each[name] for each in by_date]) for name in by_date[0].dtype.names}


def _columns(network: Partners, count: int, moment: int) -> dict[str, Singles]:
    """The features of everyone at one moment, by number."""
    found: dict[str, list[Singles]] = {}
    for low in range(0, count, OWNERS_AT_ONCE):
        number = np.arange(low, min(low + OWNERS_AT_ONCE, count))
        spine = arrange_spine(number, np.full(number.size, moment, dtype=np.int64))
        for name, values in network.columns(spine).items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in found.items()}
