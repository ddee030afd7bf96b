"""The rows of the matrix that belong to one partition, by the same code as on one machine."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.cohort import at_risk
from features.compiled import Ints
from features.distributed.broadcast import Broadcast
from features.distributed.network import read_partner_columns
from features.distributed.part import Pieces, read_part
from features.distributed.prospect import Names, Prospect
from features.distributed.sums import read_survey
from features.distributed.writing import write_table
from features.matrix import build_matrix
from features.partners import THREE_YEARS
from features.prepared import Prepared, prepare
from records.known import Records, empty_table


@dataclass(frozen=True)
class Told:
    """Where a partition finds what it is told of the others.

    Attributes
    ----------
    names : Names
    prospect : Prospect
    survey : Path
        The surveys of all partitions, added up.
    first : int
        Where the partition's own ids begin when those of all partitions follow each other.
    """

    names: Names
    prospect: Prospect
    survey: Path
    first: int


def prepare_part(pieces: Pieces, dates: Ints, told: Told) -> Prepared:
    """The record of a partition, arranged for any matrix at the dates."""
    whole = read_part(pieces)
    tables = dict(whole.tables)
    if "partnerships" in tables:
        # Who trades with whom is told; the table stands for that the program sends it.
        tables["partnerships"] = empty_table("partnerships")
    records = Records(tables, whole.data_version, whole.stored)
    return prepare(records, _broadcast(records, pieces.partition, dates, told))


def spine_of(prepared: Prepared, dates: Ints) -> pd.DataFrame:
    """Everyone of the partition at risk at each date: ``participant_id``, ``as_of``, oldest date first."""
    moments = [pd.Timestamp(int(date), unit="us") for date in dates]
    cohorts = [at_risk(prepared, moment).assign(as_of=moment) for moment in moments]
    return pd.concat(cohorts, ignore_index=True).astype({"as_of": "datetime64[us]"})


def write_part(pieces: Pieces, dates: Ints, told: Told, features: tuple[str, ...], out: Path) -> int:
    """Write the partition's rows as Parquet, unless they are there; how many there are."""
    if out.exists():
        rows: int = pq.read_metadata(out).num_rows
        return rows
    prepared = prepare_part(pieces, dates, told)
    spine = spine_of(prepared, dates)
    matrix = build_matrix(prepared, spine, features=features)
    arrays = [pa.array(spine["participant_id"], pa.string()), pa.array(spine["as_of"], pa.timestamp("us"))]
    arrays += [pa.array(matrix[name].to_numpy(), pa.float32(), from_pandas=False) for name in features]
    write_table(out, pa.Table.from_arrays(arrays, names=["participant_id", "as_of", *features]))
    return len(spine)


def _broadcast(records: Records, partition: int, dates: Ints, told: Told) -> Broadcast:
    ids = told.prospect.read_ids(partition)
    numbered = pd.Index(records["participants"]["participant_id"].unique()).sort_values()
    incidents = np.load(told.prospect.figures(partition), mmap_mode="r")[THREE_YEARS]
    columns = {}
    if "partnerships" in records:
        columns = read_partner_columns(told.prospect.folder, dates.size, slice(told.first, told.first + len(ids)))
    place = ids.get_indexer(numbered).astype(np.int64)
    return Broadcast(told.names.offices, told.names.ports, read_survey(told.survey), dates, place, incidents, columns)
