"""Which partition each participant belongs to.

Participants are sorted by id and cut into partitions of equal numbers. Accounts that merges join, at any time, belong
together, and so do incidents that duplicate links join: each goes where the least of them goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.compiled import Ints
from features.distributed.hashing import NOTHING, Hashes, hashes_of
from features.distributed.stored import stored_rows
from features.distributed.writing import write_arrays

SALTS = {"participant": 1, "incident": 2, "validation": 3, "action": 4, "finding": 5}
"""What the numbers of ids are salted with, by what is named."""

Places = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Owners:
    """Partitions of participants, and what stands for what.

    Attributes
    ----------
    known : uint64 array of shape (ids,), ascending
        The numbers of the ids of all participants and of whoever is named as a partner.
    partition : int16 array of shape (ids,)
    joined : uint64 array of shape (incidents in duplicate links,), ascending
    stands_for : uint64 array of the same shape
        The number that routes each of them: one for all that are joined.
    """

    known: Hashes = field(repr=False)
    partition: Places = field(repr=False)
    joined: Hashes = field(repr=False)
    stands_for: Hashes = field(repr=False)

    def of(self, participant_ids: pa.Array | pa.ChunkedArray) -> Places:
        """The partition of each participant, -1 where the cell is empty or names nobody on record."""
        asked = hashes_of(participant_ids, SALTS["participant"])
        place = np.minimum(np.searchsorted(self.known, asked), max(self.known.size - 1, 0))
        if not self.known.size:
            return np.full(asked.size, -1, dtype=np.int16)
        return np.where(self.known[place] == asked, self.partition[place], np.int16(-1))

    def incident_keys(self, incident_ids: pa.Array | pa.ChunkedArray) -> Hashes:
        """The number that routes each incident; the same for all incidents that duplicate links join."""
        asked = hashes_of(incident_ids, SALTS["incident"])
        if not self.joined.size:
            return asked
        place = np.minimum(np.searchsorted(self.joined, asked), self.joined.size - 1)
        return np.where(self.joined[place] == asked, self.stands_for[place], asked)


def find_owners(files: Mapping[str, Sequence[str]], partitions: int) -> Owners:
    """Read who there is and cut it into partitions.

    Parameters
    ----------
    files : mapping of table name to Parquet files
    partitions : int
        How many; some stay empty when there are fewer participants.
    """
    ids = _all_ids(files)
    asked = hashes_of(ids, SALTS["participant"])
    partition = (np.arange(asked.size) * partitions // max(asked.size, 1)).astype(np.int16)
    # Of ids that share a number the first decides for all of them.
    known, first = np.unique(asked, return_index=True)
    partition = partition[first]
    joined, stands_for = _components(_links(files, "merges", "participant_id", "into_participant_id", "participant"))
    member = np.isin(joined, known)
    joined, stands_for = joined[member], stands_for[member]
    if joined.size:
        place = np.searchsorted(known, joined)
        component = np.unique(stands_for, return_inverse=True)[1]
        least = np.full(component.max() + 1, np.iinfo(np.int16).max, dtype=np.int16)
        np.minimum.at(least, component, partition[place])
        partition[place] = least[component]
    incidents = _components(_links(files, "duplicates", "incident_id", "duplicate_of", "incident"))
    return Owners(known, partition, *incidents)


def save_owners(owners: Owners, path: Path) -> None:
    """Write the owners, to be read by every worker."""
    write_arrays(
        path, known=owners.known, partition=owners.partition, joined=owners.joined, stands_for=owners.stands_for
    )


def load_owners(path: Path) -> Owners:
    """The owners that were written."""
    with np.load(path) as stored:
        return Owners(stored["known"], stored["partition"], stored["joined"], stored["stands_for"])


def _all_ids(files: Mapping[str, Sequence[str]]) -> pa.Array:
    """Every id of a participant or partner, ascending."""
    named = [("participants", "participant_id"), ("partnerships", "participant_id"), ("partnerships", "partner_id")]
    named += [("merges", "participant_id"), ("merges", "into_participant_id")]
    found: list[pa.Array] = []
    for table, column in named:
        for batch in stored_rows(table, files.get(table, ()), [column]):
            found.append(pc.unique(batch[column].combine_chunks().cast(pa.large_string())))
    if not found:
        return pa.array([], pa.large_string())
    together = pc.drop_null(pc.unique(pa.chunked_array(found)))
    return together.take(pc.sort_indices(together))


def _links(files: Mapping[str, Sequence[str]], table: str, one: str, other: str, what: str) -> tuple[Hashes, Hashes]:
    pairs: list[tuple[Hashes, Hashes]] = [
        (hashes_of(batch[one], SALTS[what]), hashes_of(batch[other], SALTS[what]))
        for batch in stored_rows(table, files.get(table, ()), [one, other])
    ]
    if not pairs:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    return np.concatenate([left for left, _ in pairs]), np.concatenate([right for _, right in pairs])


def _components(links: tuple[Hashes, Hashes]) -> tuple[Hashes, Hashes]:
    """Every linked number, ascending, and the least number that it hangs together with."""
    named = (links[0] != NOTHING) & (links[1] != NOTHING)
    left, right = links[0][named], links[1][named]
    names, code = np.unique(np.concatenate([left, right]), return_inverse=True)
    if not names.size:
        return names, names
    one, other = np.split(code, 2)
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, other)), shape=(names.size, names.size))
    label: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    # Names ascend, so the first of each component is its least.
    first = np.unique(label, return_index=True)[1]
    return names, names[first][label]
