"""From a lake to partitions: who belongs where, which partitions need what, and the rows written again by partition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from features.distributed.cluster import on_workers
from features.distributed.owners import find_owners, save_owners
from features.distributed.part import Pieces, pieces_of
from features.distributed.prospect import Names
from features.distributed.routes import (
    BUCKETS,
    FIRST_HAND,
    Routes,
    bucket_path,
    find_routes,
    find_second_hand_routes,
    merge_bucket,
)
from features.distributed.spread import BOTH_SIDES, OWNED, ROUTED, Fragment, spread
from features.distributed.stored import Stretch, stretches
from records.progress import Report

READ = (*OWNED, *ROUTED, BOTH_SIDES)
"""The tables that features and labels are read from."""

STRETCHES_A_TASK = 2


@dataclass(frozen=True)
class Shuffled:
    """Where every partition's rows stand, and the names that are numbered over all of them."""

    pieces: Sequence[Pieces]
    names: Names
    owners: Path


def shuffle(
    client: Any, files: Mapping[str, Sequence[str]], partitions: int, data_version: str, work: Path, report: Report
) -> Shuffled:
    """Write the rows of a lake by partition.

    Parameters
    ----------
    client : distributed.Client, or None to work in this process
    files : mapping of table name to Parquet files
        Each table that the program sends.
    partitions : int
    data_version : str
    work : Path
        A folder that all workers see; what is there of the same work is kept.
    report : Report
    """
    owners = work / "owners.npz"
    if not owners.exists():
        on_workers(client, _write_owners, [(dict(files), partitions, owners)], stage="find who there is", report=report)
    routes = _routes(client, files, owners, work / "routes", report)
    tasks = [
        (table, stretch, owners, routes, work / "rows" / f"{table}-{number:05d}.arrow")
        for table in READ
        for number, stretch in enumerate(stretches(files.get(table, ())))
    ]
    fragments = on_workers(client, spread, tasks, stage="write rows by partition", report=report)
    sent = [table for table in READ if table in files]
    pieces = pieces_of(fragments, sent, partitions, data_version)
    return Shuffled(pieces, Names(_names(fragments, "participants"), _names(fragments, "incidents")), owners)


def _write_owners(files: Mapping[str, Sequence[str]], partitions: int, path: Path) -> None:
    save_owners(find_owners(files, partitions), path)


def _routes(client: Any, files: Mapping[str, Sequence[str]], owners: Path, folder: Path, report: Report) -> Routes:
    """First-hand routes, then those that follow from them."""
    first, second = Routes(folder / "first"), Routes(folder / "all")
    if _complete(second):
        return second
    tasks = [
        (table, found_in, owners, folder / f"{table}-{number:05d}.npz")
        for table in FIRST_HAND
        for number, found_in in enumerate(_by_task(stretches(files.get(table, ()))))
    ]
    told = on_workers(client, find_routes, tasks, stage="find which partitions need what", report=report)
    findings = _by_task(stretches(files.get("findings", ())))
    if findings:
        _merge(client, told, first, report)
        more = [(found_in, first, folder / f"findings-{number:05d}.npz") for number, found_in in enumerate(findings)]
        told = told + on_workers(client, find_second_hand_routes, more, stage="follow findings", report=report)
    _merge(client, told, second, report)
    return second


def _merge(client: Any, told: Sequence[Path], routes: Routes, report: Report) -> None:
    buckets = [(bucket, list(told), routes.folder) for bucket in range(BUCKETS)]
    on_workers(client, merge_bucket, buckets, stage="sort routes", report=report)


def _complete(routes: Routes) -> bool:
    return all(bucket_path(routes.folder, bucket, "partition").exists() for bucket in range(BUCKETS))


def _by_task(found: Sequence[Stretch]) -> list[Sequence[Stretch]]:
    return [found[low : low + STRETCHES_A_TASK] for low in range(0, len(found), STRETCHES_A_TASK)]


def _names(fragments: Sequence[Fragment], table: str) -> pd.Index:
    found = {name for fragment in fragments if fragment.table == table for name in fragment.names}
    return pd.Index(sorted(found), dtype="str")
