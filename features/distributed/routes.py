"""Where rows go that name no participant themselves: to every partition that needs them.

An incident is needed by the partitions of everyone who was ever a party to it, or about whom an action cites it; a
visit by whoever it was ever made to, a finding where its visits go. All versions of a key go together, for
each ends the one before it.

Routes are pairs (number of the key, partition), sorted and kept in buckets by the number's first bits, so that neither
finding nor using them needs more memory than a bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.compiled import Ints
from features.distributed.hashing import NOTHING, Hashes, hashes_of
from features.distributed.owners import SALTS, Owners, Places, load_owners
from features.distributed.stored import Stretch, read_stretch
from features.distributed.writing import write_array, write_arrays

BUCKET_BITS = 6
BUCKETS = 2**BUCKET_BITS

FIRST_HAND = {
    "involvements": (("incident", "incident_id"),),
    "actions": (("incident", "incident_id"), ("action", "action_id")),
    "validations": (("validation", "validation_id"),),
}
"""For each table that says whom a key concerns: what is named, and by which column."""


@dataclass(frozen=True)
class Routes:
    """The merged buckets of a folder."""

    folder: Path

    def of(self, keys: Hashes) -> tuple[Ints, Places]:
        """Pairs of a row and a partition it goes to, in the order of rows within a bucket.

        Parameters
        ----------
        keys : uint64 array of shape (rows,)
        """
        order = np.argsort(keys, kind="stable")
        ascending = keys[order]
        cuts = np.searchsorted(ascending, bucket_starts())
        rows, places = [np.zeros(0, np.int64)], [np.zeros(0, np.int16)]
        for bucket in range(BUCKETS):
            low, high = cuts[bucket], cuts[bucket + 1] if bucket + 1 < BUCKETS else keys.size
            if low == high:
                continue
            key, partition = self._bucket(bucket)
            first = np.searchsorted(key, ascending[low:high], side="left")
            count = np.searchsorted(key, ascending[low:high], side="right") - first
            place = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
            rows.append(np.repeat(order[low:high], count))
            places.append(partition[place])
        return np.concatenate(rows), np.concatenate(places)

    def _bucket(self, bucket: int) -> tuple[Hashes, Places]:
        """The pairs of a bucket where they lie: only what is looked up is read."""
        return (
            np.load(bucket_path(self.folder, bucket, "key"), mmap_mode="r"),
            np.load(bucket_path(self.folder, bucket, "partition"), mmap_mode="r"),
        )


def bucket_starts() -> Hashes:
    """The least number of each bucket."""
    return np.arange(BUCKETS, dtype=np.uint64) << np.uint64(64 - BUCKET_BITS)


def bucket_path(folder: Path, bucket: int, what: str) -> Path:
    """Where the keys or the partitions of a merged bucket are kept."""
    return folder / f"bucket-{bucket:03d}.{what}.npy"


def key_of(what: str, ids: pa.ChunkedArray, owners: Owners) -> Hashes:
    """The numbers that route ids of incidents, visits, findings or actions."""
    return owners.incident_keys(ids) if what == "incident" else hashes_of(ids, SALTS[what])


def find_routes(table: str, found_in: Sequence[Stretch], owners_path: Path, out: Path) -> Path:
    """The routes that rows of one table tell first hand, in one file by bucket; kept when it is there."""
    if out.exists():
        return out
    owners = load_owners(owners_path)
    found = []
    columns = ["participant_id", *(column for _, column in FIRST_HAND[table])]
    for stretch in found_in:
        batch = read_stretch(table, stretch, columns)
        partition = owners.of(batch["participant_id"])
        for what, column in FIRST_HAND[table]:
            key = key_of(what, batch[column], owners)
            kept = (partition >= 0) & (key != NOTHING)
            found.append(_distinct(key[kept], partition[kept]))
    return _write_sorted(found, out)


def find_second_hand_routes(found_in: Sequence[Stretch], routes: Routes, out: Path) -> Path:
    """The routes of findings: where the visits go that they belong to."""
    found = []
    for stretch in found_in:
        batch = read_stretch("findings", stretch, ["finding_id", "validation_id"])
        row, partition = routes.of(hashes_of(batch["validation_id"], SALTS["validation"]))
        found.append(_distinct(hashes_of(batch["finding_id"], SALTS["finding"])[row], partition))
    return _write_sorted(found, out)


def merge_bucket(bucket: int, files: Sequence[Path], folder: Path) -> None:
    """One bucket of all files together, each pair once."""
    keys, partitions = [np.zeros(0, np.uint64)], [np.zeros(0, np.int16)]
    for path in files:
        with np.load(path) as stored:
            keys.append(stored[f"key_{bucket}"])
            partitions.append(stored[f"partition_{bucket}"])
    key, partition = _distinct(np.concatenate(keys), np.concatenate(partitions))
    for what, values in (("key", key), ("partition", partition)):
        write_array(bucket_path(folder, bucket, what), values)


def _write_sorted(found: list[tuple[Hashes, Places]], out: Path) -> Path:
    keys = [np.zeros(0, np.uint64), *(key for key, _ in found)]
    partitions = [np.zeros(0, np.int16), *(partition for _, partition in found)]
    key, partition = _distinct(np.concatenate(keys), np.concatenate(partitions))
    cuts = [*np.searchsorted(key, bucket_starts()).tolist(), key.size]
    arrays: dict[str, np.ndarray] = {}
    for bucket in range(BUCKETS):
        arrays[f"key_{bucket}"] = key[cuts[bucket] : cuts[bucket + 1]]
        arrays[f"partition_{bucket}"] = partition[cuts[bucket] : cuts[bucket + 1]]
    write_arrays(out, **arrays)
    return out


def _distinct(key: Hashes, partition: Places) -> tuple[Hashes, Places]:
    """Each pair once, ascending."""
    order = np.lexsort((partition, key))
    key, partition = key[order], partition[order]
    fresh = np.ones(key.size, dtype=bool)
    fresh[1:] = (key[1:] != key[:-1]) | (partition[1:] != partition[:-1])
    return key[fresh], partition[fresh]
