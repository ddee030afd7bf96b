"""Rows of the lake, written again by partition.

One stretch of a table becomes one Arrow file of a batch for each partition that needs some of its rows; a list beside
it says which. So any lake will do, however its files are sorted, and a partition is read without reading any other.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.compiled import Ints
from features.distributed.owners import Owners, Places, load_owners
from features.distributed.routes import Routes, key_of
from features.distributed.stored import Stretch, read_stretch
from features.distributed.writing import arriving, write_json

OWNED = ("participants", "statuses", "exposures", "merges")
"""Tables whose key names the participant: rows go to its partition."""

ROUTED = {
    "incidents": ("incident", "incident_id"),
    "involvements": ("incident", "incident_id"),
    "duplicates": ("incident", "incident_id"),
    "validations": ("validation", "validation_id"),
    "findings": ("finding", "finding_id"),
    "actions": ("action", "action_id"),
}
"""Tables whose rows go where the routes of a key lead."""

BOTH_SIDES = "partnerships"
NAMES = {"participants": "field_office", "incidents": "port"}
"""Columns whose values are numbered over all partitions."""


COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True)
class Fragment:
    """One file of rows by partition.

    Attributes
    ----------
    table : str
    path : Path
    partitions : tuple of int
        The partition of each batch.
    names : tuple of str
        What was found in the table's column of :data:`NAMES`.
    """

    table: str
    path: Path
    partitions: tuple[int, ...]
    names: tuple[str, ...] = field(default=(), repr=False)


def spread(table: str, stretch: Stretch, owners_path: Path, routes: Routes, out: Path) -> Fragment:
    """Write the rows of a stretch by partition, unless that was done."""
    listed = out.with_suffix(".json")
    if listed.exists():
        content = json.loads(listed.read_text(encoding="utf-8"))
        return Fragment(table, out, tuple(content["partitions"]), tuple(content["names"]))
    rows = read_stretch(table, stretch)
    row, partition = _destinations(table, rows, load_owners(owners_path), routes)
    order = np.lexsort((row, partition))
    row, partition = row[order], partition[order]
    first = np.flatnonzero(np.diff(partition, prepend=np.int16(-1)))
    names = pc.unique(rows[NAMES[table]]).drop_null().to_pylist() if table in NAMES else []
    _write(rows.take(pa.array(row)), first, out)
    fragment = Fragment(table, out, tuple(partition[first].tolist()), tuple(names))
    write_json(listed, {"partitions": fragment.partitions, "names": fragment.names})
    return fragment


def read_fragment(path: Path, place: int) -> pa.Table:
    """The rows of one batch of a file."""
    with pa.memory_map(str(path)) as file:
        return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(place)])


def _write(rows: pa.Table, first: npt.NDArray[np.int64], path: Path) -> None:
    """One batch from each place of ``first`` to the next."""
    batches = rows.combine_chunks().to_batches()
    ends = np.append(first[1:], rows.num_rows)[: first.size]
    with arriving(path) as hidden, pa.ipc.new_file(str(hidden), rows.schema, options=COMPRESSED) as out:
        for low, high in zip(first.tolist(), ends.tolist(), strict=True):
            out.write_batch(batches[0].slice(low, high - low))


def _destinations(table: str, rows: pa.Table, owners: Owners, routes: Routes) -> tuple[Ints, Places]:
    """Pairs of a row and a partition that needs it."""
    if table in ROUTED:
        what, column = ROUTED[table]
        return routes.of(key_of(what, rows[column], owners))
    sides = [owners.of(rows["participant_id"])]
    if table == BOTH_SIDES:
        other = owners.of(rows["partner_id"])
        sides.append(np.where(other == sides[0], np.int16(-1), other))
    row = np.tile(np.arange(rows.num_rows), len(sides))
    partition = np.concatenate(sides)
    return row[partition >= 0], partition[partition >= 0]
