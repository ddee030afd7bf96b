"""The matrix of a record that no single machine holds: partition by partition on the workers of a Dask cluster.

Four stages, each of which can be taken up where it was stopped: rows written again by partition
(:mod:`features.distributed.shuffle`), what each partition adds to the sums that others need, the features of business
partners, and the matrix itself by :func:`features.matrix.build_matrix`. What crosses partitions is worked out in the
second and third and broadcast. All of it is exact, so every row has the same bits as on one machine.

Workers must see the lake and the folder under the same paths, on a disk that all of them share.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalog import CATALOG, catalog_hash
from features.compiled import Ints
from features.distributed.cluster import on_workers, workers
from features.distributed.manifest import (
    Manifest,
    dates_in_order,
    open_folder,
    part_path,
    write_manifest,
)
from features.distributed.matrix_part import Told, write_part
from features.distributed.network import write_partner_columns
from features.distributed.part import Pieces
from features.distributed.prospect import Prospect
from features.distributed.shuffle import READ, Shuffled, shuffle
from features.distributed.sums import add_up, write_survey
from features.distributed.survey import survey_part
from records.lake import Lake
from records.progress import Report, silent

PARTICIPANTS_A_PARTITION = 10_000
"""With a hundred incidents each and three years of dates, a worker holds about 1.5 GB."""


@dataclass(frozen=True)
class MatrixParts:
    """A matrix in parts, and where the rows of each partition stand.

    Attributes
    ----------
    folder : Path
        ``manifest.json`` and one Parquet file a partition: participant_id, as_of and the features, by date.
    manifest : Manifest
    pieces : sequence of Pieces
        The record of each partition, as long as :meth:`clear` was not called.
    """

    folder: Path
    manifest: Manifest
    pieces: Sequence[Pieces]

    @property
    def files(self) -> list[Path]:
        """The Parquet file of each partition."""
        return [part_path(self.folder, number) for number in range(self.manifest.partitions)]

    def clear(self) -> None:
        """Remove what only the building needed: the rows by partition and what was broadcast."""
        shutil.rmtree(_work(self.folder), ignore_errors=True)


def build_distributed(
    lake: Lake,
    dates: Sequence[pd.Timestamp],
    out: Path,
    *,
    client: Any,
    partitions: int,
    report: Report = silent,
) -> MatrixParts:
    """Write the matrix of everyone at risk at each date, in parts.

    Parameters
    ----------
    lake : Lake
        Any lake with a landed batch; its last data version is read.
    dates : sequence of Timestamp
    out : Path
        An empty folder, or one in which the same matrix was begun: what is there is kept.
    client : distributed.Client, or None to work in this process
        See :func:`features.distributed.cluster.local_cluster` for the processes of one machine.
    partitions : int
        Participants are cut into so many partitions; :data:`PARTICIPANTS_A_PARTITION` each suit 2 GB a worker.
    report : Report

    Raises
    ------
    FolderRefused, DatesRefused, PartitionsRefused
        Before any work.
    LakeError
        When the lake holds no landed batch.
    """
    commit = lake.commit_of()
    return build_from_files(
        lake.files(commit.data_version),
        commit.data_version,
        dates,
        out,
        client=client,
        partitions=partitions,
        report=report,
    )


def build_from_files(
    files: Mapping[str, Sequence[str]],
    data_version: str,
    dates: Sequence[pd.Timestamp],
    out: Path,
    *,
    client: Any,
    partitions: int,
    report: Report = silent,
) -> MatrixParts:
    """:func:`build_distributed` for stored rows in Parquet files by table; an empty table is a table without files."""
    files = {table: files[table] for table in READ if table in files}
    features = tuple(each for each in CATALOG if all(table in files for table in each.tables))
    manifest = Manifest(
        data_version,
        catalog_hash(features),
        dates_in_order(dates),
        tuple(each.name for each in features),
        partitions,
        tuple(files),
    )
    open_folder(out, manifest)
    work = _work(out)
    shuffled = shuffle(client, files, partitions, data_version, work, report)
    told = _told(client, shuffled, files, manifest, work, report)
    tasks = [
        (pieces, manifest.moments, each, manifest.features, part_path(out, pieces.partition))
        for pieces, each in zip(shuffled.pieces, told, strict=True)
    ]
    rows = on_workers(client, write_part, tasks, stage="write parts of the matrix", report=report)
    write_manifest(out, manifest, dict(enumerate(rows)))
    return MatrixParts(out, manifest, shuffled.pieces)


def _told(
    client: Any, shuffled: Shuffled, files: Mapping[str, Sequence[str]], manifest: Manifest, work: Path, report: Report
) -> list[Told]:
    """Survey every partition, add up, and work out the features of partners."""
    prospect, dates = Prospect(work / "surveys"), manifest.moments
    prospect.folder.mkdir(parents=True, exist_ok=True)
    tasks = [(pieces, dates, shuffled.names, shuffled.owners, prospect) for pieces in shuffled.pieces]
    surveys = on_workers(client, survey_part, tasks, stage="survey partitions", report=report)
    together = work / "survey.npz"
    if not together.exists():
        on_workers(client, _add_up, [(surveys, together)], stage="add up surveys", report=report)
    if "partnerships" in files:
        network = {table: files[table] for table in ("partnerships", "merges") if table in files}
        shares = [share for share in _shares(dates, workers(client)) if share]
        each = [(network, dates, share, manifest.partitions, prospect) for share in shares]
        on_workers(client, write_partner_columns, each, stage="work out business partners", report=report)
    sizes = [prospect.count(number) for number in range(manifest.partitions)]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist()
    return [Told(shuffled.names, prospect, together, first) for first in starts]


def _add_up(surveys: Sequence[Path], out: Path) -> None:
    write_survey(add_up(surveys), out)


def _shares(dates: Ints, among: int) -> list[list[int]]:
    """The dates dealt out to the workers, so that each reads the network once."""
    return [list(range(worker, dates.size, among)) for worker in range(among)]


def _work(folder: Path) -> Path:
    return folder / ".work"
