"""The record of one partition, read from what was spread."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from features.distributed.owners import Owners
from features.distributed.spread import Fragment, read_fragment
from features.distributed.stored import stored_rows
from records.columns import DTYPES
from records.known import Records, empty_table
from records.resolved import resolve
from records.tables import TABLES


@dataclass(frozen=True)
class Pieces:
    """Where the rows of one partition stand: for each table files and the places of their batches.

    ``tables`` names every table that the program sends, those without a row for this partition too.
    """

    partition: int
    tables: Mapping[str, Sequence[tuple[Path, int]]]
    data_version: str

    def only(self, *tables: str) -> "Pieces":
        """The same of some tables, as far as the program sends them."""
        return replace(self, tables={name: self.tables[name] for name in tables if name in self.tables})


def pieces_of(fragments: Iterable[Fragment], tables: Sequence[str], partitions: int, data_version: str) -> list[Pieces]:
    """The pieces of every partition."""
    found: list[dict[str, list[tuple[Path, int]]]] = [defaultdict(list) for _ in range(partitions)]
    for fragment in fragments:
        for place, partition in enumerate(fragment.partitions):
            found[partition][fragment.table].append((fragment.path, place))
    return [
        Pieces(number, {name: tuple(each.get(name, ())) for name in tables}, data_version)
        for number, each in enumerate(found)
    ]


def read_part(pieces: Pieces) -> Records:
    """The record of a partition with merges and duplicates applied.

    It holds every row of its own participants, and of the incidents, visits and actions that concern them; of others
    only what came along with these.
    """
    return resolve(Records({name: _rows(name, found) for name, found in pieces.tables.items()}, pieces.data_version))


def own_ids(records: Records, owners: Owners, partition: int) -> pd.Index:
    """The ids that belong to a partition, ascending: its participants, and its partners that are none."""
    columns = [records["participants"]["participant_id"]]
    if "partnerships" in records:
        columns += [records["partnerships"]["participant_id"], records["partnerships"]["partner_id"]]
    ids = pd.Index(pd.concat(columns, ignore_index=True).unique()).sort_values()
    own: pd.Index = ids[owners.of(pa.array(ids, pa.large_string())) == partition]
    return own


def only_own(records: Records, ids: pd.Index) -> Records:
    """The record in which parties that belong to other partitions are not linked to anyone.

    Their rows stay, for they end the versions before them.
    """
    tables = dict(records.tables)
    if "involvements" in tables:
        parties = tables["involvements"]
        named = parties["participant_id"]
        tables["involvements"] = parties.assign(participant_id=named.where(named.isin(ids)))
    return Records(tables, records.data_version, records.stored)


def read_rows(table: str, files: Sequence[str]) -> pd.DataFrame:
    """All rows of a small table."""
    return _frame(table, list(stored_rows(table, files)))


def _rows(table: str, pieces: Sequence[tuple[Path, int]]) -> pd.DataFrame:
    return _frame(table, [read_fragment(path, place) for path, place in pieces])


def _frame(table: str, found: Sequence[pa.Table]) -> pd.DataFrame:
    if not found:
        return empty_table(table)
    rows = pa.concat_tables(found)
    columns = {}
    for column in TABLES[table].all_columns:
        values = rows[column.name]
        if column.kind == "text":
            columns[column.name] = pd.Series(pd.array(_whole(values.cast(pa.large_string())), dtype="str"))
        else:
            columns[column.name] = pd.Series(values.to_numpy(), dtype=DTYPES[column.kind])
    return pd.DataFrame(columns, copy=False)


def _whole(texts: pa.ChunkedArray) -> pa.Array:
    """One array: of no chunk at all, as an empty table has them, pandas can join nothing."""
    found: pa.Array = texts.combine_chunks()
    return found
